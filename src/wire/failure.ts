import { Failure } from '../support/failure.ts'

/**
 * `not-a-batch`: other bytes than ours. `version`: a format this build does not know.
 * `truncated`: the bytes end early. `malformed`: they contradict themselves or the IDL.
 * `too-large`: past a limit of `BatchLimits`.
 */
export type WireReason = 'not-a-batch' | 'version' | 'truncated' | 'malformed' | 'too-large'

/** These bytes are no batch we can take; sending them again does not help. */
export class WireError extends Failure<WireReason> {}

export function malformed(message: string, cause?: unknown): WireError {
  return new WireError('malformed', message, { cause })
}
