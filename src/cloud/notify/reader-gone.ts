/** What waited goes out only to who is still to be told there: contacts may be removed or changed meanwhile. */
import { type Channel, ChannelFailure } from './channels/channel.ts'
import { isByPhone } from './people.ts'
import type { Contact, Delivery, StoredContact, Unsent } from './ports.ts'
import { VERIFICATION } from './verification.ts'

const WORDS: Readonly<Record<Unsent, string>> = {
  'contact-gone': 'the contact was removed',
  'address-changed': 'the contact has another address or phone now',
  'address-disabled': 'the address is disabled',
  'not-verified': 'the address is to be confirmed first',
}

/** Nothing was sent: there is nobody to be told at this address. */
export class ReaderGone extends ChannelFailure {
  readonly why: Unsent

  constructor(why: Unsent) {
    super('refused', `not sent: ${WORDS[why]}`)
    this.why = why
  }
}

export interface Readers {
  contact(environment: string, id: Contact['id']): Promise<StoredContact | undefined>
  contacts(environment: string): Promise<StoredContact[]>
}

/** `channel`, but no mail, SMS or call goes where nobody is to be told: that throws `ReaderGone`. */
export function toReaders(channel: Channel, readers: Readers): Channel {
  return {
    kind: channel.kind,
    close: () => channel.close(),
    async send(delivery, signal) {
      const { contact, to } = delivery
      // To the receiver itself.
      if (delivery.channel !== 'mail' && contact === to) return channel.send(delivery, signal)
      // Better once too often than never: also while the store cannot be read.
      const why = await whyUnsent(delivery, readers).catch(() => undefined)
      if (why) throw new ReaderGone(why)
      return channel.send(delivery, signal)
    },
  }
}

/** A number is told once for all who have it, and who was entered anew has the same address. */
async function whyUnsent(delivery: Delivery, readers: Readers): Promise<Unsent | undefined> {
  const { environment, contact, policy } = delivery
  const why = unsent(delivery, await readers.contact(environment, contact))
  if (policy === VERIFICATION || (why !== 'contact-gone' && why !== 'address-changed')) return why
  const all = await readers.contacts(environment)
  return all.some((one) => unsent(delivery, one) === undefined) ? undefined : why
}

/** Undefined: it may go out. Pure. */
export function unsent(
  { channel, to, people, policy }: Pick<Delivery, 'channel' | 'to' | 'people' | 'policy'>,
  contact: StoredContact | undefined,
): Unsent | undefined {
  if (!contact) return 'contact-gone'
  if (isByPhone(channel)) {
    const isSame = contact.phone !== undefined && people?.mobiles.includes(contact.phone)
    return isSame ? undefined : 'address-changed'
  }
  if (contact.email !== to) return 'address-changed'
  // That asks for the address to be confirmed.
  if (policy === VERIFICATION) return undefined
  const { disabled, unverified } = contact.address ?? {}
  if (disabled) return 'address-disabled'
  return unverified && 'not-verified'
}
