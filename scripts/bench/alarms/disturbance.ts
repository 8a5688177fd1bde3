/** What differs from a normal day for a time, in the terms in which it is reported. */
import type { EventKind, EventLevel } from '../../../src/model/event.ts'
import type { UnixMs } from '../../../src/model/time.ts'
import type { PropertyName } from './plant.ts'

/** Callers wait for so long. */
export const TIMEOUT_MS = 3_000

export interface Disturbance {
  readonly fromMs: UnixMs
  readonly toMs: UnixMs
  /** It grows from nothing to its full size. */
  readonly creeps?: boolean
  readonly flows?: readonly FlowChange[]
  readonly calls?: readonly CallChange[]
  readonly down?: readonly Down[]
  readonly properties?: readonly PropertyChange[]
}

/** Of the calls of a flow, by its number. */
export interface FlowChange {
  readonly flow: number
  readonly factor: number
}

/** Of how calls to a service fare; where something is not given: of all. */
export interface CallChange {
  readonly service: number
  readonly interface?: number | undefined
  /** Number of the process that is called. */
  readonly process?: number | undefined
  /** Number of the calling service. */
  readonly caller?: number | undefined
  /** Shares of the calls. */
  readonly exceptions?: number
  readonly timeouts?: number
  /** Milliseconds that a call takes longer. */
  readonly plusMs?: number
  /** What the server does not notice: calls that time out never came to it. */
  readonly isOfNetwork?: boolean
}

export interface Down {
  readonly process: number
  /** Calls to it are refused; without, they time out. */
  readonly refuses: boolean
  /** Until callers leave it out. */
  readonly noticedMs: number
}

export interface PropertyChange {
  readonly process: number
  readonly property: PropertyName
  readonly factor: number
}

export interface Report {
  readonly at: UnixMs
  readonly process: number
  readonly level: EventLevel
  readonly kind: EventKind
  readonly text: string
}

/** How much of it there was in `[fromMs, toMs)`, on average: 0 to 1. */
export function intensity({ fromMs, toMs, creeps }: Disturbance, from: UnixMs, to: UnixMs): number {
  const [begin, end] = [Math.max(from, fromMs), Math.min(to, toMs)]
  if (end <= begin) return 0
  const share = (end - begin) / (to - from)
  return creeps ? (share * ((begin + end) / 2 - fromMs)) / (toMs - fromMs) : share
}
