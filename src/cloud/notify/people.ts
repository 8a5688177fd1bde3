/** Whom a message to a receiver reaches besides what its settings say: mentioned by a robot, or by phone. Pure. */
import { phoneOf } from './phone.ts'
import type { ChannelKind, Contact, ReceiverKind } from './ports.ts'

/** As the channel wants them. */
export interface People {
  /** At the robot's chat. */
  readonly userIds: readonly string[]
  readonly mobiles: readonly string[]
}

/** Mentioned in one message: as many as a receiver may name itself. */
export const MAX_MENTIONED = 50

const PHONE_KINDS: readonly ChannelKind[] = ['aliyun-sms', 'aliyun-voice']

/** Each of its messages goes to one person, or to the numbers of the receiver. */
export function isByPhone(kind: ChannelKind): boolean {
  return PHONE_KINDS.includes(kind)
}

/** By which of its names a robot of `kind` mentions this contact; undefined: by none. */
export function mentionOf(kind: ReceiverKind, contact: Contact): People | undefined {
  const { phone } = contact
  const userId = kind === 'dingtalk' || kind === 'wecom' || kind === 'feishu' ? contact[kind] : ''
  if (userId) return { userIds: [userId], mobiles: [] }
  const takesMobiles = kind === 'dingtalk' || kind === 'wecom'
  return takesMobiles && phone ? { userIds: [], mobiles: [phone] } : undefined
}

export function together(all: readonly People[]): People {
  return {
    userIds: all.flatMap(({ userIds }) => userIds),
    mobiles: all.flatMap(({ mobiles }) => mobiles),
  }
}

/** Whom the receiver names itself first, then `people`; nobody twice, however the number is written. */
export function joined(own: People, people: People = { userIds: [], mobiles: [] }): People {
  const known = new Set(own.mobiles.map(sameNumber))
  return {
    userIds: [...new Set([...own.userIds, ...people.userIds])],
    mobiles: [...own.mobiles, ...new Set(people.mobiles)].filter(
      (mobile, at) => at < own.mobiles.length || !known.has(sameNumber(mobile)),
    ),
  }
}

/** One text for one number. */
export function sameNumber(text: string): string {
  return phoneOf(text) ?? text
}
