import { type Dirent, readdirSync, readFileSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { messageOf } from '../support/failure.ts'
import { LauncherError } from './launcher-error.ts'

export interface EntryPoint {
  /** Absolute. */
  readonly file: string
  /** Of the server. */
  readonly version: string
}

/** Neither holds the server's own package.json. */
const SKIPPED = new Set(['node_modules', 'tars_nodejs'])
const MAX_DEPTH = 4

/**
 * The script that the first package.json at or below `folder` names: `nodeAgent.main` or `main`.
 * tarsnode passes the folder of that file, the one of K8SFramework a folder above.
 * @throws {LauncherError} no-package, no-entry
 */
export function findEntryPoint(folder: string): EntryPoint {
  const home = packageFolderOf(resolve(folder), MAX_DEPTH)
  if (home === undefined) {
    throw new LauncherError('no-package', `${folder}: no package.json in it or below`)
  }
  const { main, version } = readPackage(join(home, 'package.json'))
  const file = join(home, main)
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) {
    throw new LauncherError('no-entry', `${join(home, 'package.json')} names ${main}, not a file`)
  }
  return { file, version }
}

/** Like tarsnode's: what a folder holds comes before what its folders hold. */
function packageFolderOf(folder: string, depth: number): string | undefined {
  const children = childrenOf(folder)
  if (children.some((each) => each.name === 'package.json')) return folder
  if (depth === 0) return undefined
  for (const child of children) {
    if (!child.isDirectory() || SKIPPED.has(child.name)) continue
    const found = packageFolderOf(join(folder, child.name), depth - 1)
    if (found !== undefined) return found
  }
  return undefined
}

function childrenOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch (error) {
    throw new LauncherError('no-package', messageOf(error), { cause: error })
  }
}

function readPackage(file: string): { main: string; version: string } {
  try {
    const { nodeAgent, main, version } = JSON.parse(readFileSync(file, 'utf8'))
    return { main: String(nodeAgent?.main ?? main ?? 'index.js'), version: String(version) }
  } catch (error) {
    throw new LauncherError('no-package', `${file}: ${messageOf(error)}`, { cause: error })
  }
}
