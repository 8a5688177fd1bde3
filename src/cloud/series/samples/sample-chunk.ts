/**
 * Samples of single-value series in memory: each as what changed since the one before, in whole bytes.
 * A sample is one byte (whether the step is the one before; how many bytes of the value changed, and behind
 * how many that did not), the change of the step when there is one (zigzag varint), the changed bytes xor
 * those before. A sample that replaces what blocks have of its time has a byte more before it. Values are held as
 * two words of 32 bits: a variable may turn one NaN into another.
 */
import { OP } from '../block/record-rows.ts'

const MAX_SAMPLE_BYTES = 1 + 8 + 8
const SAME_STEP = 0x80
/** As the first byte of a sample it would say that 15 bytes changed. */
const REPLACES = 0x0f

const xor = new Uint32Array(2)
const xorBytes = new Uint8Array(xor.buffer)

/** Bytes in which a chunk begins, and how many samples it has. */
export interface Chunk {
  readonly firstMs: number
  readonly lastMs: number
  readonly count: number
  readonly bytes: Uint8Array
  readonly at: number
}

/** The words of a value: low, high. */
export type Words = readonly [number, number]

/** Samples, decoded; `words` is the memory of the values. */
export interface SampleColumns {
  readonly times: Float64Array
  readonly words: Uint32Array
  /** Of each one of `OP`; undefined when all are `add`. */
  ops: Uint8Array | undefined
}

export function newColumns(length: number): SampleColumns {
  return {
    times: new Float64Array(length),
    words: new Uint32Array(2 * length),
    ops: undefined,
  }
}

/** `op`: one of `OP`. */
export function setOp(columns: SampleColumns, row: number, op: number): void {
  if (op !== OP.add) columns.ops ??= new Uint8Array(columns.times.length)
  if (columns.ops) columns.ops[row] = op
}

export function valuesOf({ words }: SampleColumns): Float64Array {
  return new Float64Array(words.buffer, words.byteOffset, words.length / 2)
}

/** Chunks that are written to, one in each slot. */
export class OpenChunks {
  readonly #size: number
  readonly #bytes: Uint8Array
  readonly #used: Uint16Array
  readonly #counts: Uint16Array
  readonly #first: Float64Array
  readonly #last: Float64Array
  readonly #steps: Float64Array
  readonly #words: Uint32Array
  /** The value before the last. */
  readonly #before: Uint32Array

  /** `size`: bytes of a slot. */
  constructor(slots: number, size: number) {
    this.#size = size
    this.#bytes = new Uint8Array(slots * size)
    this.#used = new Uint16Array(slots)
    this.#counts = new Uint16Array(slots)
    this.#first = new Float64Array(slots)
    this.#last = new Float64Array(slots)
    this.#steps = new Float64Array(slots)
    this.#words = new Uint32Array(2 * slots)
    this.#before = new Uint32Array(2 * slots)
  }

  count(slot: number): number {
    return this.#counts[slot] as number
  }

  lastMs(slot: number): number {
    return this.#last[slot] as number
  }

  /** Whether the last value is this one. */
  isLast(slot: number, low: number, high: number): boolean {
    return this.#words[2 * slot] === low && this.#words[2 * slot + 1] === high
  }

  /** The newest sample not behind `endMs` as the first of `out`, if it is the last or the one before; its time. */
  readUntil(slot: number, endMs: number, out: SampleColumns): number | undefined {
    const count = this.#counts[slot] as number
    const last = this.#last[slot] as number
    const isLast = last <= endMs
    const time = isLast ? last : last - (this.#steps[slot] as number)
    if (count === 0 || (!isLast && (count === 1 || time > endMs))) return undefined
    const words = isLast ? this.#words : this.#before
    out.times[0] = time
    out.words[0] = words[2 * slot] as number
    out.words[1] = words[2 * slot + 1] as number
    return time
  }

  used(slot: number): number {
    return this.#used[slot] as number
  }

  /** A view, good until the slot is written to. */
  view(slot: number): Chunk {
    return {
      firstMs: this.#first[slot] as number,
      lastMs: this.#last[slot] as number,
      count: this.#counts[slot] as number,
      bytes: this.#bytes,
      at: slot * this.#size,
    }
  }

  /** False when the slot is full. `time`: behind the last, an integer of at most 2^48. */
  append(slot: number, time: number, low: number, high: number): boolean {
    const used = this.#used[slot] as number
    if (used + MAX_SAMPLE_BYTES > this.#size) return false
    const step = time - (this.#last[slot] as number)
    xor[0] = low ^ (this.#words[2 * slot] as number)
    xor[1] = high ^ (this.#words[2 * slot + 1] as number)
    const at = slot * this.#size + used
    const end = put(this.#bytes, at, step - (this.#steps[slot] as number))
    this.#used[slot] = used + end - at
    const count = this.#counts[slot] as number
    if (count === 0) this.#first[slot] = time
    this.#counts[slot] = count + 1
    this.#last[slot] = time
    // The first time is no step.
    this.#steps[slot] = count === 0 ? 0 : step
    this.#before[2 * slot] = this.#words[2 * slot] as number
    this.#before[2 * slot + 1] = this.#words[2 * slot + 1] as number
    this.#words[2 * slot] = low
    this.#words[2 * slot + 1] = high
    return true
  }

  /** As `append`; `op`: `add` or `set`. */
  appendOp(slot: number, time: number, value: Words, op: number = OP.add): boolean {
    if (op === OP.add) return this.append(slot, time, ...value)
    const used = this.#used[slot] as number
    if (used + 1 + MAX_SAMPLE_BYTES > this.#size) return false
    this.#bytes[slot * this.#size + used] = REPLACES
    this.#used[slot] = used + 1
    return this.append(slot, time, ...value)
  }

  clear(slot: number): void {
    this.#used[slot] = 0
    this.#counts[slot] = 0
    this.#last[slot] = 0
    this.#steps[slot] = 0
    this.#words.fill(0, 2 * slot, 2 * slot + 2)
  }
}

/** Writes a sample whose value is in `xor`; returns where it ends. */
function put(bytes: Uint8Array, start: number, change: number): number {
  let from = 0
  let to = 8
  while (from < 7 && xorBytes[from] === 0) from++
  while (to > from && xorBytes[to - 1] === 0) to--
  let at = start
  bytes[at++] = (change === 0 ? SAME_STEP : 0) | (from << 4) | (to - from)
  if (change !== 0) {
    let rest = change < 0 ? -2 * change - 1 : 2 * change
    for (; rest >= 128; rest = Math.floor(rest / 128)) bytes[at++] = (rest % 128) | 128
    bytes[at++] = rest
  }
  for (let byte = from; byte < to; byte++) bytes[at++] = xorBytes[byte] as number
  return at
}

/** Decodes a whole chunk into `out`, from its sample `offset` on. */
export function readChunk(chunk: Chunk, out: SampleColumns, offset: number): void {
  const { bytes, count } = chunk
  const { times, words } = out
  let { at } = chunk
  let time = 0
  let step = 0
  let low = 0
  let high = 0
  for (let row = offset; row < offset + count; row++) {
    let control = bytes[at++] as number
    if (control === REPLACES) {
      setOp(out, row, OP.set)
      control = bytes[at++] as number
    }
    if (control < SAME_STEP) {
      let zigzag = 0
      let byte = 128
      for (let scale = 1; byte >= 128; scale *= 128) {
        byte = bytes[at++] as number
        zigzag += (byte & 127) * scale
      }
      step += zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2
    }
    time += step
    if (row === offset) step = 0
    xor[0] = 0
    xor[1] = 0
    const from = (control >> 4) & 7
    for (let byte = from; byte < from + (control & 15); byte++) {
      xorBytes[byte] = bytes[at++] as number
    }
    low ^= xor[0] as number
    high ^= xor[1] as number
    times[row] = time
    words[2 * row] = low
    words[2 * row + 1] = high
  }
}
