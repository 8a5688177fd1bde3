/** What is usual, where an earlier trouble is still in the hour that it is taken from. Pure. */
import { type Calls, failuresOf, meanMs } from './calls.ts'

/** Minutes at the end of the hour that are looked at alone. */
export const LATELY_MINUTES = 10

/** Failures are clearly fewer when by this part, and by so many times the root of what the hour makes of these calls. */
const FEWER = { part: 0.5, sigmas: 4 }
/** Calls are clearly faster when by this part, over at least so many of them. */
const FASTER = { part: 0.7, minCalls: 100 }

/**
 * As many calls as in the hour; of failures and duration what was lately, where that was clearly less. All per minute.
 */
export function usualOf(hour: Calls, lately: Calls | undefined): Calls {
  if (!lately || hour.calls <= 0 || lately.calls <= 0) return hour
  const failing = isFewer(hour, lately) ? lately : hour
  const lasting = isFaster(hour, lately) ? lately : hour
  const failureScale = hour.calls / failing.calls
  return {
    calls: hour.calls,
    timeouts: failing.timeouts * failureScale,
    exceptions: failing.exceptions * failureScale,
    durationMs: lasting.durationMs * (hour.calls / lasting.calls),
  }
}

function isFewer(hour: Calls, lately: Calls): boolean {
  const expected = (failuresOf(hour) / hour.calls) * lately.calls * LATELY_MINUTES
  const found = failuresOf(lately) * LATELY_MINUTES
  return found < FEWER.part * expected && expected - found > FEWER.sigmas * Math.sqrt(expected)
}

function isFaster(hour: Calls, lately: Calls): boolean {
  const [usual, now] = [meanMs(hour), meanMs(lately)]
  if (usual === undefined || now === undefined) return false
  return lately.calls * LATELY_MINUTES >= FASTER.minCalls && now < FASTER.part * usual
}
