import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Dialect } from 'kysely'
import { messageOf } from '../../../support/failure.ts'
import { isHeld, lockFolder, sqliteCode } from '../../../support/folder-lock.ts'
import { makeFolder } from '../../../support/make-folder.ts'
import { StoreFailure } from '../failure.ts'
import { NodeSqliteDialect } from './dialect.ts'

const BUSY_MS = 5000
const LOCK = 'server.lock'
/** 16 MiB: under load a page is copied back once for many commits. */
const CHECKPOINT_PAGES = 4096
/** The write-ahead log shrinks back to this after a burst. */
const MAX_WAL_BYTES = 64 * 1024 * 1024

/**
 * The embedded database, `state.db` in `folder`; makes both when missing. A commit is on the disk
 * before it is answered. One server at a time; a short-lived command may come beside it.
 * @throws {StoreFailure} `unwritable`, `busy`, `corrupt`.
 */
export function openSqlite(folder: string): Dialect {
  const file = join(folder, 'state.db')
  try {
    makeFolder(folder, 0o700)
    // Addresses and password hashes are nobody else's business; the log files take over the mode.
    closeSync(openSync(file, 'a', 0o600))
  } catch (error) {
    throw unwritable(folder, error)
  }
  const database = new DatabaseSync(file, { timeout: BUSY_MS, enableForeignKeyConstraints: true })
  try {
    database.exec('pragma journal_mode = wal')
    database.exec('pragma synchronous = full')
    database.exec(`pragma wal_autocheckpoint = ${CHECKPOINT_PAGES}`)
    database.exec(`pragma journal_size_limit = ${MAX_WAL_BYTES}`)
    return new NodeSqliteDialect(database)
  } catch (error) {
    database.close()
    throw openFailure(file, folder, error)
  }
}

/**
 * Keeps a second server off `folder` until it is let go of, or this process dies in whatever way. Makes
 * the folder when missing. Commands that only use the database need no hold.
 * @throws {StoreFailure} `unwritable`, `busy`.
 */
export function holdFolder(folder: string): () => void {
  try {
    makeFolder(folder, 0o700)
    return lockFolder(folder, LOCK)
  } catch (error) {
    throw openFailure(join(folder, LOCK), folder, error)
  }
}

function openFailure(file: string, folder: string, error: unknown): StoreFailure {
  const code = sqliteCode(error)
  if (code === 11 || code === 26) {
    const message = `${file} is no state database or is damaged: restore it from a backup, or move it away to start empty`
    return new StoreFailure('corrupt', message, { cause: error })
  }
  if (isHeld(error)) {
    const message = `${file} is held by another process: stop it, or use another data folder`
    return new StoreFailure('busy', message, { retryable: true, cause: error })
  }
  return unwritable(folder, error)
}

function unwritable(folder: string, error: unknown): StoreFailure {
  return new StoreFailure(
    'unwritable',
    `cannot write to data folder ${folder} (${messageOf(error)}): give this user write access, or set another folder`,
    { cause: error },
  )
}
