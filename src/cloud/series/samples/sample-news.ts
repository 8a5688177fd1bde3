import type { UnixMs } from '../../../model/time.ts'

/** From when on each series has samples that blocks do not have; by the number of the series. */
export class SampleNews {
  #from = new Float64Array(1024).fill(Infinity)
  /** What a flush under way takes. */
  #taken: Float64Array | undefined

  note(id: number, time: UnixMs): void {
    if (id >= this.#from.length) this.#grow(id)
    if (time < (this.#from[id] as number)) this.#from[id] = time
  }

  /** Infinity when blocks have all, or will when the flush under way is done. */
  from(id: number): UnixMs {
    return this.#from[id] ?? Infinity
  }

  /** Whether blocks lack some before `time`, also while a flush is under way. */
  hasBefore(id: number, time: UnixMs): boolean {
    return this.from(id) < time || (this.#taken?.[id] ?? Infinity) < time
  }

  /** All of it is taken; one flush at a time. */
  take(): void {
    if (this.#taken) throw new RangeError('a flush is under way')
    this.#taken = this.#from
    this.#from = new Float64Array(this.#taken.length).fill(Infinity)
  }

  /** What was taken is in a block, or else it is news again. */
  end(isStored: boolean): void {
    const taken = this.#taken ?? []
    this.#taken = undefined
    if (!isStored) for (const [id, time] of taken.entries()) this.note(id, time)
  }

  #grow(id: number): void {
    const grown = new Float64Array(2 * id).fill(Infinity)
    grown.set(this.#from)
    this.#from = grown
  }
}
