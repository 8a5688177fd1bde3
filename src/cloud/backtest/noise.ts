/** How noisy rules are: pure figures of what they would have told. */
import { labelsKey } from '../../model/labels.ts'
import type { UnixMs } from '../../model/time.ts'
import { FLAPPING } from '../alerts/flapping.ts'
import type { Alarm } from './report.ts'

export interface Noise {
  readonly messagesADay: number
  /** Null when no service is known. */
  readonly alarmsPerServiceWeek: number | null
  /** Of the alarms, those of an alert that fired three times or more within 30 min. */
  readonly flappingShare: number
  /** The longest time without a message. */
  readonly longestQuietMs: number
}

const DAY_MS = 24 * 3_600_000

export interface Heard {
  /** The time that was judged. */
  readonly fromMs: UnixMs
  readonly toMs: UnixMs
  readonly services: number
  readonly alarms: readonly Pick<Alarm, 'rule' | 'labels' | 'firedAt'>[]
  /** When messages went, in the order of time. */
  readonly toldAts: readonly UnixMs[]
}

export function noiseOf({ fromMs, toMs, services, alarms, toldAts }: Heard): Noise {
  const days = (toMs - fromMs) / DAY_MS
  const told = toldAts.filter((at) => at > fromMs && at < toMs)
  const breaks = [fromMs, ...told, toMs]
  const quiets = breaks.slice(1).map((at, i) => at - (breaks[i] ?? at))
  return {
    messagesADay: toldAts.length / days,
    alarmsPerServiceWeek: services === 0 ? null : alarms.length / services / (days / 7),
    flappingShare: alarms.length === 0 ? 0 : flappingOf(alarms) / alarms.length,
    longestQuietMs: quiets.reduce((longest, quiet) => Math.max(longest, quiet), 0),
  }
}

/** Alarms that are one of `times` of their alert within `withinMs`. */
function flappingOf(alarms: Heard['alarms']): number {
  const { times, withinMs } = FLAPPING
  const alerts = Map.groupBy(alarms, ({ rule, labels }) => `${rule} ${labelsKey(labels)}`)
  let count = 0
  for (const runs of alerts.values()) {
    const ats = runs.map(({ firedAt }) => firedAt)
    const isFlapping = ats.map(() => false)
    for (let first = 0; first + times <= ats.length; first++) {
      const last = first + times - 1
      if ((ats[last] ?? Infinity) - (ats[first] ?? 0) < withinMs) {
        isFlapping.fill(true, first, last + 1)
      }
    }
    count += isFlapping.filter(Boolean).length
  }
  return count
}
