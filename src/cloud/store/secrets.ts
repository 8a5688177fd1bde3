/** Secrets at rest: sealed with AES-256-GCM under one master key, looked up by SHA-256. */
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  randomBytes,
  randomInt,
} from 'node:crypto'
import { StoreFailure } from './failure.ts'

const NONCE_BYTES = 12
const TAG_BYTES = 16
const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const BASE36 = '0123456789abcdefghijklmnopqrstuvwxyz'

export class Secrets {
  readonly #key: Uint8Array
  /** Where the master key came from, for messages. */
  readonly source: string

  /** @param masterKey 32 bytes; anything else is a `RangeError`. */
  constructor(masterKey: Uint8Array, source: string) {
    if (masterKey.length !== 32) throw new RangeError(`master key of ${masterKey.length} bytes`)
    this.#key = Uint8Array.from(masterKey)
    this.source = source
  }

  /** Tells this master key from another without revealing it. */
  get fingerprint(): string {
    return createHmac('sha256', this.#key).update('tars-alarm master key').digest('base64url')
  }

  /** 32 bytes for one purpose, from which neither the master key nor those of others can be known. */
  derived(purpose: string): Uint8Array {
    return Uint8Array.from(createHmac('sha256', this.#key).update(`derived\n${purpose}`).digest())
  }

  /** Opens only with the same `owner`, so that no environment can be given another's secret. */
  seal(secret: string, owner: string): string {
    const nonce = randomBytes(NONCE_BYTES)
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce).setAAD(Buffer.from(owner))
    const body = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()])
    return Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64url')
  }

  /** @throws {StoreFailure} `corrupt`: altered, of another owner, or sealed with another key. */
  open(sealed: string, owner: string): string {
    const bytes = Buffer.from(sealed, 'base64url')
    const nonce = bytes.subarray(0, NONCE_BYTES)
    const tag = bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES)
    try {
      const options = { authTagLength: TAG_BYTES }
      const cipher = createDecipheriv('aes-256-gcm', this.#key, nonce, options)
      cipher.setAAD(Buffer.from(owner)).setAuthTag(tag)
      const body = bytes.subarray(NONCE_BYTES + TAG_BYTES)
      return Buffer.concat([cipher.update(body), cipher.final()]).toString('utf8')
    } catch (error) {
      const message = `the sealed secret of ${owner} cannot be opened: it was altered`
      throw new StoreFailure('corrupt', message, { cause: error })
    }
  }
}

/** `ek_` and 40 letters or digits: 238 random bits. */
export function newEnvKey(): string {
  return `ek_${randomText(BASE62, 40)}`
}

/** `at_` and 40 letters or digits: 238 random bits. */
export function newApiToken(): string {
  return `at_${randomText(BASE62, 40)}`
}

/** `al-` and ten lower-case letters or digits. */
export function newEnvironmentId(): string {
  return `al-${randomText(BASE36, 10)}`
}

/** What a key or token is looked up by: comparing hashes tells nothing about the key. */
export function keyHash(key: string): string {
  return createHash('sha256').update(key).digest('base64url')
}

function randomText(alphabet: string, length: number): string {
  return Array.from({ length }, () => alphabet.charAt(randomInt(alphabet.length))).join('')
}
