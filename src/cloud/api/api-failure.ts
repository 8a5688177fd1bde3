import { Failure } from '../../support/failure.ts'

const STATUS = {
  invalid: 400,
  'wrong-password': 401,
  'no-session': 401,
  'foreign-request': 403,
  'not-found': 404,
  taken: 409,
  'name-differs': 409,
  'limit-reached': 409,
  'in-use': 409,
  busy: 409,
  over: 409,
  'not-handled': 409,
  cancelled: 409,
  'too-large': 413,
  'wrong-type': 415,
  'too-long': 422,
  'too-many-attempts': 429,
  'too-soon': 429,
  internal: 500,
} as const

export type ApiReason = keyof typeof STATUS

/** What is wrong with one field of a request; `field` is a path such as `email`. */
export interface FieldFault {
  readonly field: string
  readonly expected: string
}

/** A request that is refused; `reason` decides the status of the answer. */
export class ApiFailure extends Failure<ApiReason> {
  readonly fields: readonly FieldFault[] | undefined
  readonly retryAfterMs: number | undefined

  constructor(
    reason: ApiReason,
    message: string,
    detail: { fields?: readonly FieldFault[]; retryAfterMs?: number } = {},
  ) {
    super(reason, message, { retryable: reason === 'too-many-attempts' })
    this.fields = detail.fields
    this.retryAfterMs = detail.retryAfterMs
  }

  get status(): number {
    return STATUS[this.reason]
  }
}

/** One field of a request is wrong. */
export function refusal(field: string, expected: string): ApiFailure {
  return new ApiFailure('invalid', `${field}: ${expected}`, { fields: [{ field, expected }] })
}

/** 404, also for what belongs to another environment: an answer never tells that it exists. */
export function notFound(what: string, id: string): ApiFailure {
  return new ApiFailure('not-found', `no ${what} ${JSON.stringify(id)} here`)
}
