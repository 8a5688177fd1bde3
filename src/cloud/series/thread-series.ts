/** The series in a thread of their own: what they do holds up neither HTTP nor mail. */
import { Worker } from 'node:worker_threads'
import { pino } from 'pino'
import type { NotifyEvent } from '../../model/event.ts'
import type { Labels } from '../../model/labels.ts'
import type { UnixMs } from '../../model/time.ts'
import { type Expr, PromqlError, type SeriesData, type Value } from '../../promql/index.ts'
import { backoffMs } from '../../support/backoff.ts'
import { type Cancel, systemClock } from '../../support/clock.ts'
import { messageOf } from '../../support/failure.ts'
import type { Log } from '../../support/log.ts'
import type { Appended, EnvironmentId } from '../ingest/ports.ts'
import { closedFailure } from './batch-log.ts'
import type { SeriesStats } from './environment-series.ts'
import { SeriesFailure } from './failure.ts'
import { unpacked } from './packed-answer.ts'
import type {
  Found,
  InstantOptions,
  Progress,
  QueryOptions,
  Range,
  Selector,
  SeriesPort,
} from './port.ts'
import type { ReporterView } from './reporters.ts'
import type { RecoveryReport } from './series-store.ts'
import {
  type Call,
  type FromThread,
  type ThreadData,
  type ToThread,
  unsealed,
} from './thread-messages.ts'

const SCRIPT = new URL('./thread.ts', import.meta.url)
const MAX_UNDER_WAY = 10_000
/** A thread that lived longer was not ended by what it found on disk. */
const STEADY_MS = 60_000
const RESTART = { baseMs: 100, maxMs: 60_000 }

interface Asked {
  resolve(answer: unknown): void
  reject(error: unknown): void
}

/**
 * A thread that ends by itself (a fault of ours, no memory left) is started anew on the same folder: all it
 * had acknowledged is on disk, and alarms go on. What was on its way fails, retryable; agents then send again,
 * and what is stored already counts once.
 */
export class ThreadSeries implements SeriesPort {
  /** Of the last start. */
  report: RecoveryReport = NOTHING
  /** Times the thread ended by itself. */
  crashes = 0
  readonly #data: ThreadData
  readonly #log: Log
  readonly #asked = new Map<number, Asked>()
  readonly #listeners: ((progress: Progress) => void)[] = []
  #worker: Worker | undefined
  #nextId = 1
  #isClosed = false
  #startedMs = 0
  #restarts = 0
  #restart: Cancel = () => {}
  #starting: Promise<void> | undefined

  private constructor(data: ThreadData, log: Log) {
    this.#data = data
    this.#log = log
  }

  /** @throws {SeriesFailure} the folder cannot be read or written. */
  static async open({ log, ...data }: ThreadData & { readonly log: Log }): Promise<ThreadSeries> {
    const series = new ThreadSeries(data, log)
    await series.#start()
    return series
  }

  append(environment: EnvironmentId, bytes: Buffer, receivedAt: UnixMs): Promise<Appended> {
    const own = withOwnMemory(bytes)
    return this.#ask('append', [environment, own, receivedAt], { transfer: [own.buffer] })
  }

  instant(
    environment: EnvironmentId,
    expr: Expr | string,
    atMs: UnixMs,
    options: InstantOptions = {},
  ): Promise<Value> {
    return this.#query('instant', [environment, expr, atMs], options)
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
    options: QueryOptions = {},
  ): Promise<readonly SeriesData[]> {
    return this.#query('select', [environment, selector], options)
  }

  series(environment: EnvironmentId, selector: Selector, limit: number): Promise<Found<Labels>> {
    return this.#ask('series', [environment, selector, limit])
  }

  labelNames(
    environment: EnvironmentId,
    selector: Selector,
    limit: number,
  ): Promise<Found<string>> {
    return this.#ask('labelNames', [environment, selector, limit])
  }

  labelValues(
    environment: EnvironmentId,
    name: string,
    selector: Selector,
    limit: number,
  ): Promise<Found<string>> {
    return this.#ask('labelValues', [environment, name, selector, limit])
  }

  events(
    environment: EnvironmentId,
    labels: readonly Labels[],
    fromMs: UnixMs,
    toMs: UnixMs,
  ): Promise<readonly (readonly NotifyEvent[])[]> {
    return this.#ask('events', [environment, labels, fromMs, toMs])
  }

  reporters(environment: EnvironmentId, limit: number): Promise<readonly ReporterView[]> {
    return this.#ask('reporters', [environment, limit])
  }

  stats(environment: EnvironmentId): Promise<SeriesStats | undefined> {
    return this.#ask('stats', [environment])
  }

  environments(): Promise<readonly Progress[]> {
    return this.#ask('environments', [])
  }

  removeEnvironment(environment: EnvironmentId): Promise<void> {
    return this.#ask('removeEnvironment', [environment])
  }

  onApplied(listener: (progress: Progress) => void): void {
    this.#listeners.push(listener)
  }

  /** Ends the thread as a fault of ours would. */
  async crash(): Promise<void> {
    await this.#worker?.terminate()
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    const closed = this.#ask<void>('close', [])
    this.#isClosed = true
    this.#restart()
    await closed.catch((error: unknown) => {
      // A thread that is gone is closed.
      if (!(error instanceof SeriesFailure && error.reason === 'restarting')) throw error
    })
    await this.#starting
    await this.#worker?.terminate()
  }

  async #query<Answer>(
    call: Call,
    args: unknown[],
    { signal, ...options }: InstantOptions,
  ): Promise<Answer> {
    if (signal?.aborted) throw canceled()
    const id = this.#nextId++
    const answer = this.#ask<Answer>(call, [...args, options], { id })
    if (!signal) return answer
    const cancel = () => {
      this.#asked.get(id)?.reject(canceled())
      this.#asked.delete(id)
      this.#tell({ kind: 'cancel', id })
    }
    signal.addEventListener('abort', cancel, { once: true })
    try {
      return await answer
    } finally {
      signal.removeEventListener('abort', cancel)
    }
  }

  #ask<Answer>(
    call: Call,
    args: unknown[],
    { id = this.#nextId++, transfer = [] as ArrayBuffer[] } = {},
  ): Promise<Answer> {
    if (this.#isClosed) return Promise.reject(closedFailure())
    if (!this.#worker) return Promise.reject(restarting())
    if (this.#asked.size >= MAX_UNDER_WAY) return Promise.reject(busy())
    return new Promise((resolve, reject) => {
      this.#asked.set(id, { resolve: resolve as Asked['resolve'], reject })
      this.#tell({ kind: 'call', id, call, args }, transfer)
    })
  }

  #tell(message: ToThread, transfer: ArrayBuffer[] = []): void {
    this.#worker?.postMessage(message, transfer)
  }

  /** Resolves when it is open. */
  #start(): Promise<void> {
    return new Promise((resolve, reject) => {
      const worker = new Worker(SCRIPT, { workerData: this.#data, name: 'series' })
      worker.on('message', (message: FromThread) => {
        if (message.kind === 'open') {
          this.#worker = worker
          this.#startedMs = performance.now()
          this.report = message.report
          resolve()
        } else if (message.kind === 'unopened') reject(unsealed(message.failure))
        else void this.#hear(message)
      })
      let words = 'it ended by itself'
      worker.once('error', (error) => {
        words = error.stack ?? messageOf(error)
      })
      worker.once('exit', () => {
        reject(new SeriesFailure('restarting', words, { retryable: true }))
        if (this.#worker === worker) this.#ended(words)
      })
    })
  }

  async #hear(message: FromThread): Promise<void> {
    if (message.kind === 'progress') {
      for (const listener of this.#listeners) listener(message.progress)
    } else if (message.kind === 'log') this.#relay(message.line)
    else if (message.kind === 'answer') {
      const answer = await unpacked(message.answer)
      this.#take(message.id)?.resolve(answer)
    } else if (message.kind === 'failure') {
      this.#take(message.id)?.reject(unsealed(message.failure))
    }
  }

  #take(id: number): Asked | undefined {
    const asked = this.#asked.get(id)
    this.#asked.delete(id)
    return asked
  }

  #ended(words: string): void {
    this.#worker = undefined
    for (const { reject } of this.#asked.values()) reject(restarting())
    this.#asked.clear()
    if (this.#isClosed) return
    this.crashes++
    this.#log.error({ error: words }, 'the thread of the series ended: it is started anew')
    if (performance.now() - this.#startedMs > STEADY_MS) this.#restarts = 0
    this.#tryAgain()
  }

  #tryAgain(): void {
    this.#restart = systemClock.after(backoffMs(++this.#restarts, RESTART), () => {
      this.#starting = this.#resume()
    })
  }

  /** Starts, and tells what was applied when nobody could be told. */
  async #resume(): Promise<void> {
    try {
      await this.#start()
      for (const progress of await this.environments()) {
        for (const listener of this.#listeners) listener(progress)
      }
    } catch (error) {
      if (this.#isClosed || this.#worker) return
      this.#log.error({ error: messageOf(error) }, 'the series cannot be opened')
      this.#tryAgain()
    }
  }

  #relay(line: string): void {
    const { level, msg, time: _, ...fields } = JSON.parse(line) as Record<string, unknown>
    const name = pino.levels.labels[Number(level)]
    const log = name === 'warn' || name === 'info' || name === 'debug' ? name : 'error'
    this.#log[log](fields, String(msg))
  }
}

const NOTHING: RecoveryReport = {
  ...{ environments: 0, segments: 0, records: 0, broken: 0, tornBytes: 0, tookMs: 0 },
}

/** The bytes in memory that can change hands: without a copy, when nothing else is in it. */
function withOwnMemory(bytes: Buffer): Uint8Array<ArrayBuffer> {
  const { buffer, byteLength } = bytes
  const isAlone = buffer instanceof ArrayBuffer && buffer.byteLength === byteLength
  return isAlone ? new Uint8Array(buffer) : new Uint8Array(bytes)
}

function canceled(): PromqlError {
  return new PromqlError('canceled', 'query was canceled in expression evaluation')
}

function restarting(): SeriesFailure {
  const message = 'the thread of the series ended and is started anew'
  return new SeriesFailure('restarting', message, { retryable: true })
}

function busy(): SeriesFailure {
  const message = `${MAX_UNDER_WAY} questions to the series are not answered yet`
  return new SeriesFailure('busy', message, { retryable: true })
}
