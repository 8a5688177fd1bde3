import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'

/** Undoes things after a test, also when it failed. */
export interface Cleanup {
  after(undo: () => unknown): void
}

const folders: string[] = []

// Hooks of a test run in the order they were made: what uses a folder must end before it goes.
after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

/** A folder that is gone when the tests of this file have ended. */
export function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tars-alarm-agent-'))
  folders.push(folder)
  return folder
}
