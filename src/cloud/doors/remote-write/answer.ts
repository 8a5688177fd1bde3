/** Why a request was not taken at all, as the sender is told: one line of text. */
import { Failure } from '../../../support/failure.ts'
import { RemoteWriteFailure } from './failure.ts'

export interface RequestRefusal {
  readonly status: number
  readonly reason: string
  readonly message: string
  /** The sender may come again after so many seconds. */
  readonly retryAfterSeconds?: number
}

/** Carries one to the error handler. */
export class RefusedRequest extends Error {
  readonly refusal: RequestRefusal

  constructor(refusal: RequestRefusal) {
    super(refusal.message)
    this.refusal = refusal
  }
}

/** The sender's doing: it may leave out what it has (429). */
export const TOO_MANY: RequestRefusal = {
  status: 429,
  reason: 'too-many',
  message: 'this environment sends too many requests',
  retryAfterSeconds: 1,
}

/** Ours: nothing is lost when the sender comes again. Prometheus does so after 503, not after 429. */
export const BUSY: RequestRefusal = {
  status: 503,
  reason: 'busy',
  message: 'other requests are being written: come again',
  retryAfterSeconds: 1,
}

export function unsupported(message: string): RequestRefusal {
  return { status: 415, reason: 'unsupported', message }
}

const INTERNAL: RequestRefusal = {
  status: 500,
  reason: 'internal',
  message: 'internal error; the log of the cloud says more',
}

/** What anything that was thrown means to the sender; never the text of a fault of ours. */
export function refusalOf(error: unknown): RequestRefusal {
  if (error instanceof RefusedRequest) return error.refusal
  if (error instanceof RemoteWriteFailure) {
    const status = error.reason === 'too-large' ? 413 : 400
    return { status, reason: error.reason, message: error.message }
  }
  if (error instanceof Failure) {
    const message = 'the samples are not stored: come again'
    return { status: 503, reason: error.reason, message, retryAfterSeconds: 5 }
  }
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : 500
  if (status === 413) return { status, reason: 'too-large', message: 'the body is too large' }
  if (status === 415) return unsupported('the Content-Type is not known')
  if (typeof status === 'number' && status < 500) {
    return { status: 400, reason: 'malformed', message: 'the request is no remote write' }
  }
  return INTERNAL
}
