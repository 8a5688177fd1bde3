import { Failure } from '../../support/failure.ts'

/**
 * `unwritable`: the data path cannot be used. `locked`: another agent uses it.
 * `full`: the disk fails and memory is used up. `closed`: the agent is stopping.
 */
export type SpoolReason = 'unwritable' | 'locked' | 'full' | 'closed'

/** The message names the folder or file. */
export class SpoolFailure extends Failure<SpoolReason> {}
