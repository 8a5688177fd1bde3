/** What a process has used, of all of its threads: by /proc. */
import { lstatSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as passed } from 'node:timers/promises'

/** Of `/proc/…/stat`. */
const TICKS_A_SECOND = 100
const QUIET_MS = 1_000
/** Share of a core below which a process has done its work. */
const QUIET_SHARE = 0.05

export function cpuSecondsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND
}

export function residentBytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return 1024 * Number(/VmRSS:\s+(\d+)/.exec(status)?.[1])
}

/** What the disk has to hold for a folder. */
export function diskBytes(folder: string): number {
  let sum = 0
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    // A file may go while others are looked at.
    const found = entry.isDirectory() ? undefined : lstatSync(path, { throwIfNoEntry: false })
    sum += entry.isDirectory() ? diskBytes(path) : 512 * (found?.blocks ?? 0)
  }
  return sum
}

/** Resolves when none of the processes does anything any more, at the latest after `forMs`. */
export async function settled(pids: readonly number[], forMs: number): Promise<void> {
  const used = () => pids.reduce((sum, pid) => sum + cpuSecondsOf(pid), 0)
  for (let leftMs = forMs; leftMs > 0; leftMs -= QUIET_MS) {
    const before = used()
    await passed(QUIET_MS)
    if (used() - before < (QUIET_SHARE * QUIET_MS) / 1_000) return
  }
}
