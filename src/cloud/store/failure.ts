import { Failure } from '../../support/failure.ts'

/**
 * `newer-schema`: a newer version of tars-alarm wrote this database. `wrong-key`: the master key is
 * not the one it was sealed with. `conflict`: a value that must be unique is taken. `gone`: what the
 * row belongs to (its environment, its user) was removed meanwhile. `busy`: another process holds it.
 */
export type StoreReason =
  | 'newer-schema'
  | 'wrong-key'
  | 'unwritable'
  | 'no-space'
  | 'corrupt'
  | 'busy'
  | 'conflict'
  | 'gone'

export class StoreFailure extends Failure<StoreReason> {}
