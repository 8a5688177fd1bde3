import { createHash } from 'node:crypto'
import type { Notice } from './notice.ts'
import type { NewDelivery } from './ports.ts'

/** What goes out to say it. `occasion` tells apart what one contact or receiver is told under one policy. */
export function deliveryOf(
  { environment, policy, contact, receiver, headline, heldBack }: Notice,
  occasion: string,
): Omit<NewDelivery, 'message' | 'plannedAt'> {
  const identity = JSON.stringify([environment.id, policy.id, contact.id, occasion])
  const told = [headline, ...(heldBack?.changes.toReversed() ?? [])]
  return {
    id: createHash('sha256').update(identity).digest('hex').slice(0, 32),
    environment: environment.id,
    policy: policy.id,
    contact: contact.id,
    channel: receiver?.kind ?? 'mail',
    to: receiver?.id ?? contact.email,
    alerts: [...new Set(told.map(({ alert }) => alert.id))],
    receivedAt: headline.receivedAt,
  }
}
