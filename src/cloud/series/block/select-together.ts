/** One answer out of several blocks. */
import type { Labels } from '../../../model/labels.ts'
import { Arena } from './arena.ts'
import type { Block } from './block.ts'
import { type BlockQuery, BlockWalk } from './block-walk.ts'
import { BlockFailure } from './failure.ts'
import { FlatBuffer } from './flat-buffer.ts'
import type { FlatPart } from './flat-part.ts'
import { FlatParts } from './flat-parts.ts'
import { PlacedRows } from './placed-rows.ts'
import { type Numbers, RecordJoin } from './record-join.ts'
import { compose, type Merge, OP, type RecordRows, settle } from './record-rows.ts'

export interface TogetherQuery extends BlockQuery {
  /** Told of what cannot be read; the answer then lacks it. Without, the failure ends the answer. */
  readonly onDamage?: (failure: BlockFailure) => void
}

export interface BlockRecord {
  readonly key: string
  readonly labels: Labels
  /** Of all columns. */
  readonly merges: readonly Merge[]
}

export interface TogetherRecord extends BlockRecord {
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
  const buffer = new FlatBuffer(new Arena())
  const together = new Together(query, buffer.arena)
  for (const block of blocks) together.add(block, family)
  for (const _ of together.read());
  const found = Array.from(together.unnumbered(buffer), (who) => {
    return { ...who, rows: buffer.rows(query.columns.length) }
  })
  return found.sort((a, b) => (a.key < b.key ? -1 : 1))
}

const NO_NUMBERS: Numbers = { count: 0, in: () => () => -1 }
/** What work costs, as `Pace` counts: to find names, to read a record beside its values. */
const NAMES_COST = 2000
const RECORD_COST = 10
const TOLD_COST = 4000

/** Finds what blocks have of each record, and makes rows of it: group after group. */
export class Together {
  readonly #query: TogetherQuery
  readonly #numbers: Numbers
  readonly #join: RecordJoin
  readonly #reading: FlatParts
  readonly #buffer: FlatBuffer
  readonly #parts: FlatPart[] = []
  #placed = new PlacedRows(0)

  /** Rows are made in `arena`. */
  constructor(query: TogetherQuery, arena: Arena, numbers = NO_NUMBERS) {
    this.#query = query
    this.#numbers = numbers
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

  /** Once, when all blocks were added; stops now and then to tell what it has done since, as `Pace` counts. */
  *read(): Generator<number> {
    const join = this.#join
    for (const _ of join.find((cause) => this.#tell(cause))) yield NAMES_COST
    this.#placed = new PlacedRows(join.names)
    const width = this.#query.columns.length
    try {
      for (let cost = 0; join.next(); ) {
        if (this.#readRecord()) this.#placed.put(join.name, this.#buffer)
        cost += RECORD_COST + width * this.#buffer.count
        if (cost < TOLD_COST) continue
        yield cost
        cost = 0
      }
    } finally {
      join.end()
    }
  }

  /** Shows the rows of the record of that number; false when there are none. */
  show(number: number, buffer: FlatBuffer): boolean {
    return this.#placed.show(number, buffer)
  }

  /** Records without a number that have rows; those of each are shown in turn. */
  *unnumbered(buffer: FlatBuffer): Generator<BlockRecord> {
    for (const [at, { walk, place }] of this.#join.unnumbered.entries()) {
      if (!this.#placed.show(this.#numbers.count + at, buffer)) continue
      const { directory } = walk
      const [key, labels] = [directory.key(place), directory.labels(place)]
      yield { key, labels, merges: directory.merges(place) }
    }
  }

  /** Rows of the record at hand into the buffer; false when there are none. */
  #readRecord(): boolean {
    const parts = this.#find()
    if (parts.length === 0) return false
    try {
      if (!areApart(parts)) return this.#compose(parts)
      this.#reading.read(parts, this.#buffer)
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

  #compose(parts: readonly FlatPart[]): boolean {
    const buffer = this.#buffer
    const all = parts.map((part) => this.#reading.rows([part], buffer))
    const { walks, places } = this.#join
    const merges = walks.at(-1)?.directory.merges(places.at(-1) ?? 0) ?? []
    const own = this.#query.columns.map((column) => merges[column] ?? 'add')
    const rows = settle(compose(all, own))
    buffer.copy(rows)
    return rows.times.length > 0
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
