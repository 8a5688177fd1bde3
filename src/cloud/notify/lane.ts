/** Deliveries go out in lanes, one for each door and environment, so that none waits behind another's crowd. Pure. */
import type { UnixMs } from '../../model/time.ts'
import type { Delivery } from './ports.ts'

/** Who takes it: the mail server, or one receiver. */
export function doorOf({ channel, to }: Pick<Delivery, 'channel' | 'to'>): string {
  return channel === 'mail' ? channel : to
}

/** `door environment`. */
export function laneOf(delivery: Pick<Delivery, 'channel' | 'to' | 'environment'>): string {
  return `${doorOf(delivery)} ${delivery.environment}`
}

export function doorOfLane(lane: string): string {
  return lane.slice(0, lane.lastIndexOf(' '))
}

/** A lane with what is not sent yet. */
export interface Lane {
  readonly lane: string
  /** When its first delivery falls due. */
  readonly dueAt: UnixMs
}

export interface Share {
  readonly lane: string
  /** So many of it. */
  readonly limit: number
}

export interface Room {
  /** Tries that may begin in all. */
  readonly free: number
  /** Tries that may begin at a door. */
  readonly atDoor: (door: string) => number
}

/** Deals the room out one by one, lane after lane, so that no lane takes what another could use. */
export function dealOut(lanes: readonly string[], { free, atDoor }: Room): Share[] {
  const doors = new Map<string, number>()
  const shares = new Map<string, number>()
  let left = free
  for (let dealt = true; dealt && left > 0; ) {
    dealt = false
    for (const lane of lanes) {
      const door = doorOfLane(lane)
      const room = doors.get(door) ?? atDoor(door)
      if (left === 0 || room <= 0) continue
      doors.set(door, room - 1)
      shares.set(lane, (shares.get(lane) ?? 0) + 1)
      left--
      dealt = true
    }
  }
  return [...shares].map(([lane, limit]) => ({ lane, limit }))
}
