/**
 * An alert that comes and goes is told once, as flapping, until it is calm. Pure.
 *
 *   quiet ── fired `times` times within `withinMs` ──▶ flapping ── no change for `calmMs` ──▶ quiet
 */
import type { UnixMs } from '../../model/time.ts'

export interface FlappingOptions {
  readonly times: number
  readonly withinMs: number
  readonly calmMs: number
}

export const FLAPPING: FlappingOptions = { times: 3, withinMs: 30 * 60_000, calmMs: 10 * 60_000 }

/** Of one alert, by rule and labels, over its runs. */
export interface Flapping {
  /** When it fired lately, oldest first; at most `times`. */
  readonly firedAts: readonly UnixMs[]
  readonly isFiring: boolean
  readonly changedAt: UnixMs
  /** Since when it is told as flapping; absent when it is not. */
  readonly since?: UnixMs
}

export interface FlappingStep {
  /** Undefined when there is nothing to remember. */
  readonly flapping: Flapping | undefined
  /** `flapping`: it has begun. After that `fired`: it fires on, calmly; `resolved`: it is over, calmly. */
  readonly tell?: 'fired' | 'resolved' | 'flapping'
}

/** @param news what the alert did at `at`; absent: nothing, time has passed. */
export function stepFlapping(
  before: Flapping | undefined,
  news: 'fired' | 'resolved' | undefined,
  at: UnixMs,
  options: FlappingOptions = FLAPPING,
): FlappingStep {
  if (!news) return before ? waited(before, at, options) : { flapping: undefined }
  const { times, withinMs } = options
  const firedAts = (before?.firedAts ?? []).filter((firedAt) => at - firedAt < withinMs)
  if (news === 'fired') firedAts.push(at)
  const isFiring = news === 'fired'
  const flapping = { firedAts: firedAts.slice(-times), isFiring, changedAt: at }
  if (before?.since !== undefined) return { flapping: { ...flapping, since: before.since } }
  if (isFiring && firedAts.length >= times) {
    return { flapping: { ...flapping, since: at }, tell: 'flapping' }
  }
  return { flapping: isFiring || firedAts.length > 0 ? flapping : undefined, tell: news }
}

function waited(before: Flapping, at: UnixMs, { withinMs, calmMs }: FlappingOptions): FlappingStep {
  const { since, isFiring, changedAt } = before
  if (since !== undefined && at - changedAt >= calmMs) {
    const calm = { firedAts: [], isFiring, changedAt }
    return { flapping: isFiring ? calm : undefined, tell: isFiring ? 'fired' : 'resolved' }
  }
  const isForgotten = since === undefined && !isFiring && at - changedAt >= withinMs
  return { flapping: isForgotten ? undefined : before }
}

/** When to step without news; undefined when no time will change anything. */
export function flappingDueAt(
  { since, isFiring, changedAt }: Flapping,
  { withinMs, calmMs }: FlappingOptions = FLAPPING,
): UnixMs | undefined {
  if (since !== undefined) return changedAt + calmMs
  return isFiring ? undefined : changedAt + withinMs
}
