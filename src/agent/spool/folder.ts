/** The agent's data path: who it belongs to, and that only one agent uses it at a time. */
import { randomBytes } from 'node:crypto'
import {
  closeSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { messageOf } from '../../support/failure.ts'
import { makeFolder } from '../../support/make-folder.ts'
import { SpoolFailure } from './failure.ts'

const identity = z.object({ agent: z.string().regex(/^[0-9a-f]{32}$/) })
const owner = z.object({ pid: z.number().int().positive(), startedAt: z.string() })

export interface DataFolder {
  readonly path: string
  /** 32 hex digits, made once. */
  readonly agent: string
  release(): void
}

/** Folders this process has locked: a lock file with our own pid may also be left from before. */
const held = new Set<string>()

/** @throws {SpoolFailure} `unwritable`, `locked`. */
export function openDataFolder(path: string): DataFolder {
  try {
    makeFolder(path)
    const unlock = lock(path)
    try {
      return { path, agent: agentOf(path), release: unlock }
    } catch (error) {
      unlock()
      throw error
    }
  } catch (error) {
    if (error instanceof SpoolFailure) throw error
    throw new SpoolFailure('unwritable', `data path ${path}: ${messageOf(error)}`, { cause: error })
  }
}

/** Writes a file so that after a crash it is there whole or not at all. */
export function writeWhole(path: string, text: string): void {
  const part = `${path}.part`
  const fd = openSync(part, 'w')
  try {
    writeSync(fd, text)
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
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

function agentOf(folder: string): string {
  const path = join(folder, 'agent.json')
  const known = identity.safeParse(readJson(path))
  if (known.success) return known.data.agent
  const agent = randomBytes(16).toString('hex')
  writeWhole(path, `${JSON.stringify({ agent })}\n`)
  syncFolder(folder)
  return agent
}

function lock(folder: string): () => void {
  const path = join(folder, 'agent.lock')
  if (held.has(path)) throw lockedBy(folder, process.pid)
  const mine = `${path}.${process.pid}`
  writeFileSync(mine, JSON.stringify({ pid: process.pid, startedAt: startOf(process.pid) }))
  try {
    // A link exists whole or not at all, and fails where one exists.
    if (!tryLink(mine, path)) {
      const other = owner.safeParse(readJson(path))
      if (other.success && isAlive(other.data)) throw lockedBy(folder, other.data.pid)
      rmSync(path, { force: true })
      if (!tryLink(mine, path)) throw lockedBy(folder, undefined)
    }
  } finally {
    rmSync(mine, { force: true })
  }
  held.add(path)
  return () => {
    held.delete(path)
    rmSync(path, { force: true })
  }
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

function lockedBy(folder: string, pid: number | undefined): SpoolFailure {
  const who = pid === undefined ? 'another agent' : `the agent with pid ${pid}`
  return new SpoolFailure('locked', `data path ${folder}: in use by ${who}`)
}

function isAlive({ pid, startedAt }: z.infer<typeof owner>): boolean {
  // Ours, but not held: left by a process that had our pid, as in containers.
  if (pid === process.pid) return false
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
  }
  return startOf(pid) === startedAt
}

/** When a process started, in the machine's own terms, to tell it from a later one of its pid; '' unknown. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The command, in parentheses, may contain anything.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  } catch {
    return ''
  }
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
