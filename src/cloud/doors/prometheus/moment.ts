/** Times and durations as Prometheus' API reads and writes them. */
import type { UnixMs } from '../../../model/time.ts'
import { parseDurationMs } from '../../../support/duration.ts'

/** As far back and ahead as a time of JavaScript goes; for Prometheus' own limits, too. */
export const MIN_TIME: UnixMs = -8.64e15
export const MAX_TIME: UnixMs = 8.64e15

const LIMITS: Readonly<Record<string, UnixMs>> = {
  '-292273086-05-16T16:47:06Z': MIN_TIME,
  '292277025-08-18T07:12:54.999999999Z': MAX_TIME,
}
const RFC3339 =
  /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:[.,](\d+))?(?:Z|([+-])(\d\d):(\d\d))$/
const FLOAT = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/

/** Unix seconds with a fraction, or RFC 3339; to the millisecond. Undefined for anything else. */
export function parseMoment(text: string): UnixMs | undefined {
  if (!FLOAT.test(text)) return LIMITS[text] ?? parseRfc3339(text)
  const seconds = Number(text)
  const whole = Math.trunc(seconds)
  const ms = whole * 1000 + Math.round((seconds - whole) * 1000)
  return Math.abs(ms) <= MAX_TIME ? ms : undefined
}

function parseRfc3339(text: string): UnixMs | undefined {
  const [, year, month, day, hour, minute, second, fraction = '', sign, zoneHour, zoneMinute] =
    RFC3339.exec(text) ?? []
  if (year === undefined) return undefined
  const [days, zone] = [Number(day), `${zoneHour ?? '00'}:${zoneMinute ?? '00'}`]
  const inRange = Number(zoneHour ?? 0) < 24 && Number(zoneMinute ?? 0) < 60 && Number(hour) < 24
  const ms = Date.parse(
    `${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction.slice(0, 3).padEnd(3, '0')}${sign ?? '+'}${zone}`,
  )
  // JavaScript takes the 30th of February for the 1st of March.
  const lastDay = new Date(Date.UTC(2000 + (Number(year) % 400), Number(month), 0)).getUTCDate()
  return inRange && days <= lastDay && !Number.isNaN(ms) ? ms : undefined
}

/** Seconds with a fraction, or `1h30m`; a string says what is wrong. */
export function parseSpanMs(text: string): number | string {
  const seconds = FLOAT.test(text) ? Number(text) : undefined
  if (seconds !== undefined && Math.abs(seconds) * 1e9 >= 2 ** 63) {
    return `cannot parse "${text}" to a valid duration. It overflows int64`
  }
  const spanMs = seconds === undefined ? parseDurationMs(text) : seconds * 1000
  return spanMs ?? `cannot parse ${JSON.stringify(text)} to a valid duration`
}

/** As Go writes times in JSON; undefined is Go's zero time. */
export function goTime(at: UnixMs | undefined): string {
  if (at === undefined) return '0001-01-01T00:00:00Z'
  return new Date(at).toISOString().replace(/\.?0*Z$/, 'Z')
}
