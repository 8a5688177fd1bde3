/**
 * An alert that comes and goes is told once more, as flapping, and then fires until it is calm. Pure.
 *
 *   quiet ── the third run within half an hour ──▶ flapping: fires on while it comes and goes ── calm for 10 min ──▶ over
 */
import type { Labels } from '../../model/labels.ts'
import type { UnixMs } from '../../model/time.ts'

export const FLAPPING = { times: 3, withinMs: 30 * 60_000, calmMs: 10 * 60_000 } as const

/** The annotation of an alert that flaps: how many times it has fired within half an hour. */
export const FLAPS = 'flaps'

/** What an alert that fires at `at` is annotated with, after runs that fired before; nothing where that is not often. */
export function flapsOf(firedAts: readonly UnixMs[], at: UnixMs): Labels {
  const count = lately(firedAts, at).length + 1
  return count >= FLAPPING.times ? { [FLAPS]: String(count) } : {}
}

/** Those before `at`, as far as they count. */
export function lately(firedAts: readonly UnixMs[], at: UnixMs): readonly UnixMs[] {
  return firedAts.filter((firedAt) => firedAt < at && at - firedAt < FLAPPING.withinMs)
}

/** How long its condition must be gone, instead of `keepFiringMs`. */
export function calmMs(annotations: Labels, keepFiringMs: number): number {
  return annotations[FLAPS] === undefined ? keepFiringMs : Math.max(keepFiringMs, FLAPPING.calmMs)
}

/** As news tells of it: what is said of the alert, and that it flaps. */
export function withFlaps(annotations: Labels): Labels {
  const count = annotations[FLAPS]
  if (count === undefined) return annotations
  const { description = '', description_en = description } = annotations
  return {
    ...annotations,
    description: `${description}（反复告警：半小时内第 ${count} 次；平息 10 分钟后通知恢复，其间不再通知）`,
    description_en: `${description_en} (Flapping: fired ${count} times within half an hour; told again when it has been calm for 10 min.)`,
  }
}
