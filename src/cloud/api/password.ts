/** Passwords at rest: scrypt, its parameters and salt stored beside the hash. */
import { type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto'

export type RandomBytes = (count: number) => Uint8Array

/** What each try of a password costs: parameters of scrypt. */
export type PasswordCost = Readonly<Record<'N' | 'r' | 'p', number>>

/** One of OWASP's equal settings, the one with the least memory: 16 MiB a try. */
const COST_FOR_PEOPLE: PasswordCost = { N: 2 ** 14, r: 8, p: 5 }
const HASH_BYTES = 32
const STORED = /^scrypt\$(\d+)\$(\d+)\$(\d+)\$([\w-]+)\$([\w-]+)$/

/** Compared with when there is no such user, so that the time taken does not tell. */
export const NOBODYS_HASH = stored(COST_FOR_PEOPLE, Buffer.alloc(16), Buffer.alloc(HASH_BYTES))

export async function hashPassword(
  password: string,
  random: RandomBytes,
  cost = COST_FOR_PEOPLE,
): Promise<string> {
  const salt = random(16)
  return stored(cost, salt, await derive(password, salt, cost))
}

/** Throws `RangeError` when `passwordHash` is not one that `hashPassword` made. */
export async function verifyPassword(password: string, passwordHash: string): Promise<boolean> {
  const [, N, r, p, salt = '', hash = ''] = STORED.exec(passwordHash) ?? []
  if (!hash) throw new RangeError('stored password hash is not of the form scrypt$N$r$p$salt$hash')
  const cost = { N: Number(N), r: Number(r), p: Number(p) }
  const derived = await derive(password, Buffer.from(salt, 'base64url'), cost)
  return timingSafeEqual(derived, Buffer.from(hash, 'base64url'))
}

function stored(cost: PasswordCost, salt: Uint8Array, hash: Uint8Array): string {
  const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url')
  return ['scrypt', cost.N, cost.r, cost.p, text(salt), text(hash)].join('$')
}

function derive(password: string, salt: Uint8Array, cost: ScryptOptions): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    // The same letters typed on another machine may be composed differently.
    scrypt(password.normalize('NFKC'), salt, HASH_BYTES, cost, (error, key) =>
      error ? reject(error) : resolve(key),
    )
  })
}
