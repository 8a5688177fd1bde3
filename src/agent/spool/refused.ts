/** Batches the cloud refused for good: kept to be looked at, a bounded number of them. */
import { readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeFolder } from '../../support/make-folder.ts'
import type { SpoolRecord } from './record.ts'

const MAX_FILES = 32
const MAX_BYTES = 8 * 1024 * 1024

/** Writes a batch into `folder`, where the oldest go beyond 32 files or 8 MB; returns its path. */
export function keepRefused(folder: string, { entry, bytes }: SpoolRecord): string {
  makeFolder(folder)
  const { epoch, seq } = entry.id
  // Time first: names sort by age.
  const name = `${String(entry.madeAt).padStart(15, '0')}-${epoch}-${seq}.batch`
  const path = join(folder, name)
  writeFileSync(path, bytes)
  const kept = readdirSync(folder)
    .filter((each) => each.endsWith('.batch'))
    .sort()
  let total = 0
  for (const [age, file] of kept.reverse().entries()) {
    total += statSync(join(folder, file)).size
    if (age >= MAX_FILES || (age > 0 && total > MAX_BYTES)) rmSync(join(folder, file))
  }
  return path
}
