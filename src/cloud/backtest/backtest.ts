/**
 * What rules would have told of stored data: the same evaluation, life of alerts, grouping and routes as in the
 * cloud, in the time of the data. What is polled counts as if it had come at once.
 */
import type { UnixMs } from '../../model/time.ts'
import type { Alert, AlertChange } from '../alerts/alert.ts'
import type { Audience } from '../notify/ports.ts'
import type { RuleGroup } from '../rules/rule.ts'
import { BareRules } from './bare-rules.ts'
import { ChunkLength } from './chunk-length.ts'
import { type Judged, judgedOf } from './judged.ts'
import { Mailing, type Told } from './mailing.ts'
import { noiseOf } from './noise.ts'
import { planOf } from './plan.ts'
import type { StoredSeries } from './ports.ts'
import { Replay } from './replay.ts'
import type { Alarm, BacktestReport, FailedRule } from './report.ts'
import { turn } from './turn.ts'

export interface BacktestOptions {
  readonly environment: string
  readonly series: StoredSeries
  readonly groups: readonly RuleGroup[]
  /** Rules are evaluated in `[fromMs, toMs)`, as if they had come at `fromMs`; what they record is there before. */
  readonly fromMs: UnixMs
  readonly toMs: UnixMs
  /** Between two evaluations of a group; by default its interval, at least 1 min. */
  readonly stepMs?: number | undefined
  readonly audience: Audience
  /** Of one kind of alarm one message within this time. */
  readonly windowMs: number
  /** Evaluated at a time at most, less where there are many series: memory is in proportion. Default 3 h. */
  readonly chunkMs?: number
  readonly limits?: Partial<MemoryLimits>
  /** How far it is, after each chunk; the time before `fromMs` that rules look back at has its share. */
  readonly onProgress?: (doneMs: number, ofMs: number) => void
}

/** In samples, of which a million takes some 25 to 40 MB. */
export interface MemoryLimits {
  /** Of answers, results and what rules record meanwhile, held at a time: chunks are shorter where there are more. 4,000,000. */
  readonly held: number
  /** Recorded, and looked back at by other rules. With more it rejects with `BacktestFailure` `too-large`. 30,000,000. */
  readonly recorded: number
}

const LIMITS: MemoryLimits = { held: 4_000_000, recorded: 30_000_000 }
const CHUNK_MS = 3 * 3_600_000
/** Of one range query: others have such a limit. */
const MAX_STEPS = 10_000
const MIN_STEP_MS = 60_000
const MAX_LISTED = 1000
/** Figures count so many alarms and messages; more are only counted. */
const MAX_COUNTED = 1_000_000

export async function backtest(options: BacktestOptions): Promise<BacktestReport> {
  return new Backtest(options).run()
}

class Backtest {
  readonly #options: BacktestOptions
  readonly #limits: MemoryLimits
  readonly #rules: BareRules
  readonly #replay: Replay
  readonly #mailing: Mailing
  readonly #alarms = new Map<string, Alarm>()
  readonly #fired: Pick<Alarm, 'rule' | 'labels' | 'firedAt'>[] = []
  readonly #told: Told[] = []
  readonly #toldAts: UnixMs[] = []
  readonly #byContact: Record<string, number> = {}
  readonly #byRule: Record<string, number> = {}
  readonly #failed = new Map<string, FailedRule>()

  constructor(options: BacktestOptions) {
    const { environment, series, stepMs, audience, windowMs } = options
    this.#options = options
    this.#limits = { ...LIMITS, ...options.limits }
    const intervalOf = ({ intervalMs }: RuleGroup) => stepMs ?? Math.max(MIN_STEP_MS, intervalMs)
    this.#rules = new BareRules(planOf(options.groups), intervalOf)
    this.#replay = new Replay({
      ...{ environment, series, plan: this.#rules.plan, maxRecorded: this.#limits.recorded },
      onFailed: ({ key }, { name }, at, message) => this.#fail(key, name, at, message),
    })
    const onTold = (told: Told) => this.#tell(told)
    this.#mailing = new Mailing({ audience, windowMs, onTold })
  }

  async run(): Promise<BacktestReport> {
    const { series, toMs, onProgress, ...options } = this.#options
    const lengthMs = toMs - options.fromMs
    const rules = this.#rules.plan.groups.flatMap(({ group }) => group.rules)
    const judged = await judgedOf(series, rules, { fromMs: options.fromMs, toMs })
    // Before that no rule finds anything.
    const fromMs = judged.judged?.fromMs ?? options.fromMs
    const chunks = this.#chunks()
    const beginMs = fromMs - this.#warmMs()
    for (let [at, untilMs] = [beginMs, beginMs]; at < toMs; at = untilMs) {
      const endMs = at < fromMs ? fromMs : toMs
      untilMs = Math.min(at + chunks.ms, endMs)
      if (at < fromMs) await this.#replay.warmUp(at, untilMs, fromMs)
      else await this.#chunk(at, untilMs)
      chunks.held(this.#replay.forgetBefore(untilMs), untilMs - at)
      const share = (untilMs - beginMs) / (toMs - beginMs)
      onProgress?.(share * lengthMs, lengthMs)
    }
    this.#mailing.until(toMs)
    return this.#report(await series.services(fromMs, toMs), judged)
  }

  #chunks(): ChunkLength {
    const intervals = this.#rules.plan.groups.map(({ group }) => group.intervalMs)
    const leastMs = Math.min(...intervals)
    const mostMs = Math.min(this.#options.chunkMs ?? CHUNK_MS, MAX_STEPS * leastMs)
    const maxSamples = this.#limits.held
    return new ChunkLength({ mostMs, leastMs: Math.min(leastMs, mostMs), maxSamples })
  }

  /** How long before the first instant rules begin to record. */
  #warmMs(): number {
    return [...this.#rules.plan.reaches.values()].reduce(
      (most, { warmMs }) => Math.max(most, warmMs),
      0,
    )
  }

  async #chunk(fromMs: UnixMs, toMs: UnixMs): Promise<void> {
    const { changes, over } = await this.#replay.chunk(fromMs, toMs)
    for (const change of changes) {
      await turn()
      await this.#take(change)
    }
    for (const alert of over) this.#end(alert)
  }

  #report(services: number, { judged, short }: Judged): BacktestReport {
    const { series, fromMs, toMs } = this.#options
    const heard = { services, alarms: this.#fired, toldAts: this.#toldAts }
    return {
      ...{ fromMs, toMs, services, judged, short, unreadable: series.unreadable() },
      evaluations: this.#replay.evaluations,
      alarmCount: sumOf(this.#byRule),
      alarms: [...this.#alarms.values()],
      byRule: this.#byRule,
      messageCount: sumOf(this.#byContact),
      messages: this.#told,
      byContact: this.#byContact,
      noise: judged && noiseOf({ ...judged, ...heard }),
      slow: this.#rules.plan.groups.flatMap(({ group, slow }) =>
        slow ? [{ group: group.key, reason: slow }] : [],
      ),
      unread: this.#rules.plan.unread.map(({ name }) => name),
      failed: [...this.#failed.values()],
    }
  }

  async #take(change: AlertChange): Promise<void> {
    if (change.kind === 'fired') await this.#fire(change)
    this.#mailing.take(change)
  }

  #end({ id, resolvedAt }: Alert): void {
    const known = this.#alarms.get(id)
    if (known && resolvedAt !== undefined) this.#alarms.set(id, { ...known, resolvedAt })
    this.#mailing.forget(id)
  }

  async #fire({ at, alert }: AlertChange): Promise<void> {
    const { id, rule, severity, labels, value, activeAt } = alert
    this.#byRule[rule] = (this.#byRule[rule] ?? 0) + 1
    if (this.#fired.length < MAX_COUNTED) this.#fired.push({ rule, labels, firedAt: at })
    if (this.#alarms.size >= MAX_LISTED) return
    const query = this.#replay.queryAt(at)
    const annotations = await this.#rules.annotationsOf(alert, at, query)
    const alarm = { id, rule, severity, labels, value, annotations, activeAt, firedAt: at }
    this.#alarms.set(id, alarm)
  }

  #tell(told: Told): void {
    const { contact, at } = told
    this.#byContact[contact] = (this.#byContact[contact] ?? 0) + 1
    if (this.#told.length < MAX_LISTED) this.#told.push(told)
    if (this.#toldAts.length < MAX_COUNTED) this.#toldAts.push(at)
  }

  #fail(group: string, rule: string, at: UnixMs, message: string): void {
    // Nothing is told of the time before.
    if (at < this.#options.fromMs) return
    const key = JSON.stringify([group, rule])
    const known = this.#failed.get(key) ?? { group, rule, times: 0, firstAt: at, message }
    this.#failed.set(key, { ...known, times: known.times + 1 })
  }
}

function sumOf(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0)
}
