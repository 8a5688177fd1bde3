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

/** Who is told beside a receiver. */
export interface Beside {
  /** The receiver itself is told. */
  readonly isTold: boolean
  /** By a robot; nobody, when an alarm is over. */
  readonly mentioned: readonly Contact[]
  readonly phoned: readonly Contact[]
}

export function reachedBy(receiver: ReceiverHead, beside: Beside): Reached[] {
  if (!isByPhone(receiver.kind)) return byRobot(receiver, beside)
  const reached = [...toOwnNumbers(receiver, beside), ...toEach(receiver, beside)]
  if (!beside.isTold || reached.some(({ notice }) => notice)) return reached
  return [...reached, { decision: { contact: receiver.id, verdict: 'drop', reason: 'no-phone' } }]
}

/** One message of a robot or webhook. */
function byRobot(receiver: ReceiverHead, { mentioned }: Beside): Reached[] {
  const named = mentioned
    .flatMap((contact) => {
      const mention = mentionOf(receiver.kind, contact)
      return mention ? { contact, mention } : []
    })
    .slice(0, MAX_MENTIONED)
  const notice = {
    ...noticeTo(receiver),
    ...(named.length > 0 && { people: together(named.map(({ mention }) => mention)) }),
  }
  return [
    { notice, decision: { contact: receiver.id, verdict: 'tell', reason: 'addressed' } },
    ...named.map(
      ({ contact: { id } }): Reached => ({
        decision: { contact: id, verdict: 'tell', reason: 'mentioned' },
      }),
    ),
  ]
}

function toOwnNumbers(receiver: ReceiverHead, { isTold }: Beside): Reached[] {
  // Of one whose settings are not known the channel finds out.
  if (!isTold || receiver.phones?.length === 0) return []
  const decision = { contact: receiver.id, verdict: 'tell', reason: 'addressed' } as const
  return [{ notice: noticeTo(receiver), decision }]
}

/** One message each: one that fails delays no other. */
function toEach(receiver: ReceiverHead, { isTold, phoned }: Beside): Reached[] {
  const numbers = new Set(isTold ? receiver.phones?.map(sameNumber) : [])
  return phoned.map(({ id, name, phone }): Reached => {
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

/** Who reads what goes to a receiver. */
function noticeTo(receiver: ReceiverHead) {
  const { id, environment, name, language, timeZone } = receiver
  return { contact: { id, environment, name, email: '', language, timeZone }, receiver }
}
