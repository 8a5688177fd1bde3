/** Hours of a policy: what falls outside them waits until they begin, unless the policy tells it all the same. */
import type { UnixMs } from '../../../model/time.ts'
import type { Severity } from '../../alerts/alert.ts'
import { Calendar } from '../../calendar/calendar.ts'
import { type CivilDay, weekdayOf } from '../../calendar/civil-day.ts'
import { DEFAULT_CALENDAR } from '../../calendar/special-day.ts'
import { isWithin, nextChange, zoneOf } from '../day-times.ts'
import type { OffHours, PolicyHours } from '../policy.ts'
import type { Audience } from '../ports.ts'
import { routeHoldEnd } from '../routing/route-times.ts'
import type { Decision, Stage } from './stage.ts'

const DAY_MS = 86_400_000

export const times: Stage = (envelope, { at, audience }) => {
  if (envelope.news.kind === 'resolved') return envelope
  const trace: Decision[] = []
  const tellings = envelope.tellings.map((telling) => {
    const { policy, headline } = telling
    const until = policy.route
      ? routeHoldEnd(policy.route, audience.routes, at)
      : holdEnd(policy.hours, headline.alert.severity, audience, at)
    if (until === undefined) return telling
    trace.push({ stage: 'times', policy: policy.id, verdict: 'hold', reason: 'outside-hours' })
    return { ...telling, holdUntil: until }
  })
  return { ...envelope, tellings, trace: [...envelope.trace, ...trace] }
}

/** Until when the policy's hours hold back what has this level; undefined: they do not. */
export function holdEnd(
  hours: PolicyHours | undefined,
  severity: Severity,
  audience: Audience,
  at: UnixMs,
): UnixMs | undefined {
  if (!hours) return undefined
  const calendar = calendarOf(audience)
  const zone = zoneOf(hours.timeZone)
  const isHeld = (instant: UnixMs) => {
    const action = actionAt(hours, calendar, instant)
    return action === 'hold' || (action === 'errors' && severity !== 'ERROR')
  }
  if (!isHeld(at)) return undefined
  // Hours that never come: asked again.
  return nextChange(zone, at, hours.times, (instant) => !isHeld(instant)) ?? at + DAY_MS
}

/** On a holiday what holds on holidays, also in the small hours of times that began the day before. */
function actionAt(hours: PolicyHours, calendar: Calendar, at: UnixMs): OffHours {
  const zone = zoneOf(hours.timeZone)
  const today = kindOf(calendar, zone.dayOf(at))
  if (today === 'holiday' && hours.holidays !== 'weekend') return hours.holidays
  if (hours.times.length === 0) return 'tell'
  const ranges = hours.times.map(({ days, ...range }) => ({
    ...range,
    isOn: (day: CivilDay) =>
      days.includes(kindOf(calendar, day) === 'workday' ? 'workday' : 'weekend'),
  }))
  return isWithin(zone, at, ranges) ? 'tell' : hours.outside
}

/** Special days are as their weekday says: 双11 is worked. */
function kindOf(calendar: Calendar, day: CivilDay): 'workday' | 'weekend' | 'holiday' {
  const { kind } = calendar.info(day)
  if (kind === 'holiday' || kind === 'weekend') return kind
  const restful = kind === 'special' && [0, 6].includes(weekdayOf(day))
  return restful ? 'weekend' : 'workday'
}

const calendars = new WeakMap<Audience, Calendar>()

function calendarOf(audience: Audience): Calendar {
  const calendar = calendars.get(audience) ?? new Calendar(audience.calendar ?? DEFAULT_CALENDAR)
  calendars.set(audience, calendar)
  return calendar
}
