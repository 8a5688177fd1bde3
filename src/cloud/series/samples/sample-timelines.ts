/** The samples of single-value series, by the number of the series. */
import type { Arena } from '../block/arena.ts'
import { firstFrom } from '../block/bisect.ts'
import type { FlatBuffer } from '../block/flat-buffer.ts'
import { OP } from '../block/record-rows.ts'
import {
  type Chunk,
  newColumns,
  OpenChunks,
  readChunk,
  type SampleColumns,
  setOp,
  valuesOf,
  type Words,
} from './sample-chunk.ts'

/** Of one series. */
export interface SampleRows {
  readonly times: Float64Array
  readonly columns: readonly [Float64Array]
  /** As of `RecordRows`: `set` where it replaces what blocks may have. */
  readonly ops?: Uint8Array
}

/** Series that share one piece of memory for their open chunks: a power of two. */
const SLAB_SERIES = 256
const SLAB_BITS = 8
const OPEN_BYTES = 256
/** Closed chunks share pages. */
const PAGE_BYTES = 64 * 1024
/** A chunk that late samples make larger is split. */
const MAX_CHUNK_BYTES = 512
const SCRATCH_BYTES = 16 * 1024

/** What became of a sample. `same`: it was there already. `other`: another value was, and stays. */
export const APPENDED = { added: 0, same: 1, other: 2 } as const
export type Appended = (typeof APPENDED)[keyof typeof APPENDED]

/** Of one series, decoded; a day of minutes. */
const SCRATCH_ROWS = 1500

const scratch = new OpenChunks(1, SCRATCH_BYTES)
const decoded = newColumns(SCRATCH_ROWS)
const decodedValues = valuesOf(decoded)
const firstDecoded = decodedValues.subarray(0, 1)

export class SampleTimelines {
  readonly #slabs: OpenChunks[] = []
  /** In order of time, apart from each other and before the open chunk. */
  readonly #closed: (Chunk[] | undefined)[] = []
  #page = new Uint8Array(0)
  #pageUsed = 0
  #from = 0
  #to = 0

  /** `low`, `high`: the words of the value. */
  append(id: number, time: number, low: number, high: number): Appended {
    const slab = this.#slab(id)
    const slot = id & (SLAB_SERIES - 1)
    if (slab.count(slot) > 0 && time <= slab.lastMs(slot)) {
      if (time < slab.lastMs(slot)) return this.#late(id, time, [low, high])
      return slab.isLast(slot, low, high) ? APPENDED.same : APPENDED.other
    }
    if (!slab.append(slot, time, low, high)) this.#appendNext(id, time, [low, high], OP.add)
    return APPENDED.added
  }

  /** As `append`, but what is there gives way. `isOld`: blocks may have another value of this time. */
  replace(id: number, time: number, value: Words, isOld: boolean): Appended {
    const slab = this.#slab(id)
    const slot = id & (SLAB_SERIES - 1)
    if (slab.count(slot) > 0 && time <= slab.lastMs(slot)) {
      return this.#late(id, time, value, { isOld })
    }
    const op = isOld ? OP.set : OP.add
    if (!slab.appendOp(slot, time, value, op)) this.#appendNext(id, time, value, op)
    return APPENDED.added
  }

  /** Samples with `startMs ≤ time ≤ endMs`, in memory of `arena`; undefined when there are none. */
  read(id: number, startMs: number, endMs: number, arena?: Arena): SampleRows | undefined {
    const all = this.#decode(id, startMs, endMs)
    return all ? copyOf(all, this.#from, this.#to, arena) : undefined
  }

  /** As `read`, into a buffer; false when there are none. It is not told which replace others. */
  readInto(id: number, startMs: number, endMs: number, buffer: FlatBuffer): boolean {
    const all = this.#decode(id, startMs, endMs)
    if (!all) return false
    const [from, to] = [this.#from, this.#to]
    buffer.begin(buffer.arena.takeTimes(all.times, from, to), 1)
    const values = all === decoded ? decodedValues : valuesOf(all)
    buffer.piece.set(values.subarray(from, to), buffer.start)
    return true
  }

  /** As `readInto`; at least the newest of them. Mostly it is one of the last two, which need not be decoded. */
  readNewest(id: number, startMs: number, endMs: number, buffer: FlatBuffer): boolean {
    const time = this.#slab(id).readUntil(id & (SLAB_SERIES - 1), endMs, decoded)
    if (time === undefined) return this.readInto(id, startMs, endMs, buffer)
    if (time < startMs) return false
    buffer.begin(buffer.arena.takeTimes(decoded.times, 0, 1), 1)
    buffer.piece.set(firstDecoded, buffer.start)
    return true
  }

  /** Whether there may be samples with `startMs ≤ time ≤ endMs`: looks at whole chunks. */
  has(id: number, startMs: number, endMs: number): boolean {
    return this.#chunks(id).some(({ firstMs, lastMs }) => lastMs >= startMs && firstMs <= endMs)
  }

  /** Forgets chunks that are all before `time`; false when nothing is left. */
  dropBefore(id: number, time: number): boolean {
    const left = this.#closed[id]?.filter(({ lastMs }) => lastMs >= time) ?? []
    this.#closed[id] = left.length > 0 ? left : undefined
    const slab = this.#slab(id)
    const slot = id & (SLAB_SERIES - 1)
    if (slab.count(slot) > 0 && slab.lastMs(slot) < time) slab.clear(slot)
    return left.length > 0 || slab.count(slot) > 0
  }

  /** Whole chunks; those asked for are from row `#from` to before row `#to`. Undefined when there are none. */
  #decode(id: number, startMs: number, endMs: number): SampleColumns | undefined {
    let rows = 0
    const chunks = this.#chunks(id)
    for (const chunk of chunks) if (isWithin(chunk, startMs, endMs)) rows += chunk.count
    if (rows === 0) return undefined
    const all = rows <= SCRATCH_ROWS ? decoded : newColumns(rows)
    all.ops = undefined
    let offset = 0
    for (const chunk of chunks) {
      if (!isWithin(chunk, startMs, endMs)) continue
      readChunk(chunk, all, offset)
      offset += chunk.count
    }
    this.#from = rowFrom(all.times, rows, startMs)
    this.#to = rowFrom(all.times, rows, Math.floor(endMs) + 1)
    return this.#from < this.#to ? all : undefined
  }

  #slab(id: number): OpenChunks {
    const at = id >> SLAB_BITS
    while (this.#slabs.length <= at) {
      this.#slabs.push(new OpenChunks(SLAB_SERIES, OPEN_BYTES))
      // Without gaps: an array with large ones is slow.
      for (let slot = 0; slot < SLAB_SERIES; slot++) this.#closed.push(undefined)
    }
    return this.#slabs[at] as OpenChunks
  }

  #chunks(id: number): readonly Chunk[] {
    const closed = this.#closed[id] ?? []
    const open = this.#slab(id).view(id & (SLAB_SERIES - 1))
    return open.count > 0 ? [...closed, open] : closed
  }

  /** In an open chunk of its own: the one before is full. */
  #appendNext(id: number, time: number, value: Words, op: number): void {
    this.#close(id)
    this.#slab(id).appendOp(id & (SLAB_SERIES - 1), time, value, op)
  }

  /** Moves the open chunk to a page. */
  #close(id: number): void {
    const slab = this.#slab(id)
    const slot = id & (SLAB_SERIES - 1)
    const chunk = slab.view(slot)
    const used = slab.used(slot)
    if (this.#pageUsed + used > this.#page.length) {
      this.#page = new Uint8Array(PAGE_BYTES)
      this.#pageUsed = 0
    }
    const at = this.#pageUsed
    this.#page.set(chunk.bytes.subarray(chunk.at, chunk.at + used), at)
    this.#pageUsed += used
    this.#closedOf(id).push({ ...chunk, bytes: this.#page, at })
    slab.clear(slot)
  }

  #closedOf(id: number): Chunk[] {
    const known = this.#closed[id]
    if (known) return known
    const made: Chunk[] = []
    this.#closed[id] = made
    return made
  }

  /** Not behind the last. Without `replaces` what is there stays. */
  #late(id: number, time: number, value: Words, replaces?: { readonly isOld: boolean }): Appended {
    const closed = this.#closed[id] ?? []
    const at = closed.findIndex(({ lastMs }) => lastMs >= time)
    const chunk = closed[at] ?? this.#slab(id).view(id & (SLAB_SERIES - 1))
    const columns = newColumns(chunk.count + 1)
    readChunk(chunk, columns, 0)
    const row = firstFrom(columns.times.subarray(0, chunk.count), time)
    const isThere = row < chunk.count && columns.times[row] === time
    if (isThere) {
      const isSame = columns.words[2 * row] === value[0] && columns.words[2 * row + 1] === value[1]
      if (!replaces) return isSame ? APPENDED.same : APPENDED.other
      if (isSame && (!replaces.isOld || columns.ops?.[row] === OP.set)) return APPENDED.same
      columns.words.set(value, 2 * row)
    } else insert(columns, row, time, value)
    if (replaces && (isThere || replaces.isOld)) setOp(columns, row, OP.set)
    const count = isThere ? chunk.count : chunk.count + 1
    if (at >= 0) closed.splice(at, 1, ...encode(columns, 0, count))
    else this.#reopen(id, columns, count)
    return APPENDED.added
  }

  #reopen(id: number, { times, words, ops }: SampleColumns, count: number): void {
    const slab = this.#slab(id)
    const slot = id & (SLAB_SERIES - 1)
    slab.clear(slot)
    for (let row = 0; row < count; row++) {
      const time = times[row] as number
      const value = [words[2 * row] as number, words[2 * row + 1] as number] as const
      const op = ops?.[row]
      if (!slab.appendOp(slot, time, value, op)) this.#appendNext(id, time, value, op ?? OP.add)
    }
  }
}

function isWithin({ firstMs, lastMs }: Chunk, startMs: number, endMs: number): boolean {
  return lastMs >= startMs && firstMs <= endMs
}

/** The first of so many rows whose time is not before. */
function rowFrom(times: Float64Array, rows: number, time: number): number {
  let [low, high] = [0, rows]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((times[middle] as number) < time) low = middle + 1
    else high = middle
  }
  return low
}

/** Series of one rhythm share their times. */
function copyOf(
  all: SampleColumns,
  from: number,
  to: number,
  arena: Arena | undefined,
): SampleRows {
  const values = all === decoded ? decodedValues : valuesOf(all)
  const column = arena?.take(to - from) ?? new Float64Array(to - from)
  column.set(values.subarray(from, to))
  const times = arena?.takeTimes(all.times, from, to) ?? all.times.slice(from, to)
  return { times, columns: [column], ...(all.ops && { ops: all.ops.slice(from, to) }) }
}

/** Puts a sample in its place; the last row is free. */
function insert({ times, words, ops }: SampleColumns, row: number, time: number, value: Words) {
  times.copyWithin(row + 1, row, times.length - 1)
  words.copyWithin(2 * row + 2, 2 * row, words.length - 2)
  ops?.copyWithin(row + 1, row, ops.length - 1)
  times[row] = time
  words.set(value, 2 * row)
  if (ops) ops[row] = OP.add
}

function encode(columns: SampleColumns, from: number, to: number): Chunk[] {
  scratch.clear(0)
  const { times, words, ops } = columns
  for (let row = from; row < to; row++) {
    const value = [words[2 * row] as number, words[2 * row + 1] as number] as const
    const isTaken = scratch.appendOp(0, times[row] as number, value, ops?.[row])
    if (!isTaken) throw new RangeError('scratch is full')
  }
  const used = scratch.used(0)
  if (used > MAX_CHUNK_BYTES) {
    const middle = (from + to) >> 1
    return [...encode(columns, from, middle), ...encode(columns, middle, to)]
  }
  const chunk = scratch.view(0)
  return [{ ...chunk, bytes: chunk.bytes.slice(chunk.at, chunk.at + used), at: 0 }]
}
