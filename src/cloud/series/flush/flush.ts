/**
 * What memory has and blocks do not, as it is at one instant: taken record by record while more comes in. A record
 * that changes before its turn is taken first.
 */
import type { UnixMs } from '../../../model/time.ts'
import { Arena } from '../block/arena.ts'
import { isFlat } from '../block/flat-rows.ts'
import type { FamilyInput, InputRows, RecordInput } from '../block/record-input.ts'
import type { Border } from '../memory/border.ts'
import type { Family } from '../memory/family.ts'
import type { SeriesRecord } from '../memory/series-record.ts'

export class Flush {
  /** Of the rows it may have. */
  readonly startMs: UnixMs
  readonly endMs: UnixMs
  readonly families: readonly FamilyInput[]
  readonly #border: Border
  /** Of what is taken before its turn. */
  readonly #early = new Arena()
  /** Of what is taken in turn: in use until it is written. */
  readonly #inTurn = new Arena()
  #arena = this.#early
  /** Rows of one record go to several slices: they have to stay. */
  #isSplit = false
  readonly #sinceMs: UnixMs
  readonly #rows = new Map<SeriesRecord, InputRows>()
  readonly #dirty = new Map<SeriesRecord, readonly UnixMs[]>()
  readonly #changed: ReadonlySet<SeriesRecord>

  /** Begins one: what is applied from now on is not in it. */
  constructor(border: Border, families: readonly Family[]) {
    this.#border = border
    this.#sinceMs = border.flushedMs
    border.epoch++
    border.flushedMs = Math.max(border.flushedMs, border.newestMs)
    this.endMs = border.flushedMs
    border.taker = (record) => this.#take(record)
    this.#changed = new Set([...border.late, ...border.dirty])
    border.late.clear()
    border.dirty.clear()
    this.families = families.map((family) => this.#inputOf(family))
    // They are few, and tell how far back it goes.
    for (const record of this.#changed) border.takeFirst(record)
    this.startMs = this.#firstMs(families)
  }

  /** All of it is taken: records change without asking. */
  end(): void {
    this.#border.taker = undefined
    this.#rows.clear()
  }

  /** It did not reach the disk. */
  takeBack(): void {
    this.end()
    this.#border.flushedMs = this.#sinceMs
    for (const record of this.#changed) record.takeBack(this.#dirty.get(record) ?? [])
  }

  #firstMs(families: readonly Family[]): UnixMs {
    let first = this.#sinceMs + 1
    if (first === -Infinity) {
      first = this.endMs
      for (const family of families) {
        for (const { timeline } of family.records()) first = Math.min(first, timeline.firstMs)
      }
    }
    for (const { times } of this.#rows.values()) first = Math.min(first, times[0] ?? Infinity)
    return first
  }

  #inputOf(family: Family): FamilyInput {
    const since = this.#sinceMs
    const records = [...family.records()].filter((record) => record.hasNews(since))
    return {
      ...{ name: family.name, width: family.width },
      records: records.map((record) => this.#input(record)),
      written: () => {
        if (!this.#isSplit) this.#inTurn.reuse()
      },
    }
  }

  #input(record: SeriesRecord): RecordInput {
    const { key, labels, merges } = record
    return { key, labels, merges, read: (startMs, endMs) => this.#read(record, startMs, endMs) }
  }

  #read(record: SeriesRecord, startMs: UnixMs, endMs: UnixMs): InputRows | undefined {
    this.#arena = this.#inTurn
    if (record.takenIn !== this.#border.epoch) this.#border.takeFirst(record)
    this.#arena = this.#early
    const rows = this.#rows.get(record)
    if (!rows) return undefined
    if ((rows.times.at(-1) ?? -Infinity) <= endMs) this.#rows.delete(record)
    else this.#isSplit = true
    return cut(rows, startMs, endMs)
  }

  #take(record: SeriesRecord): void {
    const { rows, dirty } = record.take(this.#sinceMs, this.#arena)
    if (rows) this.#rows.set(record, rows)
    if (dirty.length > 0) this.#dirty.set(record, dirty)
  }
}

function cut(rows: InputRows, startMs: UnixMs, endMs: UnixMs): InputRows | undefined {
  const { times } = rows
  let from = 0
  let to = times.length
  while (from < to && (times[from] as number) < startMs) from++
  while (to > from && (times[to - 1] as number) > endMs) to--
  if (from === to) return undefined
  if (from === 0 && to === times.length) return rows
  const own = times.subarray(from, to)
  // Without a view of each column: there are very many.
  if (isFlat(rows)) {
    return { times: own, piece: rows.piece, start: rows.start + from, stride: rows.stride }
  }
  const { columns, ops } = rows
  const part = { times: own, columns: columns.map((column) => column.subarray(from, to)) }
  return ops ? { ...part, ops: ops.subarray(from, to) } : part
}
