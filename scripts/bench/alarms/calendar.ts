/** Days and minutes in China, as people there live them: what the simulated traffic follows. */
import type { UnixMs } from '../../../src/model/time.ts'

export const MINUTE_MS = 60_000
export const HOUR_MS = 60 * MINUTE_MS
export const DAY_MS = 24 * HOUR_MS
/** Asia/Shanghai has had one offset since 1991. */
const OFFSET_MS = 8 * HOUR_MS

export type DayKind = 'workday' | 'weekend' | 'holiday'

/** 2026, as the State Council laid it down: days off, first and last, and weekends that are worked. */
const DAYS_OFF = [
  ['2026-01-01', '2026-01-03'],
  ['2026-02-15', '2026-02-23'],
  ['2026-04-04', '2026-04-06'],
  ['2026-05-01', '2026-05-05'],
  ['2026-06-19', '2026-06-21'],
  ['2026-09-25', '2026-09-27'],
  ['2026-10-01', '2026-10-07'],
] as const
const WORKED = new Set([
  ...['2026-01-04', '2026-02-14', '2026-02-28', '2026-05-09', '2026-09-20', '2026-10-10'],
])

/** `2026-10-01`. */
export function localDay(at: UnixMs): string {
  return new Date(at + OFFSET_MS).toISOString().slice(0, 10)
}

/** Minutes since midnight, with their fraction. */
export function minuteOfDay(at: UnixMs): number {
  return ((at + OFFSET_MS) % DAY_MS) / MINUTE_MS
}

/** `2026-10-01`, `2026-10-01 14:05` or `2026-10-01 14:05:30`, in Shanghai. Undefined: no such time. */
export function parseLocal(text: string): UnixMs | undefined {
  const [, day, time = '00:00'] = /^(\d{4}-\d\d-\d\d)(?: (\d\d:\d\d(?::\d\d)?))?$/.exec(text) ?? []
  const at = Date.parse(`${day}T${time}+08:00`)
  return Number.isNaN(at) ? undefined : at
}

export function localTime(at: UnixMs): string {
  return new Date(at + OFFSET_MS).toISOString().slice(0, 16).replace('T', ' ')
}

/** By the number of the day: traffic asks all the time. */
const kinds = new Map<number, DayKind>()

export function dayKind(at: UnixMs): DayKind {
  const number = Math.floor((at + OFFSET_MS) / DAY_MS)
  const kind = kinds.get(number) ?? kindOf(at)
  kinds.set(number, kind)
  return kind
}

function kindOf(at: UnixMs): DayKind {
  const day = localDay(at)
  if (DAYS_OFF.some(([from, to]) => day >= from && day <= to)) return 'holiday'
  if (WORKED.has(day)) return 'workday'
  return [0, 6].includes(new Date(at + OFFSET_MS).getUTCDay()) ? 'weekend' : 'workday'
}
