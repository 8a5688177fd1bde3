/** Robust statistics: up to half of the values may be anything. */

export interface Spread {
  readonly median: number
  /** Median of the distances to the median; of normal noise 0.6745 standard deviations. */
  readonly mad: number
}

/**
 * Of `values`, which it changes.
 *
 * @throws {RangeError} there are none.
 */
export function spreadOf(values: Float64Array): Spread {
  if (values.length === 0) throw new RangeError('no values have no median')
  const median = middleOf(values.sort())
  for (let at = 0; at < values.length; at++) {
    values[at] = Math.abs((values[at] as number) - median)
  }
  return { median, mad: middleOf(values.sort()) }
}

function middleOf(sorted: Float64Array): number {
  const low = sorted[(sorted.length - 1) >> 1] as number
  const high = sorted[sorted.length >> 1] as number
  return low + (high - low) / 2
}
