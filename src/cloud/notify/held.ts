/** What a convergence holds back. Pure. */
import type { UnixMs } from '../../model/time.ts'
import type { AlertChange } from '../alerts/alert.ts'
import type { Convergence } from './ports.ts'

/** Held entries kept of one kind or group; older ones are only counted. */
export const MAX_HELD = 100
/** Hours, mutes and clocks may be changed while something waits for them. */
const LOOK_AGAIN_MS = 10 * 60_000

/** When what is held until `until` is looked at next. */
export function lookAt(until: UnixMs, at: UnixMs): UnixMs {
  return Math.min(until, at + LOOK_AGAIN_MS)
}

/** With `change` as its newest. That an alert fired is held once, however often the news of it comes. */
export function withHeld(current: Convergence, change: AlertChange): Convergence {
  const place = placeOf(current, change)
  if (place >= 0) return { ...current, held: current.held.with(place, change) }
  return {
    ...current,
    held: [...current.held, change].slice(-MAX_HELD),
    heldCount: current.heldCount + 1,
    heldSince: current.heldSince ?? change.at,
  }
}

/** Without `change`, which is told now. */
export function withoutHeld(current: Convergence, change: AlertChange): Convergence {
  const place = placeOf(current, change)
  if (place < 0) return current
  const { held, heldCount } = current
  return { ...current, held: held.toSpliced(place, 1), heldCount: heldCount - 1 }
}

/** All that it holds waits on, or those that are left of it. */
export function heldOn(of: Convergence, held: readonly AlertChange[], dueAt: UnixMs): Convergence {
  const { heldCount, heldSince = held[0]?.at } = of
  return {
    ...{ ...of, held, heldCount: heldCount || held.length, kept: held.length, dueAt },
    ...(heldSince !== undefined && { heldSince }),
  }
}

function placeOf({ held }: Convergence, { kind, alert }: AlertChange): number {
  if (kind !== 'fired') return -1
  return held.findIndex((one) => one.kind === kind && one.alert.id === alert.id)
}
