import { Failure } from '../../support/failure.ts'

export class BacktestFailure extends Failure<
  | 'no-data'
  | 'no-environment'
  /** A cloud runs on the folder. */
  | 'held'
  | 'unreachable'
  | 'refused'
  | 'unusable'
> {}
