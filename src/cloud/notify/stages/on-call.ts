/** Who is on call by the rotas that a policy names. */
import type { UnixMs } from '../../../model/time.ts'
import type { Policy } from '../policy.ts'
import type { Audience } from '../ports.ts'
import { type OnCall, onCallAt, type Rota } from '../rota.ts'

/** One for each rota there is, also where nobody is on call. */
export function onCall(
  { rotas = [] }: Pick<Policy, 'rotas'>,
  { rotas: all = [], contacts }: Audience,
  at: UnixMs,
): (OnCall & { readonly rota: Rota['id'] })[] {
  const named = all.filter(({ id }) => rotas.includes(id))
  if (named.length === 0) return []
  const there = new Set(contacts.map(({ id }) => id))
  return named.map((rota) => ({ ...onCallAt(rota, at, (id) => there.has(id)), rota: rota.id }))
}
