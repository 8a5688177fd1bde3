/** Of what an outage hid, one message. Pure. */
import { createHash } from 'node:crypto'
import { serviceOf } from '../../model/labels.ts'
import type { UnixMs } from '../../model/time.ts'
import type { Alert } from './alert.ts'

/** Alarms that the message names; the others are counted. */
const MAX_NAMED = 20

/** An alert that tells of `alerts`, found late at `receivedAt`. It never lives: it is told, and over. */
export function lateDigest(alerts: readonly Alert[], receivedAt: UnixMs): Alert {
  const oldestFirst = alerts.toSorted((a, b) => firedAt(a) - firedAt(b))
  const [oldest] = oldestFirst
  if (!oldest) throw new RangeError('a digest of no alerts')
  const { environment } = oldest
  const text = JSON.stringify([environment, oldestFirst.map(({ id }) => id), receivedAt])
  const named = oldestFirst.slice(0, MAX_NAMED).map(lineOf).join('\n')
  const more = Math.max(0, alerts.length - MAX_NAMED)
  return {
    id: createHash('sha256').update(text).digest('hex').slice(0, 32),
    environment,
    rule: 'FoundLate',
    labels: { alertname: 'FoundLate', severity: 'WARN' },
    annotations: {
      title: `采集恢复后补查出 ${alerts.length} 条告警`,
      title_en: `${alerts.length} alarms found late, after an outage of the collection`,
      description: `数据补齐后发现，以下告警当时未能发出，现均已过去：\n${named}${more > 0 ? `\n另有 ${more} 条` : ''}`,
      description_en:
        'Data that came after the outage would have raised these alarms; all of them are past:' +
        `\n${named}${more > 0 ? `\nand ${more} more` : ''}`,
    },
    severity: 'WARN',
    state: 'firing',
    value: alerts.length,
    activeAt: receivedAt,
    firedAt: receivedAt,
    events: [],
  }
}

/** `2026-11-21T02:10:00Z – 02:14:00Z FailureRatio App.PayServer` */
function lineOf(alert: Alert): string {
  const from = instant(firedAt(alert))
  const to = instant(alert.resolvedAt ?? firedAt(alert)).slice(11)
  const { interface: name = '' } = alert.labels
  return [from, '–', to, alert.rule, serviceOf(alert.labels), name].filter(Boolean).join(' ')
}

function firedAt(alert: Alert): UnixMs {
  return alert.firedAt ?? alert.activeAt
}

function instant(at: UnixMs): string {
  return new Date(at).toISOString().replace('.000Z', 'Z')
}
