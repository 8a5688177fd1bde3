/** Rows that are packed away: columns in the forms of the wire, a tenth of their size. */
import { ByteReader, ByteWriter } from '../../wire/bytes.ts'
import { decodeColumn, encodeSteps, encodeValues } from '../../wire/column.ts'
import { Rows } from './rows.ts'

export interface Chunk {
  readonly firstMs: number
  readonly lastMs: number
  readonly rows: number
  /** Times (their differences), then each column, each with its length before it. */
  readonly bytes: Uint8Array
}

export function pack(rows: Rows, from = 0, to = rows.length): Chunk {
  const times = Array.from(rows.times.subarray(from, to))
  const writer = new ByteWriter()
  const put = (column: Buffer) => {
    writer.varint(column.length)
    writer.raw(column)
  }
  put(encodeSteps(times.map((time, row) => time - (times[row - 1] ?? 0))))
  for (let column = 0; column < rows.width; column++) {
    put(encodeValues(Array.from(rows.column(column).subarray(from, to))))
  }
  const [firstMs = 0] = times
  const lastMs = times.at(-1) ?? 0
  return { firstMs, lastMs, rows: times.length, bytes: new Uint8Array(writer.finish()) }
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

export function unpackRows(chunk: Chunk, width: number): Rows {
  const { times, columns } = unpack(
    chunk,
    Array.from({ length: width }, (_, column) => column),
  )
  const rows = new Rows(width, chunk.rows + 1)
  rows.length = chunk.rows
  rows.times.set(times)
  for (const [column, values] of columns.entries()) {
    for (let row = 0; row < chunk.rows; row++) {
      rows.values[row * width + column] = values[row] as number
    }
  }
  return rows
}
