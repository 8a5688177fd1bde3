/** How contacts are reached, and whether notifications reach anybody. Pure. */
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

/** What a contact may have besides a mail address, in the order in which it is shown. */
export const REACH = ['phone', 'dingtalk', 'wecom', 'feishu'] as const

/** Who can be chosen for what goes by mail alone: with an address, and who was chosen before. */
export function forMails(
  contacts: readonly Contact[],
  chosen: readonly string[],
): readonly Contact[] {
  return contacts.filter(({ id, email }) => email !== '' || chosen.includes(id))
}

/** Its mail address may be used. */
function isUsable({ email, unverifiedSinceMs, disabled }: Contact): boolean {
  return email !== '' && unverifiedSinceMs === undefined && disabled === undefined
}

/** It takes messages, if need be for the phone of one of `told`. */
function takes({ kind, disabled, settings }: Receiver, told: readonly Contact[]): boolean {
  if (disabled !== undefined) return false
  if (kind !== 'aliyun-sms' && kind !== 'aliyun-voice') return true
  const own = [settings.phones ?? settings.phone ?? []].flat()
  return own.length > 0 || told.some(({ phone }) => phone !== undefined)
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
  const told = contacts.filter(({ id }) => named.has(id))
  const channels = receivers.filter(({ id }) => policy.receivers.includes(id))
  return !told.some(isUsable) && !channels.some((channel) => takes(channel, told))
}
