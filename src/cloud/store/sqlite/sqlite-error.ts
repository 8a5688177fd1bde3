import { StoreFailure, type StoreReason } from '../failure.ts'

/** SQLite's extended result code of a missing parent row. */
const FOREIGN_KEY = 787
const CONSTRAINT = 19

// Primary result codes: https://sqlite.org/rescode.html
const REASONS: Readonly<Record<number, StoreReason>> = {
  5: 'busy',
  6: 'busy',
  8: 'unwritable',
  10: 'unwritable',
  11: 'corrupt',
  13: 'no-space',
  14: 'unwritable',
  [CONSTRAINT]: 'conflict',
  26: 'corrupt',
}

const RETRYABLE: readonly StoreReason[] = ['busy', 'no-space', 'unwritable']

/**
 * Runs `work` and turns what SQLite refuses into a `StoreFailure`; a fault of ours, such as wrong SQL,
 * stays as it is.
 */
export function guarded<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw sqliteFailure(error) ?? error
  }
}

function sqliteFailure(error: unknown): StoreFailure | undefined {
  if (!(error instanceof Error) || !('errcode' in error)) return undefined
  const code = Number(error.errcode)
  const reason = code === FOREIGN_KEY ? 'gone' : REASONS[code & 0xff]
  // A missing value or a failed check is our mistake, no conflict with another row.
  const unique = reason !== 'conflict' || code === 2067 || code === 1555
  if (reason === undefined || !unique) return undefined
  return new StoreFailure(reason, `state database: ${error.message}`, {
    retryable: RETRYABLE.includes(reason),
    cause: error,
  })
}
