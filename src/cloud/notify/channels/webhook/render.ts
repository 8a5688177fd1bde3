/** The payload of Alertmanager's webhook, version 4 (alertmanager, `notify/webhook` and `template.Data`). */
import type { Labels } from '../../../../model/labels.ts'
import { serviceOf } from '../../../../model/labels.ts'
import type { UnixMs } from '../../../../model/time.ts'
import type { AlertChange } from '../../../alerts/alert.ts'
import type { Notice } from '../../notice.ts'
import { againText } from '../again.ts'
import type { Render } from '../channel.ts'
import { localTime } from '../local-time.ts'
import { consoleLink, subjectOf } from '../subject.ts'
import { WORDS } from '../words.ts'
import { fingerprint, sorted } from './fingerprint.ts'

const MAX_ALERTS = 100
const MAX_ALERTS_BYTES = 256 * 1024
/** What Go prints for no time: an alert that fires has no end. */
const NO_TIME = '0001-01-01T00:00:00Z'

export const renderWebhook: Render = (notice, { publicUrl = '' }) => {
  const { language, timeZone } = notice.contact
  const reader = { language, words: WORDS[language], time: localTime(timeZone) }
  const payload = payloadOf(notice, publicUrl, againText(notice, reader))
  return { subject: subjectOf(notice, reader), text: JSON.stringify(payload), html: '' }
}

type AlertJson = ReturnType<typeof alertOf>

/** @param why it is told once more; ''. */
function payloadOf(notice: Notice, publicUrl: string, why: string) {
  const changes = newestOfEach(notice)
  const alerts = bounded(
    changes.map((change) => {
      const alert = alertOf(change, notice, publicUrl)
      return { ...alert, annotations: withoutEmpty({ ...alert.annotations, escalation: why }) }
    }),
  )
  const groupLabels = groupLabelsOf(notice)
  return {
    receiver: notice.contact.name,
    status: alerts.some(({ status }) => status === 'firing') ? 'firing' : 'resolved',
    alerts,
    notification_reason: reasonOf(notice, alerts),
    groupLabels,
    commonLabels: shared(alerts.map(({ labels }) => labels)),
    commonAnnotations: shared(alerts.map(({ annotations }) => annotations)),
    routeLabels: {},
    externalURL: publicUrl,
    version: '4',
    groupKey: `{}:${labelText(groupLabels)}`,
    truncatedAlerts: changes.length - alerts.length + forgotten(notice),
  }
}

/** The headline first, then what was held back, the newest first; of each alert how it stands last. */
function newestOfEach({ headline, heldBack }: Notice): AlertChange[] {
  const all = [headline, ...(heldBack?.changes.toReversed() ?? [])]
  const told = new Set<string>()
  return all.filter(({ alert }) => !told.has(alert.id) && told.add(alert.id))
}

/** Held back and counted, but no longer kept. */
function forgotten({ heldBack }: Notice): number {
  return heldBack ? heldBack.count - heldBack.changes.length : 0
}

function alertOf({ alert }: AlertChange, notice: Notice, publicUrl: string) {
  const labels = withoutEmpty({
    environment: notice.environment.id,
    severity: alert.severity,
    ...alert.labels,
    alertname: alert.rule,
  })
  return {
    status: alert.resolvedAt === undefined ? 'firing' : 'resolved',
    labels,
    annotations: withoutEmpty(alert.annotations),
    startsAt: timeText(alert.firedAt ?? alert.activeAt),
    endsAt: alert.resolvedAt === undefined ? NO_TIME : timeText(alert.resolvedAt),
    generatorURL: publicUrl && consoleLink(publicUrl, notice, alert.id),
    fingerprint: fingerprint(labels),
  } as const
}

function bounded(alerts: readonly AlertJson[]): AlertJson[] {
  let bytes = 0
  return alerts.slice(0, MAX_ALERTS).filter((alert, index) => {
    bytes += Buffer.byteLength(JSON.stringify(alert))
    return index === 0 || bytes <= MAX_ALERTS_BYTES
  })
}

function groupLabelsOf({ environment, headline: { alert } }: Notice): Labels {
  return withoutEmpty({
    alertname: alert.rule,
    environment: environment.id,
    service: serviceOf(alert.labels),
  })
}

/** In Alertmanager's words. */
function reasonOf({ headline, heldBack, again }: Notice, alerts: readonly AlertJson[]): string {
  if (alerts.every(({ status }) => status === 'resolved')) return 'all alerts resolved'
  if (again) return 'repeat interval elapsed'
  return headline.kind === 'fired' && !heldBack ? 'first notification' : 'new alerts added'
}

function shared(sets: readonly Labels[]): Labels {
  const [first = {}, ...others] = sets
  return Object.fromEntries(
    Object.entries(first).filter(([name, value]) => others.every((set) => set[name] === value)),
  )
}

function withoutEmpty(labels: Labels): Labels {
  return Object.fromEntries(sorted(labels).filter(([, value]) => value !== ''))
}

/** `{alertname="X", service="A.B"}`. */
function labelText(labels: Labels): string {
  return `{${sorted(labels)
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .join(', ')}}`
}

function timeText(at: UnixMs): string {
  return new Date(at).toISOString()
}
