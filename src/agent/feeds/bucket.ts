/**
 * Buckets of the tables in which the framework keeps statistics and properties: how their ends are
 * written, and in which table they lie. Pure; `offsetMs` is what the framework's clock is ahead of UTC.
 *
 * `f_tflag` is the END of the bucket, `HHMM`, and a full hour is minute 60 of the hour before:
 * `tarsstat` (`StatServer.cpp`, TarsFramework fe8e741), and so K8SFramework (`StatPushGateway.cpp`).
 */
import type { UnixMs } from '../../model/time.ts'

export type Framework = 'TARSFramework' | 'K8SFramework'

/** How long a bucket is; neither framework takes less. */
export const BUCKET_MS: Readonly<Record<Framework, number>> = {
  TARSFramework: 300_000,
  K8SFramework: 60_000,
}

/** The end of a bucket as the framework writes it. */
export interface BucketStamp {
  /** `f_date`: `YYYYMMDD`. */
  readonly date: string
  /** `f_tflag`: `HHMM`; 09:00 is `0860`, midnight is `2360` of the day that ends. */
  readonly tflag: string
}

const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000

/** @throws {RangeError} `endMs` is not on a minute. */
export function stampOf(endMs: UnixMs, offsetMs: number): BucketStamp {
  const localMs = endMs + offsetMs
  if (localMs % MINUTE_MS !== 0) throw new RangeError(`${endMs} ends no bucket`)
  // The minute that ends then lies in the hour and on the day of the bucket.
  const minute = new Date(localMs - MINUTE_MS).toISOString()
  const past = String(Number(minute.slice(14, 16)) + 1).padStart(2, '0')
  return { date: minute.slice(0, 10).replaceAll('-', ''), tflag: minute.slice(11, 13) + past }
}

/** Takes `2026-11-21` for a date, too, and `0900` for `0860`. Undefined: no such end. */
export function endOf({ date, tflag }: BucketStamp, offsetMs: number): UnixMs | undefined {
  const [, year, month, day] = /^(\d{4})-?(\d\d)-?(\d\d)$/.exec(date) ?? []
  const [, hour, minute] = /^([01]\d|2[0-3])([0-5]\d|60)$/.exec(tflag) ?? []
  if (year === undefined || hour === undefined) return undefined
  const dayMs = Date.UTC(Number(year), Number(month) - 1, Number(day))
  // 31 June is 1 July to `Date.UTC`.
  if (new Date(dayMs).getUTCDate() !== Number(day)) return undefined
  return dayMs + Number(hour) * HOUR_MS + Number(minute) * MINUTE_MS - offsetMs
}

/** `20261121 0240`, as in `lastTime` and `t_ecstatus`. */
export function parseStamp(text: string): BucketStamp | undefined {
  const [date = '', tflag = '', more] = text.trim().split(' ')
  const stamp = { date, tflag }
  return more === undefined && endOf(stamp, 0) !== undefined ? stamp : undefined
}

/** End of the name of the table in which the bucket lies: `2026112102`, as in `tars_stat_2026112102`. */
export function hourTableOf({ date, tflag }: BucketStamp): string {
  return date + tflag.slice(0, 2)
}

/** The newest end of a bucket that is not after `at`. Zones are whole quarters of an hour: buckets are the same in all. */
export function lastEnd(at: UnixMs, lengthMs: number): UnixMs {
  return Math.floor(at / lengthMs) * lengthMs
}

/** Ends of the buckets after `afterMs` and not after `untilMs`, oldest first: of more than `max` the newest. */
export function bucketEnds(
  afterMs: UnixMs,
  untilMs: UnixMs,
  lengthMs: number,
  max = 1_000,
): UnixMs[] {
  const last = lastEnd(untilMs, lengthMs)
  const first = Math.max(lastEnd(afterMs, lengthMs) + lengthMs, last - (max - 1) * lengthMs)
  const ends: UnixMs[] = []
  for (let end = first; end <= last; end += lengthMs) ends.push(end)
  return ends
}
