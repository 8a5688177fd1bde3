/** Who may come in: a token opens its own environment, and nothing else. */
import type { UnixMs } from '../../../model/time.ts'

/** What a token may do with its environment: `read` its series and rules, `write` samples. */
export type TokenScope = 'read' | 'write'

/** What a token opens. */
export interface TokenOwner {
  readonly environment: string
  readonly scopes: readonly TokenScope[]
  /** When that environment expires. */
  readonly expiresAt: UnixMs
}

export interface TokenKeys {
  /** Whose token this is, noting that it was used; the time it takes tells nothing about the token. */
  ownerOf(token: string, now: UnixMs): Promise<TokenOwner | undefined>
}

export interface Visitor {
  readonly authorization: string | undefined
  /** Of the path. */
  readonly environment: string
  /** What they are here for. */
  readonly scope: TokenScope
}

export interface TurnedAway {
  readonly status: 401 | 403
  readonly reason: 'unauthorized' | 'forbidden' | 'expired'
  readonly message: string
}

/** What a 401 asks for. */
export const CHALLENGE = 'Basic realm="tars-alarm", Bearer realm="tars-alarm"'

const UNKNOWN =
  'API token is missing or not known: send it as Bearer, or as the password of Basic; the console makes one'

const WRONG_SCOPE: Readonly<Record<TokenScope, string>> = {
  read: 'this API token may only write: to read, make one in the console that may',
  write: 'this API token may only read: to write, make one in the console that may',
}

/** Undefined: come in. */
export async function turnedAway(
  keys: TokenKeys,
  visitor: Visitor,
  now: UnixMs,
): Promise<TurnedAway | undefined> {
  const token = tokenOf(visitor.authorization)
  const owner = token === undefined ? undefined : await keys.ownerOf(token, now)
  if (!owner) return { status: 401, reason: 'unauthorized', message: UNKNOWN }
  // The same whether there is such an environment or not.
  if (owner.environment !== visitor.environment) {
    const message = 'this API token is not one of this environment'
    return { status: 403, reason: 'forbidden', message }
  }
  if (!owner.scopes.includes(visitor.scope)) {
    return { status: 403, reason: 'forbidden', message: WRONG_SCOPE[visitor.scope] }
  }
  if (owner.expiresAt > now) return undefined
  const at = new Date(owner.expiresAt).toISOString().replace('.000Z', 'Z')
  return { status: 403, reason: 'expired', message: `this environment expired at ${at}` }
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
