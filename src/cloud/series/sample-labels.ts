/** Label sets of single-value series by number, each once, and which have which label. */
import type { Labels } from '../../model/labels.ts'
import type { SampleBatch } from '../../model/sample-batch.ts'
import type { LabelMatcher } from './label-matcher.ts'

/** A label that series have. */
interface Pair {
  readonly name: string
  readonly value: string
  /** The series that have it, also removed ones. */
  series: number[]
}

/** Removed sets are swept away when they are so many, and a quarter of all. */
const MIN_SWEPT = 1000
const FIRST_SETS = 1024

export class SampleLabels {
  /** Name → value → number of the pair. */
  readonly #names = new Map<string, Map<string, number>>()
  /** Number 0 is none. */
  #pairs: (Pair | undefined)[] = [undefined]
  #freePairs: number[] = []
  /** Of each set: how many pairs, then their numbers. */
  #arena = new Uint32Array(16 * FIRST_SETS)
  #arenaUsed = 0
  #starts = new Uint32Array(FIRST_SETS)
  /** 1 for a set that is there, 0 for one that is removed or was never. */
  #alive = new Uint8Array(FIRST_SETS)
  /** Open addressing: 0, or the number of a set plus 1. */
  #table = new Uint32Array(2 * FIRST_SETS)
  #tableUsed = 0
  readonly #objects: (Labels | undefined)[] = []
  #next = 0
  #free: number[] = []
  #removed = 0

  /** Sets that are there. */
  size = 0

  /** Of each label of the batch the pair; 0 when no series has it. */
  pairsOf({ texts }: SampleBatch): Uint32Array {
    const pairs = new Uint32Array(texts.length / 2)
    for (let label = 0; label < pairs.length; label++) {
      const values = this.#names.get(texts[2 * label] as string)
      pairs[label] = values?.get(texts[2 * label + 1] as string) ?? 0
    }
    return pairs
  }

  /** The number of a label; it is made when it is not known. */
  pair(name: string, value: string): number {
    let values = this.#names.get(name)
    if (!values) {
      values = new Map()
      this.#names.set(name, values)
    }
    const known = values.get(value)
    if (known !== undefined) return known
    const number = this.#freePairs.pop() ?? this.#pairs.length
    this.#pairs[number] = { name, value, series: [] }
    values.set(value, number)
    return number
  }

  /** The number of the set of the first `count` of these pairs; -1 when it is not there. */
  find(pairs: Uint32Array, count: number): number {
    const place = this.#place(pairs, count)
    const id = (this.#table[place] as number) - 1
    return id >= 0 && this.#alive[id] === 1 ? id : -1
  }

  /** The number of a set that is not there yet. */
  add(pairs: Uint32Array): number {
    const place = this.#place(pairs, pairs.length)
    const known = (this.#table[place] as number) - 1
    if (known >= 0) this.#removed--
    const id = known >= 0 ? known : this.#create(pairs, place)
    this.#alive[id] = 1
    this.size++
    return id
  }

  remove(id: number): void {
    this.#alive[id] = 0
    this.#objects[id] = undefined
    this.size--
    this.#removed++
  }

  /** To be called after many were removed: numbers are used again from now on. */
  sweep(): void {
    if (this.#removed < MIN_SWEPT || 4 * this.#removed < this.size + this.#removed) return
    for (const [number, pair] of this.#pairs.entries()) if (pair) this.#sweepPair(number, pair)
    this.#rebuild()
    this.#removed = 0
  }

  /** The same object each time. */
  labelsOf(id: number): Labels {
    const known = this.#objects[id]
    if (known) return known
    const labels = this.makeLabels(id)
    this.#objects[id] = labels
    return labels
  }

  /** By name. */
  makeLabels(id: number): Labels {
    const labels: Record<string, string> = {}
    const start = this.#starts[id] as number
    const end = start + (this.#arena[start] as number)
    for (let at = start + 1; at <= end; at++) {
      const { name, value } = this.#pairs[this.#arena[at] as number] as Pair
      set(labels, name, value)
    }
    return labels
  }

  /** Numbers of the sets that satisfy all matchers, in a stable order. */
  select(matchers: readonly LabelMatcher[]): number[] {
    const tests = matchers.map((matcher) => this.#test(matcher))
    const [narrowest] = tests.filter(({ wants }) => wants).sort((a, b) => a.series - b.series)
    const rest = tests.filter((test) => test !== narrowest)
    const passes = (id: number) => this.#alive[id] === 1 && this.#passes(id, rest)
    if (!narrowest) return Array.from({ length: this.#next }, (_, id) => id).filter(passes)
    return narrowest.pairs.flatMap((pair) => this.#pairs[pair]?.series.filter(passes) ?? [])
  }

  names(): Iterable<string> {
    return this.#names.keys()
  }

  values(name: string): Iterable<string> {
    return this.#names.get(name)?.keys() ?? []
  }

  /** Numbers of the sets that are there. */
  *all(): Generator<number> {
    for (let id = 0; id < this.#next; id++) if (this.#alive[id] === 1) yield id
  }

  #passes(id: number, tests: readonly Test[]): boolean {
    const start = (this.#starts[id] as number) + 1
    const end = start + (this.#arena[start - 1] as number)
    for (const { wants, isOne } of tests) {
      let has = false
      for (let at = start; at < end && !has; at++) has = isOne[this.#arena[at] as number] === 1
      if (has !== wants) return false
    }
    return true
  }

  /** A set passes when it has one of the pairs that match, or, where '' matches too, none of the others. */
  #test({ name, only, matches }: LabelMatcher): Test {
    const values = this.#names.get(name) ?? new Map<string, number>()
    const wants = !matches('')
    const pairs: number[] = []
    if (wants && only !== undefined) pairs.push(values.get(only) ?? 0)
    else for (const [value, pair] of values) if (matches(value) === wants) pairs.push(pair)
    const isOne = new Uint8Array(this.#pairs.length)
    let series = 0
    for (const pair of pairs) {
      isOne[pair] = 1
      series += this.#pairs[pair]?.series.length ?? 0
    }
    isOne[0] = 0
    return { wants, pairs, isOne, series }
  }

  #create(pairs: Uint32Array, place: number): number {
    const id = this.#free.pop() ?? this.#next++
    if (id >= this.#starts.length) {
      this.#starts = grown(this.#starts, new Uint32Array(2 * id))
      this.#alive = grown(this.#alive, new Uint8Array(2 * id))
    }
    this.#write(id, pairs)
    for (const pair of pairs) this.#pairs[pair]?.series.push(id)
    this.#table[place] = id + 1
    if (2 * ++this.#tableUsed > this.#table.length) this.#hashAll(2 * this.#table.length)
    return id
  }

  #write(id: number, pairs: Uint32Array): void {
    const end = this.#arenaUsed + 1 + pairs.length
    if (end > this.#arena.length) this.#arena = grown(this.#arena, new Uint32Array(2 * end))
    this.#starts[id] = this.#arenaUsed
    this.#arena[this.#arenaUsed] = pairs.length
    this.#arena.set(pairs, this.#arenaUsed + 1)
    this.#arenaUsed = end
  }

  /** Where in the table these pairs are, or would be. */
  #place(pairs: Uint32Array, count: number): number {
    const mask = this.#table.length - 1
    for (let place = hash(pairs, count) & mask; ; place = (place + 1) & mask) {
      const entry = this.#table[place] as number
      if (entry === 0 || this.#isSet(entry - 1, pairs, count)) return place
    }
  }

  #isSet(id: number, pairs: Uint32Array, count: number): boolean {
    const start = (this.#starts[id] as number) + 1
    if (this.#arena[start - 1] !== count) return false
    for (let at = 0; at < count; at++) {
      if (this.#arena[start + at] !== pairs[at]) return false
    }
    return true
  }

  #setOf(id: number): Uint32Array {
    const start = (this.#starts[id] as number) + 1
    return this.#arena.subarray(start, start + (this.#arena[start - 1] as number))
  }

  #hashAll(length: number): void {
    const ids = [...this.#table].filter((entry) => entry > 0)
    this.#table = new Uint32Array(length)
    for (const entry of ids) {
      const pairs = this.#setOf(entry - 1)
      this.#table[this.#place(pairs, pairs.length)] = entry
    }
  }

  #sweepPair(number: number, pair: Pair): void {
    pair.series = pair.series.filter((id) => this.#alive[id] === 1)
    if (pair.series.length > 0) return
    const values = this.#names.get(pair.name)
    values?.delete(pair.value)
    if (values?.size === 0) this.#names.delete(pair.name)
    this.#pairs[number] = undefined
    this.#freePairs.push(number)
  }

  #rebuild(): void {
    const old = this.#arena
    this.#arena = new Uint32Array(old.length)
    this.#arenaUsed = 0
    this.#table = new Uint32Array(this.#table.length)
    this.#tableUsed = this.size
    this.#free = []
    for (let id = 0; id < this.#next; id++) {
      const start = (this.#starts[id] as number) + 1
      const pairs = old.subarray(start, start + (old[start - 1] as number))
      if (this.#alive[id] === 0) this.#free.push(id)
      else {
        const place = this.#place(pairs, pairs.length)
        this.#write(id, pairs)
        this.#table[place] = id + 1
      }
    }
  }
}

interface Test {
  /** Whether one of the pairs must be there, or none of them may. */
  readonly wants: boolean
  readonly pairs: readonly number[]
  /** By number of the pair: 1 for one of `pairs`. */
  readonly isOne: Uint8Array
  /** How many series have one of them. */
  readonly series: number
}

function hash(pairs: Uint32Array, count: number): number {
  let hash = count
  for (let at = 0; at < count; at++) {
    hash = Math.imul(hash ^ (pairs[at] as number), 0x9e3779b1)
    hash ^= hash >>> 15
  }
  return hash
}

function grown<T extends Uint32Array | Uint8Array>(from: T, to: T): T {
  to.set(from)
  return to
}

function set(labels: Record<string, string>, name: string, value: string): void {
  if (name !== '__proto__') labels[name] = value
  else Object.defineProperty(labels, name, { value, enumerable: true, configurable: true })
}
