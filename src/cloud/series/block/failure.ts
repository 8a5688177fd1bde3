import { Failure } from '../../../support/failure.ts'

/**
 * `damaged`: bytes that are not what was written. `unsupported`: written by a later version. `unreadable`: the
 * file system does not give them. `too-large`: an answer past the limit that was asked for.
 */
export type BlockReason = 'damaged' | 'unsupported' | 'unreadable' | 'too-large'

/** What was asked for is not there in this block; other sections of it may well be. */
export class BlockFailure extends Failure<BlockReason> {
  /** The file. */
  readonly block: string
  /** In words: which part of the file. */
  readonly section: string

  constructor(
    reason: BlockReason,
    where: { readonly block: string; readonly section: string },
    what: string,
    cause?: unknown,
  ) {
    super(reason, `${where.block}: ${where.section}: ${what}`, {
      retryable: reason === 'unreadable',
      cause,
    })
    this.block = where.block
    this.section = where.section
  }
}
