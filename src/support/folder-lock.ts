import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/** SQLite's `SQLITE_BUSY`. */
const BUSY = 5

/**
 * Keeps others off `folder` by its file `name` until it is let go of, or this process dies in whatever
 * way: the operating system holds the lock, also between containers that share the folder.
 * @throws what the file system or SQLite says; {@link isHeld} tells that another holds it.
 */
export function lockFolder(folder: string, name: string): () => void {
  const hold = new DatabaseSync(join(folder, name))
  try {
    // Nothing is ever written: no journal beside it, and a full disk does no harm.
    hold.exec('pragma journal_mode = memory; begin exclusive')
  } catch (error) {
    hold.close()
    throw error
  }
  return () => hold.close()
}

/** Whether {@link lockFolder} failed because another holds the lock. */
export function isHeld(error: unknown): boolean {
  return sqliteCode(error) === BUSY
}

/** SQLite's primary result code; 0 when it is no error of SQLite. */
export function sqliteCode(error: unknown): number {
  return error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : 0
}
