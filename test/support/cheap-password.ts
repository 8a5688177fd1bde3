import type { PasswordCost } from '../../src/cloud/api/password.ts'

/** As cheap as scrypt can be: at the cost for people the first password and a login are half of a start of a cloud. */
export const CHEAP: PasswordCost = { N: 2, r: 1, p: 1 }
