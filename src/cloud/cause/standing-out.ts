/**
 * Which callers, nodes, interfaces … make up the excess of an alert, beyond their share of the traffic. Pure.
 *
 * Says nothing where all are hit alike, and nothing of numbers that chance explains.
 */
import {
  type Compared,
  callsExcess,
  delayExcessMs,
  failureExcess,
  failuresOf,
  sum,
} from './calls.ts'

/** Failures, delays, or calls themselves: more or fewer. */
export type Measure = 'failures' | 'latency' | 'traffic'

/** Labels of stat series by which an excess is divided, the most telling first. */
export const DIMENSIONS = [
  'callee_ip',
  'caller',
  'set',
  'interface',
  'version',
  'return_code',
] as const

export type Dimension = (typeof DIMENSIONS)[number]

/** Calls of one callee with these labels. */
export interface CallsPart extends Compared {
  readonly labels: Readonly<Partial<Record<Dimension, string>>>
}

export interface StandingValue {
  readonly value: string
  /** Of the whole excess, 0 to 1. */
  readonly share: number
  /** Of the calls, 0 to 1: of traffic those of the baseline. */
  readonly trafficShare: number
}

export interface Finding {
  readonly dimension: Dimension
  /** The largest share first. */
  readonly values: readonly StandingValue[]
  /** Of all values together. */
  readonly share: number
  readonly trafficShare: number
  /** How many values of this dimension there are. */
  readonly valueCount: number
}

const MAX_VALUES = 5
/** Together the values make up this much, or the first alone the lesser. */
const MIN_SHARE = { together: 0.8, alone: 0.5 }
/** A value with less is not worth naming. */
const MIN_PART = 0.05
/** Measured by their traffic they have so many times the excess of the rest. */
const MIN_LIFT = 3
/** Chance hardly ever explains so many standard deviations. */
const MIN_SIGMAS = 4
/** Least excess a minute: failures, calls; of latency, calls that are slower. */
const MIN_EXCESS = 5
/** Who stays out of it must have had so many calls a minute. */
const MIN_REST_CALLS = 10

/** One for each dimension that tells something: the one that explains most with least traffic first. */
export function findingsOf(parts: readonly CallsPart[], measure: Measure): Finding[] {
  return DIMENSIONS.flatMap((dimension) => findingOf(parts, dimension, measure) ?? []).toSorted(
    (a, b) => b.share - b.trafficShare - (a.share - a.trafficShare),
  )
}

interface Candidate {
  readonly value: string
  readonly excess: number
  readonly weight: number
}

function findingOf(
  parts: readonly CallsPart[],
  dimension: Dimension,
  measure: Measure,
): Finding | undefined {
  const isOutcome = dimension === 'return_code'
  if (isOutcome && measure !== 'failures') return undefined
  const candidates = candidatesOf(parts, dimension, measure)
  const excess = total(candidates.map((one) => Math.max(0, one.excess)))
  const weight = total(candidates.map((one) => one.weight))
  if (candidates.length < 2 || excess < MIN_EXCESS) return undefined
  const whole = { excess, weight, measure, isOutcome }
  const worth = candidates
    .filter((one) => one.excess >= MIN_PART * excess)
    .toSorted((a, b) => densityOf(b) - densityOf(a) || b.excess - a.excess)
  const chosen = [together(worth, excess), alone(worth, excess)].find(
    (some) => some.length > 0 && some.length < candidates.length && standsOut(some, whole),
  )
  return chosen && { dimension, ...sharesOf(chosen, whole), valueCount: candidates.length }
}

function sharesOf(chosen: readonly Candidate[], whole: Whole) {
  const values = chosen
    .map(({ value, excess, weight }) => ({
      value,
      share: excess / whole.excess,
      trafficShare: whole.weight > 0 ? weight / whole.weight : 0,
    }))
    .toSorted((a, b) => b.share - a.share)
  return {
    values,
    share: total(values.map(({ share }) => share)),
    trafficShare: total(values.map(({ trafficShare }) => trafficShare)),
  }
}

function candidatesOf(
  parts: readonly CallsPart[],
  dimension: Dimension,
  measure: Measure,
): Candidate[] {
  const whole = sum(parts)
  return [...Map.groupBy(parts, ({ labels }) => labels[dimension] ?? '')].map(([value, some]) => {
    const compared = sum(some)
    return {
      value,
      excess:
        dimension === 'return_code'
          ? codeExcess(compared, whole)
          : excessOf(compared, whole, measure),
      weight: measure === 'traffic' ? compared.before.calls : compared.now.calls,
    }
  })
}

function excessOf(compared: Compared, whole: Compared, measure: Measure): number {
  if (measure === 'traffic') return callsExcess(compared) * Math.sign(callsExcess(whole))
  // What is new has no baseline of its own: that of all counts.
  const before = compared.before.calls > 0 ? compared.before : whole.before
  const judged = { now: compared.now, before }
  return measure === 'failures' ? failureExcess(judged) : delayExcessMs(judged)
}

/** A code is the outcome of a call: its failures compare with all calls, not with those that have it. */
function codeExcess({ now, before }: Compared, whole: Compared): number {
  const scale = whole.before.calls > 0 ? whole.now.calls / whole.before.calls : 0
  return failuresOf(now) - failuresOf(before) * scale
}

interface Whole {
  readonly excess: number
  readonly weight: number
  readonly measure: Measure
  /** The value is made by the failure itself, so it has no traffic to compare with. */
  readonly isOutcome: boolean
}

function standsOut(some: readonly Candidate[], whole: Whole): boolean {
  const excess = total(some.map((one) => one.excess))
  const weight = total(some.map((one) => one.weight))
  if (some.some(({ value }) => value === '' || (whole.isOutcome && value === '0'))) return false
  if (whole.isOutcome) return excess >= MIN_EXCESS
  const rest = { excess: whole.excess - excess, weight: whole.weight - weight }
  if (rest.weight < MIN_REST_CALLS) return false
  // A node that is new or gone has no traffic on one side: whatever it has of the excess is too much.
  const lift = excess / Math.max(weight, 1) / (Math.max(rest.excess, 0) / rest.weight || 1e-9)
  if (lift < MIN_LIFT) return false
  if (whole.measure === 'latency') return weight >= MIN_REST_CALLS
  const part = weight / whole.weight
  const expected = whole.excess * part
  return excess >= MIN_EXCESS && excess - expected >= MIN_SIGMAS * Math.sqrt(expected * (1 - part))
}

/** The fewest that make it up together; none when that takes too many. */
function together(worth: readonly Candidate[], excess: number): readonly Candidate[] {
  for (let count = 1; count <= Math.min(MAX_VALUES, worth.length); count++) {
    const some = worth.slice(0, count)
    if (total(some.map((one) => one.excess)) >= MIN_SHARE.together * excess) return some
  }
  return []
}

function alone(worth: readonly Candidate[], excess: number): readonly Candidate[] {
  const [first] = worth.toSorted((a, b) => b.excess - a.excess)
  return first && first.excess >= MIN_SHARE.alone * excess ? [first] : []
}

function densityOf({ excess, weight }: Candidate): number {
  return weight > 0 ? excess / weight : Number.MAX_VALUE
}

function total(numbers: readonly number[]): number {
  return numbers.reduce((all, one) => all + one, 0)
}
