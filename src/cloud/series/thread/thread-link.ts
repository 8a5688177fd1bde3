/** The thread of the series as this one has it: what is asked, what is not answered yet, and its restarts. */
import { Worker } from 'node:worker_threads'
import { PromqlError } from '../../../promql/index.ts'
import { backoffMs } from '../../../support/backoff.ts'
import { type Cancel, systemClock } from '../../../support/clock.ts'
import { messageOf } from '../../../support/failure.ts'
import type { Log } from '../../../support/log.ts'
import { SeriesFailure } from '../failure.ts'
import { closedFailure } from '../log/batch-log.ts'
import type { Progress } from '../port.ts'
import type { RecoveryReport } from '../series-store.ts'
import { unpacked } from './packed-answer.ts'
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
/** What a rule over 10,000 records reads has room, so that it is collected young: less than V8 would take. */
const LIMITS = { maxYoungGenerationSizeMb: 32 }
const RESTART = { baseMs: 100, maxMs: 60_000 }

export interface ThreadLinkOptions {
  readonly data: ThreadData
  readonly log: Log
  /** It is open: at first, and after each restart. */
  onOpen(report: RecoveryReport): void
  onProgress(progress: Progress): void
}

export interface AskOptions {
  /** Of a query. */
  readonly options?: object
  readonly signal?: AbortSignal | undefined
  /** Memory that changes hands. */
  readonly transfer?: readonly ArrayBuffer[]
}

interface Asked {
  resolve(answer: unknown): void
  reject(error: unknown): void
}

export class ThreadLink {
  /** Times the thread ended by itself. */
  crashes = 0
  readonly #options: ThreadLinkOptions
  readonly #asked = new Map<number, Asked>()
  #worker: Worker | undefined
  #back = Promise.withResolvers<void>()
  #nextId = 1
  #isClosed = false
  #openedMs = 0
  #restarts = 0
  #restart: Cancel = () => {}
  #starting: Promise<void> = Promise.resolve()

  constructor(options: ThreadLinkOptions) {
    this.#options = options
  }

  /** Resolves when it is open. Rejects with `SeriesFailure`: the folder cannot be read or written. */
  open(): Promise<void> {
    this.#starting = this.#start()
    return this.#starting
  }

  /** Resolves when there is a thread, or will be none any more. */
  back(): Promise<void> {
    return this.#back.promise
  }

  /** Rejects as the port does there, and with `SeriesFailure` `restarting`, `busy`, `closed`. */
  ask<Answer>(
    call: Call,
    args: readonly unknown[],
    { options, signal, transfer = [] }: AskOptions = {},
  ): Promise<Answer> {
    if (this.#isClosed) return Promise.reject(closedFailure())
    if (!this.#worker) return Promise.reject(restarting())
    if (this.#asked.size >= MAX_UNDER_WAY) return Promise.reject(busy())
    if (signal?.aborted) return Promise.reject(canceled())
    const id = this.#nextId++
    const answer = new Promise((resolve, reject) => this.#asked.set(id, { resolve, reject }))
    this.#tell({ kind: 'call', id, call, args, ...(options && { options }) }, transfer)
    return (signal ? this.#unless(signal, id, answer) : answer) as Promise<Answer>
  }

  /** Ends the thread as a fault of ours would. */
  async crash(): Promise<void> {
    await this.#worker?.terminate()
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    const closed = this.ask<void>('close', [])
    this.#isClosed = true
    this.#restart()
    this.#back.resolve()
    await closed.catch((error: unknown) => {
      // A thread that is gone is closed.
      if (!(error instanceof SeriesFailure && error.reason === 'restarting')) throw error
    })
    await this.#starting.catch(() => {})
    await this.#worker?.terminate()
  }

  async #unless(signal: AbortSignal, id: number, answer: Promise<unknown>): Promise<unknown> {
    const cancel = () => {
      this.#take(id)?.reject(canceled())
      this.#tell({ kind: 'cancel', id })
    }
    signal.addEventListener('abort', cancel, { once: true })
    try {
      return await answer
    } finally {
      signal.removeEventListener('abort', cancel)
    }
  }

  #tell(message: ToThread, transfer: readonly ArrayBuffer[] = []): void {
    this.#worker?.postMessage(message, transfer)
  }

  #start(): Promise<void> {
    const { data } = this.#options
    return new Promise((resolve, reject) => {
      const worker = new Worker(SCRIPT, {
        workerData: data,
        name: 'series',
        resourceLimits: LIMITS,
      })
      worker.on('message', (message: FromThread) => {
        if (message.kind === 'open') {
          this.#opened(worker, message.report)
          resolve()
        } else if (message.kind === 'unopened') reject(unsealed(message.failure))
        else this.#hear(message)
      })
      let words = 'it ended by itself'
      worker.once('error', (error) => {
        words = error.stack ?? messageOf(error)
      })
      // Whoever waits for that answer would wait for ever.
      worker.once('messageerror', () => worker.terminate())
      worker.once('exit', () => {
        reject(new SeriesFailure('restarting', words, { retryable: true }))
        if (this.#worker === worker) this.#ended(words)
      })
    })
  }

  #opened(worker: Worker, report: RecoveryReport): void {
    this.#worker = worker
    this.#openedMs = performance.now()
    this.#options.onOpen(report)
    this.#back.resolve()
  }

  #hear(message: FromThread): void {
    if (message.kind === 'progress') this.#options.onProgress(message.progress)
    else if (message.kind === 'log') this.#options.log[message.level](...message.words)
    else if (message.kind === 'answer') {
      const asked = this.#take(message.id)
      if (asked) unpacked(message.answer).then(asked.resolve, asked.reject)
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
    this.#back = Promise.withResolvers()
    this.#options.log.error({ error: words }, 'the thread of the series ended: it is started anew')
    if (performance.now() - this.#openedMs > STEADY_MS) this.#restarts = 0
    this.#tryAgain()
  }

  #tryAgain(): void {
    this.#restart = systemClock.after(backoffMs(++this.#restarts, RESTART), () => {
      this.open().catch((error: unknown) => {
        if (this.#isClosed || this.#worker) return
        this.#options.log.error({ error: messageOf(error) }, 'the series cannot be opened')
        this.#tryAgain()
      })
    })
  }
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
