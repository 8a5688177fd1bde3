/** Baselines out of minutes. Pure. */
import type { SeriesSamples } from '../../model/sample-batch.ts'
import type { UnixMs } from '../../model/time.ts'
import { between, type Minutes, OF, type Of, type Pair } from './minutes.ts'
import { type Spread, spreadOf } from './spread.ts'

/** `recent`: the hour before; `day`, `week`: the same minutes of comparable days. */
const BY = ['recent', 'day', 'week'] as const
export type By = (typeof BY)[number]

/** Minutes from `fromMs` to `toMs`; of what was heard of in fewer than `least` of them nothing is known. */
export interface Stretch {
  readonly minutes: Minutes
  readonly fromMs: UnixMs
  readonly toMs: UnixMs
  readonly least: number
}

/** What each baseline is made of: the minutes of all its stretches, taken together. */
export type Stretches = Readonly<Record<By, readonly Stretch[]>>

/** By `pairKey`. */
export type Pairs = readonly (readonly [key: string, pair: Pair])[]

/** Pairs of any stretch, those of the hour before first. */
export function pairsOf(stretches: Stretches): Pairs {
  const all = BY.flatMap((by) => stretches[by]).flatMap(({ minutes }) => [...minutes.pairs])
  return [...new Map<string, Pair>(all)]
}

/** One sample at `atMs` for each that is known. Never NaN. */
export function* baselinesOf(
  stretches: Stretches,
  pairs: Pairs,
  atMs: UnixMs,
): Generator<SeriesSamples> {
  const times = Float64Array.of(atMs)
  const room = roomFor(stretches)
  for (const [key, { callee, interface: name }] of pairs) {
    for (const by of BY) {
      for (const of of OF) {
        const spread = spreadOfPair(stretches[by], key, of, room)
        const busiest = by === 'day' && of === 'calls' ? busiestOf(stretches[by], key) : {}
        for (const [stat, value] of Object.entries({ ...spread, ...busiest })) {
          const labels = { __name__: 'tars_baseline', of, by, stat, callee, interface: name }
          // As exact as minutes are kept: half of the bytes are zero and take no room.
          yield { labels, times, values: Float64Array.of(Math.fround(value)) }
        }
      }
    }
  }
}

/** The calls of the busiest minute, of the middle one of the days: it knows jobs that are short, and no single bad day. */
function busiestOf(stretches: readonly Stretch[], key: string): { readonly max?: number } {
  const busiest = stretches.flatMap(({ minutes, fromMs, toMs, least }) => {
    const pair = minutes.pairs.get(key)
    if (!pair) return []
    const calls = between(minutes, minutes.column(pair, 'calls'), fromMs, toMs)
    const heard = calls.filter((value) => !Number.isNaN(value))
    return heard.length < least ? [] : [Math.max(...heard)]
  })
  return busiest.length > 0 ? { max: spreadOf(Float64Array.from(busiest)).median } : {}
}

function spreadOfPair(
  stretches: readonly Stretch[],
  key: string,
  of: Of,
  room: Float64Array,
): Spread | undefined {
  let length = 0
  for (const { minutes, fromMs, toMs, least } of stretches) {
    const pair = minutes.pairs.get(key)
    if (!pair) continue
    const before = length
    for (const value of between(minutes, minutes.column(pair, of), fromMs, toMs)) {
      if (Number.isFinite(value)) room[length++] = value
    }
    if (length - before < least) length = before
  }
  return length === 0 ? undefined : spreadOf(room.subarray(0, length))
}

function roomFor(stretches: Stretches): Float64Array {
  const counts = BY.map((by) => stretches[by].reduce((sum, each) => sum + each.minutes.count, 0))
  return new Float64Array(Math.max(...counts))
}
