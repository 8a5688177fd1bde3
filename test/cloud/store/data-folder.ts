import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { secretsIn } from '../../../src/cloud/store/master-key.ts'
import { openSqlite } from '../../../src/cloud/store/sqlite/open-sqlite.ts'
import { openStore, type Store } from '../../../src/cloud/store/store.ts'

/** A new folder that is removed after the test. */
export function dataFolder(test: { after(task: () => void): void }): string {
  const folder = mkdtempSync(join(tmpdir(), 'tars-alarm-store-'))
  test.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

export function openIn(folder: string): Promise<Store> {
  return openStore({ dialect: openSqlite(folder), secrets: secretsIn(folder) })
}
