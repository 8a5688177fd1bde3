/** Who may come in: a token opens its own environment, and nothing else. */
import type { UnixMs } from '../../../model/time.ts'
import { DoorFailure } from './door-failure.ts'
import { goTime } from './moment.ts'
import type { TokenKeys } from './ports.ts'

export interface Visitor {
  readonly authorization: string | undefined
  /** Of the path. */
  readonly environment: string
}

/** Throws `DoorFailure` `unauthorized` or `forbidden`. */
export async function admit(keys: TokenKeys, visitor: Visitor, now: UnixMs): Promise<void> {
  const token = tokenOf(visitor.authorization)
  const owner = token && (await keys.ownerOf(token, now))
  if (!owner) {
    throw new DoorFailure(
      'unauthorized',
      'API token is missing or not known: send it as Bearer, or as the password of Basic; the console makes one',
    )
  }
  // The same whether there is such an environment or not.
  if (owner.environment !== visitor.environment) {
    throw new DoorFailure('forbidden', 'this API token is not one of this environment')
  }
  if (owner.expiresAt <= now) {
    throw new DoorFailure('forbidden', `this environment expired at ${goTime(owner.expiresAt)}`)
  }
}

/** Of `Bearer`, or the password of `Basic`, whatever the user is. */
function tokenOf(authorization = ''): string | undefined {
  const bearer = /^Bearer +([\w.~+/=-]{1,256})$/i.exec(authorization)?.[1]
  if (bearer !== undefined) return bearer
  const basic = /^Basic +([\w+/=-]{1,1024})$/i.exec(authorization)?.[1]
  if (basic === undefined) return undefined
  const pair = Buffer.from(basic, 'base64').toString('utf8')
  return /^[^:]*:([\w.~+/=-]{1,256})$/.exec(pair)?.[1]
}
