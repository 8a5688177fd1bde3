import { Failure } from '../../support/failure.ts'

/**
 * `no-space`, `unwritable`: the disk does not take it now. `closed`: the store or the environment is gone.
 * `too-old`, `too-new`: no window of the batch lies where data is still, or already, taken. `busy`: too much is
 * asked at a time. `restarting`: the thread of the series ended; whether a batch on its way is stored is not known.
 */
export type SeriesReason =
  | 'no-space'
  | 'unwritable'
  | 'too-old'
  | 'too-new'
  | 'closed'
  | 'busy'
  | 'restarting'

/** The batch is not stored, the question not answered. Retryable but for `too-old` and `too-new`. */
export class SeriesFailure extends Failure<SeriesReason> {}

/** What the file system answered, as our failure. */
export function diskFailure(cause: unknown, doing: string): SeriesFailure {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error'
  const reason = code === 'ENOSPC' || code === 'EDQUOT' ? 'no-space' : 'unwritable'
  return new SeriesFailure(reason, `${doing}: ${code}`, { retryable: true, cause })
}
