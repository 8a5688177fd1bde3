/** The series of one environment: its log, what it has applied, its data in memory and in blocks. */
import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Labels } from '../../model/labels.ts'
import type { SampleBatch } from '../../model/sample-batch.ts'
import type { UnixMs } from '../../model/time.ts'
import type { SeriesData } from '../../promql/index.ts'
import { type BatchId, type ColumnBatch, decodeColumns } from '../../wire/index.ts'
import { Applied } from './applied.ts'
import { BatchLog, type LogReport } from './batch-log.ts'
import type { BlockCache } from './block/block-cache.ts'
import { openFolder } from './block/block-folder.ts'
import type { BlockFailure } from './block/failure.ts'
import { SeriesFailure } from './failure.ts'
import { FlushFiles } from './flush-files.ts'
import { Flusher } from './flusher.ts'
import { Head, newestOf, TAKEN_MS } from './head.ts'
import { labelNames, labelSets, labelValues } from './label-reads.ts'
import { BLOCK_NAME, BLOCKS, HOURS } from './layout.ts'
import type { SeriesLimits } from './limits.ts'
import type { LogRecord } from './log-record.ts'
import { readBefore } from './read-before.ts'
import type { AppendedSamples } from './sample-appending.ts'
import { decodeSamples, encodeSamples, isSampleRecord } from './sample-record.ts'
import { selectSamples } from './sample-select.ts'
import { type SeriesQuery, selectSeries } from './select.ts'
import { Upkeep } from './upkeep.ts'
import { numberOf } from './upkeep-plan.ts'
import { Views } from './view.ts'
import { Watermark } from './watermark.ts'

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

export interface EnvironmentReport extends LogReport {
  readonly blocks: number
}

export class EnvironmentSeries {
  readonly head: Head
  readonly watermark = new Watermark()
  readonly #options: EnvironmentOptions
  readonly #views = new Views({
    ...{ blocks: [], hours: [], missing: [] },
    ...{ floorMs: -Infinity, rolledMs: -Infinity, epoch: 0 },
  })
  readonly #log: BatchLog
  readonly #applied = new Applied()
  readonly #arriving = new Map<string, Promise<void>>()
  #upkeep: Upkeep | undefined
  #heardAt: UnixMs = 0
  /** Of the data when the last flush began. */
  #sinceMs = Infinity

  constructor(options: EnvironmentOptions) {
    this.#options = options
    this.#log = new BatchLog(options.folder)
    this.head = new Head(options.limits, (kind, span) =>
      readBefore(this.head, this.#views.current, kind, span),
    )
  }

  /** Takes in what is on disk; `broken` also counts records that are no batch, and files that cannot be read. */
  async open(): Promise<EnvironmentReport> {
    const { folder, limits, cache, onDamage } = this.#options
    const [blocks, hours] = [join(folder, BLOCKS), join(folder, HOURS)]
    const open = { cache }
    const raw = await openFolder(blocks, open)
    const rolled = await openFolder(hours, open)
    const failures = [...raw.failures, ...rolled.failures]
    for (const failure of failures) onDamage(failure)
    const newest = await newestNumber(blocks)
    const files = new FlushFiles(folder)
    const stored = await files.open(newest)
    const first = this.#restore(stored, raw.blocks.at(-1)?.head.note ?? '')
    await this.#views.replace({
      ...{ blocks: raw.blocks, hours: rolled.blocks, floorMs: this.head.border.floorMs },
      missing: failures.map(({ message }) => message),
    })
    let broken = failures.length + stored.broken
    const report = await this.#log.open(first, (record) => {
      if (!this.#replay(record)) broken++
    })
    const { head } = this
    const state = () => ({
      applied: this.#applied.snapshot(this.#heardAt),
      watermark: this.watermark.snapshot(),
    })
    const flusher = new Flusher(
      { folder: blocks, head, log: this.#log, files, state, open },
      newest,
    )
    const views = this.#views
    this.#upkeep = new Upkeep({ blocks, hours, head, flusher, views, limits, open, onDamage })
    return { ...report, broken: report.broken + broken, blocks: raw.blocks.length }
  }

  /** `bytes`: the batch as it came. */
  async append(
    batch: ColumnBatch,
    bytes: Buffer,
    receivedAt: UnixMs,
  ): Promise<{ applied: boolean }> {
    if (this.#applied.has(batch.id)) return { applied: false }
    const id = textOf(batch.id)
    const arriving = this.#arriving.get(id)
    if (arriving) {
      await arriving
      return { applied: false }
    }
    this.#checkAge(batch, receivedAt)
    this.#checkLog()
    const apply = () => this.#apply(batch, receivedAt)
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
    const apply = () => {
      resolve(this.head.applySamples(batch))
      this.#begin()
    }
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
      this.head.border.newestMs - this.#sinceMs >= flushEveryMs || this.#log.bytes >= flushBytes
    )
  }

  /** Memory to disk, then whatever else is due. @throws {SeriesFailure} the disk does not take it. */
  async flush(): Promise<void> {
    const { border } = this.head
    const sinceMs = Math.max(border.newestMs, border.flushedMs)
    if (sinceMs === -Infinity) return
    await this.#upkeep?.flush()
    this.#sinceMs = sinceMs
    await this.#upkeep?.run()
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

  #restore(stored: Awaited<ReturnType<FlushFiles['open']>>, note: string): number {
    const { head } = this
    head.events.restore(stored.events)
    const { state } = stored
    if (!state) return this.#restoreNote(note)
    head.border.flushedMs = state.flushedMs
    head.border.floorMs = state.flushedMs + 1
    head.newestMs = state.newestMs
    head.windowMs = state.windowMs
    this.#applied.merge(state.applied)
    this.watermark.restore(state.watermark)
    head.reporters.restore(state.reporters)
    head.readings.restore(state.readings)
    head.twins.restore(state.twins)
    this.#sinceMs = state.flushedMs
    return state.log
  }

  /** Without the state repeats are taken for new, but nothing counts twice that is in blocks. */
  #restoreNote(note: string): number {
    if (note === '') return 0
    const { log, flushedMs } = JSON.parse(note) as { log: number; flushedMs: number }
    this.head.border.flushedMs = flushedMs
    this.head.border.floorMs = flushedMs + 1
    this.head.newestMs = flushedMs
    this.#sinceMs = flushedMs
    return log
  }

  #apply(batch: ColumnBatch, receivedAt: UnixMs): void {
    this.#applied.add(batch.id, receivedAt)
    this.head.apply(batch, receivedAt)
    this.watermark.heard(batch, receivedAt)
    this.#heardAt = Math.max(this.#heardAt, receivedAt)
    this.#begin()
  }

  /** The first flush is due some time after the first data. */
  #begin(): void {
    if (this.#sinceMs === Infinity && this.head.border.newestMs > -Infinity) {
      this.#sinceMs = this.head.border.newestMs
    }
  }

  #replay({ bytes, receivedAt }: LogRecord): boolean {
    try {
      if (isSampleRecord(bytes)) {
        this.head.applySamples(decodeSamples(bytes))
        this.#begin()
        return true
      }
      const batch = decodeColumns(bytes)
      if (!this.#applied.has(batch.id)) this.#apply(batch, receivedAt)
      return true
    } catch {
      return false
    }
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

/** By their names: a block that cannot be read counts, too. 0 when there is none. */
async function newestNumber(folder: string): Promise<number> {
  await mkdir(folder, { recursive: true })
  const names = (await readdir(folder)).filter((name) => BLOCK_NAME.test(name))
  return Math.max(0, ...names.map(numberOf))
}
