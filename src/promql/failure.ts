import { Failure } from '../support/failure.ts'

export type PromqlReason =
  /** The text is not an expression of the language, or has the wrong types. */
  | 'parse'
  /** The data do not fit the expression (duplicates in matching, for example). */
  | 'execution'
  | 'too_many_samples'
  | 'too_many_series'
  | 'result_too_large'
  | 'timeout'
  | 'canceled'

/** What can go wrong with an expression; `message` has Prometheus' wording. */
export class PromqlError extends Failure<PromqlReason> {
  /** Of a parse error, from 1; columns count UTF-8 bytes. */
  readonly line: number | undefined
  readonly column: number | undefined

  constructor(reason: PromqlReason, message: string, at?: { line: number; column: number }) {
    super(reason, message, { retryable: reason === 'timeout' || reason === 'canceled' })
    this.line = at?.line
    this.column = at?.column
  }
}

export function parseFailure(at: { line: number; column: number }, message: string): PromqlError {
  return new PromqlError('parse', `${at.line}:${at.column}: parse error: ${message}`, at)
}

export function executionFailure(message: string): PromqlError {
  return new PromqlError('execution', message)
}
