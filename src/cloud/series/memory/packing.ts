/** Rows become chunks, and chunks grow. */
import { bytesOf, type Chunk } from './chunk.ts'
import type { ChunkRoom } from './chunk-room.ts'
import { ColumnPacker } from './column-packer.ts'

/** Rows to be packed. */
interface Packable {
  readonly width: number
  time(row: number): number
  copyColumn(index: number, from: number, to: number, out: Float64Array, outAt: number): void
}

const packer = new ColumnPacker()

/** To be freed when it is not needed any more. */
export function pack(rows: Packable, from: number, to: number, room: ChunkRoom): Chunk {
  const [firstMs, lastMs, count] = [rows.time(from), rows.time(to - 1), to - from]
  const stepMs = stepOf(rows, from, to)
  const ahead = stepMs > 0 ? 0 : 1
  const columns = rows.width + ahead
  packer.begin(columns, count)
  if (ahead > 0) {
    for (let row = 0; row < count; row++) packer.values[row] = rows.time(from + row) - firstMs
    packer.put(0, count)
  }
  for (let index = 0; index < rows.width; index++) {
    rows.copyColumn(index, from, to, packer.values, 0)
    packer.put(index + ahead, count)
  }
  const page = room.pageFor(packer.at)
  const at = page.put(packer.bytes.subarray(0, packer.at))
  return { firstMs, lastMs, rows: count, stepMs, columns, at, page }
}

/**
 * Puts the first `count` rows behind its own, without unpacking these: they are all later. False when they do not
 * come in its steps; nothing has changed then.
 */
export function extend(chunk: Chunk, rows: Packable, count: number, room: ChunkRoom): boolean {
  if (!goesOn(chunk, rows, count)) return false
  const { columns, firstMs, page } = chunk
  const ahead = columns - rows.width
  packer.begin(columns, chunk.rows + count)
  let from = chunk.at + columns
  for (let index = 0; index < columns; index++) {
    if (index >= ahead) rows.copyColumn(index - ahead, 0, count, packer.values, 0)
    else for (let row = 0; row < count; row++) packer.values[row] = rows.time(row) - firstMs
    packer.append(chunk, index, from, count)
    from += bytesOf(page.bytes[chunk.at + index] as number, chunk.rows)
  }
  const bytes = packer.bytes.subarray(0, packer.at)
  if (packer.at <= page.pieceBytes) page.bytes.set(bytes, chunk.at)
  else {
    page.free(chunk.at)
    chunk.page = room.pageFor(packer.at)
    chunk.at = chunk.page.put(bytes)
  }
  chunk.rows += count
  chunk.lastMs = rows.time(count - 1)
  return true
}

/** It is not to be read any more. */
export function free({ page, at }: Chunk): void {
  page.free(at)
}

function goesOn({ lastMs, stepMs, rows: own }: Chunk, rows: Packable, count: number): boolean {
  if (stepMs === 0) return true
  if (own === 1 || rows.time(0) - lastMs !== stepMs) return false
  return count === 1 || stepOf(rows, 0, count) === stepMs
}

/** 0 when the rows have none. */
function stepOf(rows: Packable, from: number, to: number): number {
  if (to - from === 1) return 1
  const stepMs = rows.time(from + 1) - rows.time(from)
  for (let row = from + 2; row < to; row++) {
    if (rows.time(row) - rows.time(row - 1) !== stepMs) return 0
  }
  return stepMs
}
