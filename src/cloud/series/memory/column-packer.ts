/** Columns of a chunk on their way into bytes, each in the shortest form. */
import { bytesOf, type Chunk, DOUBLE_BYTES, FORM, unpackColumn } from './chunk.ts'

export class ColumnPacker {
  /** The column at hand. */
  values = new Float64Array(64)
  bytes = new Uint8Array(64 * 1024)
  /** Where the next column begins. */
  at = 0

  /** Begins a chunk: makes room, behind the forms of its columns. */
  begin(columns: number, rows: number): void {
    const most = columns * (rows * DOUBLE_BYTES + 1)
    if (most > this.bytes.length) this.bytes = new Uint8Array(2 * most)
    if (rows > this.values.length) this.values = new Float64Array(2 * rows)
    this.at = columns
  }

  /** Packs the first `count` values as column `index`. */
  put(index: number, count: number): void {
    const { values } = this
    const integers = integerForm(values, count)
    const isShort = integers === FORM.zeros || count === 1 || !isSame(values, count)
    const form = isShort ? integers : FORM.same
    this.bytes[index] = form
    if (form >= FORM.double) this.#putDoubles(form, count)
    else this.#putIntegers(form, count)
  }

  /** The first `count` values behind those of that column of the chunk, which begin at `from` of its page. */
  append(chunk: Chunk, index: number, from: number, count: number): void {
    const { values } = this
    const form = chunk.page.bytes[chunk.at + index] as number
    const integers = form <= FORM.four ? integerForm(values, count) : FORM.double
    if (integers === FORM.double) {
      values.copyWithin(chunk.rows, 0, count)
      unpackColumn(chunk, index, 0, chunk.rows, values, 0)
      this.put(index, chunk.rows + count)
      return
    }
    const wide = Math.max(form, integers)
    this.bytes[index] = wide
    if (form === wide) this.#copy(chunk.page.bytes, from, wide * chunk.rows)
    else this.#widen(chunk, { from, form, wide })
    this.#putIntegers(wide, count)
  }

  #putDoubles(form: number, count: number): void {
    const length = bytesOf(form, count)
    this.bytes.set(new Uint8Array(this.values.buffer, 0, length), this.at)
    this.at += length
  }

  #putIntegers(form: number, count: number): void {
    if (form === FORM.zeros) return
    const { bytes, values } = this
    let { at } = this
    for (let row = 0; row < count; row++) {
      const value = values[row] as number
      bytes[at++] = value & 255
      if (form === FORM.byte) continue
      bytes[at++] = (value >>> 8) & 255
      if (form === FORM.two) continue
      bytes[at++] = (value >>> 16) & 255
      bytes[at++] = value >>> 24
    }
    this.at = at
  }

  /** Few: a loop is faster than views. */
  #copy(bytes: Uint8Array, from: number, length: number): void {
    const { bytes: out, at } = this
    for (let byte = 0; byte < length; byte++) out[at + byte] = bytes[from + byte] as number
    this.at = at + length
  }

  #widen({ page: { bytes }, rows }: Chunk, { from, form, wide }: Widening): void {
    const { bytes: out, at } = this
    this.at = at + rows * wide
    for (let byte = at; byte < this.at; byte++) out[byte] = 0
    for (let row = 0; row < rows && form > 0; row++) {
      for (let byte = 0; byte < form; byte++) {
        out[at + row * wide + byte] = bytes[from + row * form + byte] as number
      }
    }
  }
}

interface Widening {
  readonly from: number
  readonly form: number
  readonly wide: number
}

/** Bit for bit: −0 is none. */
function integerForm(values: Float64Array, count: number): number {
  let most = 0
  for (let row = 0; row < count; row++) {
    const value = values[row] as number
    if (value >>> 0 !== value || (value === 0 && 1 / value < 0)) return FORM.double
    if (value > most) most = value
  }
  if (most === 0) return FORM.zeros
  if (most < 2 ** 8) return FORM.byte
  return most < 2 ** 16 ? FORM.two : FORM.four
}

/** Of two values or more; bits of a NaN may differ. */
function isSame(values: Float64Array, count: number): boolean {
  const first = values[0] as number
  for (let row = 1; row < count; row++) {
    const value = values[row] as number
    if (value !== first || (value === 0 && !Object.is(value, first))) return false
  }
  return true
}
