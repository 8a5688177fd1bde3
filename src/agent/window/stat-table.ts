/**
 * Call statistics of one open window, one entry a key, within a budget of keys.
 *
 * Past the budget detail goes, never totals: the rows with the fewest calls give up `callerIp`,
 * then `caller`, then the callee's address (folded into `*`); callee, interface and return code stay.
 * Where even these are too many, a callee that alone fills much of the table (names with numbers in
 * them) gives up its interfaces, so that there is room for all others.
 */
import type { StatKey, StatRow, StatValues } from '../../model/stat.ts'
import { StatSums } from './stat-sums.ts'

/** How much of a key is folded: 0 nothing, 1 callerIp, 2 caller too, 3 the callee's address too. */
export type FoldLevel = 0 | 1 | 2 | 3

export interface TableCounts {
  /** Rows whose key was folded as there were too many. */
  folded: number
  /** Rows left out: even folded keys exceeded the budget. */
  dropped: number
}

/** A key with the table's own note where its entry is; whoever keeps it is found at once the next time. */
export interface StatPlace {
  readonly key: StatKey
  table: object | undefined
  /** Below 0: folded into the entry `~index`. */
  index: number
}

/** This share of the keys, those with the most calls, keeps its detail when the budget is exceeded. */
const KEPT_SHARE = 1 / 4
/** A fold goes on to the next level until the table is this full at the most. */
const ROOM_SHARE = 3 / 4
/** A callee with more than this share of the keys is crowded: its interfaces are folded at last. */
const CROWDED_SHARE = 1 / 4

export class StatTable {
  readonly #maxKeys: number
  readonly #counts: TableCounts
  readonly #foldedTo: FoldLevel
  #indexes = new Map<string, number>()
  #sums = new StatSums()
  /** Notes in places are of this object. Not `this`: they outlive the table. */
  #mark = {}
  #level: FoldLevel
  #crowded: ReadonlySet<string> = new Set()

  /** `foldedTo`: all keys are folded so far by choice, which is not counted. */
  constructor(maxKeys: number, counts: TableCounts, foldedTo: FoldLevel = 0) {
    this.#maxKeys = maxKeys
    this.#counts = counts
    this.#foldedTo = foldedTo
    this.#level = foldedTo
  }

  add(place: StatPlace, values: StatValues): void {
    if (place.table !== this.#mark) this.#addNew(place, values)
    else if (place.index >= 0) this.#sums.add(place.index, values)
    else {
      this.#counts.folded++
      this.#sums.add(~place.index, values)
    }
  }

  rows(): StatRow[] {
    return this.#sums.rows()
  }

  #addNew(place: StatPlace, values: StatValues): void {
    const key = this.#foldedTo > 0 ? fold(place.key, this.#foldedTo) : place.key
    const id = idOf(key)
    const known = this.#indexes.get(id)
    const isFull = this.#isFolding || this.#sums.size >= this.#maxKeys
    if (known === undefined && isFull) return this.#addFolded(place, values)
    const index = known ?? this.#begin(id, key)
    this.#sums.add(index, values)
    this.#note(place, index)
  }

  #addFolded(place: StatPlace, values: StatValues): void {
    for (;;) {
      const index = this.#isFolding ? this.#indexOf(this.#folded(place.key)) : undefined
      if (index !== undefined) {
        this.#counts.folded++
        this.#sums.add(index, values)
        this.#note(place, ~index)
        return
      }
      if (!this.#makeRoom()) break
    }
    this.#counts.dropped++
  }

  /** More than by choice. */
  get #isFolding(): boolean {
    return this.#level > this.#foldedTo || this.#crowded.size > 0
  }

  #folded(key: StatKey): StatKey {
    const folded = fold(key, this.#level)
    return this.#crowded.has(key.callee) ? { ...folded, interface: '*' } : folded
  }

  #note(place: StatPlace, index: number): void {
    place.table = this.#mark
    place.index = index
  }

  /** Undefined when the key is new and the table full. */
  #indexOf(key: StatKey): number | undefined {
    const id = idOf(key)
    const known = this.#indexes.get(id)
    if (known !== undefined) return known
    return this.#sums.size < this.#maxKeys ? this.#begin(id, key) : undefined
  }

  #begin(id: string, key: StatKey): number {
    const index = this.#sums.begin(key)
    this.#indexes.set(id, index)
    return index
  }

  /** False when there is nothing left to fold. */
  #makeRoom(): boolean {
    if (this.#level === 3) return this.#foldCrowded()
    const byCalls = this.#sums.rows().sort((a, b) => b.values.calls - a.values.calls)
    const kept = byCalls.slice(0, this.#maxKeys * KEPT_SHARE)
    const rest = byCalls.slice(kept.length)
    do {
      this.#level = (this.#level + 1) as FoldLevel
      this.#rebuild(kept, rest)
    } while (this.#level < 3 && this.#sums.size > this.#maxKeys * ROOM_SHARE)
    if (this.#sums.size > this.#maxKeys * ROOM_SHARE) this.#rebuild([], byCalls)
    return true
  }

  #foldCrowded(): boolean {
    const rows = this.#sums.rows()
    const keysOf = new Map<string, number>()
    for (const { key } of rows) keysOf.set(key.callee, (keysOf.get(key.callee) ?? 0) + 1)
    const crowded = [...keysOf].filter(
      ([callee, keys]) => keys > this.#maxKeys * CROWDED_SHARE && !this.#crowded.has(callee),
    )
    if (crowded.length === 0) return false
    this.#crowded = new Set([...this.#crowded, ...crowded.map(([callee]) => callee)])
    this.#rebuild([], rows)
    return true
  }

  #rebuild(kept: readonly StatRow[], rest: readonly StatRow[]): void {
    this.#indexes = new Map()
    this.#sums = new StatSums()
    this.#mark = {}
    for (const { key, values } of kept) this.#sums.add(this.#begin(idOf(key), key), values)
    for (const { key, values } of rest) {
      const index = this.#indexOf(this.#folded(key))
      // A fold has fewer keys than there were: there is room.
      if (index !== undefined) this.#sums.add(index, values)
    }
  }
}

function fold(key: StatKey, level: FoldLevel): StatKey {
  return {
    ...key,
    callerIp: level >= 1 ? '*' : key.callerIp,
    caller: level >= 2 ? '*' : key.caller,
    calleeIp: level >= 3 ? '*' : key.calleeIp,
    calleePort: level >= 3 ? 0 : key.calleePort,
  }
}

function idOf(k: StatKey): string {
  return `${k.callee}\n${k.interface}\n${k.caller}\n${k.calleeIp}\n${k.calleePort}\n${k.callerIp}\n${k.returnCode}\n${k.set}\n${k.version}\n${k.side}\n${k.spanMs}`
}
