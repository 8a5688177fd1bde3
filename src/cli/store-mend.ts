/** Puts in place of damaged files what is sound of them; the damaged ones are kept under `damaged/`. */
import { link, mkdir, readFile, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { checkBlock } from '../cloud/series/block/check.ts'
import { BlockFailure } from '../cloud/series/block/failure.ts'
import { PartFile } from '../cloud/series/block/part-file.ts'
import { repairBlock } from '../cloud/series/block/repair.ts'
import { syncFolder } from '../cloud/series/durable-file.ts'
import { DAMAGED } from '../cloud/series/layout.ts'
import { encodeRecord } from '../cloud/series/log/log-record.ts'
import { messageOf } from '../support/failure.ts'
import { type Finding, isDamage } from './store-inspect.ts'
import { type Loss, lossOf } from './store-loss.ts'
import { type Gap, readSegment, tailOf } from './store-segment.ts'

/** What became of one damaged file. */
export interface Mended {
  readonly file: string
  /** Where the damaged file is now, below the environment's folder, and its size. */
  readonly kept?: { readonly file: string; readonly bytes: number }
  readonly lost: readonly (Loss | LogLoss)[]
  /** Why it is as it was. */
  readonly problem?: string
}

export type LogLoss =
  | ({ readonly what: 'gap' } & Gap)
  | { readonly what: 'strange'; readonly records: number }
  | { readonly what: 'state' | 'events' }

/** `folder`: of the environment. One repair after the other: each is whole or not at all. */
export async function mend(folder: string, finding: Finding): Promise<Mended> {
  const { file, kind } = finding
  try {
    if (kind === 'block') return await mendBlock(folder, file)
    if (kind === 'log') return await mendSegment(folder, file)
    if (kind === 'state' || kind === 'events') {
      const kept = await keep(folder, file)
      await drop(join(folder, file))
      return { file, kept, lost: [{ what: kind }] }
    }
    return { file, lost: [], problem: isDamage(finding) && 'why' in finding ? finding.why : kind }
  } catch (cause) {
    return { file, lost: [], problem: messageOf(cause) }
  }
}

async function mendBlock(folder: string, file: string): Promise<Mended> {
  const path = join(folder, file)
  const lost = await lossOf(path)
  const kept = await keep(folder, file)
  try {
    // The new file takes the name when it is whole; until then the old one has it.
    await repairBlock(path, path)
  } catch (cause) {
    if (!(cause instanceof BlockFailure) || cause.reason !== 'damaged') throw cause
    await drop(path)
    return { file, kept, lost: [{ what: 'block', why: cause.message }] }
  }
  const [left] = await checkBlock(path)
  if (left) throw new RangeError(`${path} is still damaged after its repair: ${left.what}`)
  return { file, kept, lost }
}

async function mendSegment(folder: string, file: string): Promise<Mended> {
  const path = join(folder, file)
  const content = readSegment(await readFile(path))
  const kept = await keep(folder, file)
  const segment = await PartFile.create(path)
  try {
    for (const record of content.records) await segment.append(encodeRecord(record))
    await segment.finish()
  } catch (cause) {
    await segment.abandon()
    throw cause
  }
  const { gaps, strange, tornBytes } = content
  const lost = [...gaps, ...(tornBytes > 0 ? [tailOf(content)] : [])]
  return {
    file,
    kept,
    lost: [
      ...lost.map((gap) => ({ what: 'gap' as const, ...gap })),
      ...(strange.length > 0 ? [{ what: 'strange' as const, records: strange.length }] : []),
    ],
  }
}

/** A second name for the file: it takes no room, and outlives that the first is given to another. */
async function keep(folder: string, file: string): Promise<{ file: string; bytes: number }> {
  const { size } = await stat(join(folder, file))
  for (let copy = 1; ; copy++) {
    const kept = join(DAMAGED, copy === 1 ? file : `${file}.${copy}`)
    await mkdir(dirname(join(folder, kept)), { recursive: true })
    try {
      await link(join(folder, file), join(folder, kept))
      await syncFolder(dirname(join(folder, kept)))
      return { file: kept, bytes: size }
    } catch (cause) {
      if (!(cause instanceof Error && 'code' in cause && cause.code === 'EEXIST')) throw cause
    }
  }
}

async function drop(path: string): Promise<void> {
  await rm(path)
  await syncFolder(dirname(path))
}
