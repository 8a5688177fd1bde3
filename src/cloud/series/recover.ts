/** Takes in what is on disk of one environment, after a start. */
import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { OpenOptions } from './block/block.ts'
import { openFolder } from './block/block-folder.ts'
import type { BlockFailure } from './block/failure.ts'
import type { FlushFiles } from './flush/flush-files.ts'
import { numberOf } from './flush/upkeep-plan.ts'
import { BLOCK_NAME, BLOCKS, HOURS } from './layout.ts'
import type { BatchLog, LogReport } from './log/batch-log.ts'
import type { Memory } from './memory/memory.ts'
import type { Views } from './read/view.ts'

export interface Recovered {
  /** `broken` also counts records that are no batch, and files that cannot be read. */
  readonly report: LogReport & { readonly blocks: number }
  /** Blocks that cannot be read. */
  readonly failures: readonly BlockFailure[]
  /** Number of the newest flush. */
  readonly newest: number
}

const noteSchema = z.object({ log: z.number(), flushedMs: z.number() })

/** Fills `memory` and `views`. @throws {SeriesFailure} the folder cannot be read. */
export async function recover(
  folder: string,
  { memory, views, log, files }: { memory: Memory; views: Views; log: BatchLog; files: FlushFiles },
  open: OpenOptions,
): Promise<Recovered> {
  const raw = await openFolder(join(folder, BLOCKS), open)
  const rolled = await openFolder(join(folder, HOURS), open)
  const failures = [...raw.failures, ...rolled.failures]
  const newest = await newestNumber(join(folder, BLOCKS))
  const { state, events, broken } = await files.open(newest)
  memory.head.events.restore(events)
  const note = state ?? noteOf(raw.blocks.at(-1)?.head.note)
  if (state) memory.restore(state)
  else if (note) memory.restoreNote(note)
  await views.replace({
    ...{ blocks: raw.blocks, hours: rolled.blocks, floorMs: memory.head.border.floorMs },
    missing: failures.map(({ message }) => message),
  })
  let unread = failures.length + broken
  const found = await log.open(note?.log ?? 0, (record) => {
    if (!memory.replay(record)) unread++
  })
  const report = { ...found, broken: found.broken + unread, blocks: raw.blocks.length }
  return { report, failures, newest }
}

function noteOf(text: string | undefined): z.infer<typeof noteSchema> | undefined {
  try {
    return text ? noteSchema.parse(JSON.parse(text)) : undefined
  } catch {
    return undefined
  }
}

/** By their names: a block that cannot be read counts, too. 0 when there is none. */
async function newestNumber(folder: string): Promise<number> {
  await mkdir(folder, { recursive: true })
  const names = (await readdir(folder)).filter((name) => BLOCK_NAME.test(name))
  return Math.max(0, ...names.map(numberOf))
}
