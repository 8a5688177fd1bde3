import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Undoes things after a test, also when it failed. */
export interface Cleanup {
  after(undo: () => unknown): void
}

/** A folder that is gone after the test. */
export function tempFolder(test: Cleanup): string {
  const folder = mkdtempSync(join(tmpdir(), 'tars-alarm-agent-'))
  test.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
