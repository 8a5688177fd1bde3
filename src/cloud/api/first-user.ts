import type { PasswordCost, RandomBytes } from './password.ts'
import { hashPassword } from './password.ts'
import type { UserStore } from './ports.ts'

// 32 letters and digits that nobody mistakes for one another.
const LETTERS = 'abcdefghjkmnpqrstuvwxyz23456789A'
const LENGTH = 16

/**
 * Creates the user `admin` when there is no user yet.
 * Returns its password (80 random bits), to be printed once, or undefined when there were users.
 */
export async function firstUser(
  users: UserStore,
  random: RandomBytes,
  cost?: PasswordCost,
): Promise<string | undefined> {
  if ((await users.userCount()) > 0) return undefined
  const password = Array.from(random(LENGTH), (byte) => LETTERS[byte % LETTERS.length]).join('')
  const id = Buffer.from(random(8)).toString('hex')
  const passwordHash = await hashPassword(password, random, cost)
  await users.saveUser({ id, name: 'admin', passwordHash })
  return password
}
