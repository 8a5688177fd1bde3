/** A mail address is used for alarms only after its owner confirmed it by a link. */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { UnixMs } from '../../model/time.ts'
import type { Clock } from '../../support/clock.ts'
import type { AddressStore } from './bounce.ts'
import type { Contact, NewDelivery, StoredContact } from './ports.ts'
import { verificationMail } from './verification-mail.ts'

/** A link works so long; a mail that could not be delivered is given up then, too. */
const LINK_MS = 3 * 86_400_000
/** Mails to one address, whatever environments ask for them. */
const EVERY_MS = 60_000
const DAY_MS = 86_400_000
const PER_DAY = 5
/** Part of what is signed: no signature made for something else counts here. */
const PURPOSE = 'tars-alarm confirm address 1'
/** In place of a policy. */
/** In place of a policy. */
export const VERIFICATION = 'verification'
/** The page that the links lead to, below the address of the console. */
export const CONFIRM_PATH = '/confirm'

export interface VerificationStore extends AddressStore {
  /** When mails to confirm `address` were planned after `since`, oldest first. Of all environments: it is one owner. */
  askedAt(address: string, since: UnixMs): Promise<UnixMs[]>
  /** In one transaction: the mail goes out, and counts for `askedAt`. */
  saveAsk(mail: NewDelivery): Promise<void>
}

/** What a link says. */
export interface ConfirmLink {
  readonly environment: string
  readonly contact: string
  readonly until: UnixMs
  readonly signature: string
}

export type ConfirmState =
  /** Its owner may confirm. */
  | 'waiting'
  | 'confirmed'
  /** Forged, expired, or of an address that the contact no longer has. */
  | 'void'

export interface VerificationOptions {
  readonly store: VerificationStore
  readonly clock: Clock
  /** 32 bytes that are used for nothing else. */
  readonly key: Uint8Array
  /** How people reach the console. */
  readonly publicUrl: string
  /** A mail was handed to the outbox. */
  readonly onPlanned: () => void
}

export class Verification {
  readonly #options: VerificationOptions

  constructor(options: VerificationOptions) {
    this.#options = options
  }

  /**
   * Asks the owner of the contact's address. Until he answers the address is not used, also where it was disabled.
   * @returns 0, or how many ms later the next mail may be sent: then nothing was done.
   */
  async ask(contact: StoredContact, environmentName: string): Promise<number> {
    const { store, clock, onPlanned } = this.#options
    const { environment, id, email } = contact
    const now = Math.floor(clock.now())
    const waitMs = waitBeforeNext(await store.askedAt(email, now - DAY_MS), now)
    if (waitMs > 0) return waitMs
    const changed = await store.changeAddress(environment, id, ({ address }) => ({
      unverified: { since: address?.unverified?.since ?? now },
    }))
    if (changed?.email !== email) return 0
    await store.saveAsk(this.#mail(changed, environmentName, now))
    onPlanned()
    return 0
  }

  /** Changes nothing. With the contact, unless the link is void. */
  async look(link: ConfirmLink): Promise<{ state: ConfirmState; contact?: Contact }> {
    const contact = await this.#options.store.contact(link.environment, link.contact)
    const state = this.#stateOf(link, contact)
    return contact && state !== 'void' ? { state, contact } : { state: 'void' }
  }

  async confirm(link: ConfirmLink): Promise<{ state: ConfirmState; contact?: Contact }> {
    await this.#options.store.changeAddress(link.environment, link.contact, (known) =>
      this.#stateOf(link, known) === 'waiting' ? {} : (known.address ?? {}),
    )
    return this.look(link)
  }

  #stateOf(link: ConfirmLink, contact: StoredContact | undefined): ConfirmState {
    if (!contact || link.until <= this.#options.clock.now()) return 'void'
    const wanted = Buffer.from(this.#sign(contact, link.until))
    const given = Buffer.from(link.signature)
    if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return 'void'
    const { unverified, disabled } = contact.address ?? {}
    if (disabled) return 'void'
    return unverified ? 'waiting' : 'confirmed'
  }

  #sign({ environment, id, email }: Contact, until: UnixMs): string {
    const claim = JSON.stringify([PURPOSE, environment, id, email, until])
    return createHmac('sha256', this.#options.key).update(claim).digest('base64url')
  }

  #mail(contact: StoredContact, environmentName: string, at: UnixMs): NewDelivery {
    const { environment, id, email } = contact
    const until = at + LINK_MS
    const [where = '', who = ''] = [environment, id].map(encodeURIComponent)
    const origin = this.#options.publicUrl.replace(/\/+$/, '')
    const query = `until=${until}&signature=${this.#sign(contact, until)}`
    const url = `${origin}${CONFIRM_PATH}/${where}/${who}?${query}`
    const identity = JSON.stringify([VERIFICATION, environment, id, email, at])
    return {
      id: createHash('sha256').update(identity).digest('hex').slice(0, 32),
      ...{ environment, policy: VERIFICATION, contact: id, channel: 'mail', to: email, alerts: [] },
      message: verificationMail(contact, environmentName, url),
      ...{ plannedAt: at, receivedAt: at },
    }
  }
}

/** @param asked within the last day, oldest first. @returns 0: now. Pure. */
export function waitBeforeNext(asked: readonly UnixMs[], now: UnixMs): number {
  const [last = -Infinity, oldest = -Infinity] = [asked.at(-1), asked.at(-PER_DAY)]
  return Math.max(0, last + EVERY_MS - now, oldest + DAY_MS - now)
}
