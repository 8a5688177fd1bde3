/** The parts of one record, one behind the other in time, as one. */
import type { FlatBuffer } from './flat-buffer.ts'
import type { FlatPart } from './flat-part.ts'
import type { RecordRows } from './record-rows.ts'

/** Times on their way. */
let scratch = new Float64Array(256)

/** For record after record, most of which have the same times. */
export class FlatParts {
  readonly #width: number
  #times: Float64Array = new Float64Array(0)
  // What these were made of.
  readonly #sources: Float64Array[] = []
  readonly #froms: number[] = []
  readonly #tos: number[] = []

  /** `width`: columns of the parts. */
  constructor(width: number) {
    this.#width = width
  }

  /** The rows that they were led to, of all at least one, into `buffer`; of the same arena each time. @throws {BlockFailure} */
  read(parts: readonly FlatPart[], buffer: FlatBuffer): void {
    buffer.begin(this.#timesOf(parts, buffer), this.#width)
    let start = buffer.start
    for (let at = 0; at < parts.length; at++) {
      const part = parts[at] as FlatPart
      part.copyRows(buffer.piece, start, buffer.count)
      start += part.to - part.from
    }
  }

  /** As `read`, and what the rows say. @throws {BlockFailure} */
  rows(parts: readonly FlatPart[], buffer: FlatBuffer): RecordRows {
    this.read(parts, buffer)
    const rows = buffer.rows(this.#width)
    const ops = opsOf(parts, buffer.count)
    return ops ? { ...rows, ops } : rows
  }

  #timesOf(parts: readonly FlatPart[], buffer: FlatBuffer): Float64Array {
    let isSame = parts.length === this.#sources.length
    let rows = 0
    for (let at = 0; at < parts.length; at++) {
      const { ownTimes: times, from, to } = parts[at] as FlatPart
      if (times !== this.#sources[at] || from !== this.#froms[at] || to !== this.#tos[at]) {
        isSame = false
        this.#sources[at] = times
        this.#froms[at] = from
        this.#tos[at] = to
      }
      rows += to - from
    }
    if (isSame) return this.#times
    this.#sources.length = parts.length
    this.#times = joined(parts, rows, buffer)
    return this.#times
  }
}

function joined(parts: readonly FlatPart[], rows: number, { arena }: FlatBuffer) {
  if (rows > scratch.length) scratch = new Float64Array(2 * rows)
  let row = 0
  for (const { ownTimes, from, to } of parts) {
    for (let at = from; at < to; at++) scratch[row++] = ownTimes[at] as number
  }
  return arena.takeTimes(scratch, 0, rows)
}

function opsOf(parts: readonly FlatPart[], rows: number): Uint8Array | undefined {
  if (parts.every(({ ops }) => !ops)) return undefined
  const all = new Uint8Array(rows)
  let done = 0
  for (const { ops, from, to } of parts) {
    if (ops) all.set(ops.subarray(from, to), done)
    done += to - from
  }
  return all
}
