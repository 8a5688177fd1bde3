/** Label sets of single-value series by number, each once: a hash table over the numbers of their labels. */
import type { Labels } from '../../../model/labels.ts'
import type { LabelMatcher } from '../block/label-matcher.ts'
import { KeptAnswers } from '../memory/kept-answers.ts'
import { type PairTest, SamplePairs } from './sample-pairs.ts'

/** Removed sets are swept away when they are so many, and a quarter of all. */
const MIN_SWEPT = 1000
const FIRST_SETS = 1024

export class SampleLabels {
  readonly pairs = new SamplePairs()
  /** Sets that are there. */
  size = 0
  /** Of each set: how many pairs, then their numbers. */
  #arena = new Uint32Array(16 * FIRST_SETS)
  #arenaUsed = 0
  #starts = new Uint32Array(FIRST_SETS)
  /** 1 for a set that is there, 0 for one that is removed or was never. */
  #alive = new Uint8Array(FIRST_SETS)
  /** Open addressing: 0, or the number of a set plus 1; also of removed ones, until they are swept away. */
  #table = new Uint32Array(2 * FIRST_SETS)
  #tableUsed = 0
  readonly #objects: (Labels | undefined)[] = []
  readonly #kept = new KeptAnswers<readonly LabelMatcher[], number>()
  #next = 0
  #free: number[] = []
  #removed = 0

  /** The number of the set of the first `count` of these pairs; -1 when it is not there. */
  find(pairs: Uint32Array, count: number): number {
    const id = (this.#table[this.#place(pairs, count)] as number) - 1
    return id >= 0 && this.#alive[id] === 1 ? id : -1
  }

  /** The number of a set that is not there yet. */
  add(pairs: Uint32Array): number {
    const place = this.#place(pairs, pairs.length)
    const removed = (this.#table[place] as number) - 1
    if (removed >= 0) this.#removed--
    const id = removed >= 0 ? removed : this.#create(pairs, place)
    this.#kept.forget()
    this.#alive[id] = 1
    this.size++
    return id
  }

  remove(id: number): void {
    this.#kept.forget()
    this.#alive[id] = 0
    this.#objects[id] = undefined
    this.size--
    this.#removed++
  }

  /** To be called after some were removed: their numbers may be used again from now on. */
  sweep(): void {
    if (this.#removed < MIN_SWEPT || 4 * this.#removed < this.size + this.#removed) return
    this.#kept.forget()
    this.pairs.sweep((id) => this.#alive[id] === 1)
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

  /** All of the set in one text: JSON of names and values in turn. Of blocks: never change it. */
  keyOf(id: number): string {
    let key = ''
    for (const pair of this.#setOf(id)) key += `${key === '' ? '[' : ','}${this.pairs.jsonOf(pair)}`
    return `${key}]`
  }

  /** By name. */
  makeLabels(id: number): Labels {
    const labels: Record<string, string> = {}
    for (const number of this.#setOf(id)) {
      const { name, value } = this.pairs.get(number)
      set(labels, name, value)
    }
    return labels
  }

  /** Numbers of the sets that satisfy all matchers, in a stable order. */
  select(matchers: readonly LabelMatcher[]): readonly number[] {
    return this.#kept.of(matchers, () => this.#select(matchers))
  }

  #select(matchers: readonly LabelMatcher[]): number[] {
    const tests = matchers.map((matcher) => this.pairs.test(matcher))
    const [narrowest] = tests.filter(({ wants }) => wants).sort((a, b) => a.series - b.series)
    const rest = tests.filter((test) => test !== narrowest)
    const passes = (id: number) => this.#alive[id] === 1 && this.#passes(id, rest)
    if (!narrowest) return [...this.all()].filter(passes)
    return narrowest.pairs.flatMap((pair) => this.pairs.get(pair).series.filter(passes))
  }

  /** Numbers of the sets that are there. */
  *all(): Generator<number> {
    for (let id = 0; id < this.#next; id++) if (this.#alive[id] === 1) yield id
  }

  #passes(id: number, tests: readonly PairTest[]): boolean {
    const start = (this.#starts[id] as number) + 1
    const end = start + (this.#arena[start - 1] as number)
    for (const { wants, isOne } of tests) {
      let has = false
      for (let at = start; at < end && !has; at++) has = isOne[this.#arena[at] as number] === 1
      if (has !== wants) return false
    }
    return true
  }

  #create(pairs: Uint32Array, place: number): number {
    const id = this.#free.pop() ?? this.#next++
    if (id >= this.#starts.length) {
      this.#starts = grown(this.#starts, new Uint32Array(2 * id))
      this.#alive = grown(this.#alive, new Uint8Array(2 * id))
    }
    // Without gaps: an array with large ones is slow.
    if (id === this.#objects.length) this.#objects.push(undefined)
    this.#write(id, pairs)
    for (const pair of pairs) this.pairs.get(pair).series.push(id)
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
    const ids = this.#table.filter((entry) => entry > 0)
    this.#table = new Uint32Array(length)
    for (const entry of ids) this.#hash(entry - 1)
  }

  #hash(id: number): void {
    const pairs = this.#setOf(id)
    this.#table[this.#place(pairs, pairs.length)] = id + 1
  }

  /** Without those that were removed. */
  #rebuild(): void {
    const old = this.#arena
    this.#arena = new Uint32Array(old.length)
    this.#arenaUsed = 0
    this.#table = new Uint32Array(this.#table.length)
    this.#tableUsed = this.size
    this.#free = []
    for (let id = 0; id < this.#next; id++) {
      if (this.#alive[id] === 0) {
        this.#free.push(id)
        continue
      }
      const start = (this.#starts[id] as number) + 1
      this.#write(id, old.subarray(start, start + (old[start - 1] as number)))
      this.#hash(id)
    }
  }
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
