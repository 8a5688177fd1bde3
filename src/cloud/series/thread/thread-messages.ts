/** What the thread of the series and its client say to each other. Everything is plain data. */
import { PromqlError, type PromqlReason } from '../../../promql/index.ts'
import { Failure } from '../../../support/failure.ts'
import { WireError, type WireReason } from '../../../wire/index.ts'
import { SeriesFailure, type SeriesReason } from '../failure.ts'
import type { Progress, SeriesPort } from '../port.ts'
import type { RecoveryReport, SeriesStoreOptions } from '../series-store.ts'

/** What the thread is started with. */
export type ThreadData = Omit<SeriesStoreOptions, 'clock' | 'log' | 'onHeavyUpkeep'>

/** The functions of the port that are a question and an answer. */
export type Call = Exclude<keyof SeriesPort, 'report' | 'onApplied'>

export type ToThread =
  | { readonly kind: 'cancel'; readonly id: number }
  | {
      readonly kind: 'call'
      readonly id: number
      readonly call: Call
      readonly args: readonly unknown[]
      /** Of a query, without its signal. */
      readonly options?: object
    }

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]
export type LogWords = [fields: unknown, message?: string]

export type FromThread =
  | { readonly kind: 'open'; readonly report: RecoveryReport }
  | { readonly kind: 'unopened'; readonly failure: SealedFailure }
  | { readonly kind: 'answer'; readonly id: number; readonly answer: unknown }
  | { readonly kind: 'failure'; readonly id: number; readonly failure: SealedFailure }
  | { readonly kind: 'progress'; readonly progress: Progress }
  /** What the log of this level was called with. */
  | { readonly kind: 'log'; readonly level: LogLevel; readonly words: LogWords }

/** A failure without its class, which does not pass from thread to thread. */
export interface SealedFailure {
  readonly type: 'wire' | 'series' | 'promql' | 'bug'
  readonly reason: string
  readonly message: string
  readonly retryable: boolean
  readonly line?: number | undefined
  readonly column?: number | undefined
}

export function sealed(error: unknown): SealedFailure {
  if (!(error instanceof Failure)) {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error)
    return { type: 'bug', reason: 'bug', message, retryable: false }
  }
  const { reason, message, retryable } = error
  const common = { reason: String(reason), message, retryable }
  if (error instanceof WireError) return { type: 'wire', ...common }
  if (error instanceof SeriesFailure) return { type: 'series', ...common }
  if (error instanceof PromqlError) {
    return { type: 'promql', ...common, line: error.line, column: error.column }
  }
  return { type: 'bug', ...common }
}

/** The failure as it was thrown there; a fault of ours as a `RangeError` with its stack. */
export function unsealed({ type, reason, message, retryable, line, column }: SealedFailure): Error {
  if (type === 'wire') return new WireError(reason as WireReason, message, { retryable })
  if (type === 'series') return new SeriesFailure(reason as SeriesReason, message, { retryable })
  if (type === 'bug') return new RangeError(message)
  const at = line === undefined || column === undefined ? undefined : { line, column }
  return new PromqlError(reason as PromqlReason, message, at)
}
