import { Failure } from '../../support/failure.ts'

export class BacktestFailure extends Failure<
  | 'no-data'
  | 'no-environment'
  /** A cloud runs on the folder. */
  | 'held'
  | 'unreachable'
  | 'refused'
  | 'unusable'
  /** Rules record more than is held in memory. */
  | 'too-large'
  /** Of a trial: another is under way, it took too long, nobody waits for it any more. */
  | 'busy'
  | 'too-long'
  | 'cancelled'
> {}
