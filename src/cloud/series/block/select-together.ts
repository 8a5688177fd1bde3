/** One answer out of several blocks. */
import type { Labels } from '../../../model/labels.ts'
import { Arena } from './arena.ts'
import type { Block } from './block.ts'
import { BlockFailure } from './failure.ts'
import type { FamilyReader } from './family-reader.ts'
import { compose, type Merge, type RecordRows } from './record-rows.ts'
import { type BlockQuery, type SelectedRecord, selectRecords } from './select.ts'

export interface TogetherQuery extends BlockQuery {
  /** Told of what cannot be read; the answer then lacks it. Without, the failure ends the answer. */
  readonly onDamage?: (failure: BlockFailure) => void
}

export interface TogetherRecord {
  readonly key: string
  readonly labels: Labels
  /** Of all columns. */
  readonly merges: readonly Merge[]
  /** As `compose` leaves them: rows may still say `set` and `gone` for what is older still. See `settle`. */
  readonly rows: RecordRows
}

/**
 * The records of a family in several blocks, the oldest block first, in the order of keys.
 * @throws {BlockFailure} without `onDamage`.
 */
export function selectTogether(
  blocks: readonly Block[],
  family: string,
  query: TogetherQuery,
): TogetherRecord[] {
  const together = new Together(query, { nameOf: (_, { key }) => key })
  for (const block of blocks) for (const _ of together.add(block, family));
  return [...together.rest()].sort((a, b) => (a.key < b.key ? -1 : 1))
}

/** A small number, or any text: the same for the same key. */
export type RecordName = number | string
export type NameOf = (reader: FamilyReader, record: SelectedRecord) => RecordName

export interface Names {
  readonly nameOf: NameOf
  /** Names that are numbers are less. */
  readonly numbers?: number
}

/** Gathers what blocks say of each record, by its name. */
export class Together {
  readonly #numbered: (TogetherRecord | undefined)[]
  readonly #texts = new Map<string, TogetherRecord>()
  readonly #query: TogetherQuery
  readonly #nameOf: NameOf
  readonly #arena: Arena
  #merges: readonly Merge[] = []
  /** Of the columns asked for. */
  #own: readonly Merge[] = []

  constructor(query: TogetherQuery, { nameOf, numbers = 0 }: Names, arena = new Arena()) {
    this.#query = query
    this.#nameOf = nameOf
    this.#numbered = new Array(numbers)
    this.#arena = arena
  }

  /**
   * Adds a block that is newer than those before; `query` when it is another one's than that of all. Stops after
   * each record.
   */
  *add(block: Block, family: string, query: TogetherQuery = this.#query): Generator<void> {
    try {
      const reader = block.family(family)
      if (!reader) return
      for (const record of selectRecords(reader, query)) {
        const name = this.#nameOf(reader, record)
        const older = this.#get(name)
        const both = older ? this.joined(older, record) : record
        if (typeof name === 'number') this.#numbered[name] = both
        else this.#texts.set(name, both)
        yield
      }
    } catch (cause) {
      if (!query.onDamage || !(cause instanceof BlockFailure)) throw cause
      query.onDamage(cause)
    }
  }

  /** Those that have this name, which are then done with. */
  take(name: RecordName): TogetherRecord | undefined {
    const found = this.#get(name)
    if (!found) return undefined
    if (typeof name === 'number') this.#numbered[name] = undefined
    else this.#texts.delete(name)
    return found
  }

  /** What was not taken, one for each key. */
  rest(): Iterable<TogetherRecord> {
    const rest = new Map<string, TogetherRecord>()
    for (const record of [...this.#texts.values(), ...this.#numbered]) {
      if (!record) continue
      const older = rest.get(record.key)
      rest.set(record.key, older ? this.joined(older, record) : record)
    }
    return rest.values()
  }

  #get(name: RecordName): TogetherRecord | undefined {
    return typeof name === 'number' ? this.#numbered[name] : this.#texts.get(name)
  }

  /** The rows of both, those of `newer` on top. */
  joined({ rows: older }: TogetherRecord, newer: TogetherRecord): TogetherRecord {
    const { merges, rows } = newer
    const own = this.#mergesOf(merges)
    const joined = isBehind(older, rows) ? this.#concat(older, rows) : compose([older, rows], own)
    return new Joined(newer, joined)
  }

  #concat(older: RecordRows, newer: RecordRows): RecordRows {
    const times = this.#arena.sharedTimes(this.#join(older.times, newer.times))
    const columns: Float64Array[] = []
    for (let at = 0; at < older.columns.length; at++) {
      columns.push(this.#join(older.columns[at] as Float64Array, newer.columns[at] as Float64Array))
    }
    return { times, columns }
  }

  #join(older: Float64Array, newer: Float64Array): Float64Array {
    const all = this.#arena.take(older.length + newer.length)
    all.set(older)
    all.set(newer, older.length)
    return all
  }

  /** Most records share the list itself. */
  #mergesOf(merges: readonly Merge[]): readonly Merge[] {
    if (merges !== this.#merges) {
      this.#merges = merges
      this.#own = this.#query.columns.map((column) => merges[column] ?? 'add')
    }
    return this.#own
  }
}

/** Who it is, is read when it is asked for. */
class Joined implements TogetherRecord {
  readonly rows: RecordRows
  readonly #newest: TogetherRecord

  constructor(newest: TogetherRecord, rows: RecordRows) {
    this.rows = rows
    this.#newest = newest instanceof Joined ? newest.#newest : newest
  }

  get key(): string {
    return this.#newest.key
  }

  get labels(): Labels {
    return this.#newest.labels
  }

  get merges(): readonly Merge[] {
    return this.#newest.merges
  }
}

function isBehind(older: RecordRows, newer: RecordRows): boolean {
  if (older.ops || newer.ops) return false
  const last = older.times[older.times.length - 1] as number
  return last < (newer.times[0] as number)
}
