import { Failure } from '../support/failure.ts'

export type DecodeReason =
  | 'truncated'
  | 'wrong-type'
  | 'bad-size'
  | 'too-deep'
  | 'missing-field'
  | 'out-of-range'
  | 'not-a-packet'

/** The bytes are no TARS of the expected shape. The message names the place. */
export class DecodeError extends Failure<DecodeReason> {
  /** What a TARS client is answered with (`iRet`): TARSSERVERDECODEERR. */
  readonly code = -1

  constructor(reason: DecodeReason, message: string) {
    super(reason, message)
  }
}
