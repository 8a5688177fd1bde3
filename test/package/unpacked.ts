/** The package as tarsnode has it: built, unpacked by the system's tar. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BuildOptions, type Built, buildPackage } from '../../scripts/package.ts'

export interface Unpacked extends Built {
  /** tarsnode's `bin/`. */
  readonly bin: string
  remove(): void
}

/** Built fast, not small. */
export async function unpackedPackage(options: Partial<BuildOptions> = {}): Promise<Unpacked> {
  const folder = mkdtempSync(join(tmpdir(), 'tars-alarm package '))
  const built = await buildPackage({ out: folder, level: 1, ...options })
  execFileSync('tar', ['xzf', built.file, '-C', folder])
  const remove = () => rmSync(folder, { recursive: true, force: true })
  return { ...built, bin: join(folder, 'AgentServer/AgentServer'), remove }
}
