/** One answer out of several blocks. */
import type { Labels } from '../../../model/labels.ts'
import type { Block } from './block.ts'
import { BlockFailure } from './failure.ts'
import { type BlockMerge, compose, type RecordRows } from './record-rows.ts'
import type { BlockQuery, SelectedRecord } from './select.ts'

export interface TogetherQuery extends BlockQuery {
  /** Told of what cannot be read; the answer then lacks it. Without, the failure ends the answer. */
  readonly onDamage?: (failure: BlockFailure) => void
}

export interface TogetherRecord {
  readonly key: string
  readonly labels: Labels
  /** Of all columns. */
  readonly merges: readonly BlockMerge[]
  /** As `compose` leaves them: rows may still say `set` and `gone` for what is older still. See `settle`. */
  readonly rows: RecordRows
}

/**
 * The records of a family in several blocks, the oldest block first, in the order of keys.
 * @throws {BlockFailure} without `onDamage`.
 */
export function* selectTogether(
  blocks: readonly Block[],
  family: string,
  query: TogetherQuery,
): Generator<TogetherRecord> {
  let open = blocks.map((block) => new Head(block, family, query)).filter((head) => head.next())
  while (open.length > 0) {
    const key = open.reduce(
      (least, each) => (each.key < least ? each.key : least),
      open[0]?.key ?? '',
    )
    const found = open.filter((head) => head.key === key).map(({ record }) => record)
    const last = found.at(-1)
    if (!last) return
    const merges = query.columns.map((column) => last.merges[column] ?? 'add')
    const rows = compose(
      found.map((record) => record.rows),
      merges,
    )
    yield new Together(last, rows)
    open = open.filter((head) => head.key !== key || head.next())
  }
}

/** Who it is, is read when it is asked for. */
class Together implements TogetherRecord {
  readonly rows: RecordRows
  readonly #last: SelectedRecord

  constructor(last: SelectedRecord, rows: RecordRows) {
    this.#last = last
    this.rows = rows
  }

  get key(): string {
    return this.#last.key
  }

  get labels(): Labels {
    return this.#last.labels
  }

  get merges(): readonly BlockMerge[] {
    return this.#last.merges
  }
}

/** Where the answer of one block is. */
class Head {
  key = ''
  readonly #onDamage: TogetherQuery['onDamage']
  readonly #records: Iterator<SelectedRecord>
  #record: SelectedRecord | undefined

  constructor(block: Block, family: string, query: TogetherQuery) {
    this.#onDamage = query.onDamage
    this.#records = recordsOf(block, family, query)
  }

  get record(): SelectedRecord {
    if (!this.#record) throw new RangeError('behind the last record')
    return this.#record
  }

  /** Whether there is one more. */
  next(): boolean {
    try {
      const { value, done } = this.#records.next()
      if (done) return false
      this.#record = value
      this.key = value.key
      return true
    } catch (cause) {
      if (!this.#onDamage || !(cause instanceof BlockFailure)) throw cause
      this.#onDamage(cause)
      return false
    }
  }
}

function* recordsOf(block: Block, family: string, query: BlockQuery): Generator<SelectedRecord> {
  yield* block.select(family, query)
}
