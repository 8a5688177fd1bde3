/** Why somebody was told of an alarm, or was not, as the API tells. */
import { call, place } from './call.ts'

/** `name` is '' when it was removed since. */
export interface Named {
  readonly id: string
  readonly name: string
}

export interface TraceLine {
  readonly stage: string
  readonly verdict: 'tell' | 'hold' | 'drop'
  readonly reason: string
  readonly policies: readonly Named[]
  /** And receivers. */
  readonly contacts: readonly Named[]
  /** Not named. */
  readonly more: number
  readonly mute?: Named
  /** What holds it back: the rule, and the id of the alarm that fires. */
  readonly inhibition?: { readonly rule: string; readonly alarm: string }
  readonly error?: string
}

export interface Trace {
  /** Newest first. */
  readonly trace: readonly {
    readonly atMs: number
    readonly kind:
      | 'fired'
      | 'repeated'
      | 'resolved'
      | 'digest'
      | 'escalation'
      | 'snooze-over'
      | 'undo'
      | 'unsent'
    readonly lines: readonly TraceLine[]
  }[]
  /** News of which nothing was decided yet. */
  readonly waiting: readonly {
    readonly atMs: number
    readonly untilMs?: number
    readonly mute?: Named
    readonly inhibited?: true
  }[]
}

export function trace(environment: string, alarm: string): Promise<Trace> {
  return call('GET', place(environment, 'alarms', alarm, 'trace'))
}

/** What falls outside the hours of a policy is said once, not again by what holds it. */
export function shownLines(lines: readonly TraceLine[]): TraceLine[] {
  return lines.filter(({ stage, reason }) => !(stage === 'converge' && reason === 'outside-hours'))
}
