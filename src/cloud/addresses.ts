/** Whether mail addresses are confirmed by their owners before they are used. */
import type { Clock } from '../support/clock.ts'
import type { Log } from '../support/log.ts'
import type { CloudConfig } from './config.ts'
import { Verification } from './notify/verification.ts'
import type { StoredData } from './stored-data.ts'

export interface AddressesOptions {
  readonly config: CloudConfig
  readonly clock: Clock
  readonly log: Log
  readonly data: StoredData
  /** A mail was handed to the outbox. */
  readonly onPlanned: () => void
}

/** Undefined: they are used as they are entered, also those that waited to be confirmed. */
export async function openVerification(
  options: AddressesOptions,
): Promise<Verification | undefined> {
  const { config, clock, log, data, onPlanned } = options
  const { mail, public_url: publicUrl } = config
  const { contacts } = data.store
  if (mail && mail.verify !== false && publicUrl !== undefined) {
    const key = data.confirmKey
    return new Verification({ store: contacts, clock, key, publicUrl, onPlanned })
  }
  if (!mail) return undefined
  if (mail.verify === undefined) {
    log.warn('mail addresses are used without asking their owners: that needs `public_url`')
  }
  await contacts.trustUnverified()
  return undefined
}
