/** The cloud's own path from bytes to alarms: series on disk, rules, alerts; at simulated time. */
import type { Alert, AlertChange } from '../../../src/cloud/alerts/alert.ts'
import type { AlertStore, Progress } from '../../../src/cloud/alerts/ports.ts'
import { AlertTracker } from '../../../src/cloud/alerts/tracker.ts'
import { loadRules } from '../../../src/cloud/rules/load.ts'
import type { RuleSet } from '../../../src/cloud/rules/rule.ts'
import { RuleRunner } from '../../../src/cloud/rules/runner.ts'
import { LocalSeries } from '../../../src/cloud/series/local-series.ts'
import { serviceOf } from '../../../src/model/labels.ts'
import { sampleBatchOf } from '../../../src/model/sample-batch.ts'
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

export class Evaluation {
  /** Real milliseconds. */
  readonly tookMs = { append: 0, evaluate: 0, evaluations: 0 }
  readonly #series: LocalSeries
  readonly #runner: RuleRunner
  readonly #store: AlertMemory
  readonly #clock: { now: UnixMs }
  readonly #faults: Set<string>

  private constructor(parts: {
    series: LocalSeries
    runner: RuleRunner
    store: AlertMemory
    clock: { now: UnixMs }
    faults: Set<string>
  }) {
    this.#series = parts.series
    this.#runner = parts.runner
    this.#store = parts.store
    this.#clock = parts.clock
    this.#faults = parts.faults
  }

  static async open({ folder, rules, intervalMs }: EvaluationOptions): Promise<Evaluation> {
    const time = { now: 0 }
    const clock: Clock = { now: () => time.now, after: () => () => {} }
    const series = await LocalSeries.open({ folder, clock, log: silentLog })
    const store = new AlertMemory()
    const tracker = new AlertTracker({ store, events: series, log: silentLog })
    const faults = new Set<string>()
    const runner = new RuleRunner({
      rules: every(intervalMs, await loadRules(rules)),
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
      record: async (environment, at, samples) => {
        const found = samples.map(({ labels, value }) => {
          return { labels, times: Float64Array.of(at), values: Float64Array.of(value) }
        })
        await series.appendSamples(environment, sampleBatchOf(found), at)
      },
    })
    return new Evaluation({ series, runner, store, clock: time, faults })
  }

  /** Rules that failed, and why; each once. */
  get faults(): readonly string[] {
    return [...this.#faults]
  }

  async append(bytes: Buffer, receivedAt: UnixMs): Promise<void> {
    const since = performance.now()
    this.#clock.now = receivedAt
    await this.#series.append(ENVIRONMENT, bytes, receivedAt)
    this.tookMs.append += performance.now() - since
  }

  /** What is told when all data until `watermark` has come at `receivedAt`. */
  async evaluate(watermark: UnixMs, receivedAt: UnixMs): Promise<Told[]> {
    const since = performance.now()
    this.#runner.advance(ENVIRONMENT, watermark, receivedAt)
    await this.#runner.idle()
    const tookMs = performance.now() - since
    this.tookMs.evaluate += tookMs
    this.tookMs.evaluations++
    return this.#store.takeFired().map((change) => toldOf(change, tookMs))
  }

  async close(): Promise<void> {
    await this.#runner.stop()
    await this.#series.close()
  }
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
  readonly #progress = new Map<string, Progress>()
  #fired: AlertChange[] = []

  async livingAlerts(): Promise<Alert[]> {
    return [...this.#living.values()]
  }

  async progress(): Promise<Progress[]> {
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
