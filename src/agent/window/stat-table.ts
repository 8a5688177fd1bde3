/**
 * Call statistics of one open window, one entry a key, within a budget of keys.
 *
 * Past the budget detail goes, never totals: the rows with the fewest calls give up `callerIp`,
 * then `caller`, then the callee's address (folded into `*`); callee, interface and return code stay.
 */
import type { StatKey, StatRow, StatValues } from '../../model/stat.ts'

/** How much of a key is folded: 0 nothing, 1 callerIp, 2 caller too, 3 the callee's address too. */
type FoldLevel = 0 | 1 | 2 | 3

export interface TableCounts {
  /** Rows whose key was folded. */
  folded: number
  /** Rows left out: even folded keys exceeded the budget. */
  dropped: number
}

interface Entry {
  readonly key: StatKey
  calls: number
  timeouts: number
  exceptions: number
  durationSumMs: number
  durationMaxMs: number
  readonly buckets: number[]
}

/** This share of the keys, those with the most calls, keeps its detail when the budget is exceeded. */
const KEPT_SHARE = 1 / 4
/** A fold goes on to the next level until the table is this full at the most. */
const ROOM_SHARE = 3 / 4

export class StatTable {
  readonly #maxKeys: number
  readonly #counts: TableCounts
  #entries = new Map<string, Entry>()
  /** Entries by the key objects they came with: a feed has the same object for the same key, mostly. */
  #met = new Map<StatKey, Entry>()
  #level: FoldLevel = 0

  constructor(maxKeys: number, counts: TableCounts) {
    this.#maxKeys = maxKeys
    this.#counts = counts
  }

  add(row: StatRow): void {
    const met = this.#met.get(row.key)
    if (met) merge(met, row.values)
    else this.#addNew(row)
  }

  rows(): StatRow[] {
    return Array.from(this.#entries.values(), ({ key, ...values }) => ({ key, values }))
  }

  #addNew(row: StatRow): void {
    const id = idOf(row.key)
    let entry = this.#entries.get(id)
    if (entry) merge(entry, row.values)
    else if (this.#level > 0 || this.#entries.size >= this.#maxKeys) return this.#addFolded(row)
    else {
      entry = entryOf(row.key, row.values)
      this.#entries.set(id, entry)
    }
    if (this.#met.size < this.#maxKeys) this.#met.set(row.key, entry)
  }

  #addFolded({ key, values }: StatRow): void {
    for (;;) {
      if (this.#level > 0 && this.#put(fold(key, this.#level), values)) {
        this.#counts.folded++
        return
      }
      if (!this.#makeRoom()) break
    }
    this.#counts.dropped++
  }

  /** False when the key is new and the table full. */
  #put(key: StatKey, values: StatValues): boolean {
    const id = idOf(key)
    const entry = this.#entries.get(id)
    if (entry) merge(entry, values)
    else if (this.#entries.size < this.#maxKeys) this.#entries.set(id, entryOf(key, values))
    else return false
    return true
  }

  /** False when there is nothing left to fold. */
  #makeRoom(): boolean {
    if (this.#level === 3) return false
    const byCalls = [...this.#entries.values()].sort((a, b) => b.calls - a.calls)
    const kept = byCalls.slice(0, this.#maxKeys * KEPT_SHARE)
    const rest = byCalls.slice(kept.length)
    do {
      this.#level = (this.#level + 1) as FoldLevel
      this.#rebuild(kept, rest)
    } while (this.#level < 3 && this.#entries.size > this.#maxKeys * ROOM_SHARE)
    if (this.#entries.size > this.#maxKeys * ROOM_SHARE) this.#rebuild([], byCalls)
    return true
  }

  #rebuild(kept: readonly Entry[], rest: readonly Entry[]): void {
    this.#met = new Map()
    this.#entries = new Map(kept.map((entry) => [idOf(entry.key), entry]))
    for (const entry of rest) {
      const key = fold(entry.key, this.#level)
      const id = idOf(key)
      const into = this.#entries.get(id)
      if (into) merge(into, entry)
      else this.#entries.set(id, entryOf(key, entry))
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

function entryOf(key: StatKey, values: StatValues): Entry {
  return { ...values, key, buckets: [...values.buckets] }
}

function merge(into: Entry, more: StatValues): void {
  into.calls += more.calls
  into.timeouts += more.timeouts
  into.exceptions += more.exceptions
  into.durationSumMs += more.durationSumMs
  into.durationMaxMs = Math.max(into.durationMaxMs, more.durationMaxMs)
  for (let i = 0; i < into.buckets.length; i++) {
    into.buckets[i] = (into.buckets[i] ?? 0) + (more.buckets[i] ?? 0)
  }
}
