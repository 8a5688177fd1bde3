/** What the framework's clock is ahead of UTC, ms. */
import type { UnixMs } from '../../model/time.ts'
import { type BucketStamp, endOf } from './bucket.ts'

const HALF_HOUR_MS = 1_800_000
/** `lastTime` is 0 to 10 minutes old: MonitorQuery says none that is older. */
const USUAL_LAG_MS = 300_000
const LEAST_OFFSET_MS = -12 * 3_600_000
const MOST_OFFSET_MS = 14 * 3_600_000

const formats = new Map<string, Intl.DateTimeFormat>()

/** Of `Asia/Shanghai`, `UTC`, `+08:00`. @throws {RangeError} Not a zone. */
export function offsetAt(zone: string, at: UnixMs): number {
  const parts = formatOf(zone).formatToParts(at)
  const name = parts.find(({ type }) => type === 'timeZoneName')?.value ?? ''
  const [, sign, hours = 0, minutes = 0] = /^GMT(?:([+-])(\d\d):(\d\d))?/.exec(name) ?? []
  const offsetMs = (Number(hours) * 60 + Number(minutes)) * 60_000
  return sign === '-' ? -offsetMs : offsetMs
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone)
  if (known) return known
  const format = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' })
  formats.set(timeZone, format)
  return format
}

/** The zone of this process. */
export function ownTimeZone(): string {
  return new Intl.DateTimeFormat('en').resolvedOptions().timeZone
}

/** Whether a `lastTime` that ends at `endMs` can be heard at `now`. */
export function fits(endMs: UnixMs, now: UnixMs): boolean {
  return Math.abs(now - USUAL_LAG_MS - endMs) <= HALF_HOUR_MS
}

/**
 * The offset, in half hours, by which `lastTime`, heard at `now`, is the end of a bucket of late. Right
 * as long as the two clocks differ by less than 10 minutes. Undefined: no zone is like that.
 */
export function offsetOf(lastTime: BucketStamp, now: UnixMs): number | undefined {
  const localMs = endOf(lastTime, 0)
  if (localMs === undefined) return undefined
  const halfHours = Math.round((localMs - (now - USUAL_LAG_MS)) / HALF_HOUR_MS)
  const offsetMs = halfHours * HALF_HOUR_MS
  return offsetMs >= LEAST_OFFSET_MS && offsetMs <= MOST_OFFSET_MS ? offsetMs : undefined
}
