/** Rows that are packed away: columns in the forms of the wire, a tenth of their size. */
import { ByteReader, ByteWriter } from '../../wire/bytes.ts'
import { decodeColumn, encodeSteps, encodeValues } from '../../wire/column.ts'
import { type Merge, Rows } from './rows.ts'

export interface Chunk {
  readonly firstMs: number
  readonly lastMs: number
  readonly rows: number
  /** Times (their differences), then each column, each with its length before it. */
  readonly bytes: Uint8Array
}

export function pack(rows: Rows, from = 0, to = rows.length): Chunk {
  const writer = new ByteWriter(to * 8)
  const put = (column: Buffer) => {
    writer.varint(column.length)
    writer.raw(column)
  }
  const steps = rows.times(from, to)
  for (let row = steps.length - 1; row > 0; row--) {
    steps[row] = (steps[row] as number) - (steps[row - 1] as number)
  }
  put(encodeSteps(steps))
  for (let column = 0; column < rows.width; column++) {
    put(encodeValues(rows.column(column, from, to)))
  }
  const bytes = new Uint8Array(writer.finish())
  return { firstMs: rows.time(from), lastMs: rows.time(to - 1), rows: to - from, bytes }
}

/** The times and the wanted columns, in the order wanted. */
export function unpack(
  chunk: Chunk,
  wanted: readonly number[],
): { readonly times: Float64Array; readonly columns: readonly Float64Array[] } {
  const reader = new ByteReader(chunk.bytes)
  const times = decodeColumn(reader.raw(reader.varint()), chunk.rows)
  for (let row = 1; row < times.length; row++) {
    times[row] = (times[row] as number) + (times[row - 1] as number)
  }
  const columns = new Array<Float64Array>(wanted.length)
  const last = Math.max(...wanted)
  for (let column = 0; column <= last; column++) {
    const bytes = reader.raw(reader.varint())
    const at = wanted.indexOf(column)
    if (at >= 0) columns[at] = decodeColumn(bytes, chunk.rows)
  }
  return { times, columns }
}

export function unpackRows(chunk: Chunk, merges: readonly Merge[]): Rows {
  const { times, columns } = unpack(chunk, [...merges.keys()])
  const rows = new Rows(merges.length, chunk.rows + 1)
  for (const [row, time] of times.entries()) {
    rows.add(
      time,
      columns.map((column) => column[row] as number),
      merges,
    )
  }
  return rows
}
