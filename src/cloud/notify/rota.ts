/** On-call rotas (值班): who is on call when. Pure. */
import type { UnixMs } from '../../model/time.ts'
import { type CivilDay, dayAfter, midnightUtc } from '../calendar/civil-day.ts'
import type { Zone } from '../calendar/zone.ts'
import { zoneOf } from './day-times.ts'

const DAY_MS = 86_400_000

/** Somebody stands in. */
export interface RotaOverride {
  readonly id: string
  readonly from: UnixMs
  /** Exclusive. */
  readonly to: UnixMs
  /** Id of a contact. */
  readonly contact: string
  /** Name of the user who entered it. */
  readonly by: string
  readonly reason: string
}

export interface Rota {
  readonly id: string
  readonly environment: string
  readonly name: string
  /** IANA name. */
  readonly timeZone: string
  /** Ids of contacts, in their order. One that is gone is stood in for by the next, so that no other turn moves. */
  readonly members: readonly string[]
  /** The first member begins on this day: turns of weeks are handed over on its weekday. Nobody is on call before. */
  readonly startsOn: CivilDay
  /** When clocks show this: `09:00`. Where they skip it, as much later; where they show it twice, the first time. */
  readonly handOverAt: string
  /** Length of a turn. */
  readonly turnDays: number
  /** As they were entered: of those that overlap the last counts. */
  readonly overrides: readonly RotaOverride[]
}

export interface OnCall {
  /** Absent: nobody is. */
  readonly contact?: string
  readonly override?: RotaOverride['id']
  /** The member whose turn it is, and who is no longer there. */
  readonly gone?: string
}

export interface Shift extends OnCall {
  readonly from: UnixMs
  /** Exclusive. */
  readonly to: UnixMs
}

/** @param isThere whether there still is such a contact. */
export function onCallAt(rota: Rota, at: UnixMs, isThere: (contact: string) => boolean): OnCall {
  const { members, overrides } = rota
  const stepsIn = overrides.findLast(
    ({ from, to, contact }) => from <= at && at < to && isThere(contact),
  )
  if (stepsIn) return { contact: stepsIn.contact, override: stepsIn.id }
  const turn = turnAt(rota, at)
  if (turn < 0 || members.length === 0) return {}
  const first = turn % members.length
  const inTurn = [...members.slice(first), ...members.slice(0, first)]
  const [gone = ''] = inTurn
  const contact = inTurn.find(isThere)
  return { ...(contact !== undefined && { contact }), ...(contact !== gone && { gone }) }
}

/** Who is on call from `from` until before `to`, without gaps; neighbours differ. */
export function shiftsOf(
  rota: Rota,
  { from, to }: { readonly from: UnixMs; readonly to: UnixMs },
  isThere: (contact: string) => boolean,
): Shift[] {
  const edges = [from, ...handOvers(rota, from, to)]
  edges.push(...rota.overrides.flatMap((each) => [each.from, each.to]))
  const inside = edges.filter((edge) => edge >= from && edge < to)
  const sorted = [...new Set(inside)].sort((a, b) => a - b)
  const shifts: Shift[] = []
  for (const edge of sorted) {
    const now = onCallAt(rota, edge, isThere)
    const last = shifts.at(-1)
    if (last && isSame(last, now)) continue
    if (last) shifts[shifts.length - 1] = { ...last, to: edge }
    shifts.push({ ...now, from: edge, to })
  }
  return shifts
}

function isSame(a: OnCall, b: OnCall): boolean {
  return a.contact === b.contact && a.override === b.override && a.gone === b.gone
}

function handOvers(rota: Rota, from: UnixMs, to: UnixMs): UnixMs[] {
  const found: UnixMs[] = []
  for (let turn = turnAt(rota, from) + 1; ; turn++) {
    const start = startOfTurn(rota, turn)
    if (start >= to) return found
    found.push(start)
  }
}

/** Counted from 0; negative before the rota starts. */
function turnAt(rota: Rota, at: UnixMs): number {
  const today = zoneOf(rota.timeZone).dayOf(at)
  const days = (midnightUtc(today) - midnightUtc(rota.startsOn)) / DAY_MS
  const turn = Math.floor(days / rota.turnDays)
  return at < startOfTurn(rota, turn) ? turn - 1 : turn
}

function startOfTurn({ timeZone, startsOn, turnDays, handOverAt }: Rota, turn: number): UnixMs {
  const [hours = 0, minutes = 0] = handOverAt.split(':').map(Number)
  const day = dayAfter(startsOn, turn * turnDays)
  return clockInstant(zoneOf(timeZone), day, hours * 60 + minutes)
}

/** The first instant of `day` at which clocks show `minute`; where they skip it, as much after midnight. */
function clockInstant(zone: Zone, day: CivilDay, minute: number): UnixMs {
  const start = zone.startOf(day)
  const guess = start + (minute - zone.minuteOf(start)) * 60_000
  const shown = zone.minuteOf(guess) + (zone.dayOf(guess) > day ? 1440 : 0)
  const exact = guess + (minute - shown) * 60_000
  return zone.dayOf(exact) === day && zone.minuteOf(exact) === minute
    ? exact
    : Math.max(start, guess)
}
