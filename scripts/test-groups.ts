/**
 * `npm test` runs test files a dozen to a process: a process for each would read the same modules some 400 times.
 * `node scripts/test-groups.ts FOLDER` writes there a module for each process, which imports its files, with a name for
 * the order to begin them in. Files of one process run one after the other.
 */
import { globSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

/** Of more the last would end long after the others. */
const MAX_FILES = 12

/** They take long, or ask about their whole process. */
const ALONE = [
  'test/walk/*.test.ts',
  'test/agent/{flood,main,node-agent}.test.ts',
  'test/cloud/series/memory/stat-records.test.ts',
  'test/package/package.test.ts',
  'test/tars/packet-stream.test.ts',
]
/** They share a browser. */
const LONG = 'test/browser/*.test.ts'

/** Neighbours together: they import the same. */
function split(files: readonly string[]): (readonly string[])[] {
  const groups = Math.ceil(files.length / MAX_FILES)
  const from = (group: number) => Math.round((group * files.length) / groups)
  return Array.from({ length: groups }, (_, group) => files.slice(from(group), from(group + 1)))
}

const alone = globSync(ALONE).sort()
const long = globSync(LONG).sort()
const others = globSync('test/**/*.test.ts', { exclude: [...ALONE, LONG] }).sort()
const groups = [...split(long), ...alone.map((file) => [file]), ...split(others)]
const folder = process.argv[2] ?? '.'
for (const [number, files] of groups.entries()) {
  const imports = files.map((file) => `import '${pathToFileURL(file)}'\n`)
  writeFileSync(join(folder, `${String(number).padStart(2, '0')}.test.mjs`), imports.join(''))
}
