/** What modules need at run time, found in their text: formatted as biome does, types erasable. */
import { readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { dirname, resolve } from 'node:path'

export interface ImportGraph {
  /** Absolute, sorted: the entries and what they reach. */
  readonly files: readonly string[]
  /** Names of the packages these import, sorted. */
  readonly packages: readonly string[]
}

/** Statements from the first column, `import('…')`, and `new URL('….ts', import.meta.url)`. */
const IMPORTS = [
  /^(?:import|export) (?!type )[^'"();]*?from '([^']+)'/gm,
  /^import '([^']+)'/gm,
  /\bimport\('([^']+)'\)/g,
  /\bnew URL\('([^']+\.ts)', import\.meta\.url\)/g,
]

export function importGraphOf(entries: readonly string[]): ImportGraph {
  const files = new Set(entries.map((file) => resolve(file)))
  const packages = new Set<string>()
  // A set hands out what is added while it is walked.
  for (const file of files) {
    for (const name of importsOf(readFileSync(file, 'utf8'))) {
      if (/^\.|\.ts$/.test(name)) files.add(resolve(dirname(file), name))
      else if (!isBuiltin(name)) packages.add(packageOf(name))
    }
  }
  return { files: [...files].sort(), packages: [...packages].sort() }
}

function importsOf(source: string): string[] {
  return IMPORTS.flatMap((pattern) => [...source.matchAll(pattern)].map(([, name = '']) => name))
}

/** `@tars/rpc/lib/x` → `@tars/rpc`. */
function packageOf(name: string): string {
  return name
    .split('/')
    .slice(0, name.startsWith('@') ? 2 : 1)
    .join('/')
}
