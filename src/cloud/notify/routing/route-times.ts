/** When a route is muted by its time intervals. Source: alertmanager `notify/notify.go` `TimeMuteStage`, `TimeActiveStage`. */
import type { UnixMs } from '../../../model/time.ts'
import type { RouteNode, RouteTree } from './route-tree.ts'
import { isInside, nextBorder } from './time-interval.ts'

const DAY_MS = 86_400_000

/** Until when the route tells nothing; undefined: it tells now. */
export function routeHoldEnd(
  { muteTimeIntervals, activeTimeIntervals }: RouteNode,
  tree: Pick<RouteTree, 'timeIntervals'> | undefined,
  at: UnixMs,
): UnixMs | undefined {
  const named = (names: readonly string[]) =>
    names.flatMap((name) => tree?.timeIntervals[name] ?? [])
  const [muted, active] = [named(muteTimeIntervals), named(activeTimeIntervals)]
  const isHeld = (instant: UnixMs) =>
    isInside(muted, instant) || (activeTimeIntervals.length > 0 && !isInside(active, instant))
  if (!isHeld(at)) return undefined
  // A time that does not come soon: asked again.
  return nextBorder([...muted, ...active], at, (instant) => !isHeld(instant)) ?? at + DAY_MS
}
