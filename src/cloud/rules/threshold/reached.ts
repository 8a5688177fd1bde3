/** How far an alarm went, and the value beyond that, which would have kept it quiet. Pure. */
const MARGIN = 0.1

type Op = '>' | '<'

/**
 * `unknown`: nothing is known of its values. `quiet`: none is beyond the value as it is now. `none`: one is, and no
 * value is beyond that by a tenth. `reached`: the farthest; absent where no number is as far.
 */
export type Reached =
  | { readonly outcome: 'unknown' }
  | { readonly outcome: 'quiet'; readonly reached: number }
  | { readonly outcome: 'none'; readonly reached?: number }
  | { readonly outcome: 'proposed'; readonly reached: number; readonly proposed: number }

export interface Told {
  /** On which side of `value` something is told. */
  readonly op: Op
  readonly value: number
  /** What is just as far as `value` is told, too. */
  readonly orAt?: boolean
}

/** Of all values at which a rule judged, what would have kept it from telling them. */
export function reachedBeyond(values: readonly number[], { op, value, orAt }: Told): Reached {
  const numbers = values.filter((one) => !Number.isNaN(one))
  if (numbers.length === 0) return { outcome: 'unknown' }
  const isAbove = op === '>'
  const farthest = isAbove ? Math.max(...numbers) : Math.min(...numbers)
  const isAt = farthest === value && orAt === true
  const isQuiet = !isAt && (isAbove ? farthest <= value : farthest >= value)
  if (!Number.isFinite(farthest)) return isQuiet ? { outcome: 'unknown' } : { outcome: 'none' }
  const reached = Number(farthest.toPrecision(12))
  if (isQuiet) return { outcome: 'quiet', reached }
  const proposed = beyond(reached, isAbove)
  return proposed === undefined
    ? { outcome: 'none', reached }
    : { outcome: 'proposed', reached, proposed }
}

/** Above or below it by a tenth, in two digits; undefined for 0, of which there is no tenth. */
function beyond(reached: number, isAbove: boolean): number | undefined {
  if (reached === 0) return undefined
  const amount = Math.abs(reached)
  const isMore = isAbove === reached > 0
  const factor = isMore ? 1 + MARGIN : 1 - MARGIN
  return Math.sign(reached) * inTwoDigits(amount * factor, isMore ? Math.ceil : Math.floor)
}

function inTwoDigits(value: number, round: (value: number) => number): number {
  const unit = 10 ** (Math.floor(Math.log10(value)) - 1)
  // 0.385 / 0.01 is 38.5, 0.29 / 0.01 is 28.999…
  return Number((round(Number((value / unit).toPrecision(12))) * unit).toPrecision(2))
}

interface Samples {
  readonly times: ArrayLike<number>
  readonly values: ArrayLike<number>
}

/**
 * Of a rule that wants `times` of the last `minutes` beyond its value, at each of the instants: the value that
 * just so many of them reach. `samples`: one at each full minute that has a value.
 */
export function reachedTogether(
  { times: at, values }: Samples,
  { op, times, minutes }: { readonly op: Op; readonly times: number; readonly minutes: number },
  instants: Iterable<number>,
): number[] {
  const all = Array.from(at, (atMs, index) => ({ atMs, value: values[index] ?? Number.NaN }))
  return Array.from(instants).flatMap((instant) => {
    const window = all
      .filter(({ atMs }) => atMs > instant - minutes * 60_000 && atMs <= instant)
      .flatMap(({ value }) => (Number.isNaN(value) ? [] : [value]))
      .sort((a, b) => (op === '>' ? b - a : a - b))
    return window.slice(times - 1, times)
  })
}
