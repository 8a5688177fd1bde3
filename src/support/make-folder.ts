import { mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * Makes a folder and those above it; fine when it is there. Throws what the system says.
 * Node's own `recursive` never ends where the system refuses with ENOENT, as below `/proc`.
 */
export function makeFolder(path: string, mode = 0o777): void {
  if (made(path, mode)) return
  const above = dirname(path)
  if (above !== path) makeFolder(above, mode)
  // Now ENOENT is the system's last word.
  if (!made(path, mode)) mkdirSync(path, { mode })
}

/** Whether it is there now; false when what is above it is missing. */
function made(path: string, mode: number): boolean {
  try {
    mkdirSync(path, { mode })
    return true
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ENOENT') return false
    if (code === 'EEXIST' && statSync(path).isDirectory()) return true
    throw error
  }
}
