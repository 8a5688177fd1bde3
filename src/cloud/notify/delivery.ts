import { createHash } from 'node:crypto'
import type { Notice } from './notice.ts'
import type { Delivery, NewDelivery, Told } from './ports.ts'

/** What goes out to say it. `occasion` tells apart what one contact or receiver is told under one policy. */
export function deliveryOf(
  { environment, policy, contact, receiver, people, headline, heldBack }: Notice,
  occasion: string,
): Omit<NewDelivery, 'message' | 'plannedAt'> {
  const isByPhone = receiver !== undefined && receiver.id !== contact.id
  const via = isByPhone ? [receiver.id] : []
  const identity = JSON.stringify([environment.id, policy.id, contact.id, occasion, ...via])
  const told = [headline, ...(heldBack?.changes.toReversed() ?? [])]
  return {
    id: createHash('sha256').update(identity).digest('hex').slice(0, 32),
    environment: environment.id,
    policy: policy.id,
    contact: contact.id,
    channel: receiver?.kind ?? 'mail',
    to: receiver?.id ?? contact.email,
    ...(people && { people }),
    alerts: [...new Set(told.map(({ alert }) => alert.id))],
    receivedAt: headline.receivedAt,
  }
}

/** Who was told by it. */
export function toldBy({
  policy,
  contact,
  channel,
  to,
}: Pick<Delivery, 'policy' | 'contact' | 'channel' | 'to'>): Omit<Told, 'alert'> {
  return { policy, contact, ...(channel !== 'mail' && to !== contact && { via: to }) }
}
