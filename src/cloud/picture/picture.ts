/** What is drawn of an alarm: plain data, that the console asks for and that mails show. */
import type { UnixMs } from '../../model/time.ts'

/** `wait`: how long requests wait or are handled. `value`: of a rule whose meaning nobody knows. */
export type Measure = 'calls' | 'failures' | 'duration' | 'wait' | 'queue' | 'events' | 'value'
export type Unit = 'perMinute' | 'ms' | 'ratio' | 'none'

export type Point = readonly [at: UnixMs, value: number]

/**
 * `now`: what the alarm is about. `calls`: of which that many were failures. `others`: other notifies of the same
 * service. `reference`: the same of the reference day, moved to now.
 */
export type Role = 'now' | 'calls' | 'others' | 'reference'

export interface Line {
  readonly role: Role
  /** Oldest first; finite. */
  readonly points: readonly Point[]
}

/** What is usual. */
export interface Band {
  readonly at: UnixMs
  readonly low: number
  readonly high: number
}

export interface Picture {
  readonly measure: Measure
  readonly unit: Unit
  readonly startMs: UnixMs
  readonly endMs: UnixMs
  /** Between two points, where nothing is missing. */
  readonly stepMs: number
  readonly firedAt: UnixMs
  readonly resolvedAt?: UnixMs
  /** One to three; `now` first, with a point at least. */
  readonly lines: readonly Line[]
  readonly band: readonly Band[]
  readonly threshold?: number
  /** `2026-11-20`: that of the line `reference`. */
  readonly referenceDay?: string
}

export interface Reader {
  readonly language: 'zh' | 'en'
  /** IANA name. */
  readonly timeZone: string
}
