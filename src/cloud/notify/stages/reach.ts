/** From a receiver that is told to its messages: robots mention who is told, phones go to each of them. Pure. */
import type { Notice } from '../notice.ts'
import { isByPhone, MAX_MENTIONED, mentionOf, sameNumber, together } from '../people.ts'
import type { Contact, ReceiverHead } from '../ports.ts'
import type { Decision } from './stage.ts'

/** A message, what is said of it in the trace, or both. */
export interface Reached {
  readonly notice?: Pick<Notice, 'contact' | 'receiver' | 'people'>
  readonly decision: Pick<Decision, 'contact' | 'verdict' | 'reason'>
}

/** One message of a robot or webhook. @param people who is told besides; nobody, when an alarm is over. */
export function reachedByRobot(receiver: ReceiverHead, people: readonly Contact[]): Reached[] {
  const mentioned = people
    .flatMap((contact) => {
      const mention = mentionOf(receiver.kind, contact)
      return mention ? { contact, mention } : []
    })
    .slice(0, MAX_MENTIONED)
  const notice = {
    ...noticeTo(receiver),
    ...(mentioned.length > 0 && { people: together(mentioned.map(({ mention }) => mention)) }),
  }
  return [
    { notice, decision: { contact: receiver.id, verdict: 'tell', reason: 'addressed' } },
    ...mentioned.map(
      ({ contact: { id } }): Reached => ({
        decision: { contact: id, verdict: 'tell', reason: 'mentioned' },
      }),
    ),
  ]
}

/** One message to the receiver's own numbers, and one to each of `people`: one that fails delays no other. */
export function reachedByPhone(receiver: ReceiverHead, people: readonly Contact[]): Reached[] {
  const { phones } = receiver
  const reached = [...toOwnNumbers(receiver), ...toEach(receiver, people)]
  const isReached = reached.some(({ notice }) => notice) || phones === undefined
  if (isReached) return reached
  return [...reached, { decision: { contact: receiver.id, verdict: 'drop', reason: 'no-phone' } }]
}

function toOwnNumbers(receiver: ReceiverHead): Reached[] {
  // Of one whose settings are not known the channel finds out.
  if (receiver.phones?.length === 0) return []
  const decision = { contact: receiver.id, verdict: 'tell', reason: 'addressed' } as const
  return [{ notice: noticeTo(receiver), decision }]
}

function toEach(receiver: ReceiverHead, people: readonly Contact[]): Reached[] {
  const numbers = new Set(receiver.phones?.map(sameNumber))
  return people.map(({ id, name, phone }): Reached => {
    if (!phone) return { decision: { contact: id, verdict: 'drop', reason: 'no-phone' } }
    const decision = { contact: id, verdict: 'tell', reason: 'phoned' } as const
    if (numbers.has(phone)) return { decision }
    numbers.add(phone)
    const { contact } = noticeTo(receiver)
    const notice = {
      ...{ receiver, contact: { ...contact, id, name } },
      people: { userIds: [], mobiles: [phone] },
    }
    return { notice, decision }
  })
}

export function reachedBy(
  receiver: ReceiverHead,
  { mentioned, phoned }: { mentioned: readonly Contact[]; phoned: readonly Contact[] },
): Reached[] {
  return isByPhone(receiver.kind)
    ? reachedByPhone(receiver, phoned)
    : reachedByRobot(receiver, mentioned)
}

/** Who reads what goes to a receiver. */
function noticeTo(receiver: ReceiverHead) {
  const { id, environment, name, language, timeZone } = receiver
  return { contact: { id, environment, name, email: '', language, timeZone }, receiver }
}
