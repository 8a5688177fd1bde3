/** A drill, and what became of it: pure. */
import type { UnixMs } from '../../model/time.ts'
import type { ChannelKind, DeliveryState } from '../notify/ports.ts'
import type { TraceLine } from '../notify/trace.ts'

/** The chain, in order: a drill that failed stopped before it had done this. */
export const DRILL_STEPS = ['stored', 'fired', 'planned', 'accepted'] as const
export type DrillStep = (typeof DRILL_STEPS)[number]

/** A message that did not arrive. */
export interface Missing {
  /** Name of the contact or receiver. */
  readonly to: string
  /** What the channel said last; '' before it said anything. */
  readonly answer: string
}

/** What one kind of channel did with the messages that the alarm fired. */
export interface ChannelResult {
  readonly channel: ChannelKind
  readonly planned: number
  readonly accepted: number
  /** When the first and the last of them was accepted. */
  readonly firstAt?: UnixMs
  readonly lastAt?: UnixMs
  /** Some of those that were not accepted. */
  readonly missing: readonly Missing[]
}

export type DrillEnd =
  | { readonly at: UnixMs; readonly outcome: 'passed' }
  | {
      readonly at: UnixMs
      readonly outcome: 'failed'
      readonly step: DrillStep
      /** Reasons of the trace for `planned`, else what was answered. */
      readonly why: readonly string[]
    }

export interface Drill {
  readonly id: string
  readonly environment: string
  /** It is the one of this month: `2026-11`; absent: somebody asked for it. */
  readonly month?: string
  readonly begunAt: UnixMs
  /** The cloud was started anew while it was under way. */
  readonly takenUp?: true
  /** When the fault was handed to the series; seconds count from here. */
  readonly faultAt?: UnixMs
  /** The fault was durable. */
  readonly storedAt?: UnixMs
  /** Id of the alarm. */
  readonly alert?: string
  readonly firedAt?: UnixMs
  /** The first message was saved. */
  readonly plannedAt?: UnixMs
  readonly channels: readonly ChannelResult[]
  readonly resolvedAt?: UnixMs
  /** All who were told had accepted that it is over. */
  readonly overToldAt?: UnixMs
  /** Absent while it is under way. */
  readonly end?: DrillEnd
}

/** A message of the drill's alarm. */
export interface DrillMessage {
  readonly policy: string
  readonly contact: string
  readonly channel: ChannelKind
  /** Name of the contact or receiver. */
  readonly name: string
  readonly plannedAt: UnixMs
  readonly state: DeliveryState
  readonly sentAt?: UnixMs
  readonly answer?: string
}

/** What the store knows of it so far. */
export interface Happened {
  readonly alert?: { readonly id: string; readonly firedAt?: UnixMs; readonly resolvedAt?: UnixMs }
  /** Oldest first. */
  readonly messages: readonly DrillMessage[]
  readonly decisions: readonly TraceLine[]
}

/** What an event of the fault has as its title, and the alarm as its label `title`. */
export function faultTitle({ id }: Pick<Drill, 'id'>): string {
  return `drill ${id}`
}

const MAX_MISSING = 10
const MAX_WHY = 5

/** With what happened by `now`; after `limitMs` it ends, whatever is still missing. */
export function observed(drill: Drill, happened: Happened, now: UnixMs, limitMs: number): Drill {
  const { alert } = happened
  const { told, over } = sorted(happened)
  const firstPlanned = told[0]?.plannedAt
  const seen: Drill = {
    ...drill,
    ...(alert && { alert: alert.id }),
    ...(alert?.firedAt !== undefined && { firedAt: alert.firedAt }),
    ...(firstPlanned !== undefined && { plannedAt: firstPlanned }),
    channels: channelsOf(told),
    ...(alert?.resolvedAt !== undefined && { resolvedAt: alert.resolvedAt }),
    ...(over.length > 0 && over.every(isSent) && { overToldAt: lastSent(over) }),
  }
  const isAnswered = [told, over].every((all) => all.length > 0 && all.every(isFinal))
  if (isAnswered && told.some(isSent)) return { ...seen, end: { at: now, outcome: 'passed' } }
  const isEnd = isOver(drill, now, limitMs) || isForNobody(happened)
  return isEnd ? ended(seen, happened, now) : seen
}

/** Its end was planned, too, and nothing is held back: nobody will be told. */
function isForNobody({ messages, decisions }: Happened): boolean {
  const isPlanned = decisions.some(({ stage }) => stage === 'resolved')
  return isPlanned && messages.length === 0 && decisions.every(({ verdict }) => verdict !== 'hold')
}

/** Also where the clock was set back meanwhile. */
export function isOver({ begunAt }: Drill, now: UnixMs, limitMs: number): boolean {
  return Math.abs(now - begunAt) >= limitMs
}

/** As it stands at the end of its time. */
function ended(drill: Drill, { messages, decisions }: Happened, at: UnixMs): Drill {
  if (drill.channels.some(({ accepted }) => accepted > 0)) {
    return { ...drill, end: { at, outcome: 'passed' } }
  }
  const step = failedStep(drill)
  const answers = messages.map(({ answer = '' }) => answer)
  const reasons = decisions
    .filter(({ verdict, stage }) => verdict !== 'tell' && stage !== 'resolved')
    .map(({ reason }) => reason)
  const why = step === 'planned' ? reasons : step === 'accepted' ? answers : []
  return failed(drill, step, why, at)
}

export function failed(drill: Drill, step: DrillStep, why: readonly string[], at: UnixMs): Drill {
  const distinct = [...new Set(why)].filter((text) => text !== '').slice(0, MAX_WHY)
  return { ...drill, end: { at, outcome: 'failed', step, why: distinct } }
}

function failedStep({ storedAt, firedAt, plannedAt }: Drill): DrillStep {
  if (storedAt === undefined) return 'stored'
  if (firedAt === undefined) return 'fired'
  return plannedAt === undefined ? 'planned' : 'accepted'
}

/** The first message to each tells that it fired; of those after, what was planned when it was over says that. */
function sorted({ messages, alert }: Happened) {
  const first = new Map<string, DrillMessage>()
  const over: DrillMessage[] = []
  for (const message of messages) {
    const key = JSON.stringify([message.policy, message.contact, message.channel])
    if (!first.has(key)) first.set(key, message)
    else if (message.plannedAt >= (alert?.resolvedAt ?? Infinity)) over.push(message)
  }
  return { told: [...first.values()], over }
}

function channelsOf(told: readonly DrillMessage[]): ChannelResult[] {
  return [...Map.groupBy(told, ({ channel }) => channel)].map(([channel, messages]) => {
    const sent = messages.flatMap((message) => (isSent(message) ? (message.sentAt ?? []) : []))
    const missing = messages.filter((message) => !isSent(message))
    return {
      ...{ channel, planned: messages.length, accepted: messages.length - missing.length },
      ...(sent.length > 0 && { firstAt: Math.min(...sent), lastAt: Math.max(...sent) }),
      missing: missing.slice(0, MAX_MISSING).map(({ name, answer = '' }) => ({ to: name, answer })),
    }
  })
}

function lastSent(messages: readonly DrillMessage[]): UnixMs {
  return Math.max(...messages.map(({ sentAt = 0 }) => sentAt))
}

function isSent({ state }: DrillMessage): boolean {
  return state === 'sent'
}

function isFinal({ state }: DrillMessage): boolean {
  return state === 'sent' || state === 'failed'
}
