import type { Alert } from '../alerts/alert.ts'
import type { AlertReads } from './ports.ts'

export type AlarmQuery = Parameters<AlertReads['alerts']>[0]

export interface AlarmPage {
  readonly alerts: readonly Alert[]
  /** `before` of the next page; absent on the last. */
  readonly next?: number
}

/**
 * One page, newest first. Alerts of one instant are never torn apart, for `before` could not name the
 * rest of them: so a page is a little shorter than `limit`, or as long as one instant needs.
 */
export async function alarmPage(reads: AlertReads, query: AlarmQuery): Promise<AlarmPage> {
  const rows = await reads.alerts({ ...query, limit: query.limit + 1 })
  const beyond = rows[query.limit]
  if (!beyond) return { alerts: rows }
  const whole = rows.filter(({ activeAt }) => activeAt > beyond.activeAt)
  const oldest = whole.at(-1)
  if (oldest) return { alerts: whole, next: oldest.activeAt }
  return alarmPage(reads, { ...query, limit: query.limit * 2 })
}
