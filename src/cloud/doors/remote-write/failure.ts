import { Failure } from '../../../support/failure.ts'

/**
 * `corrupt`: no snappy block. `truncated`: a field ends after its message. `malformed`: not this message.
 * `too-large`: past a limit of `RequestLimits`.
 */
export type RemoteWriteReason = 'corrupt' | 'truncated' | 'malformed' | 'too-large'

/** This request is no message we can take; sending it again does not help. */
export class RemoteWriteFailure extends Failure<RemoteWriteReason> {
  /** Where in the decompressed message. */
  readonly offset: number

  constructor(reason: RemoteWriteReason, message: string, offset: number, cause?: unknown) {
    super(reason, `${message} (byte ${offset})`, { cause })
    this.offset = offset
  }
}
