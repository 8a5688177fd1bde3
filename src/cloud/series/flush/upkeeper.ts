/** Who has his turn at upkeep: one environment at a time, so that it never takes more than its budget. */
import type { Clock } from '../../../support/clock.ts'
import { messageOf } from '../../../support/failure.ts'
import type { Log } from '../../../support/log.ts'
import type { EnvironmentId } from '../../ingest/ports.ts'
import type { EnvironmentSeries } from '../environment-series.ts'

/** After a failure it is left alone for so long. */
const RETRY_MS = 10_000

export class Upkeeper {
  readonly #clock: Clock
  readonly #log: Log
  readonly #onHeavy: () => void
  readonly #due = new Map<EnvironmentId, EnvironmentSeries>()
  /** Nothing is done for them any more: they are closed, or their files are gone. */
  readonly #ended = new WeakSet<EnvironmentSeries>()
  readonly #failed = new Map<EnvironmentId, { readonly atMs: number; readonly error: string }>()
  #running: Promise<void> | undefined
  /** What is under way. */
  #turn: { readonly environment: EnvironmentId; readonly done: Promise<unknown> } | undefined

  /** `onHeavy` is called after work that took more memory than there is in use otherwise: merges. */
  constructor(clock: Clock, log: Log, onHeavy: () => void = () => {}) {
    this.#clock = clock
    this.#log = log
    this.#onHeavy = onHeavy
  }

  /** It is due. */
  wake(environment: EnvironmentId, series: EnvironmentSeries): void {
    if (this.#ended.has(series)) return
    const { atMs = -Infinity } = this.#failed.get(environment) ?? {}
    if (Math.abs(this.#clock.now() - atMs) < RETRY_MS) return
    this.#due.set(environment, series)
    this.#running ??= this.#run()
  }

  /** Does it now, or after what is under way. @throws {SeriesFailure} */
  async flush(environment: EnvironmentId, series: EnvironmentSeries): Promise<void> {
    while (this.#running) await this.#running
    if (this.#ended.has(series)) return
    const done = series.flush()
    this.#turn = { environment, done }
    this.#running = done.then(
      () => {},
      () => {},
    )
    try {
      if (await done) this.#onHeavy()
    } finally {
      this.#running = undefined
      this.#turn = undefined
    }
  }

  async settled(): Promise<void> {
    while (this.#running) await this.#running
  }

  /** Gives up what is under way for it; nothing more is done. */
  async end(environment: EnvironmentId, series: EnvironmentSeries | undefined): Promise<void> {
    this.#due.delete(environment)
    this.#failed.delete(environment)
    if (series) this.#ended.add(series)
    series?.endUpkeep()
    if (this.#turn?.environment === environment) await this.#turn.done.catch(() => {})
  }

  async #run(): Promise<void> {
    for (let next = this.#next(); next; next = this.#next()) {
      const [environment, series] = next
      const done = series.flush()
      this.#turn = { environment, done }
      await done.then(
        (isHeavy) => {
          this.#failed.delete(environment)
          if (isHeavy) this.#onHeavy()
        },
        (cause: unknown) => this.#fail(environment, messageOf(cause)),
      )
      this.#turn = undefined
    }
    this.#running = undefined
  }

  #next(): [EnvironmentId, EnvironmentSeries] | undefined {
    const [next] = this.#due
    if (next) this.#due.delete(next[0])
    return next
  }

  #fail(environment: EnvironmentId, error: string): void {
    const said = this.#failed.get(environment)?.error
    this.#failed.set(environment, { atMs: this.#clock.now(), error })
    if (error !== said) this.#log.error({ environment, error }, 'upkeep of series failed')
  }
}
