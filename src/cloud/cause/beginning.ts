/** When a line of points left its usual height for the last time. */
import type { UnixMs } from '../../model/time.ts'
import type { Point } from './ports.ts'

/** Whether a value is beyond what is usual. */
export type IsRaised = (value: number) => boolean

/** A lull of so many points does not end what has begun: reports come in turns. */
const MAX_LULL = 1

/**
 * The first point of the raised run that is the newest; undefined when the newest points are not raised, or when
 * all are, so that nobody knows when it began.
 */
export function beginningOf(points: readonly Point[], isRaised: IsRaised): UnixMs | undefined {
  let begin: UnixMs | undefined
  let lull = 0
  for (const { at, value } of points.toReversed()) {
    if (isRaised(value)) {
      begin = at
      lull = 0
    } else if (++lull > MAX_LULL) return begin
  }
  const [first] = points
  return first && isRaised(first.value) ? undefined : begin
}
