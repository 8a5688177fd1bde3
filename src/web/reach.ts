/** Whether notifications can reach anybody. Pure. */
import type { Contact } from './cloud.ts'
import type { Group, PolicyBody } from './policies.ts'
import type { Receiver } from './receivers.ts'
import type { Rota } from './rotas.ts'

export interface People {
  readonly contacts: readonly Contact[]
  readonly groups: readonly Group[]
  readonly rotas: readonly Rota[]
  readonly receivers: readonly Receiver[]
}

export function isUsable({ unverifiedSinceMs, disabled }: Contact): boolean {
  return unverifiedSinceMs === undefined && disabled === undefined
}

/** All it names are gone, or cannot be told. */
export function reachesNobody(
  policy: Pick<PolicyBody, 'contacts' | 'groups' | 'rotas' | 'receivers'>,
  { contacts, groups, rotas, receivers }: People,
): boolean {
  const teams = groups.filter(({ id }) => policy.groups.includes(id))
  const turns = rotas.filter(({ id }) => policy.rotas.includes(id))
  const named = new Set([
    ...(policy.contacts === 'all' ? contacts.map(({ id }) => id) : policy.contacts),
    ...teams.flatMap((team) => team.contacts),
    ...turns.flatMap(({ members, overrides }) => [
      ...members,
      ...overrides.map(({ contact }) => contact),
    ]),
  ])
  const isTold = contacts.some((contact) => named.has(contact.id) && isUsable(contact))
  const channels = receivers.filter(({ id }) => policy.receivers.includes(id))
  return !isTold && channels.every(({ disabled }) => disabled !== undefined)
}
