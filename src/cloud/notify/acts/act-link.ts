/** Links in messages by which a contact acts on one alert without logging in. */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import type { UnixMs } from '../../../model/time.ts'

/** A link works so long. */
export const LINK_MS = 7 * 86_400_000
/** The page they lead to, below the address of the console. */
export const LINK_PATH = '/act'
/** Part of what is signed: no signature made for something else counts here. */
const PURPOSE = 'tars-alarm act 1'
const MAX_CHARS = 2_000

/** Who may act on what. */
export interface LinkClaim {
  readonly environment: string
  readonly alert: string
  /** Or receiver. */
  readonly contact: string
  readonly expiresAt: UnixMs
}

const Fields = z.tuple([z.string(), z.string(), z.string(), z.int()])

export class ActLinks {
  readonly #key: Uint8Array

  /** @param key 32 bytes that are used for nothing else. */
  constructor(key: Uint8Array) {
    if (key.length !== 32) throw new RangeError(`key of ${key.length} bytes for links`)
    this.#key = Uint8Array.from(key)
  }

  /** Letters, digits, `-`, `_` and `.`. */
  sign({ environment, alert, contact, expiresAt }: LinkClaim): string {
    const fields = JSON.stringify([environment, alert, contact, expiresAt])
    const body = Buffer.from(fields).toString('base64url')
    return `${body}.${this.#signature(body).toString('base64url')}`
  }

  /** `forged`: changed or cut on its way, or not of this cloud. */
  read(link: string, now: UnixMs): LinkClaim | 'forged' | 'expired' {
    const [body = '', signature = '', ...more] = link.slice(0, MAX_CHARS).split('.')
    const given = Buffer.from(signature, 'base64url')
    const wanted = this.#signature(body)
    // As text, too: bits that base64 ignores would make a second link of the same meaning.
    const isOurs = given.length === wanted.length && timingSafeEqual(given, wanted)
    if (!isOurs || more.length > 0 || given.toString('base64url') !== signature) return 'forged'
    const [environment, alert, contact, expiresAt] = Fields.parse(
      JSON.parse(Buffer.from(body, 'base64url').toString()),
    )
    return now < expiresAt ? { environment, alert, contact, expiresAt } : 'expired'
  }

  #signature(body: string): Buffer {
    return createHmac('sha256', this.#key).update(`${PURPOSE}\n${body}`).digest()
  }
}
