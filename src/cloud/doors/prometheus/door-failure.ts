import { PromqlError, type PromqlReason } from '../../../promql/index.ts'
import { Failure, messageOf } from '../../../support/failure.ts'

/** Prometheus' `errorType`s with the status of the answer; the last three are ours. */
const STATUS = {
  bad_data: 400,
  execution: 422,
  canceled: 499,
  timeout: 503,
  unavailable: 503,
  internal: 500,
  not_found: 404,
  unauthorized: 401,
  forbidden: 403,
  too_many_requests: 429,
} as const

export type DoorReason = keyof typeof STATUS

/** A request that is refused, in Prometheus' words. */
export class DoorFailure extends Failure<DoorReason> {
  get status(): number {
    return STATUS[this.reason]
  }
}

export function badData(message: string): DoorFailure {
  return new DoorFailure('bad_data', message)
}

/** What is wrong with one parameter. */
export function invalidParameter(name: string, message: string): DoorFailure {
  return badData(`invalid parameter "${name}": ${message}`)
}

const OF_QUERY: Record<PromqlReason, DoorReason> = {
  parse: 'bad_data',
  execution: 'execution',
  too_many_samples: 'execution',
  too_many_series: 'execution',
  result_too_large: 'execution',
  timeout: 'timeout',
  canceled: 'canceled',
}

/** What a client is told of anything that was thrown: never the text of a fault of ours. */
export function failureOf(error: unknown): DoorFailure {
  if (error instanceof DoorFailure) return error
  if (error instanceof PromqlError) {
    return new DoorFailure(OF_QUERY[error.reason], error.message, { cause: error })
  }
  if (error instanceof Failure) {
    return new DoorFailure('unavailable', 'the series cannot be read at present', { cause: error })
  }
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500
  if (status === 413) return badData('error parsing form values: http: request body too large')
  if (status < 500) return badData(`error parsing form values: ${messageOf(error)}`)
  const message = 'internal error; the log of the cloud says more'
  return new DoorFailure('internal', message, { cause: error })
}
