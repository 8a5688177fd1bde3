/** The nouns of the store as the console sees them. Pure. */
import type { z } from 'zod'
import { serviceOf } from '../../model/labels.ts'
import type { UnixMs } from '../../model/time.ts'
import type { Alert, Story, Teller } from '../alerts/alert.ts'
import { isByPhone } from '../notify/people.ts'
import type { Contact, Delivery, StoredContact } from '../notify/ports.ts'
import { viewAgent } from './agent-view.ts'
import type { Agent, ApiToken, EnvironmentWithKey } from './ports.ts'
import type { DefaultRetention } from './retention.ts'
import type {
  alarmView,
  contactView,
  deliveryView,
  environmentView,
  eventView,
  storyView,
  tokenView,
} from './schemas.ts'

type AlarmView = z.output<typeof alarmView>

export function viewEnvironment(
  environment: EnvironmentWithKey,
  agents: readonly Agent[],
  defaults: DefaultRetention,
  now: UnixMs,
): z.output<typeof environmentView> {
  const { id, name, framework, envKey, createdAt, expiresAt, retention } = environment
  return {
    id,
    name,
    framework,
    envKey,
    createdAtMs: createdAt,
    expiresAtMs: expiresAt,
    retention: {
      raw: viewDays(retention.rawDays, defaults.rawDays),
      hourly: viewDays(retention.hourlyDays, defaults.hourlyDays),
    },
    agents: agents.map((agent) => viewAgent(agent, now)),
  }
}

function viewDays(set: number | null, defaultDays: number) {
  return { days: set ?? defaultDays, isDefault: set === null, defaultDays }
}

export function viewContact(contact: StoredContact): z.output<typeof contactView> {
  const { id, name, email, language, timeZone, address = {} } = contact
  const { phone, dingtalk, wecom, feishu } = contact
  const { unverified, disabled } = address
  return {
    ...{ id, name, email, language, timeZone },
    ...(phone !== undefined && { phone }),
    ...(dingtalk !== undefined && { dingtalk }),
    ...(wecom !== undefined && { wecom }),
    ...(feishu !== undefined && { feishu }),
    ...(unverified && { unverifiedSinceMs: unverified.since }),
    ...(disabled && { disabled: { atMs: disabled.at, why: disabled.why } }),
  }
}

export function viewToken(token: ApiToken): z.output<typeof tokenView> {
  const { id, name, scopes, createdAt, usedAt } = token
  const used = usedAt !== undefined && { usedAtMs: usedAt }
  return { id, name, scopes: [...scopes], createdAtMs: createdAt, ...used }
}

/** `deliveries` are those that tell of this alert, newest first. */
export function viewAlarm(
  alert: Alert,
  deliveries: readonly Delivery[],
  contacts: readonly Contact[],
): AlarmView {
  const { id, rule, labels, annotations, state, value, activeAt } = alert
  return {
    id,
    rule,
    service: serviceOf(labels),
    level: alert.severity,
    state,
    labels: { ...labels },
    annotations: { ...annotations },
    value: Number.isFinite(value) ? value : null,
    activeAtMs: activeAt,
    ...(alert.firedAt !== undefined && { firedAtMs: alert.firedAt }),
    ...(alert.clearedAt !== undefined && { clearedAtMs: alert.clearedAt }),
    ...(alert.resolvedAt !== undefined && { resolvedAtMs: alert.resolvedAt }),
    told: told(deliveries, contacts),
  }
}

/** Each address once for each channel, with how the newest message to it went. */
function told(deliveries: readonly Delivery[], contacts: readonly Contact[]): AlarmView['told'] {
  const newest = new Map<string, AlarmView['told'][number]>()
  for (const delivery of deliveries) {
    const { contact, channel, state } = delivery
    const to = shownTo(delivery)
    const key = `${channel} ${to}`
    if (!newest.has(key)) newest.set(key, { name: nameOf(contact, contacts), to, state })
  }
  return [...newest.values()]
}

/** `teller`: the alert that it is told with; absent where there is none any more. */
export function viewStory({ zh, en, into }: Story, teller?: Alert): z.output<typeof storyView> {
  const copied = (lines: Story['zh']) => lines.map((line) => [...line])
  return {
    zh: copied(zh),
    en: copied(en),
    ...(into && { into: { alert: into.alert, service: into.service, ...titlesOf(into, teller) } }),
  }
}

function titlesOf({ mutable }: Teller, teller: Alert | undefined) {
  const { rule = mutable?.rule ?? '', annotations = {} } = teller ?? {}
  const title = annotations.title || rule
  return { title, titleEn: annotations.title_en || title }
}

/** Newest first. */
export function viewEvents(alert: Alert): z.output<typeof eventView>[] {
  return alert.events
    .map(({ at, module, level, kind, node, text }) => ({
      atMs: at,
      module,
      level,
      kind,
      node,
      text,
    }))
    .reverse()
}

export function viewDelivery(
  delivery: Delivery,
  contacts: readonly Contact[],
): z.output<typeof deliveryView> {
  const { id, channel, message, state, attempts, plannedAt, maybeRepeated } = delivery
  return {
    id,
    name: nameOf(delivery.contact, contacts),
    to: shownTo(delivery),
    channel,
    subject: message.subject,
    state,
    attempts,
    receivedAtMs: delivery.receivedAt,
    plannedAtMs: plannedAt,
    ...(state === 'waiting' && { dueAtMs: delivery.dueAt }),
    ...(delivery.sentAt !== undefined && { sentAtMs: delivery.sentAt }),
    ...(delivery.answer !== undefined && { answer: delivery.answer }),
    maybeRepeated,
  }
}

/** The phone of a contact who was told by phone. */
function shownTo({ channel, to, people }: Delivery): string {
  return (isByPhone(channel) ? people?.mobiles[0] : undefined) ?? to
}

function nameOf(contact: Contact['id'], contacts: readonly Contact[]): string {
  return contacts.find(({ id }) => id === contact)?.name ?? ''
}
