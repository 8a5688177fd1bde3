/** Addresses that mail servers refuse for good are left alone. What comes back as a mail (DSN) is not read. */
import type { Clock } from '../../support/clock.ts'
import { messageOf } from '../../support/failure.ts'
import type { Log } from '../../support/log.ts'
import type { Channel } from './channels/channel.ts'
import { type AddressFault, AddressRefused } from './channels/mail/address-refusal.ts'
import type { AddressState, Contact, Delivery, StoredContact } from './ports.ts'

/** So many deliveries in a row disable an address that is only doubtful. */
const MAX_DOUBTFUL = 3
const MAX_WHY_CHARS = 300

export interface AddressStore {
  contact(environment: string, id: Contact['id']): Promise<StoredContact | undefined>
  /**
   * In one transaction: `change` is given the contact as it is, and returns what is known of its address from then
   * on. @returns the contact as it is then; undefined: there is none.
   */
  changeAddress(
    environment: string,
    contact: Contact['id'],
    change: (known: StoredContact) => AddressState,
  ): Promise<StoredContact | undefined>
}

export interface BounceStore extends AddressStore {
  /** Whether a delivery to `address` was sent since. */
  sentSince(environment: string, address: string, since: number): Promise<boolean>
}

export interface Refusal {
  readonly delivery: Delivery['id']
  readonly at: number
  readonly why: string
  readonly fault: AddressFault
}

/** @param sentSince a delivery was taken after the known refusals: they no longer count. Pure. */
export function afterRefusal(
  known: AddressState,
  { delivery, at, why, fault }: Refusal,
  sentSince: boolean,
): AddressState {
  if (known.disabled) return known
  // A try is repeated after a crash.
  const others = (known.refusals ?? []).filter((one) => one.delivery !== delivery)
  const refusals = [...(sentSince ? [] : others), { delivery, at }]
  if (fault !== 'unknown' && refusals.length < MAX_DOUBTFUL) return { ...known, refusals }
  return { disabled: { at, why: why.slice(0, MAX_WHY_CHARS) } }
}

interface WatchOptions {
  readonly store: BounceStore
  readonly clock: Clock
  readonly log: Log
}

/** `mail`, with an eye on what it says of addresses. */
export function watchAddresses(mail: Channel, options: WatchOptions): Channel {
  return {
    kind: mail.kind,
    close: () => mail.close(),
    async send(delivery, signal) {
      try {
        return await mail.send(delivery, signal)
      } catch (error) {
        if (error instanceof AddressRefused) await noteRefusal(delivery, error, options)
        throw error
      }
    },
  }
}

/** Never rejects: the delivery has its answer, whatever becomes of this. */
async function noteRefusal(
  { id, environment, contact, to }: Delivery,
  { fault, message }: AddressRefused,
  { store, clock, log }: WatchOptions,
): Promise<void> {
  const refusal = { delivery: id, at: Math.floor(clock.now()), why: message, fault }
  try {
    const [last] = (await store.contact(environment, contact))?.address?.refusals?.slice(-1) ?? []
    const sentSince = last !== undefined && (await store.sentSince(environment, to, last.at))
    let isNew = false
    await store.changeAddress(environment, contact, ({ email, address = {} }) => {
      // It has another address by now.
      if (email !== to) return address
      const next = afterRefusal(address, refusal, sentSince)
      isNew = next.disabled !== undefined && !address.disabled
      return next
    })
    if (isNew) log.error({ environment, contact, why: message }, 'mail address disabled')
  } catch (error) {
    log.error({ environment, contact, error: messageOf(error) }, 'refusal of address not noted')
  }
}
