/**
 * `npm test` runs test files one or two dozen to a process: a process for each would read the same modules some 400
 * times.
 * `node scripts/test-groups.ts FOLDER` writes there a module for each process, which imports its files, with a name for
 * the order to begin them in. Files of one process run one after the other.
 */
import { globSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

/** Of more the last would end long after the others. */
const MAX_FILES = 24
/** Of those that take longer. */
const MAX_LONG_FILES = 12

/** They take long, or ask about their whole process. */
const ALONE = [
  'test/walk/*.test.ts',
  'test/agent/{flood,main,node-agent}.test.ts',
  'test/cloud/series/memory/stat-records.test.ts',
  'test/package/package.test.ts',
  'test/tars/packet-stream.test.ts',
]
/** They share a browser. */
const BROWSER = 'test/browser/*.test.ts'
/** They crash, write and read whole stores, or start commands and clouds. */
const LONG = [
  'test/cli/*.test.ts',
  'test/cloud/*.test.ts',
  'test/cloud/{rules,series,store}/**/*.test.ts',
]

/** Neighbours together: they import the same. */
function split(files: readonly string[], most: number): (readonly string[])[] {
  const groups = Math.ceil(files.length / most)
  const from = (group: number) => Math.round((group * files.length) / groups)
  return Array.from({ length: groups }, (_, group) => files.slice(from(group), from(group + 1)))
}

const alone = globSync(ALONE).sort()
const browser = globSync(BROWSER).sort()
const long = globSync(LONG, { exclude: ALONE }).sort()
const others = globSync('test/**/*.test.ts', { exclude: [...ALONE, BROWSER, ...LONG] }).sort()
const groups = [
  ...split(browser, MAX_LONG_FILES),
  ...alone.map((file) => [file]),
  ...split(long, MAX_LONG_FILES),
  ...split(others, MAX_FILES),
]
const folder = process.argv[2] ?? '.'
for (const [number, files] of groups.entries()) {
  const imports = files.map((file) => `import '${pathToFileURL(file)}'\n`)
  writeFileSync(join(folder, `${String(number).padStart(2, '0')}.test.mjs`), imports.join(''))
}
