/** `time_intervals` of a tree of routes. Source: alertmanager `timeinterval/timeinterval.go`. */
import type { Node } from 'yaml'
import type { Field, Fields, YamlFile } from '../../../support/yaml-file.ts'
import { type DayTimes, zoneOf } from '../day-times.ts'
import { boundedItems } from './bounded-items.ts'
import type { Range, TimeInterval } from './time-interval.ts'

const FIELDS = ['times', 'weekdays', 'days_of_month', 'months', 'years', 'location']
const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday']
const MONTHS = [
  ...['', 'january', 'february', 'march', 'april', 'may', 'june', 'july', 'august'],
  ...['september', 'october', 'november', 'december'],
]
const MAX_NAMED = 200
/** Intervals of one name, and entries of each of their lists. */
const MAX_LISTED = 50
const CLOCK_TIME = /^(?:(?:[01]\d|2[0-3]):[0-5]\d|24:00)$/

/** One member of a range, and what is wrong with the range. */
interface RangeKind {
  /** Undefined: it is none. */
  read(text: string): number | undefined
  /** '' when nothing is wrong. */
  fault(from: number, to: number): string
}

const whole = (text: string) => (/^[-+]?\d{1,9}$/.test(text) ? Number(text) : undefined)
const ordered = (from: number, to: number) => (from > to ? 'it ends before it begins' : '')
const named = (names: readonly string[], text: string) => {
  const at = text === '' ? -1 : names.indexOf(text)
  return at < 0 ? undefined : at
}

const KINDS = {
  weekdays: { read: (text) => named(WEEKDAYS, text), fault: ordered },
  days_of_month: { read: whole, fault: daysFault },
  months: {
    read: (text) => named(MONTHS, text) ?? whole(text),
    fault: (from, to) => (from < 1 || to > 12 ? 'months are 1 to 12' : ordered(from, to)),
  },
  years: { read: whole, fault: ordered },
} as const satisfies Record<string, RangeKind>

function daysFault(from: number, to: number): string {
  const isDay = (day: number) => day !== 0 && day >= -31 && day <= 31
  if (!isDay(from) || !isDay(to)) return 'days are 1 to 31, or -31 to -1 from the end'
  if (from < 0 && to > 0) return 'the end must be negative where the start is'
  // In the shortest month.
  const inMonth = (day: number) => (day < 0 ? 28 + day : day)
  return ordered(inMonth(from), inMonth(to))
}

/** Of `time_intervals` and the older `mute_time_intervals`, by name. */
export function parseTimeIntervals(yaml: YamlFile, top: Fields): Map<string, TimeInterval[]> {
  const lists = ['mute_time_intervals', 'time_intervals'].flatMap((name) =>
    boundedItems(yaml, top.get(name)?.value, name, MAX_NAMED),
  )
  const found = new Map<string, TimeInterval[]>()
  for (const node of lists) {
    const fields = yaml.fields(node, 'time interval')
    yaml.onlyKnown(fields, ['name', 'time_intervals'], 'time interval')
    const name = yaml.text(fields.get('name'), 'time interval') ?? ''
    const within = `time interval "${name}"`
    if (name === '') yaml.fault(yaml.offsetOf(node), 'time interval', 'expected a name')
    else if (found.has(name)) yaml.fault(yaml.offsetOf(node), within, 'is there twice')
    const intervals = boundedItems(yaml, fields.get('time_intervals')?.value, within, MAX_LISTED)
    found.set(
      name,
      intervals.map((one) => parseInterval(yaml, one, within)),
    )
  }
  return found
}

function parseInterval(yaml: YamlFile, node: Node | undefined, within: string): TimeInterval {
  const fields = yaml.fields(node, within)
  yaml.onlyKnown(fields, FIELDS, within)
  const times = listOf(yaml, fields.get('times'), (one) => parseTimes(yaml, one, within))
  const ranges = (name: keyof typeof KINDS) =>
    listOf(yaml, fields.get(name), (one) =>
      parseRange(yaml, one, `${within}, ${name}`, KINDS[name]),
    )
  const weekdays = ranges('weekdays')
  const daysOfMonth = ranges('days_of_month')
  const months = ranges('months')
  const years = ranges('years')
  return {
    timeZone: parseLocation(yaml, fields.get('location'), within),
    ...(times && { times }),
    ...(weekdays && { weekdays }),
    ...(daysOfMonth && { daysOfMonth }),
    ...(months && { months }),
    ...(years && { years }),
  }
}

/** Undefined where nothing is said: an empty list says something. */
function listOf<T>(
  yaml: YamlFile,
  field: Field | undefined,
  read: (node: Node | undefined) => T | undefined,
): T[] | undefined {
  if (!field || yaml.isNothing(field)) return undefined
  return boundedItems(yaml, field.value, '', MAX_LISTED).flatMap((node) => read(node) ?? [])
}

function parseTimes(yaml: YamlFile, node: Node | undefined, within: string): DayTimes | undefined {
  const fields = yaml.fields(node, within)
  yaml.onlyKnown(fields, ['start_time', 'end_time'], within)
  const from = yaml.text(fields.get('start_time'), within) ?? ''
  const to = yaml.text(fields.get('end_time'), within) ?? ''
  if (CLOCK_TIME.test(from) && CLOCK_TIME.test(to) && from < to) return { from, to }
  const message = 'expected start_time and end_time such as 09:00 and 24:00, the start first'
  yaml.fault(yaml.offsetOf(node), within, message)
  return undefined
}

function parseRange(
  yaml: YamlFile,
  node: Node | undefined,
  within: string,
  kind: RangeKind,
): Range | undefined {
  const text = yaml.text({ value: node, keyOffset: 0 }, within)
  if (text === undefined) return undefined
  const [first = '', last = first, ...more] = text.toLowerCase().split(':')
  const [from, to] = [kind.read(first), kind.read(last)]
  const valid = from !== undefined && to !== undefined && more.length === 0
  const why = valid ? kind.fault(from, to) : 'expected one, or two with : between'
  if (valid && why === '') return { from, to }
  yaml.fault(yaml.offsetOf(node), within, `${JSON.stringify(text)}: ${why}`)
  return undefined
}

function parseLocation(yaml: YamlFile, field: Field | undefined, within: string): string {
  const name = yaml.text(field, within) || 'UTC'
  try {
    zoneOf(name)
  } catch {
    const message = `expected a time zone such as Asia/Shanghai, found ${JSON.stringify(name)}`
    yaml.fault(yaml.offsetOf(field?.value), within, message)
    return 'UTC'
  }
  return name
}
