/** Backtests that people of the console ask for: one at a time of each environment, within a time, cancellable. */
import type { UnixMs } from '../../model/time.ts'
import type { Clock } from '../../support/clock.ts'
import type { Audience } from '../notify/ports.ts'
import type { RuleGroup } from '../rules/rule.ts'
import type { SeriesPort, SeriesQueries } from '../series/port.ts'
import { backtest } from './backtest.ts'
import { BacktestFailure } from './failure.ts'
import { portSeries } from './port-series.ts'
import type { StoredSeries } from './ports.ts'
import type { BacktestReport } from './report.ts'

export interface TrialsOptions {
  readonly series: SeriesQueries & Pick<SeriesPort, 'events'>
  audience(environment: string): Promise<Audience>
  /** Of one kind of alarm one message within this time. */
  readonly windowMs: number
  readonly clock: Clock
  /** All runs of a trial together. Default 60 s. */
  readonly maxMs?: number
}

/** Rules that are compared: each run is a backtest of its own over the same time. */
export interface Trial {
  readonly runs: readonly (readonly RuleGroup[])[]
  readonly fromMs: UnixMs
  readonly toMs: UnixMs
}

/** Of the time of the data, all runs together. */
export interface TrialProgress {
  readonly doneMs: number
  readonly ofMs: number
}

const MAX_MS = 60_000
/** Progress is told, and a cancellation heard, this often. */
const CHUNK_MS = 3_600_000

export class Trials {
  readonly #options: TrialsOptions
  readonly #running = new Map<string, TrialProgress>()

  constructor(options: TrialsOptions) {
    this.#options = options
  }

  /** Of the trial under way. */
  progress(environment: string): TrialProgress | undefined {
    return this.#running.get(environment)
  }

  /** A report for each run. Rejects with `BacktestFailure`: `busy`, `too-long`, `cancelled`. */
  async run(environment: string, trial: Trial, signal?: AbortSignal): Promise<BacktestReport[]> {
    if (this.#running.has(environment)) {
      throw new BacktestFailure('busy', `a backtest of ${environment} is under way`)
    }
    this.#running.set(environment, { doneMs: 0, ofMs: lengthOf(trial) })
    const { clock, maxMs = MAX_MS } = this.#options
    const ended = new AbortController()
    const end = (reason: 'too-long' | 'cancelled', message: string) =>
      ended.abort(new BacktestFailure(reason, message))
    const onAbort = () => end('cancelled', 'the backtest was cancelled')
    const late = `the backtest takes more than ${maxMs / 1000} s: try less time, or fewer rules`
    const stopTimer = clock.after(maxMs, () => end('too-long', late))
    signal?.addEventListener('abort', onAbort)
    try {
      if (signal?.aborted) onAbort()
      return await this.#runAll(environment, trial, ended.signal)
    } finally {
      stopTimer()
      signal?.removeEventListener('abort', onAbort)
      this.#running.delete(environment)
    }
  }

  async #runAll(environment: string, trial: Trial, signal: AbortSignal): Promise<BacktestReport[]> {
    const { runs, fromMs, toMs } = trial
    const { series: port, windowMs } = this.#options
    const series = untilAborted(portSeries(port, environment, signal), signal)
    const audience = await this.#options.audience(environment)
    const reports: BacktestReport[] = []
    for (const [at, groups] of runs.entries()) {
      const beforeMs = at * (toMs - fromMs)
      const onProgress = (doneMs: number) => {
        signal.throwIfAborted()
        this.#running.set(environment, { doneMs: beforeMs + doneMs, ofMs: lengthOf(trial) })
      }
      const asked = { environment, series, groups, fromMs, toMs, audience, windowMs, onProgress }
      reports.push(await backtest({ ...asked, chunkMs: CHUNK_MS }))
    }
    return reports
  }
}

function lengthOf({ runs, fromMs, toMs }: Trial): number {
  return runs.length * (toMs - fromMs)
}

/** After the end nothing more is asked, and what fails then fails with its reason. */
function untilAborted(series: StoredSeries, signal: AbortSignal): StoredSeries {
  async function asked<Answer>(task: () => Promise<Answer>): Promise<Answer> {
    signal.throwIfAborted()
    try {
      return await task()
    } catch (error) {
      signal.throwIfAborted()
      throw error
    }
  }
  return {
    range: (...question) => asked(() => series.range(...question)),
    instant: (...question) => asked(() => series.instant(...question)),
    events: (...question) => asked(() => series.events(...question)),
    services: (...question) => asked(() => series.services(...question)),
    mayHave: (...question) => asked(() => series.mayHave(...question)),
    unreadable: () => series.unreadable(),
    source: {
      select: (...question) => asked(async () => series.source.select(...question)),
    },
  }
}
