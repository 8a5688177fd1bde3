/** The series of one environment: its log, what it has applied, its data in memory and in blocks. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Labels } from '../../model/labels.ts'
import type { SampleBatch } from '../../model/sample-batch.ts'
import type { UnixMs } from '../../model/time.ts'
import type { SeriesData } from '../../promql/index.ts'
import type { BatchId, ColumnBatch } from '../../wire/index.ts'
import type { BlockCache } from './block/block-cache.ts'
import type { BlockFailure } from './block/failure.ts'
import { SeriesFailure } from './failure.ts'
import type { Watermark } from './feeds/watermark.ts'
import { FlushFiles } from './flush/flush-files.ts'
import { Flusher } from './flush/flusher.ts'
import { RawBorder } from './flush/raw-border.ts'
import { readBefore } from './flush/read-before.ts'
import { Upkeep } from './flush/upkeep.ts'
import { BLOCKS, HOURS } from './layout.ts'
import type { Retention, SeriesLimits } from './limits.ts'
import { BatchLog } from './log/batch-log.ts'
import { encodeSamples } from './log/sample-record.ts'
import { type Head, newestOf, TAKEN_MS } from './memory/head.ts'
import { Memory } from './memory/memory.ts'
import { labelNames, labelSets, labelValues } from './read/label-reads.ts'
import { selectSamples } from './read/sample-select.ts'
import { type SeriesQuery, selectSeries } from './read/select.ts'
import { Views } from './read/view.ts'
import { type Recovered, recover } from './recover.ts'
import type { AppendedSamples } from './samples/sample-appending.ts'

/** How far ahead of its arrival data may be. */
const AHEAD_MS = 600_000

export interface EnvironmentOptions {
  readonly folder: string
  readonly limits: SeriesLimits
  readonly cache: BlockCache
  /** Told of what cannot be read. */
  readonly onDamage: (failure: BlockFailure) => void
}

export interface SeriesStats {
  /** Keys in memory. */
  readonly records: number
  /** Rows and events not kept, or not kept as long as usual. */
  readonly dropped: number
  /** Rows that count under a key that tells less, because there are too many. */
  readonly folded: number
  /** Times the disk was waited for. */
  readonly commits: number
  /** Blocks, and their bytes with those of the log. */
  readonly blocks: number
  readonly bytes: number
  /** Files that cannot be read. */
  readonly missing: readonly string[]
}

export class EnvironmentSeries {
  readonly #options: EnvironmentOptions
  readonly #views = new Views({
    ...{ blocks: [], hours: [], missing: [] },
    ...{ floorMs: -Infinity, rolledMs: -Infinity, epoch: 0 },
  })
  readonly #log: BatchLog
  readonly #memory: Memory
  readonly #arriving = new Map<string, Promise<void>>()
  #upkeep: Upkeep | undefined

  constructor(options: EnvironmentOptions) {
    this.#options = options
    this.#log = new BatchLog(options.folder)
    this.#memory = new Memory(options.limits, (kind, span) =>
      readBefore(this.head, this.#views.current, kind, span),
    )
  }

  get head(): Head {
    return this.#memory.head
  }

  get watermark(): Watermark {
    return this.#memory.watermark
  }

  /** Takes in what is on disk. @throws {SeriesFailure} */
  async open(): Promise<Recovered['report']> {
    const { folder, limits, cache, onDamage } = this.#options
    const parts = {
      ...{ memory: this.#memory, views: this.#views, log: this.#log },
      files: new FlushFiles(folder),
    }
    const open = { cache }
    const { report, failures, newest } = await recover(folder, parts, open)
    for (const failure of failures) onDamage(failure)
    const [blocks, hours] = [join(folder, BLOCKS), join(folder, HOURS)]
    const flusher = new Flusher({ folder: blocks, ...parts, open }, newest)
    const { head, views } = { head: this.head, views: this.#views }
    const rawBorder = await RawBorder.open(folder)
    const shared = { head, flusher, views, rawBorder, limits, open, onDamage }
    this.#upkeep = new Upkeep({ blocks, hours, ...shared })
    return report
  }

  /** `bytes`: the batch as it came. */
  async append(
    batch: ColumnBatch,
    bytes: Buffer,
    receivedAt: UnixMs,
  ): Promise<{ applied: boolean }> {
    if (this.#memory.applied.has(batch.id)) return { applied: false }
    const id = textOf(batch.id)
    const arriving = this.#arriving.get(id)
    if (arriving) {
      await arriving
      return { applied: false }
    }
    this.#checkAge(batch, receivedAt)
    this.#checkLog()
    const apply = () => this.#memory.apply(batch, receivedAt)
    const stored = this.#log.append({ receivedAt, bytes }, apply)
    this.#arriving.set(id, stored)
    try {
      await stored
    } finally {
      this.#arriving.delete(id)
    }
    return { applied: true }
  }

  /** Samples that are there already count as written: a batch may come again. */
  async appendSamples(batch: SampleBatch, receivedAt: UnixMs): Promise<AppendedSamples> {
    this.#checkLog()
    const { promise, resolve } = Promise.withResolvers<AppendedSamples>()
    const apply = () => resolve(this.#memory.applySamples(batch))
    await this.#log.append({ receivedAt, bytes: encodeSamples(batch) }, apply)
    return promise
  }

  select(query: SeriesQuery): Promise<readonly SeriesData[]> {
    return this.#views.read(async (view) => [
      ...(await selectSeries(this.head.families.all, view, query)),
      ...(await selectSamples(this.head.samples, view, query)),
    ])
  }

  labelSets(query: SeriesQuery): Promise<Labels[]> {
    return this.#views.read((view) => labelSets(this.head, view, query))
  }

  labelNames(query: SeriesQuery): Promise<ReadonlySet<string>> {
    return this.#views.read((view) => labelNames(this.head, view, query))
  }

  labelValues(name: string, query: SeriesQuery): Promise<ReadonlySet<string>> {
    return this.#views.read((view) => labelValues(this.head, view, query, name))
  }

  /** Whether memory should be flushed. */
  get isFlushDue(): boolean {
    const { flushEveryMs, flushBytes } = this.#options.limits
    return (
      this.head.border.newestMs - this.#memory.flushedAtMs >= flushEveryMs ||
      this.#log.bytes >= flushBytes
    )
  }

  /** From the next flush on; undefined: that of the limits. What is deleted does not come back. */
  setRetention(retention: Retention | undefined): void {
    if (this.#upkeep) this.#upkeep.retention = retention ?? this.#options.limits
  }

  /**
   * Memory to disk, then whatever else is due; whether blocks were merged.
   * @throws {SeriesFailure} the disk does not take it.
   */
  async flush(): Promise<boolean> {
    const { border } = this.head
    const sinceMs = Math.max(border.newestMs, border.flushedMs)
    if (sinceMs === -Infinity || !this.#upkeep) return false
    await this.#upkeep.flush()
    this.#memory.flushedAtMs = sinceMs
    return this.#upkeep.run()
  }

  /** Sizes for our own metrics. */
  stats(): SeriesStats {
    const { families, samples, dropped, folded, events } = this.head
    const { blocks, hours, missing } = this.#views.current
    const all = [...blocks, ...hours]
    return {
      ...{
        records: families.records + samples.size,
        dropped: dropped + events.dropped,
        folded,
        missing,
      },
      ...{ commits: this.#log.commits, blocks: all.length },
      bytes: all.reduce((sum, { bytes }) => sum + bytes, this.#log.bytes),
    }
  }

  /** Not before a flush under way has ended: `endUpkeep` shortens that. */
  async close(): Promise<void> {
    await this.#log.close()
    const { blocks, hours } = this.#views.current
    await this.#views.replace({ blocks: [], hours: [] })
    for (const block of [...blocks, ...hours]) block.close()
  }

  endUpkeep(): void {
    this.#upkeep?.end()
  }

  async remove(): Promise<void> {
    await this.close()
    await rm(this.#options.folder, { recursive: true, force: true })
  }

  #checkAge(batch: ColumnBatch, receivedAt: UnixMs): void {
    const newest = newestOf(batch)
    if (newest === undefined) return
    if (newest < this.head.newestMs - TAKEN_MS) {
      const hours = ((this.head.newestMs - newest) / 3600_000).toFixed(1)
      throw new SeriesFailure('too-old', `all of it is ${hours} h or more behind; 25 h are taken`)
    }
    if (newest > receivedAt + AHEAD_MS) {
      const minutes = ((newest - receivedAt) / 60_000).toFixed(1)
      throw new SeriesFailure(
        'too-new',
        `it is ${minutes} min ahead of the clock; 10 min are taken`,
      )
    }
  }

  /** What is logged has to be held in memory until it can be flushed. */
  #checkLog(): void {
    if (this.#log.bytes < this.#options.limits.maxLogBytes) return
    const mib = Math.round(this.#log.bytes / 2 ** 20)
    throw new SeriesFailure('unwritable', `${mib} MiB of log wait to be flushed`, {
      retryable: true,
    })
  }
}

function textOf({ agent, epoch, seq }: BatchId): string {
  return `${agent}/${epoch}/${seq}`
}
