/** The agent's data path: who it belongs to, and that only one agent uses it at a time. */
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { messageOf } from '../../support/failure.ts'
import { isHeld, lockFolder } from '../../support/folder-lock.ts'
import { makeFolder } from '../../support/make-folder.ts'
import { syncFolder, writeWhole } from '../../support/whole-file.ts'
import { SpoolFailure } from './failure.ts'

const identity = z.object({ agent: z.string().regex(/^[0-9a-f]{32}$/) })
const LOCK = 'agent.lock'

export interface DataFolder {
  readonly path: string
  /** 32 hex digits, made once. */
  readonly agent: string
  release(): void
}

/** @throws {SpoolFailure} `unwritable`, `locked`. */
export function openDataFolder(path: string): DataFolder {
  try {
    makeFolder(path)
    const unlock = lockFolder(path, LOCK)
    try {
      return { path, agent: agentOf(path), release: unlock }
    } catch (error) {
      unlock()
      throw error
    }
  } catch (error) {
    if (isHeld(error))
      throw new SpoolFailure('locked', `data path ${path}: in use by another agent`)
    throw new SpoolFailure('unwritable', `data path ${path}: ${messageOf(error)}`, { cause: error })
  }
}

function agentOf(folder: string): string {
  const path = join(folder, 'agent.json')
  const known = identity.safeParse(readJson(path))
  if (known.success) return known.data.agent
  const agent = randomBytes(16).toString('hex')
  writeWhole(path, `${JSON.stringify({ agent })}\n`)
  syncFolder(folder)
  return agent
}

/** Undefined when there is no such file or no JSON in it. */
function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || error instanceof SyntaxError) return undefined
    throw error
  }
}
