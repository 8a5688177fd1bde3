/** One answer out of several blocks. */
import type { Labels } from '../../../model/labels.ts'
import { Arena } from './arena.ts'
import type { Block } from './block.ts'
import { type BlockQuery, BlockWalk } from './block-walk.ts'
import { BlockFailure } from './failure.ts'
import { FlatBuffer } from './flat-buffer.ts'
import type { FlatPart } from './flat-part.ts'
import { FlatParts } from './flat-parts.ts'
import { type Numbers, RecordJoin } from './record-join.ts'
import { compose, type Merge, OP, type RecordRows, settle } from './record-rows.ts'

export interface TogetherQuery extends BlockQuery {
  /** Told of what cannot be read; the answer then lacks it. Without, the failure ends the answer. */
  readonly onDamage?: (failure: BlockFailure) => void
}

export interface TogetherRecord {
  readonly key: string
  readonly labels: Labels
  /** Of all columns. */
  readonly merges: readonly Merge[]
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
  const together = new Together(query)
  for (const block of blocks) together.add(block, family)
  for (const _ of together.join());
  const found: TogetherRecord[] = []
  while (together.next()) {
    const rows = together.rows()
    const labels = rows && together.labels
    if (labels) found.push({ key: together.key, labels, merges: together.merges, rows })
  }
  together.end()
  return found.sort((a, b) => (a.key < b.key ? -1 : 1))
}

const NO_NUMBERS: Numbers = { of: () => -1, count: 0 }

/** Finds what blocks have of each record, then reads it record by record. */
export class Together {
  readonly #query: TogetherQuery
  readonly #join: RecordJoin
  readonly #reading: FlatParts
  /** For rows that are not wanted in another one. */
  readonly #buffer: FlatBuffer
  readonly #parts: FlatPart[] = []

  /** Rows are made in `arena`. */
  constructor(query: TogetherQuery, numbers = NO_NUMBERS, arena = new Arena()) {
    this.#query = query
    this.#join = new RecordJoin(numbers)
    this.#reading = new FlatParts(query.columns.length)
    this.#buffer = new FlatBuffer(arena)
  }

  /** Adds a block that is newer than those before; `query` when it is another one's than that of all. */
  add(block: Block, family: string, query: TogetherQuery = this.#query): void {
    try {
      const reader = block.family(family)
      if (reader) this.#join.add(new BlockWalk(reader, query))
    } catch (cause) {
      this.#tell(cause)
    }
  }

  /** Once, when all blocks were added; stops now and then. */
  *join(): Generator<void> {
    for (const side of this.#join.sides.toReversed()) {
      try {
        while (this.#join.name(side)) yield
      } catch (cause) {
        this.#tell(cause)
      }
    }
  }

  /** Goes to the next record; false behind the last. It may have no rows. */
  next(): boolean {
    return this.#join.next()
  }

  /** Whether one of the blocks has the record of that number, with rows in the range or not. */
  has(number: number): boolean {
    return this.#join.has(number)
  }

  /** Forgets what was read ahead. */
  end(): void {
    for (const { walk } of this.#join.sides) walk.end()
  }

  /** The newest block that has the record, and its place there. */
  get newest(): BlockWalk {
    return this.#join.walks.at(-1) as BlockWalk
  }

  get place(): number {
    return this.#join.places.at(-1) as number
  }

  get key(): string {
    return this.newest.directory.key(this.place)
  }

  /** Of all columns. */
  get merges(): readonly Merge[] {
    return this.newest.directory.merges(this.place)
  }

  /** Undefined when they cannot be read. */
  get labels(): Labels | undefined {
    try {
      return this.newest.directory.labels(this.place)
    } catch (cause) {
      this.#tell(cause)
      return undefined
    }
  }

  /** Views; undefined when there are none. */
  rows(): RecordRows | undefined {
    return this.readInto(this.#buffer) ? this.#buffer.rows(this.#query.columns.length) : undefined
  }

  /** Rows of the record, into a buffer of the same arena; false when there are none. */
  readInto(buffer: FlatBuffer): boolean {
    const parts = this.#find()
    if (parts.length === 0) return false
    try {
      if (!areApart(parts)) return this.#compose(parts, buffer)
      this.#reading.read(parts, buffer)
      return true
    } catch (cause) {
      this.#tell(cause)
      return false
    }
  }

  #find(): readonly FlatPart[] {
    const { walks, places } = this.#join
    const parts = this.#parts
    parts.length = 0
    for (let at = 0; at < walks.length; at++) {
      const walk = walks[at] as BlockWalk
      try {
        walk.lead(places[at] as number, parts)
      } catch (cause) {
        this.#tell(cause)
        walk.giveUp()
      }
    }
    return parts
  }

  #compose(parts: readonly FlatPart[], buffer: FlatBuffer): boolean {
    const all = parts.map((part) => this.#reading.rows([part], buffer))
    const merges = this.#query.columns.map((column) => this.merges[column] ?? 'add')
    const rows = settle(compose(all, merges))
    if (rows.times.length === 0) return false
    buffer.copy(rows)
    return true
  }

  /** @throws what is no failure of a block, or is not wanted. */
  #tell(cause: unknown): void {
    const { onDamage } = this.#query
    if (!onDamage || !(cause instanceof BlockFailure)) throw cause
    onDamage(cause)
  }
}

/** Whether they lie one behind the other, and nothing is taken back. */
function areApart(parts: readonly FlatPart[]): boolean {
  let lastMs = -Infinity
  for (let at = 0; at < parts.length; at++) {
    const { ownTimes, ops, from, to } = parts[at] as FlatPart
    if ((ownTimes[from] as number) <= lastMs) return false
    if (ops?.includes(OP.gone)) return false
    lastMs = ownTimes[to - 1] as number
  }
  return true
}
