/** Which threshold would have kept an alarm quiet. Pure. */

const MARGIN = 0.1

export interface Calmer {
  /** The value that went farthest. */
  readonly reached: number
  /** Beyond it by a tenth, in two digits. Absent: as the threshold is now, it is quiet. */
  readonly proposed?: number
}

export interface Compared {
  readonly threshold: number
  /** What is above it is told, else what is below. */
  readonly isAbove: boolean
}

/** Undefined: there are no values, or what was told fell to nothing, which no threshold is below. */
export function calmerThreshold(
  values: readonly number[],
  { threshold, isAbove }: Compared,
): Calmer | undefined {
  const finite = values.filter(Number.isFinite)
  if (finite.length === 0) return undefined
  const reached = isAbove ? Math.max(...finite) : Math.min(...finite)
  if (isAbove ? reached < threshold : reached > threshold) return { reached }
  const proposed = reached > 0 ? beyond(reached, isAbove) : undefined
  return proposed === undefined ? undefined : { reached, proposed }
}

/** Above or below it by a tenth, in two digits; undefined for 0, of which there is no tenth. */
export function beyond(reached: number, isAbove: boolean): number | undefined {
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
