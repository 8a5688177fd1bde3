/** Which days before a day were like it. */
import type { Calendar, DayInfo, DayKind } from './calendar.ts'
import { type CivilDay, dayAfter, weekdayOf } from './civil-day.ts'

interface Search {
  readonly maxAgeDays: number
  readonly isNight?: boolean
}

interface Candidate {
  readonly day: CivilDay
  readonly ageDays: number
  /** How alike, the less the more. */
  readonly rank: number
}

/**
 * Days at most `maxAgeDays` before `day` that were like it: the most alike first, of those the last first.
 * The first one is the reference of "day over day". None: there is nothing to compare with.
 *
 * - A workday: workdays, then weekend days worked for a holiday.
 * - A weekend day: those of the same weekday, other weekend days, holidays.
 * - A holiday: days of the same one, of others, weekend days.
 * - A special day: days of the same name; and nothing else is compared with them.
 *
 * `isNight`: the small hours of `day` are asked about, which go with the evening before: that must have been alike, too.
 */
export function comparableDays(
  day: CivilDay,
  calendar: Calendar,
  { maxAgeDays, isNight = false }: Search,
): readonly CivilDay[] {
  return candidates(day, calendar, { maxAgeDays, isNight })
    .sort((a, b) => a.rank - b.rank || a.ageDays - b.ageDays)
    .map((candidate) => candidate.day)
}

/** The reference of "week over week": the same weekday last week if it was like `day`, else who comes closest. */
export function weekReference(
  day: CivilDay,
  calendar: Calendar,
  { maxAgeDays = 7, isNight = false }: Partial<Search> = {},
): CivilDay | undefined {
  return candidates(day, calendar, { maxAgeDays: Math.min(maxAgeDays, 7), isNight }).sort(
    (a, b) => a.rank - b.rank || b.ageDays - a.ageDays,
  )[0]?.day
}

function candidates(day: CivilDay, calendar: Calendar, search: Search): Candidate[] {
  const info = calendar.info(day)
  const found: Candidate[] = []
  for (let ageDays = 1; ageDays <= search.maxAgeDays; ageDays++) {
    const before = dayAfter(day, -ageDays)
    if (search.isNight && !areEveningsAlike(day, before, calendar)) continue
    const sameWeekday = weekdayOf(before) === weekdayOf(day)
    const rank = rankOf(info, calendar.info(before), sameWeekday)
    if (rank !== undefined) found.push({ day: before, ageDays, rank })
  }
  return found
}

function areEveningsAlike(day: CivilDay, other: CivilDay, calendar: Calendar): boolean {
  const [own, others] = [day, other].map((each) => calendar.info(dayAfter(each, -1)))
  return own !== undefined && others !== undefined && rankOf(own, others, true) !== undefined
}

/** Which days are compared with which, and how alike they are; others are not compared. */
const RANKS: Readonly<Record<DayKind, Partial<Record<DayKind, number>>>> = {
  workday: { workday: 0, 'make-up-workday': 2 },
  'make-up-workday': { workday: 0, 'make-up-workday': 0 },
  weekend: { weekend: 0, holiday: 2 },
  holiday: { holiday: 0, weekend: 2 },
  special: { special: 0 },
}

function rankOf(today: DayInfo, before: DayInfo, sameWeekday: boolean): number | undefined {
  const { kind } = today
  const rank = RANKS[kind][before.kind]
  const sameName = today.name?.zh === before.name?.zh
  if (kind === 'special' && !sameName) return undefined
  if (rank !== 0) return rank
  return (kind === 'weekend' && !sameWeekday) || (kind === 'holiday' && !sameName) ? 1 : 0
}
