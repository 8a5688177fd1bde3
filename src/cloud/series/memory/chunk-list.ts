/** The chunks of one timeline, in order of time and apart from each other. */
import { type Chunk, copyColumn, copyTimes, rowAt } from './chunk.ts'
import type { OpenSlot } from './open-rows.ts'
import { extend, free, pack } from './packing.ts'
import type { RowRoom } from './row-room.ts'
import type { Rows } from './rows.ts'

/** Rows of a chunk; one that late rows fill twice over is split. */
const CHUNK_ROWS = 36

/** Rows `from` to `to` of a chunk. */
export interface ChunkPart {
  readonly chunk: Chunk
  readonly from: number
  readonly to: number
}

/** Packs the first `count` rows of a slot: behind the last chunk, or with its rows when it is not full. */
export function packRows(chunks: Chunk[], open: OpenSlot, count: number, room: RowRoom): void {
  const last = chunks[chunks.length - 1]
  if (!last || last.rows + count > CHUNK_ROWS) chunks.push(pack(open, 0, count, room.chunks))
  else if (!extend(last, open, count, room.chunks)) {
    const rows = unpack(last, room)
    rows.append(open, count)
    free(last)
    chunks[chunks.length - 1] = pack(rows, 0, rows.length, room.chunks)
  }
}

/** Changes the rows of the first chunk that ends at or after `time`. */
export function changeRows(
  chunks: Chunk[],
  time: number,
  room: RowRoom,
  change: (rows: Rows) => void,
): void {
  const at = chunkAt(chunks, time)
  const chunk = chunks[at]
  if (!chunk) throw new RangeError(`no chunk for ${time}`)
  const rows = unpack(chunk, room)
  change(rows)
  free(chunk)
  chunks.splice(at, 1, ...packedOf(rows, room))
}

/** Those with rows in the range, and which. */
export function partsOf(chunks: readonly Chunk[], startMs: number, endMs: number): ChunkPart[] {
  const parts: ChunkPart[] = []
  for (let at = chunkAt(chunks, startMs); at < chunks.length; at++) {
    const chunk = chunks[at] as Chunk
    if (chunk.firstMs > endMs) break
    const [from, to] = [rowAt(chunk, startMs), rowAt(chunk, endMs + 1)]
    if (from < to) parts.push({ chunk, from, to })
  }
  return parts
}

/** Forgets chunks that end before `time`. */
export function dropBefore(chunks: Chunk[], time: number): void {
  const first = chunkAt(chunks, time)
  if (first > 0) for (const chunk of chunks.splice(0, first)) free(chunk)
}

/** The first chunk that ends at or after `time`. */
function chunkAt(chunks: readonly Chunk[], time: number): number {
  let low = 0
  let high = chunks.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((chunks[middle] as Chunk).lastMs < time) low = middle + 1
    else high = middle
  }
  return low
}

/** Into the scratch of the room. */
function unpack(chunk: Chunk, { scratch: rows }: RowRoom): Rows {
  const values = new Float64Array(chunk.rows)
  copyTimes(chunk, 0, chunk.rows, values, 0)
  rows.begin(values)
  for (let column = 0; column < rows.width; column++) {
    copyColumn(chunk, column, 0, chunk.rows, values, 0)
    rows.fillColumn(column, values)
  }
  return rows
}

function packedOf(rows: Rows, { chunks: room }: RowRoom): Chunk[] {
  if (rows.length === 0) return []
  if (rows.length < 2 * CHUNK_ROWS) return [pack(rows, 0, rows.length, room)]
  const half = rows.length >> 1
  return [pack(rows, 0, half, room), pack(rows, half, rows.length, room)]
}
