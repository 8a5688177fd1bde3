/** What waited goes out only to who is still to be told there: contacts may be removed or changed meanwhile. */
import { type Channel, ChannelFailure } from './channels/channel.ts'
import type { Contact, Delivery, StoredContact, Unsent } from './ports.ts'
import { VERIFICATION } from './verification.ts'

const WORDS: Readonly<Record<Unsent, string>> = {
  'contact-gone': 'the contact was removed',
  'address-changed': 'the contact has another address now',
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
}

/** `mail`, but nothing goes where nobody is to be told: that throws `ReaderGone`. */
export function toReaders(mail: Channel, readers: Readers): Channel {
  return {
    kind: mail.kind,
    close: () => mail.close(),
    async send(delivery, signal) {
      const { environment, contact } = delivery
      // Better once too often than never: also while the store cannot be read.
      const why = await readers.contact(environment, contact).then(
        (found) => unsent(delivery, found),
        () => undefined,
      )
      if (why) throw new ReaderGone(why)
      return mail.send(delivery, signal)
    },
  }
}

/** Undefined: it may go out. Pure. */
export function unsent(
  { to, policy }: Pick<Delivery, 'to' | 'policy'>,
  contact: StoredContact | undefined,
): Unsent | undefined {
  if (!contact) return 'contact-gone'
  if (contact.email !== to) return 'address-changed'
  // That asks for the address to be confirmed.
  if (policy === VERIFICATION) return undefined
  const { disabled, unverified } = contact.address ?? {}
  if (disabled) return 'address-disabled'
  return unverified && 'not-verified'
}
