/**
 * The life of one alert: (none) → pending → firing → resolved.
 *
 * Pure: the caller supplies the instant, and saves what comes back.
 * Source: Prometheus `rules/alerting.go`, `AlertingRule.Eval` (d15adb9). Differs on purpose: a resolved
 * alert that comes back is a new run, and raising `for` never un-fires one.
 */
import type { UnixMs } from '../../model/time.ts'

/**
 * Where an alert stands and since when; an alert that does not exist is `undefined`.
 * `activeAt`: the condition first held. `clearedAt`: it stopped holding (absent while it holds).
 */
export type Phase = Readonly<
  | { state: 'pending'; activeAt: UnixMs }
  | { state: 'firing'; activeAt: UnixMs; firedAt: UnixMs; clearedAt?: UnixMs }
  | { state: 'resolved'; activeAt: UnixMs; firedAt: UnixMs; clearedAt: UnixMs; resolvedAt: UnixMs }
>

/** How patient a rule is. Both in milliseconds, ≥ 0; `rules/parse.ts` has checked them. */
export interface Patience {
  /** The condition must hold this long before the alert fires (YAML `for`). */
  readonly forMs: number
  /** It must be gone this long before the alert resolves (YAML `keep_firing_for`). */
  readonly keepFiringMs: number
}

/** `change` is set only when somebody may have to be told. */
export interface Step {
  readonly phase: Phase | undefined
  readonly change?: 'fired' | 'resolved'
}

/**
 * The phase after one evaluation at `at`, where `holds` says whether the condition held.
 *
 * @throws {RangeError} `at` precedes `phase.activeAt`: evaluations of a rule come in time order.
 */
export function step(phase: Phase | undefined, holds: boolean, at: UnixMs, rule: Patience): Step {
  if (phase && at < phase.activeAt) {
    throw new RangeError(`evaluated at ${at}, but active since ${phase.activeAt}`)
  }
  return holds ? whileHolding(phase, at, rule) : whileClear(phase, at, rule)
}

function whileHolding(phase: Phase | undefined, at: UnixMs, { forMs }: Patience): Step {
  if (phase?.state === 'firing') {
    return { phase: { state: 'firing', activeAt: phase.activeAt, firedAt: phase.firedAt } }
  }
  // A resolved alert that comes back is a new run: it waits out `for` again.
  const activeAt = phase?.state === 'pending' ? phase.activeAt : at
  if (at - activeAt < forMs) return { phase: { state: 'pending', activeAt } }
  return { phase: { state: 'firing', activeAt, firedAt: at }, change: 'fired' }
}

function whileClear(phase: Phase | undefined, at: UnixMs, { keepFiringMs }: Patience): Step {
  // A pending alert told nobody, so it leaves without a word.
  if (phase?.state !== 'firing') return { phase: phase?.state === 'resolved' ? phase : undefined }
  const { activeAt, firedAt, clearedAt = at } = phase
  if (at - clearedAt < keepFiringMs) return { phase: { ...phase, clearedAt } }
  return {
    phase: { state: 'resolved', activeAt, firedAt, clearedAt, resolvedAt: at },
    change: 'resolved',
  }
}
