/** Who is named where: what is named must be there, and stays as long as it is. */
import { ApiFailure, type FieldFault } from './api-failure.ts'
import type { NotifyDesk } from './notify-ports.ts'

/** What a policy or a group may name. */
export type Named = 'contacts' | 'groups' | 'rotas' | 'receivers'

type Names = { readonly [named in Named]?: readonly string[] | 'all' }
type Naming = Names & { readonly escalation?: readonly Names[] }

/** @throws {ApiFailure} `in-use`: a policy, a group, a rota or a route names it. */
export async function refuseUsed(
  { policies, rotas, routeTrees }: NotifyDesk,
  environment: string,
  what: Named,
  id: string,
): Promise<void> {
  const groups = what === 'contacts' ? await policies.groups(environment) : []
  const turns = what === 'contacts' ? await rotas.rotas(environment) : []
  const shared = turns.map(({ name, members }) => ({ name, contacts: members }))
  const routed = Object.entries((await routeTrees?.routeTree(environment))?.receivers ?? {})
  const routes = routed.map(([name, targets]) => ({ name, ...targets }))
  const users = [
    ...(await policies.policies(environment)),
    ...[...groups, ...shared, ...routes],
  ].filter((user: Naming) =>
    [user, ...(user.escalation ?? [])].some((one) => one[what]?.includes(id)),
  )
  if (users.length === 0) return
  const names = users.slice(0, 5).map(({ name }) => JSON.stringify(name))
  const more = users.length > names.length ? ' …' : ''
  throw new ApiFailure('in-use', `used by ${names.join(', ')}${more}: take it out there first`)
}

/** @param within the place of the field. @throws {ApiFailure} `invalid`: some of `ids` are not there. */
export function refuseUnknown(
  what: Named | 'members',
  ids: readonly string[] | 'all',
  known: readonly { readonly id: string }[],
  within = '',
): void {
  if (ids === 'all') return
  const there = new Set(known.map(({ id }) => id))
  const fields = ids.flatMap((id, at): FieldFault[] =>
    there.has(id)
      ? []
      : [{ field: `${within}${what}/${at}`, expected: `one of the ${what} there are` }],
  )
  if (fields.length === 0) return
  throw new ApiFailure('invalid', `${fields.length} of ${what} are not there`, { fields })
}
