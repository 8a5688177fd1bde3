/** Calls compared with their baseline: what is beyond it, and when that is more than noise. */

/** All per minute. */
export interface Calls {
  /** Failed ones included. */
  readonly calls: number
  readonly timeouts: number
  readonly exceptions: number
  /** Of the calls that did not fail. */
  readonly durationMs: number
}

export interface Compared {
  readonly now: Calls
  /** The baseline: the recent past, before the trouble. */
  readonly before: Calls
}

export const NO_CALLS: Calls = { calls: 0, timeouts: 0, exceptions: 0, durationMs: 0 }

/** An edge or a value has more failures when all three hold. */
const FAILING = { minPerMinute: 3, minRatio: 0.01, minSigmas: 4 }
/** It is slower when the mean has risen by both, over at least so many calls. */
const SLOW = { minCalls: 10, minMs: 20, minRatio: 0.5 }
/** Its traffic has changed when both hold. */
const SHIFTED = { minCalls: 10, minRatio: 0.25 }

export function add(a: Calls, b: Calls): Calls {
  return {
    calls: a.calls + b.calls,
    timeouts: a.timeouts + b.timeouts,
    exceptions: a.exceptions + b.exceptions,
    durationMs: a.durationMs + b.durationMs,
  }
}

export function sum(all: Iterable<Compared>): Compared {
  let total: Compared = { now: NO_CALLS, before: NO_CALLS }
  for (const { now, before } of all) {
    total = { now: add(total.now, now), before: add(total.before, before) }
  }
  return total
}

export function failuresOf({ timeouts, exceptions }: Calls): number {
  return timeouts + exceptions
}

/** Of the calls that did not fail, ms; undefined without any. */
export function meanMs(calls: Calls): number | undefined {
  const succeeded = calls.calls - failuresOf(calls)
  return succeeded > 0 ? calls.durationMs / succeeded : undefined
}

/** Failures a minute beyond what the baseline's ratio makes of these calls; a new one has failed never. */
export function failureExcess({ now, before }: Compared): number {
  return failuresOf(now) - ratioBefore(before) * now.calls
}

function ratioBefore(before: Calls): number {
  return before.calls > 0 ? failuresOf(before) / before.calls : 0
}

/** Time a minute beyond what these calls take at the baseline's mean, ms; 0 without a baseline. */
export function delayExcessMs({ now, before }: Compared): number {
  const mean = meanMs(now)
  const usual = meanMs(before)
  if (mean === undefined || usual === undefined) return 0
  return (mean - usual) * (now.calls - failuresOf(now))
}

/** Calls a minute more, or below 0 fewer, than in the baseline. */
export function callsExcess({ now, before }: Compared): number {
  return now.calls - before.calls
}

export function isFailing(compared: Compared): boolean {
  const { now, before } = compared
  const noise = Math.sqrt(ratioBefore(before) * now.calls)
  const least = Math.max(
    FAILING.minPerMinute,
    FAILING.minRatio * now.calls,
    FAILING.minSigmas * noise,
  )
  return failureExcess(compared) >= least
}

/** What callers lose by them, a minute: as far as it is more than noise, however small. */
export interface Excess {
  readonly failures: number
  /** Of the failures. */
  readonly timeouts: number
  readonly delayMs: number
}

export const NO_EXCESS: Excess = { failures: 0, timeouts: 0, delayMs: 0 }
const NOISE = { minFailures: 1, sigmas: 2, minMore: 0.25, minSlower: 0.05 }

export function excessOf(compared: Compared): Excess {
  const { now, before } = compared
  const expected = ratioBefore(before) * now.calls
  const failures = failureExcess(compared)
  const noise = Math.max(NOISE.sigmas * Math.sqrt(expected), NOISE.minMore * expected)
  const isMore = failures >= Math.max(NOISE.minFailures, noise)
  const delayMs = delayExcessMs(compared)
  const usualMs = (meanMs(before) ?? 0) * (now.calls - failuresOf(now))
  return {
    failures: isMore ? failures : 0,
    timeouts: isMore ? failures * timeoutShare(compared) : 0,
    delayMs: delayMs >= NOISE.minSlower * usualMs ? Math.max(0, delayMs) : 0,
  }
}

export function addExcess(a: Excess, b: Excess): Excess {
  return {
    failures: a.failures + b.failures,
    timeouts: a.timeouts + b.timeouts,
    delayMs: a.delayMs + b.delayMs,
  }
}

/** TARS' clients wait so long by default. */
const TIMEOUT_MS = 3000

/** What callers wait longer, ms a minute: for answers, and in vain. */
export function waitMs({ timeouts, delayMs }: Excess): number {
  return delayMs + TIMEOUT_MS * timeouts
}

export function isSlow({ now, before }: Compared): boolean {
  const mean = meanMs(now)
  const usual = meanMs(before)
  if (mean === undefined || usual === undefined) return false
  return (
    now.calls - failuresOf(now) >= SLOW.minCalls &&
    mean - usual >= Math.max(SLOW.minMs, SLOW.minRatio * usual)
  )
}

/** `+` or `-` when the traffic has clearly changed. */
export function shiftOf(compared: Compared): '+' | '-' | undefined {
  const excess = callsExcess(compared)
  const least = Math.max(SHIFTED.minCalls, SHIFTED.minRatio * compared.before.calls)
  if (Math.abs(excess) < least) return undefined
  return excess > 0 ? '+' : '-'
}

/** Which part of the failures beyond the baseline are time-outs, 0 to 1; 0 without failures. */
export function timeoutShare({ now, before }: Compared): number {
  const scale = before.calls > 0 ? now.calls / before.calls : 0
  const timeouts = now.timeouts - before.timeouts * scale
  const failures = failuresOf(now) - failuresOf(before) * scale
  return failures > 0 ? Math.min(1, Math.max(0, timeouts) / failures) : 0
}
