/** Where in an arena the rows of many records are, without an object for each. */
import type { FlatBuffer } from './flat-buffer.ts'

export class PlacedRows {
  /** Of each name: 0 when it has none, else 1 + the index of its times. */
  readonly #times: Int32Array
  /** The index of its piece, and where in it its columns begin. */
  readonly #pieces: Int32Array
  readonly #starts: Int32Array
  readonly #allTimes: Float64Array[] = []
  readonly #allPieces: Float64Array[] = []

  /** Names are less than `count`. */
  constructor(count: number) {
    this.#times = new Int32Array(count)
    this.#pieces = new Int32Array(count)
    this.#starts = new Int32Array(count)
  }

  /** What is in the buffer. Most have times and piece of the one before. */
  put(name: number, { times, piece, start }: FlatBuffer): void {
    const [allTimes, allPieces] = [this.#allTimes, this.#allPieces]
    if (times !== allTimes[allTimes.length - 1]) allTimes.push(times)
    if (piece !== allPieces[allPieces.length - 1]) allPieces.push(piece)
    this.#times[name] = allTimes.length
    this.#pieces[name] = allPieces.length - 1
    this.#starts[name] = start
  }

  /** Shows them in the buffer; false when there are none. */
  show(name: number, buffer: FlatBuffer): boolean {
    const times = this.#allTimes[(this.#times[name] as number) - 1]
    if (!times) return false
    const piece = this.#allPieces[this.#pieces[name] as number] as Float64Array
    buffer.show(times, piece, this.#starts[name] as number)
    return true
  }
}
