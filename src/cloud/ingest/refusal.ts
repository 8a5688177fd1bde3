/** Why a batch or a heartbeat was not taken, as the agent is told. */
import { Failure } from '../../support/failure.ts'
import { type BatchRefusal, WireError } from '../../wire/index.ts'

export type What = 'batch' | 'heartbeat'

export interface Refusal {
  readonly status: number
  readonly reason: string
  readonly message: string
  /** The agent may come again after so many seconds. */
  readonly retryAfterSeconds?: number
}

/** One answer for a missing, malformed and unknown key: it tells nothing of the keys there are. */
export const UNAUTHORIZED: Refusal = {
  status: 401,
  reason: 'unauthorized',
  message: 'env_key is missing or not known: copy it from the environment in the console',
}

export function limited(what: What): Refusal {
  const message = `another ${what} of this environment is not taken yet: it sends too many`
  return { status: 429, reason: 'too-many', message, retryAfterSeconds: 1 }
}

export function wrongType(what: What): Refusal {
  return { status: 415, reason: 'wrong-type', message: `a ${what} has another Content-Type` }
}

const INTERNAL: Refusal = {
  status: 500,
  reason: 'internal',
  message: 'internal error; the log of the cloud says more',
}

/** What anything that was thrown means to the agent; never the text of a fault of ours. */
export function refusalOf(error: unknown, what: What): Refusal {
  if (error instanceof WireError) {
    const status = error.reason === 'too-large' ? 413 : 400
    return { status, reason: error.reason, message: error.message }
  }
  if (error instanceof Failure) return failureRefusal(error, what)
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : 500
  if (status === 415) return wrongType(what)
  if (status === 413) return { status, reason: 'too-large', message: 'the body is too large' }
  if (typeof status === 'number' && status < 500) {
    return { status: 400, reason: 'malformed', message: `the request is no ${what}` }
  }
  return INTERNAL
}

export function bodyOf({ reason, message }: Refusal): BatchRefusal {
  return { error: { reason, message } }
}

/** What the sink says of the batch itself. Everything else is our trouble: the agent keeps the batch. */
const NEVER_TAKEN = ['too-old', 'too-new']

function failureRefusal({ reason, message }: Failure<string>, what: What): Refusal {
  if (NEVER_TAKEN.includes(reason)) return { status: 422, reason, message }
  return { status: 503, reason, message: `the ${what} is not stored`, retryAfterSeconds: 5 }
}
