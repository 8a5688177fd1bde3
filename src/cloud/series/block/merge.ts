/** A block out of blocks. */
import type { Labels } from '../../../model/labels.ts'
import type { UnixMs } from '../../../model/time.ts'
import { Arena } from './arena.ts'
import type { Block } from './block.ts'
import { type BlockInfo, type BlockOptions, writeBlock } from './block-writer.ts'
import type { FlatRows } from './flat-rows.ts'
import { joinRecords, loadAll, type SourceRecord } from './merge-source.ts'
import { Pace } from './pace.ts'
import type { FamilyInput, RecordInput } from './record-input.ts'
import { compose, type Merge, type RecordRows, settle } from './record-rows.ts'

const NO_TIMES = new Float64Array(0)
/** Those of one record on their way. */
let times = new Float64Array(256)

export interface MergeOptions extends BlockOptions {
  /** No block that stays has older data of these times: what replaces, and what is gone, need not be said any more. */
  readonly isOldest?: boolean
  /** Only rows in this range; by default all. */
  readonly range?: { readonly startMs: UnixMs; readonly endMs: UnixMs }
}

/**
 * Writes what the blocks say together, the oldest first: neighbours in the order they were written, as far as
 * their times overlap. `replaces` names them all unless it is given.
 * @throws {BlockFailure} one of them is damaged. {SeriesFailure} the disk does not take it.
 */
export async function mergeBlocks(
  blocks: readonly Block[],
  path: string,
  options: MergeOptions = {},
): Promise<BlockInfo> {
  const pace = options.pace ?? new Pace()
  const arena = new Arena()
  const families: FamilyInput[] = []
  for (const name of familyNames(blocks)) {
    const { width, records } = await joinRecords(blocks, name, ({ key }) => key, pace)
    const inputs: RecordInput[] = []
    for (const [key, found] of records) {
      const read = (startMs: UnixMs, endMs: UnixMs) => {
        const flat = readFlat(found, { startMs, endMs }, width, arena)
        if (flat) return flat
        const rows = readTogether(found, startMs, endMs)
        return rows && options.isOldest ? settle(rows) : rows
      }
      const prepare = (startMs: UnixMs, endMs: UnixMs) => loadAll(found, { startMs, endMs }, pace)
      inputs.push({ key, ...newest(found), read, prepare })
      const rest = pace.restIfDue(100)
      if (rest) await rest
    }
    families.push({ name, width, records: inputs })
  }
  const replaces = blocks.map(({ name }) => name)
  return writeBlock(path, families, options.range ?? rangeOf(blocks), {
    replaces,
    ...options,
    pace,
  })
}

export function familyNames(blocks: readonly Block[]): string[] {
  return [...new Set(blocks.flatMap(({ families }) => families))]
}

/** What one record has in all blocks, when it is all there one after the other and only adds. */
function readFlat(
  found: readonly SourceRecord[],
  { startMs, endMs }: { readonly startMs: UnixMs; readonly endMs: UnixMs },
  width: number,
  arena: Arena,
): FlatRows | undefined {
  let count = 0
  let last = startMs - 1
  for (const { source, record } of found) {
    const part = source.flat(record, startMs, endMs)
    if (!part) return undefined
    const own = part.times(source.placeOf(record))
    if (!own) continue
    if (own.ops || (own.times[0] as number) <= last) return undefined
    last = own.times[own.times.length - 1] as number
    count += own.times.length
  }
  if (last > endMs || count === 0) return undefined
  if (count > times.length) times = new Float64Array(2 * count)
  const start = arena.reserve(width * count)
  const { piece } = arena
  let row = 0
  for (const { source, record } of found) {
    const part = source.flat(record, startMs, endMs)
    const at = source.placeOf(record)
    const own = part?.times(at)?.times ?? NO_TIMES
    part?.copy(at, piece, start + row, count)
    for (let index = 0; index < own.length; index++) times[row++] = own[index] as number
  }
  return { times: arena.takeTimes(times, 0, count), piece, start }
}

/** What one record has in all blocks; undefined when it has nothing there. */
export function readTogether(
  found: readonly SourceRecord[],
  startMs: UnixMs,
  endMs: UnixMs,
): RecordRows | undefined {
  const parts = found.flatMap(({ source, record }) => source.read(record, startMs, endMs) ?? [])
  return parts.length === 0 ? undefined : compose(parts, found.at(-1)?.merges ?? [])
}

/** Labels and merges as the newest block knows them. */
export function newest(found: readonly SourceRecord[]): {
  readonly labels: Labels
  readonly merges: readonly Merge[]
} {
  const last = found.at(-1)
  if (!last) throw new RangeError('a record of no block')
  return { labels: last.labels, merges: last.merges }
}

/** From the oldest row to the newest. */
export function rangeOf(blocks: readonly Block[]): { startMs: UnixMs; endMs: UnixMs } {
  const filled = blocks.filter(({ totals }) => totals.rows > 0)
  if (filled.length === 0) return { startMs: 0, endMs: -1 }
  return {
    startMs: Math.min(...filled.map(({ totals }) => totals.minMs)),
    endMs: Math.max(...filled.map(({ totals }) => totals.maxMs)),
  }
}
