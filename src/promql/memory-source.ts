import { type Labels, labelsKey } from '../model/labels.ts'
import type { UnixMs } from '../model/time.ts'
import { compileMatchers } from './matcher.ts'
import type { Matcher, SeriesData, Source } from './source.ts'

/** Series in memory: of tests of rules, and what rules write in a backtest. What is found is a view until the next call that changes it. */
export class MemorySource implements Source {
  readonly #series = new Map<string, Column>()

  /** `STALE` ends the series. At a time that the series has already, the new value counts. */
  add(labels: Labels, atMs: UnixMs, value: number): void {
    this.#column(labels).add(atMs, value)
  }

  /** Adds a sample only where it is newer than those there are; else answers the newest of those. */
  append(labels: Labels, atMs: UnixMs, value: number): Newest | undefined {
    const column = this.#column(labels)
    const { newest } = column
    if (newest && newest.atMs >= atMs) return newest
    column.add(atMs, value)
    return undefined
  }

  /** Forgets samples before `ms`, and series that have none left. */
  forgetBefore(ms: UnixMs): void {
    for (const [key, column] of this.#series) {
      column.forgetBefore(ms)
      if (column.isEmpty) this.#series.delete(key)
    }
  }

  select(matchers: readonly Matcher[], startMs: UnixMs, endMs: UnixMs): readonly SeriesData[] {
    const matches = compileMatchers(matchers)
    const found: SeriesData[] = []
    for (const column of this.#series.values()) {
      if (!matches(column.labels)) continue
      const [from, to] = [column.from(startMs), column.from(endMs + 1)]
      if (from < to) found.push(column.view(from, to))
    }
    return found
  }

  #column(labels: Labels): Column {
    const key = labelsKey(labels)
    const known = this.#series.get(key)
    if (known) return known
    const column = new Column(labels)
    this.#series.set(key, column)
    return column
  }
}

interface Newest {
  readonly atMs: UnixMs
  readonly value: number
}

class Column {
  readonly labels: Labels
  #times = new Float64Array(8)
  #values = new Float64Array(8)
  #count = 0

  constructor(labels: Labels) {
    this.labels = labels
  }

  get isEmpty(): boolean {
    return this.#count === 0
  }

  get newest(): Newest | undefined {
    const [atMs, value] = [this.#times[this.#count - 1], this.#values[this.#count - 1]]
    return atMs === undefined || value === undefined ? undefined : { atMs, value }
  }

  add(atMs: UnixMs, value: number): void {
    const at = this.from(atMs)
    if (at < this.#count && this.#times[at] === atMs) {
      this.#values[at] = value
      return
    }
    if (this.#count === this.#times.length) {
      this.#times = grown(this.#times)
      this.#values = grown(this.#values)
    }
    this.#times.copyWithin(at + 1, at, this.#count)
    this.#values.copyWithin(at + 1, at, this.#count)
    this.#times[at] = atMs
    this.#values[at] = value
    this.#count++
  }

  forgetBefore(ms: UnixMs): void {
    const at = this.from(ms)
    if (at === 0) return
    this.#times.copyWithin(0, at, this.#count)
    this.#values.copyWithin(0, at, this.#count)
    this.#count -= at
  }

  /** Where the first sample stands that is not before `atMs`. */
  from(atMs: UnixMs): number {
    let [low, high] = [0, this.#count]
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#times[middle] ?? 0) < atMs) low = middle + 1
      else high = middle
    }
    return low
  }

  view(from: number, to: number): SeriesData {
    const [times, values] = [this.#times.subarray(from, to), this.#values.subarray(from, to)]
    return { labels: this.labels, times, values }
  }
}

function grown(column: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(column.length * 2)
  larger.set(column)
  return larger
}
