/** The series in a thread of their own: what they do holds up neither HTTP nor mail. */
import type { NotifyEvent } from '../../../model/event.ts'
import type { Labels } from '../../../model/labels.ts'
import type { SampleBatch } from '../../../model/sample-batch.ts'
import type { UnixMs } from '../../../model/time.ts'
import type { Expr, SeriesData, Value } from '../../../promql/index.ts'
import { messageOf } from '../../../support/failure.ts'
import type { Log } from '../../../support/log.ts'
import type { Appended, EnvironmentId } from '../../ingest/ports.ts'
import type { SeriesStats } from '../environment-series.ts'
import { SeriesFailure } from '../failure.ts'
import type { ReporterView } from '../feeds/reporters.ts'
import type { Retention } from '../limits.ts'
import type {
  InstantOptions,
  Progress,
  QueryOptions,
  Range,
  ReadOptions,
  Selector,
  SeriesPort,
} from '../port.ts'
import type { AppendedSamples } from '../samples/sample-appending.ts'
import type { RecoveryReport } from '../series-store.ts'
import { ThreadLink } from './thread-link.ts'
import type { Call, ThreadData } from './thread-messages.ts'

/** A rule that ended the thread so many times is a fault, as any other. */
const MAX_TRIES = 3

/**
 * A thread that ends by itself (a fault of ours, no memory left) is started anew on the same folder: all it
 * had acknowledged is on disk, and alarms go on. What was on its way fails, retryable; agents then send again,
 * and what is stored already counts once. Rules ask again by themselves: none of their instants is lost.
 */
export class ThreadSeries implements SeriesPort {
  /** Of the last start. */
  report: RecoveryReport = NOTHING
  readonly #link: ThreadLink
  readonly #listeners: ((progress: Progress) => void)[] = []
  /** A new thread knows of none. */
  readonly #retentions = new Map<EnvironmentId, Retention>()

  private constructor(data: ThreadData, log: Log) {
    this.#link = new ThreadLink({
      ...{ data, log },
      onOpen: (report) => {
        this.report = report
        if (this.crashes === 0) return
        this.#retainAll(log)
        // What was applied when nobody could be told.
        this.#tellAll(log)
      },
      onProgress: (progress) => this.#tell(progress),
    })
  }

  /** @throws {SeriesFailure} the folder cannot be read or written. */
  static async open({ log, ...data }: ThreadData & { readonly log: Log }): Promise<ThreadSeries> {
    const series = new ThreadSeries(data, log)
    await series.#link.open()
    return series
  }

  /** Times the thread ended by itself. */
  get crashes(): number {
    return this.#link.crashes
  }

  append(environment: EnvironmentId, bytes: Buffer, receivedAt: UnixMs): Promise<Appended> {
    const own = withOwnMemory(bytes)
    return this.#link.ask('append', [environment, own, receivedAt], { transfer: [own.buffer] })
  }

  appendSamples(
    environment: EnvironmentId,
    batch: SampleBatch,
    receivedAt: UnixMs,
  ): Promise<AppendedSamples> {
    const transfer = buffersOf(batch)
    return this.#link.ask('appendSamples', [environment, batch, receivedAt], { transfer })
  }

  newest(environment: EnvironmentId): Promise<UnixMs | undefined> {
    return this.#link.ask('newest', [environment])
  }

  async instant(
    environment: EnvironmentId,
    expr: Expr | string,
    atMs: UnixMs,
    options: InstantOptions = {},
  ): Promise<Value> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.#query('instant', [environment, expr, atMs], options)
      } catch (error) {
        if (!isRestarting(error) || !options.forRule || tries === MAX_TRIES) throw error
        await this.#link.back()
      }
    }
  }

  range(
    environment: EnvironmentId,
    expr: Expr | string,
    range: Range,
    options: QueryOptions = {},
  ): Promise<Value> {
    return this.#query('range', [environment, expr, range], options)
  }

  select(
    environment: EnvironmentId,
    selector: Selector,
    options: ReadOptions = {},
  ): Promise<readonly SeriesData[]> {
    return this.#query('select', [environment, selector], options)
  }

  labelSets(
    environment: EnvironmentId,
    selector: Selector,
    options: ReadOptions = {},
  ): Promise<readonly Labels[]> {
    return this.#query('labelSets', [environment, selector], options)
  }

  labelNames(
    environment: EnvironmentId,
    selector: Selector,
    options: ReadOptions = {},
  ): Promise<readonly string[]> {
    return this.#query('labelNames', [environment, selector], options)
  }

  labelValues(
    environment: EnvironmentId,
    name: string,
    selector: Selector,
    options: ReadOptions = {},
  ): Promise<readonly string[]> {
    return this.#query('labelValues', [environment, name, selector], options)
  }

  events(
    environment: EnvironmentId,
    labels: readonly Labels[],
    fromMs: UnixMs,
    toMs: UnixMs,
  ): Promise<readonly (readonly NotifyEvent[])[]> {
    return this.#link.ask('events', [environment, labels, fromMs, toMs])
  }

  reporters(environment: EnvironmentId, limit: number): Promise<readonly ReporterView[]> {
    return this.#link.ask('reporters', [environment, limit])
  }

  stats(environment: EnvironmentId): Promise<SeriesStats | undefined> {
    return this.#link.ask('stats', [environment])
  }

  environments(): Promise<readonly Progress[]> {
    return this.#link.ask('environments', [])
  }

  async setRetention(environment: EnvironmentId, retention: Retention | undefined): Promise<void> {
    if (retention) this.#retentions.set(environment, retention)
    else this.#retentions.delete(environment)
    try {
      await this.#link.ask('setRetention', [environment, retention])
    } catch (error) {
      // The next thread is told at its start.
      if (!isRestarting(error)) throw error
    }
  }

  removeEnvironment(environment: EnvironmentId): Promise<void> {
    this.#retentions.delete(environment)
    return this.#link.ask('removeEnvironment', [environment])
  }

  onApplied(listener: (progress: Progress) => void): void {
    this.#listeners.push(listener)
  }

  /** Ends the thread as a fault of ours would. */
  crash(): Promise<void> {
    return this.#link.crash()
  }

  close(): Promise<void> {
    return this.#link.close()
  }

  #query<Answer>(
    call: Call,
    args: readonly unknown[],
    { signal, ...options }: InstantOptions,
  ): Promise<Answer> {
    return this.#link.ask(call, args, { options, signal })
  }

  #tell(progress: Progress): void {
    for (const listener of this.#listeners) listener(progress)
  }

  /** Before anything else is asked of the new thread. */
  #retainAll(log: Log): void {
    for (const [environment, retention] of this.#retentions) {
      this.setRetention(environment, retention).catch((error: unknown) =>
        log.error({ environment, error: messageOf(error) }, 'its retention is not set'),
      )
    }
  }

  #tellAll(log: Log): void {
    this.environments().then(
      (all) => {
        for (const progress of all) this.#tell(progress)
      },
      // It ended again, and will be started again.
      (error: unknown) => log.debug(error, 'nobody is told how far the series are'),
    )
  }
}

const NOTHING: RecoveryReport = {
  ...{ environments: 0, segments: 0, records: 0, broken: 0, tornBytes: 0, blocks: 0, tookMs: 0 },
}

function isRestarting(error: unknown): boolean {
  return error instanceof SeriesFailure && error.reason === 'restarting'
}

/** Its columns, each with memory of its own. */
function buffersOf(batch: SampleBatch): ArrayBuffer[] {
  const { labels, labelEnds, sampleEnds, times, values } = batch
  return [labels, labelEnds, sampleEnds, times, values].flatMap(({ buffer, byteLength }) =>
    buffer instanceof ArrayBuffer && buffer.byteLength === byteLength ? [buffer] : [],
  )
}

/** The bytes in memory that can change hands: without a copy, when nothing else is in it. */
function withOwnMemory(bytes: Buffer): Uint8Array<ArrayBuffer> {
  const { buffer, byteLength } = bytes
  const isAlone = buffer instanceof ArrayBuffer && buffer.byteLength === byteLength
  return isAlone ? new Uint8Array(buffer) : new Uint8Array(bytes)
}
