/** Hourly roll-ups: one row of a record for each hour, stamped with the hour's end. */
import { type Labels, labelsKey } from '../../../model/labels.ts'
import type { UnixMs } from '../../../model/time.ts'
import { isStale, STALE } from '../../../promql/index.ts'
import type { Block } from './block.ts'
import { type BlockInfo, type BlockOptions, writeBlock } from './block-writer.ts'
import { familyNames, rangeOf, readTogether } from './merge.ts'
import { type FoundRecord, joinRecords, type KeyedRecord, loadAll } from './merge-source.ts'
import { Pace } from './pace.ts'
import type { FamilyInput, RecordInput } from './record-input.ts'
import { type Merge, OP, type RecordRows, settle } from './record-rows.ts'

const HOUR_MS = 3600_000
/** Rows of 10 days lie together. */
const SLICE_MS = 240 * HOUR_MS

export interface RollUpOptions extends BlockOptions {
  /** The first and the last hour wanted, by their ends; by default all in which there are rows. */
  readonly hours?: { readonly startMs: UnixMs; readonly endMs: UnixMs }
  /**
   * Key of the roll-up of a record: the same for those whose labels but for the span are. Default: of its labels.
   * Keys in the order of the records' own are read faster.
   */
  readonly keyOf?: (
    family: string,
    record: { readonly key: string; readonly labels: Labels },
  ) => string
  /** Families whose records have their span as a label. Default: all. */
  readonly spanned?: ReadonlySet<string>
}

/**
 * Writes the hours of the blocks: what adds is added up, of the others the largest, least or last. An hour has
 * the rows behind the end of the hour before, up to its own end. Records of spanned families get the label
 * `span="1h"` in place of their own span, and those that are the same then become one. The blocks must be all that have raw rows of
 * these hours; an hour that is rolled up again replaces what was there.
 * @throws as `mergeBlocks`.
 */
export async function rollUp(
  blocks: readonly Block[],
  path: string,
  options: RollUpOptions = {},
): Promise<BlockInfo> {
  const pace = options.pace ?? new Pace()
  const families: FamilyInput[] = []
  for (const name of familyNames(blocks)) {
    const { keyOf = keyOfLabels, spanned } = options
    const isSpanned = spanned?.has(name) ?? true
    const nameOf = (record: KeyedRecord) => keyOf(name, record)
    const { width, records } = await joinRecords(blocks, name, pace, nameOf)
    const inputs = records.map((found) => new HourlyRecord(found, isSpanned, pace))
    families.push({ name, width, records: inputs })
  }
  const { startMs, endMs } = rangeOf(blocks)
  const hours = { startMs: hourEnd(startMs), endMs: hourEnd(endMs) }
  return writeBlock(path, families, options.hours ?? hours, { sliceMs: SLICE_MS, ...options, pace })
}

class HourlyRecord implements RecordInput {
  readonly #found: FoundRecord
  readonly #isSpanned: boolean
  readonly #pace: Pace

  constructor(found: FoundRecord, isSpanned: boolean, pace: Pace) {
    this.#found = found
    this.#isSpanned = isSpanned
    this.#pace = pace
  }

  get key(): string {
    return this.#found.name
  }

  get labels(): Labels {
    const { labels } = this.#found
    return this.#isSpanned ? hourly(labels) : labels
  }

  get merges(): readonly Merge[] {
    return this.#found.merges
  }

  prepare(startMs: UnixMs, endMs: UnixMs): Promise<void> | undefined {
    return loadAll(this.#found, rowsOfHours(startMs, endMs), this.#pace)
  }

  read(startMs: UnixMs, endMs: UnixMs): RecordRows | undefined {
    const hours = readHours(this.#found, rowsOfHours(startMs, endMs))
    this.#pace.spend(hours.spent)
    return hours.rows()
  }
}

function keyOfLabels(_family: string, { labels }: { readonly labels: Labels }): string {
  return labelsKey(hourly(labels))
}

function hourly(labels: Labels): Labels {
  return { ...labels, span: '1h' }
}

/** The end of the hour a row of this time belongs to. */
function hourEnd(time: UnixMs): UnixMs {
  return Math.ceil(time / HOUR_MS) * HOUR_MS
}

/** The times of the rows of all hours that end in this range. */
function rowsOfHours(startMs: UnixMs, endMs: UnixMs): { startMs: UnixMs; endMs: UnixMs } {
  const [first, last] = [hourEnd(startMs), Math.floor(endMs / HOUR_MS) * HOUR_MS]
  return { startMs: first - HOUR_MS + 1, endMs: last }
}

function readHours(
  found: FoundRecord,
  { startMs, endMs }: { readonly startMs: UnixMs; readonly endMs: UnixMs },
): Hours {
  const hours = new Hours(found.merges)
  const keys = new Set(Array.from({ length: found.length }, (_, at) => found.key(at)))
  for (const key of keys) {
    const rows = readTogether(found, startMs, endMs, key)
    if (rows) hours.add(settle(rows))
  }
  return hours
}

class Hours {
  readonly #merges: readonly Merge[]
  readonly #hours = new Map<UnixMs, Float64Array>()
  /** Values taken in. */
  spent = 0

  constructor(merges: readonly Merge[]) {
    this.#merges = merges
  }

  add({ times, columns }: RecordRows): void {
    this.spent += times.length * columns.length
    for (let from = 0; from < times.length; ) {
      const end = hourEnd(times[from] as number)
      let to = from + 1
      while (to < times.length && (times[to] as number) <= end) to++
      this.#addTo(this.#hour(end), columns, { from, to })
      from = to
    }
  }

  #hour(end: UnixMs): Float64Array {
    const known = this.#hours.get(end)
    if (known) return known
    const made = new Float64Array(this.#merges.length).fill(STALE)
    this.#hours.set(end, made)
    return made
  }

  #addTo(
    hour: Float64Array,
    columns: readonly Float64Array[],
    { from, to }: { readonly from: number; readonly to: number },
  ): void {
    for (const [column, values] of columns.entries()) {
      const merge = this.#merges[column]
      let sum = hour[column] as number
      for (let row = from; row < to; row++) {
        const value = values[row] as number
        if (!isStale(value)) sum = met(merge, sum, value)
      }
      hour[column] = sum
    }
  }

  rows(): RecordRows | undefined {
    if (this.#hours.size === 0) return undefined
    const times = Float64Array.from(this.#hours.keys()).sort()
    const columns = this.#merges.map((_, column) =>
      times.map((time) => this.#hours.get(time)?.[column] ?? 0),
    )
    return { times, columns, ops: new Uint8Array(times.length).fill(OP.set) }
  }
}

function met(merge: Merge | undefined, old: number, value: number): number {
  if (isStale(old) || merge === 'last' || merge === 'first') return value
  if (merge === 'max') return Math.max(old, value)
  return merge === 'min' ? Math.min(old, value) : old + value
}
