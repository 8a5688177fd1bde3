/** What all the killing has done to the messages. Pure. */
import type { Arrival } from './ledger.ts'
import type { StoredDelivery } from './stored.ts'

export interface Evidence {
  /** Nodes whose trouble each recipient is to be told of. */
  readonly nodes: readonly string[]
  readonly recipients: readonly string[]
  /** Of those: who says of each alarm in a message whether it is over. */
  readonly precise: readonly string[]
  readonly deliveries: readonly StoredDelivery[]
  readonly arrivals: readonly Arrival[]
  /** By life: what was being sent when it was killed. */
  readonly inFlight: readonly ReadonlySet<string>[]
}

export interface Verdict {
  /** Messages that were to be taken. */
  readonly due: number
  readonly delivered: number
  /** Neither taken nor even made, a line each. */
  readonly lost: readonly string[]
  /** Taken once more: was being sent when a life ended, and says so where it can. */
  readonly twiceInside: number
  /** Taken once more for no such reason, or told in two messages, a line each. */
  readonly twiceOutside: readonly string[]
  /** Came again because its receiver took it without an answer. */
  readonly unanswered: number
}

export function judge(evidence: Evidence): Verdict {
  const { deliveries, arrivals } = evidence
  const accepted = Map.groupBy(
    arrivals.filter(({ isAccepted }) => isAccepted),
    ({ delivery }) => delivery,
  )
  const missing = deliveries.filter(({ id, state }) => state !== 'sent' || !accepted.has(id))
  const untold = evidence.recipients.flatMap((to) => untoldTo(to, evidence))
  const repeats = [...accepted.values()].flatMap((copies) => repeatsOf(copies, evidence))
  return {
    due: deliveries.length + untold.length,
    delivered: deliveries.length - missing.length,
    lost: [...missing.map(({ id, to, state }) => `${id} to ${to} is ${state}`), ...untold],
    twiceInside: repeats.filter(({ isInside }) => isInside).length,
    twiceOutside: [
      ...repeats.flatMap(({ isInside, text }) => (isInside ? [] : text)),
      ...evidence.recipients.flatMap((to) => toldTwice(to, evidence)),
    ],
    unanswered: arrivals.filter(({ isAccepted }) => !isAccepted).length,
  }
}

/** Alarms, and ends of alarms, that no message tells of. */
function untoldTo(recipient: string, { nodes, precise, arrivals }: Evidence): string[] {
  const tellings = arrivals
    .filter((arrival) => arrival.isAccepted && arrival.recipient === recipient)
    .flatMap(({ tells }) => tells)
  const told = new Set(tellings.map(({ node }) => node))
  const ended = new Set(tellings.flatMap(({ node, over }) => (over ? node : [])))
  return [
    ...nodes.filter((node) => !told.has(node)).map((node) => `${node} to ${recipient}`),
    ...nodes
      .filter((node) => precise.includes(recipient) && told.has(node) && !ended.has(node))
      .map((node) => `end of ${node} to ${recipient}`),
  ]
}

/** Of each copy beyond the first, whether it is one that a crash may make. */
function repeatsOf(copies: readonly Arrival[], { precise, inFlight }: Evidence) {
  return copies.slice(1).map(({ delivery, recipient, life, isMarked }, index) => {
    const before = copies[index]?.life ?? life
    const wasInFlight = inFlight.slice(before, life).some((sending) => sending.has(delivery))
    const mark = isMarked ? 'with a mark' : 'without a mark'
    return {
      isInside: wasInFlight && (isMarked || !precise.includes(recipient)),
      text: `${delivery} to ${recipient} in lives ${before} and ${life}, ${mark}`,
    }
  })
}

/** In two messages as begun, or in two as over. */
function toldTwice(recipient: string, { arrivals }: Evidence): string[] {
  const messages = new Map<string, Set<string>>()
  for (const { delivery, recipient: to, tells } of arrivals) {
    for (const { node, over } of to === recipient ? tells : []) {
      const key = `${over ? 'end of ' : ''}${node}`
      messages.set(key, (messages.get(key) ?? new Set()).add(delivery))
    }
  }
  return [...messages].flatMap(([what, ids]) =>
    ids.size > 1 ? `${what} to ${recipient} in ${[...ids].join(', ')}` : [],
  )
}
