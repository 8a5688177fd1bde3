import { randomBytes } from 'node:crypto'
import { closeSync, fsyncSync, linkSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { messageOf } from '../../support/failure.ts'
import { makeFolder } from '../../support/make-folder.ts'
import { StoreFailure } from './failure.ts'
import { Secrets } from './secrets.ts'

const KEY_BYTES = 32

/**
 * The secrets under the master key in `folder`/master.key (64 hex digits, readable by its owner only);
 * makes folder and key when missing. Without this file sealed keys are lost: it belongs in the backup.
 * @throws {StoreFailure} `unwritable`, `wrong-key`.
 */
export function secretsIn(folder: string): Secrets {
  const file = join(folder, 'master.key')
  try {
    makeFolder(folder, 0o700)
    const text = readIfThere(file) ?? createKey(file)
    if (/^[0-9a-f]{64}\s*$/.test(text)) return new Secrets(Buffer.from(text.trim(), 'hex'), file)
  } catch (error) {
    throw new StoreFailure(
      'unwritable',
      `cannot read or make the master key ${file} (${messageOf(error)}): give this user access to the folder`,
      { cause: error },
    )
  }
  throw new StoreFailure(
    'wrong-key',
    `${file} is no master key: expected ${KEY_BYTES * 2} hex digits; restore it from a backup`,
  )
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

// Complete before it has its name, and never over another: a crash or a second process does no harm.
function createKey(file: string): string {
  const draft = `${file}.${randomBytes(8).toString('hex')}`
  try {
    const handle = openSync(draft, 'wx', 0o600)
    writeSync(handle, `${randomBytes(KEY_BYTES).toString('hex')}\n`)
    fsyncSync(handle)
    closeSync(handle)
    linkSync(draft, file)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  } finally {
    rmSync(draft, { force: true })
  }
  return readFileSync(file, 'utf8')
}
