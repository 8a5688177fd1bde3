/** Who may write: a token opens its own environment, and nothing else. */
import type { UnixMs } from '../../../model/time.ts'
import { RefusedRequest } from './answer.ts'
import type { TokenKeys } from './ports.ts'

export interface Visitor {
  readonly authorization: string | undefined
  /** Of the path. */
  readonly environment: string
}

/** What a 401 asks for. */
export const CHALLENGE = 'Basic realm="tars-alarm", Bearer realm="tars-alarm"'

/** Throws `RefusedRequest`. */
export async function admit(keys: TokenKeys, visitor: Visitor, now: UnixMs): Promise<void> {
  const token = tokenOf(visitor.authorization)
  const owner = token === undefined ? undefined : await keys.ownerOf(token, now)
  if (!owner) {
    const message =
      'the API token is missing or not known: send it as Bearer, or as the password of Basic'
    throw new RefusedRequest({ status: 401, reason: 'unauthorized', message })
  }
  // The same whether there is such an environment or not.
  if (owner.environment !== visitor.environment) {
    const message = 'this API token is not one of this environment'
    throw new RefusedRequest({ status: 403, reason: 'forbidden', message })
  }
  if (owner.expiresAt <= now) {
    const message = `this environment expired at ${new Date(owner.expiresAt).toISOString()}`
    throw new RefusedRequest({ status: 403, reason: 'expired', message })
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
