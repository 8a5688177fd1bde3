/** Times as Go writes them; always UTC. */
import type { UnixMs } from '../../../model/time.ts'

const MONTHS =
  'January February March April May June July August September October November December'
const DAYS = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'

const LAYOUT =
  /2006|January|Jan|Monday|Mon|MST|Z07:00|-07:00|-0700|[.,](?:0+|9+)(?!\d)|01|02|03|04|05|06|15|PM|pm|_2|1|2|3|4|5/g

/** `time.Time.Format`: the layout shows how 2006-01-02 15:04:05 UTC would look. */
export function formatLayout(ms: UnixMs, layout: string): string {
  const time = new Date(ms)
  const two = (value: number) => String(value).padStart(2, '0')
  const month = MONTHS.split(' ')[time.getUTCMonth()] ?? ''
  const weekday = DAYS.split(' ')[time.getUTCDay()] ?? ''
  const hour12 = time.getUTCHours() % 12 || 12
  const parts: Readonly<Record<string, string>> = {
    '2006': String(time.getUTCFullYear()).padStart(4, '0'),
    '06': two(time.getUTCFullYear() % 100),
    January: month,
    Jan: month.slice(0, 3),
    '01': two(time.getUTCMonth() + 1),
    '1': String(time.getUTCMonth() + 1),
    Monday: weekday,
    Mon: weekday.slice(0, 3),
    '02': two(time.getUTCDate()),
    _2: String(time.getUTCDate()).padStart(2),
    '2': String(time.getUTCDate()),
    '15': two(time.getUTCHours()),
    '03': two(hour12),
    '3': String(hour12),
    '04': two(time.getUTCMinutes()),
    '4': String(time.getUTCMinutes()),
    '05': two(time.getUTCSeconds()),
    '5': String(time.getUTCSeconds()),
    PM: time.getUTCHours() < 12 ? 'AM' : 'PM',
    pm: time.getUTCHours() < 12 ? 'am' : 'pm',
    MST: 'UTC',
    'Z07:00': 'Z',
    '-07:00': '+00:00',
    '-0700': '+0000',
  }
  return layout.replace(LAYOUT, (part) => parts[part] ?? fraction(time.getUTCMilliseconds(), part))
}

/** `.000` keeps its zeros, `.999` drops them. */
function fraction(ms: number, part: string): string {
  const digits = String(ms)
    .padStart(3, '0')
    .padEnd(part.length - 1, '0')
    .slice(0, part.length - 1)
  if (part.includes('0')) return (part[0] ?? '') + digits
  const short = digits.replace(/0+$/, '')
  return short === '' ? '' : (part[0] ?? '') + short
}

/** `2015-06-23 13:19:44.128 +0000 UTC`. */
export function formatTime(ms: UnixMs): string {
  return formatLayout(ms, '2006-01-02 15:04:05.999999999 -0700 MST')
}
