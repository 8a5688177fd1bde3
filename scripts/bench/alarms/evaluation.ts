/** The cloud's own path from bytes to alarms: series on disk, rules, alerts; at simulated time. */
import type { Alert, AlertChange } from '../../../src/cloud/alerts/alert.ts'
import type { AlertStore, Progress as Saved } from '../../../src/cloud/alerts/ports.ts'
import { AlertTracker } from '../../../src/cloud/alerts/tracker.ts'
import { Baseliner } from '../../../src/cloud/baselines/baseliner.ts'
import { DEFAULT_CALENDAR } from '../../../src/cloud/calendar/special-day.ts'
import { recordTo } from '../../../src/cloud/record-to.ts'
import { loadRules } from '../../../src/cloud/rules/load.ts'
import { mayRead } from '../../../src/cloud/rules/may-read.ts'
import type { RuleSet } from '../../../src/cloud/rules/rule.ts'
import { RuleRunner } from '../../../src/cloud/rules/runner.ts'
import { LocalSeries } from '../../../src/cloud/series/local-series.ts'
import type { Progress } from '../../../src/cloud/series/port.ts'
import { serviceOf } from '../../../src/model/labels.ts'
import type { UnixMs } from '../../../src/model/time.ts'
import type { Clock } from '../../../src/support/clock.ts'
import { silentLog } from '../../../src/support/log.ts'
import type { Told } from './score.ts'

const ENVIRONMENT = 'simulated'

export interface EvaluationOptions {
  /** For the series; must be there. */
  readonly folder: string
  /** Rule files. */
  readonly rules: readonly string[]
  /** Rules are evaluated at its multiples. */
  readonly intervalMs: number
}

interface Parts {
  readonly series: LocalSeries
  readonly baseliner: Baseliner
  /** Some rule reads what is normal. */
  readonly learns: boolean
  readonly runner: RuleRunner
  readonly store: AlertMemory
  readonly time: { now: UnixMs }
  readonly faults: Set<string>
}

export class Evaluation {
  /** Milliseconds of CPU, of this thread. */
  readonly tookMs = { append: 0, baselines: 0, evaluate: 0, evaluations: 0 }
  readonly #series: LocalSeries
  readonly #baseliner: Baseliner
  readonly #learns: boolean
  readonly #runner: RuleRunner
  readonly #store: AlertMemory
  readonly #clock: { now: UnixMs }
  readonly #faults: Set<string>
  #progress: Pick<Progress, 'feeds' | 'oldestMs'> = { feeds: [] }

  private constructor(parts: Parts) {
    this.#series = parts.series
    this.#baseliner = parts.baseliner
    this.#learns = parts.learns
    this.#runner = parts.runner
    this.#store = parts.store
    this.#clock = parts.time
    this.#faults = parts.faults
    parts.series.onApplied((progress) => {
      this.#progress = progress
    })
  }

  static async open({ folder, rules, intervalMs }: EvaluationOptions): Promise<Evaluation> {
    const time = { now: 0 }
    const clock: Clock = { now: () => time.now, after: () => () => {} }
    const series = await LocalSeries.open({ folder, clock, log: silentLog })
    const set = every(intervalMs, await loadRules(rules))
    const store = new AlertMemory()
    const tracker = new AlertTracker({ store, events: series, log: silentLog })
    const faults = new Set<string>()
    const runner = new RuleRunner({
      rules: set,
      log: silentLog,
      progress: store,
      query: (environment) => ({
        instant: (expr, at) => series.instant(environment, expr, at, { forRule: true }),
      }),
      observe: async (observation) => {
        for (const result of observation.results)
          if (result.kind === 'failed') faults.add(`${result.rule.name}: ${result.message}`)
        await tracker.observe(observation)
      },
      standings: tracker,
      record: recordTo(series, clock),
      clock,
    })
    const learns = mayRead(set, ['tars_baseline', 'tars_baseline_day'])
    const baseliner = new Baseliner({
      series,
      calendars: { calendar: async () => DEFAULT_CALENDAR },
      ...{ clock, log: silentLog },
    })
    return new Evaluation({ series, baseliner, learns, runner, store, time, faults })
  }

  /** Rules that failed, and why; each once. */
  get faults(): readonly string[] {
    return [...this.#faults]
  }

  async append(bytes: Buffer, receivedAt: UnixMs): Promise<void> {
    const since = cpuMs()
    this.#clock.now = receivedAt
    await this.#series.append(ENVIRONMENT, bytes, receivedAt)
    this.tookMs.append += cpuMs() - since
  }

  /** What is normal is known for rules of `watermark` and somewhat later. */
  async learn(watermark: UnixMs): Promise<void> {
    if (!this.#learns) return
    const since = cpuMs()
    this.#baseliner.advance(ENVIRONMENT, watermark)
    await this.#baseliner.idle()
    this.tookMs.baselines += cpuMs() - since
  }

  /** What is told when all data until `watermark` has come at `receivedAt`. */
  async evaluate(watermark: UnixMs, receivedAt: UnixMs): Promise<Told[]> {
    const [since, sinceCpuMs] = [performance.now(), cpuMs()]
    this.#clock.now = receivedAt
    this.#runner.advance(ENVIRONMENT, watermark, receivedAt, this.#progress)
    await this.#runner.idle()
    const tookMs = performance.now() - since
    this.tookMs.evaluate += cpuMs() - sinceCpuMs
    this.tookMs.evaluations++
    return this.#store.takeFired().map((change) => toldOf(change, tookMs))
  }

  async close(): Promise<void> {
    await this.#runner.stop()
    await this.#baseliner.stop()
    await this.#series.close()
  }
}

export function cpuMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}

function toldOf({ at, receivedAt, alert }: AlertChange, tookMs: number): Told {
  const { rule, severity, labels, value } = alert
  return {
    at,
    knownAt: receivedAt + tookMs,
    rule,
    severity,
    service: serviceOf(labels),
    labels,
    value,
  }
}

function every(intervalMs: number, { files, groups }: RuleSet): RuleSet {
  return { files, groups: groups.map((group) => ({ ...group, intervalMs })) }
}

class AlertMemory implements AlertStore {
  readonly #living = new Map<string, Alert>()
  readonly #progress = new Map<string, Saved>()
  #fired: AlertChange[] = []

  async livingAlerts(): Promise<Alert[]> {
    return [...this.#living.values()]
  }

  async progress(): Promise<Saved[]> {
    return [...this.#progress.values()]
  }

  async saveEvaluation({
    progress,
    alerts,
    dropped,
    changes,
  }: Parameters<AlertStore['saveEvaluation']>[0]): Promise<void> {
    this.#progress.set(progress.group, progress)
    for (const alert of alerts) {
      if (alert.state === 'resolved') this.#living.delete(alert.id)
      else this.#living.set(alert.id, alert)
    }
    for (const id of dropped) this.#living.delete(id)
    this.#fired.push(...changes.filter(({ kind }) => kind === 'fired'))
  }

  takeFired(): AlertChange[] {
    const fired = this.#fired
    this.#fired = []
    return fired
  }
}
