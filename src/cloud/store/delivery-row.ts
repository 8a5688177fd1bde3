/** Deliveries as rows. */

import type { Insertable, Selectable } from 'kysely'
import type { People } from '../notify/people.ts'
import type { Delivery, NewDelivery } from '../notify/ports.ts'
import type { DeliveryRow } from './alert-rows.ts'
import { fromJson } from './column.ts'

/** A new delivery waits, and is due at once. */
export function newDeliveryRow(delivery: NewDelivery): Insertable<DeliveryRow> {
  return {
    id: delivery.id,
    environment: delivery.environment,
    policy: delivery.policy,
    contact: delivery.contact,
    channel: delivery.channel,
    to_address: delivery.to,
    subject: delivery.message.subject,
    body_text: delivery.message.text,
    body_html: delivery.message.html,
    picture: delivery.message.picture ?? null,
    alerts: JSON.stringify(delivery.alerts),
    planned_at: delivery.plannedAt,
    received_at: delivery.receivedAt,
    state: 'waiting',
    attempts: 0,
    due_at: delivery.plannedAt,
    sent_at: null,
    answer: null,
    maybe_repeated: 0,
    people: delivery.people ? JSON.stringify(delivery.people) : null,
  }
}

export function deliveryOf(row: Selectable<DeliveryRow>): Delivery {
  return {
    id: row.id,
    environment: row.environment,
    policy: row.policy,
    contact: row.contact,
    channel: row.channel,
    to: row.to_address,
    ...(row.people !== null && { people: fromJson<People>(row.people) }),
    message: {
      subject: row.subject,
      text: row.body_text,
      html: row.body_html,
      ...(row.picture !== null && { picture: row.picture }),
    },
    alerts: fromJson(row.alerts),
    plannedAt: row.planned_at,
    receivedAt: row.received_at,
    state: row.state,
    attempts: row.attempts,
    dueAt: row.due_at,
    ...(row.sent_at !== null && { sentAt: row.sent_at }),
    ...(row.answer !== null && { answer: row.answer }),
    maybeRepeated: row.maybe_repeated !== 0,
  }
}
