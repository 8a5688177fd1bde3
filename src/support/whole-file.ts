import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs'

/** Writes a file so that after a crash it is there whole or not at all. */
export function writeWhole(path: string, text: string, mode = 0o666): void {
  const part = `${path}.part`
  // One that was left would keep its own mode.
  rmSync(part, { force: true })
  writeFileSync(part, text, { mode, flush: true })
  renameSync(part, path)
}

/** Makes names created or removed in a folder survive a power failure. */
export function syncFolder(path: string): void {
  const fd = openSync(path, 'r')
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}
