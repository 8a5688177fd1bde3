/** A block out of blocks. */
import type { Labels } from '../../../model/labels.ts'
import type { UnixMs } from '../../../model/time.ts'
import { Arena } from './arena.ts'
import type { Block } from './block.ts'
import { type BlockInfo, type BlockOptions, writeBlock } from './block-writer.ts'
import type { FlatRows } from './flat-rows.ts'
import { type FoundRecord, joinRecords, loadAll } from './merge-source.ts'
import { Pace } from './pace.ts'
import type { FamilyInput, InputRows, RecordInput } from './record-input.ts'
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
    const { width, records } = await joinRecords(blocks, name, pace)
    const { isOldest = false } = options
    const how = { width, arena, isOldest, pace }
    families.push({
      ...{ name, width },
      records: records.map((found) => new MergedRecord(found, how)),
      written: () => arena.reuse(),
    })
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

interface HowMerged {
  readonly width: number
  readonly arena: Arena
  readonly isOldest: boolean
  readonly pace: Pace
}

/** There are as many as records: nothing of them is kept that can be asked for. */
class MergedRecord implements RecordInput {
  readonly #found: FoundRecord
  readonly #how: HowMerged

  constructor(found: FoundRecord, how: HowMerged) {
    this.#found = found
    this.#how = how
  }

  get key(): string {
    return this.#found.name
  }

  get labels(): Labels {
    return this.#found.labels
  }

  get merges(): readonly Merge[] {
    return this.#found.merges
  }

  prepare(startMs: UnixMs, endMs: UnixMs): Promise<void> | undefined {
    return loadAll(this.#found, { startMs, endMs }, this.#how.pace)
  }

  read(startMs: UnixMs, endMs: UnixMs): InputRows | undefined {
    const { width, arena, isOldest } = this.#how
    const flat = readFlat(this.#found, { startMs, endMs }, width, arena)
    if (flat) return flat
    const rows = readTogether(this.#found, startMs, endMs)
    return rows && isOldest ? settle(rows) : rows
  }
}

/** What one record has in all blocks, when it is all there one after the other and only adds. */
function readFlat(
  found: FoundRecord,
  { startMs, endMs }: { readonly startMs: UnixMs; readonly endMs: UnixMs },
  width: number,
  arena: Arena,
): FlatRows | undefined {
  let count = 0
  let last = startMs - 1
  for (let at = 0; at < found.length; at++) {
    const [source, record] = [found.source(at), found.record(at)]
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
  for (let at = 0; at < found.length; at++) {
    const [source, record] = [found.source(at), found.record(at)]
    const part = source.flat(record, startMs, endMs)
    const place = source.placeOf(record)
    const own = part?.times(place)?.times ?? NO_TIMES
    part?.copy(place, piece, start + row, count)
    for (let index = 0; index < own.length; index++) times[row++] = own[index] as number
  }
  return { times: arena.takeTimes(times, 0, count), piece, start, stride: count }
}

/** What one record has in all blocks, or what it has by one key; undefined when it has nothing there. */
export function readTogether(
  found: FoundRecord,
  startMs: UnixMs,
  endMs: UnixMs,
  key?: number,
): RecordRows | undefined {
  const parts: RecordRows[] = []
  for (let at = 0; at < found.length; at++) {
    if (key !== undefined && found.key(at) !== key) continue
    const rows = found.source(at).read(found.record(at), startMs, endMs)
    if (rows) parts.push(rows)
  }
  return parts.length === 0 ? undefined : compose(parts, found.merges)
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
