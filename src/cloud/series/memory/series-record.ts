/** One record in memory: who it is and its rows. */
import type { Labels } from '../../../model/labels.ts'
import type { UnixMs } from '../../../model/time.ts'
import type { Arena } from '../block/arena.ts'
import type { FlatRows } from '../block/flat-rows.ts'
import type { InputRows } from '../block/record-input.ts'
import type { Merge } from '../block/record-rows.ts'
import { compose, OP, type RecordRows } from '../block/record-rows.ts'
import type { Border } from './border.ts'
import { LateRows } from './late-rows.ts'
import { RowBuffer } from './row-buffer.ts'
import type { RowRoom } from './row-room.ts'
import { Timeline } from './timeline.ts'

/** What a flush has taken of a record. */
export interface Taken {
  /** All that blocks do not have yet: late rows, then those that changed, then new ones. */
  readonly rows: InputRows | undefined
  /** Times of those that changed. */
  readonly dirty: readonly UnixMs[]
}

const NONE: readonly never[] = []

export class SeriesRecord {
  /** In its family no other has had it. */
  readonly number: number
  readonly key: string
  readonly labels: Labels
  readonly merges: readonly Merge[]
  /** Rows from the border's floor on; may hold older ones for a while. */
  readonly timeline: Timeline
  /** Labels of its series, of those that were asked for. */
  readonly seriesLabels: Labels[] = []
  /** It was forgotten: a record made later may have the same key. */
  isGone = false
  /** The last flush that has taken what there was. */
  takenIn: number
  readonly #border: Border
  #late: LateRows | undefined
  #dirty: Set<UnixMs> | undefined
  /** Late rows that a flush has taken: those who read without its block still need them. */
  #sealed: { readonly epoch: number; readonly rows: RecordRows } | undefined

  constructor(
    { key, labels, merges }: Pick<SeriesRecord, 'key' | 'labels' | 'merges'>,
    border: Border,
    { number, room }: { readonly number: number; readonly room: RowRoom },
  ) {
    this.number = number
    this.key = key
    this.labels = labels
    this.merges = merges
    this.timeline = new Timeline(merges, number, room)
    this.takenIn = border.epoch
    this.#border = border
  }

  /** Of its open rows. */
  get place(): number {
    return this.timeline.place
  }

  /** A contribution to the row of that time. */
  add(time: UnixMs, row: ArrayLike<number>): void {
    const late = this.#lateFor(time)
    if (late) late.add(time, row)
    else this.timeline.add(time, row)
  }

  /** The row of that time from now on. */
  set(time: UnixMs, row: ArrayLike<number>): void {
    const late = this.#lateFor(time)
    if (late) late.set(time, row)
    else this.timeline.set(time, row)
  }

  remove(time: UnixMs): void {
    const late = this.#lateFor(time)
    if (late) late.remove(time)
    else this.timeline.remove(time)
  }

  /** Whether there is something that blocks do not have. */
  hasNews(flushedMs: UnixMs): boolean {
    return this.timeline.lastMs > flushedMs || this.#late !== undefined || this.#dirty !== undefined
  }

  /** Whether there may be rows in this time; of those that came late it is not known when. */
  hasRows(startMs: UnixMs, endMs: UnixMs): boolean {
    const { firstMs, lastMs } = this.timeline
    if (firstMs <= endMs && lastMs >= startMs) return true
    return (
      startMs < this.#border.floorMs && (this.#late !== undefined || this.#sealed !== undefined)
    )
  }

  get isEmpty(): boolean {
    return this.timeline.isEmpty && !this.#late && !this.#dirty && !this.#sealed
  }

  /** Late rows that the blocks of that epoch do not have. */
  lateRows(epoch: number): RecordRows | undefined {
    const sealed = this.#sealed && epoch < this.#sealed.epoch ? this.#sealed.rows : undefined
    const late = this.#late?.toRows()
    if (!sealed || !late) return sealed ?? late
    return compose([sealed, late], this.merges)
  }

  /** Hands over what changed since the flush before, in `arena`; what comes from now on is for the next one. */
  take(sinceMs: UnixMs, arena: Arena): Taken {
    if (!this.#late && !this.#dirty) {
      const isNew = this.timeline.lastMs > sinceMs
      return { rows: isNew ? this.#flatSince(sinceMs, arena) : undefined, dirty: NONE }
    }
    const late = this.#late?.toRows()
    // After a flush that came to nothing some of them are new ones again.
    const dirty = [...(this.#dirty ?? [])].filter((time) => time <= sinceMs).sort((a, b) => a - b)
    const parts = [
      ...(late ? [late] : []),
      ...dirty.map((time) => this.#rowOf(time)),
      ...(this.timeline.lastMs > sinceMs ? [this.#rowsSince(sinceMs, arena)] : []),
    ]
    if (late) this.#sealed = { epoch: this.#border.epoch, rows: late }
    this.#late = undefined
    this.#dirty = undefined
    return { rows: parts.length > 0 ? compose(parts, this.merges) : undefined, dirty }
  }

  /** The flush came to nothing: what it took is news again. */
  takeBack(dirty: readonly UnixMs[]): void {
    for (const time of dirty) this.#markDirty(time)
    const sealed = this.#sealed
    if (!sealed) return
    const since = this.#late?.toRows()
    this.#sealed = undefined
    this.#late = undefined
    const late = this.#lateRows()
    for (const rows of since ? [sealed.rows, since] : [sealed.rows]) late.replay(rows)
  }

  /** Before the border's floor rises: rows that changed since they were flushed are late ones from now on. */
  leaveBehind(floorMs: UnixMs): void {
    for (const time of this.#dirty ?? []) {
      if (time >= floorMs) continue
      this.#dirty?.delete(time)
      this.#lateRows().replay(this.#rowOf(time))
    }
    if (this.#dirty?.size === 0) this.#dirty = undefined
  }

  /** Forgets what only those needed who read without the newest blocks. */
  tidy(floorMs: UnixMs): void {
    this.#sealed = undefined
    this.timeline.dropBefore(floorMs)
  }

  #lateFor(time: UnixMs): LateRows | undefined {
    const border = this.#border
    if (this.takenIn !== border.epoch) border.takeFirst(this)
    if (time < border.floorMs) return this.#lateRows()
    if (time <= border.flushedMs) this.#markDirty(time)
    else if (time > border.newestMs) border.newestMs = time
    return undefined
  }

  #lateRows(): LateRows {
    if (!this.#late) {
      this.#late = new LateRows(this.merges)
      this.#border.late.add(this)
    }
    return this.#late
  }

  #markDirty(time: UnixMs): void {
    if (!this.#dirty) {
      this.#dirty = new Set()
      this.#border.dirty.add(this)
    }
    this.#dirty.add(time)
  }

  /** The row of a time that blocks have another one of. */
  #rowOf(time: UnixMs): RecordRows {
    const rows = this.timeline.read(time, time, this.#columns())
    if (rows) return { ...rows, ops: Uint8Array.of(OP.set) }
    const times = Float64Array.of(time)
    return {
      times,
      columns: this.merges.map(() => new Float64Array(1)),
      ops: Uint8Array.of(OP.gone),
    }
  }

  #rowsSince(sinceMs: UnixMs, arena: Arena): RecordRows {
    return (
      this.timeline.read(sinceMs + 1, Infinity, this.#columns(), arena) ?? {
        times: new Float64Array(0),
        columns: this.merges.map(() => new Float64Array(0)),
      }
    )
  }

  #flatSince(sinceMs: UnixMs, arena: Arena): FlatRows | undefined {
    const buffer = new RowBuffer(arena)
    return this.timeline.readInto(sinceMs + 1, Infinity, columnsOf(this.merges), buffer)
      ? buffer
      : undefined
  }

  #columns(): number[] {
    return columnsOf(this.merges)
  }
}

/** By their merges: few lists of these, which all records share. */
const COLUMNS = new WeakMap<readonly Merge[], number[]>()

function columnsOf(merges: readonly Merge[]): number[] {
  const columns = COLUMNS.get(merges) ?? [...merges.keys()]
  COLUMNS.set(merges, columns)
  return columns
}
