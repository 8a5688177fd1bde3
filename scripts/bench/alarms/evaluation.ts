/** The cloud's own path from bytes to alarms: series on disk, rules, alerts; at simulated time. */
import { AlertTracker } from '../../../src/cloud/alerts/tracker.ts'
import { Baseliner } from '../../../src/cloud/baselines/baseliner.ts'
import { DEFAULT_CALENDAR } from '../../../src/cloud/calendar/special-day.ts'
import { Investigations } from '../../../src/cloud/cause/investigations.ts'
import { causeQueries } from '../../../src/cloud/cause-queries.ts'
import { recordTo } from '../../../src/cloud/record-to.ts'
import { loadRules } from '../../../src/cloud/rules/load.ts'
import { mayRead } from '../../../src/cloud/rules/may-read.ts'
import type { Observation } from '../../../src/cloud/rules/ports.ts'
import type { RuleGroup, RuleSet } from '../../../src/cloud/rules/rule.ts'
import { RuleRunner } from '../../../src/cloud/rules/runner.ts'
import { LocalSeries } from '../../../src/cloud/series/local-series.ts'
import type { Progress } from '../../../src/cloud/series/port.ts'
import { serviceOf } from '../../../src/model/labels.ts'
import type { UnixMs } from '../../../src/model/time.ts'
import type { Clock } from '../../../src/support/clock.ts'
import { silentLog } from '../../../src/support/log.ts'
import { News, type Told as ToldNews } from './news.ts'
import type { Told } from './score.ts'
import { SimulatedClock } from './simulated-clock.ts'

const ENVIRONMENT = 'simulated'
/** As in the cloud. */
const HOLD_MS = 60_000
/** A minute takes milliseconds here: as often as in the cloud would be many times a second. */
const FLUSH_EVERY_MS = 3600_000

export interface EvaluationOptions {
  /** For the series; must be there. */
  readonly folder: string
  /** Rule files. */
  readonly rules: readonly string[]
  /** Rules are evaluated at its multiples, not more often than they say. */
  readonly intervalMs: number
}

interface Parts {
  readonly series: LocalSeries
  readonly baseliner: Baseliner
  /** Some rule reads what is normal. */
  readonly learns: boolean
  readonly runner: RuleRunner
  readonly investigations: Investigations
  readonly news: News
  readonly clock: SimulatedClock
  readonly faults: Set<string>
}

export class Evaluation {
  /** Milliseconds of CPU, of this thread. */
  readonly tookMs = { append: 0, baselines: 0, evaluate: 0, evaluations: 0 }
  readonly #series: LocalSeries
  readonly #baseliner: Baseliner
  readonly #learns: boolean
  readonly #runner: RuleRunner
  readonly #investigations: Investigations
  readonly #news: News
  readonly #clock: SimulatedClock
  readonly #faults: Set<string>
  #progress: Pick<Progress, 'feeds' | 'oldestMs'> = { feeds: [] }

  private constructor(parts: Parts) {
    this.#series = parts.series
    this.#baseliner = parts.baseliner
    this.#learns = parts.learns
    this.#runner = parts.runner
    this.#investigations = parts.investigations
    this.#news = parts.news
    this.#clock = parts.clock
    this.#faults = parts.faults
    parts.series.onApplied((progress) => {
      this.#progress = progress
    })
  }

  static async open({ folder, rules, intervalMs }: EvaluationOptions): Promise<Evaluation> {
    const simulated = new SimulatedClock()
    // Whoever waits for data, or does chores, need not: all comes in time.
    const clock: Clock = { now: () => simulated.now(), after: () => () => {} }
    const flushEveryMs = FLUSH_EVERY_MS
    const series = await LocalSeries.open({ folder, clock, log: silentLog, flushEveryMs })
    const set = every(intervalMs, await loadRules(rules))
    const faults = new Set<string>()
    const learns = mayRead(set, ['tars_baseline', 'tars_baseline_day'])
    const calendars = { calendar: async () => DEFAULT_CALENDAR }
    const baseliner = new Baseliner({ series, calendars, clock, log: silentLog })
    const judged = judging({ series, clock: simulated, faults })
    const runner = new RuleRunner({
      ...{ rules: set, clock, log: silentLog, progress: judged.news },
      query: (environment) => ({
        instant: (expr, at) => series.instant(environment, expr, at, { forRule: true }),
      }),
      observe: judged.observe,
      standings: judged.tracker,
      record: recordTo(series, clock),
    })
    const parts = { series, baseliner, learns, runner, clock: simulated, faults }
    return new Evaluation({ ...parts, ...judged })
  }

  /** Rules that failed, and why; each once. */
  get faults(): readonly string[] {
    return [...this.#faults]
  }

  async append(bytes: Buffer, receivedAt: UnixMs): Promise<void> {
    const since = cpuMs()
    await this.#goTo(receivedAt)
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

  /** What is told since the last time, and when all data until `watermark` has come at `receivedAt`. */
  async evaluate(watermark: UnixMs, receivedAt: UnixMs): Promise<Told[]> {
    const [since, sinceCpuMs] = [performance.now(), cpuMs()]
    await this.#goTo(receivedAt)
    this.#runner.advance(ENVIRONMENT, watermark, receivedAt, this.#progress)
    await this.#runner.idle()
    await this.#investigations.idle()
    const tookMs = performance.now() - since
    this.tookMs.evaluate += cpuMs() - sinceCpuMs
    this.tookMs.evaluations++
    const latencyMs = receivedAt - watermark
    return this.#news.take().map((news) => toldOf(news, { latencyMs, tookMs }))
  }

  #goTo(now: UnixMs): Promise<void> {
    return this.#clock.set(now, () => this.#investigations.idle())
  }

  async close(): Promise<void> {
    await this.#runner.stop()
    await this.#investigations.stop()
    await this.#baseliner.stop()
    await this.#series.close()
  }
}

export function cpuMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}

/** What becomes of what rules find, as in the cloud. Failures go to `faults`. */
function judging({ series, clock, faults }: Pick<Parts, 'series' | 'clock' | 'faults'>) {
  const news = new News(clock)
  const tracker = new AlertTracker({
    ...{ store: news, events: series, log: silentLog },
    holdUntil: (alert, observation) => investigations.holdUntil(alert, observation),
  })
  const investigations = new Investigations({
    ...{ store: news, clock, log: silentLog, holdMs: HOLD_MS, folds: true },
    query: (environment) => causeQueries(series, environment),
    alerts: (environment) => tracker.living(environment),
    onDecided: () => {},
  })
  const observe = async (observation: Observation) => {
    for (const result of observation.results)
      if (result.kind === 'failed') faults.add(`${result.rule.name}: ${result.message}`)
    await tracker.observe(observation)
    investigations.observe(observation)
  }
  return { news, tracker, investigations, observe }
}

function toldOf(
  { change, toldAt, cause }: ToldNews,
  { latencyMs, tookMs }: { readonly latencyMs: number; readonly tookMs: number },
): Told {
  const { rule, severity, labels, value } = change.alert
  return {
    ...{ at: toldAt - latencyMs, knownAt: toldAt + tookMs },
    heldMs: toldAt - change.receivedAt,
    ...{ rule, severity, service: serviceOf(labels), labels, value },
    ...(cause !== undefined && { cause }),
  }
}

function every(intervalMs: number, { files, groups }: RuleSet): RuleSet {
  const slower = (group: RuleGroup) => ({
    ...group,
    intervalMs: Math.max(intervalMs, group.intervalMs),
  })
  return { files, groups: groups.map(slower) }
}
