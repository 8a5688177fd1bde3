/**
 * What rules would have told of stored data: the same evaluation, life of alerts, grouping and routes as in the
 * cloud, in the time of the data. What is polled counts as if it had come at once.
 */
import type { UnixMs } from '../../model/time.ts'
import type { Alert, AlertChange } from '../alerts/alert.ts'
import { ruleOf } from '../alerts/judge.ts'
import type { Audience } from '../notify/ports.ts'
import { lookBackMs } from '../rules/look-back.ts'
import type { AlertingRule, RuleGroup } from '../rules/rule.ts'
import { expand } from '../rules/template/expand.ts'
import { type Judged, judgedOf } from './judged.ts'
import { Mailing, type Told } from './mailing.ts'
import { noiseOf } from './noise.ts'
import { type Plan, planOf } from './plan.ts'
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
  /** Evaluated at a time: memory is in proportion. Default 3 h. */
  readonly chunkMs?: number
  /** How far it is, after each chunk. */
  readonly onProgress?: (doneMs: number, ofMs: number) => void
}

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
  readonly #plan: Plan
  readonly #replay: Replay
  readonly #mailing: Mailing
  readonly #alarms = new Map<string, Alarm>()
  readonly #fired: Pick<Alarm, 'rule' | 'labels' | 'firedAt'>[] = []
  readonly #told: Told[] = []
  readonly #toldAts: UnixMs[] = []
  readonly #byContact: Record<string, number> = {}
  readonly #byRule: Record<string, number> = {}
  readonly #failed = new Map<string, FailedRule>()
  /** The rules that are evaluated lack annotations: they are worked out for what is told. */
  readonly #annotated = new Map<AlertingRule, { rule: AlertingRule; group: RuleGroup }>()

  constructor(options: BacktestOptions) {
    const { environment, series, stepMs, audience, windowMs } = options
    this.#options = options
    this.#plan = this.#withoutAnnotations(planOf(options.groups), stepMs)
    this.#replay = new Replay({
      ...{ environment, series, plan: this.#plan },
      onFailed: ({ key }, { name }, at, message) => this.#fail(key, name, at, message),
    })
    const onTold = (told: Told) => this.#tell(told)
    this.#mailing = new Mailing({ audience, windowMs, onTold })
  }

  async run(): Promise<BacktestReport> {
    const { fromMs, toMs, onProgress } = this.#options
    const { readers, groups } = this.#plan
    const intervals = groups.map(({ group }) => group.intervalMs)
    const chunkMs = Math.min(this.#options.chunkMs ?? CHUNK_MS, MAX_STEPS * Math.min(...intervals))
    const backMs = readers.reduce((most, { expr }) => Math.max(most, lookBackMs(expr)), 0)
    for (let at = fromMs - backMs; at < fromMs; at += chunkMs) {
      await this.#replay.warmUp(at, Math.min(at + chunkMs, fromMs))
    }
    for (let at = fromMs; at < toMs; at += chunkMs) {
      const untilMs = Math.min(at + chunkMs, toMs)
      const { changes, over } = await this.#replay.chunk(at, untilMs)
      for (const change of changes) {
        await turn()
        await this.#take(change)
      }
      for (const alert of over) this.#end(alert)
      this.#replay.forgetBefore(untilMs - backMs)
      onProgress?.(untilMs - fromMs, toMs - fromMs)
    }
    this.#mailing.until(toMs)
    const { series } = this.#options
    const rules = groups.flatMap(({ group }) => group.rules)
    const judged = await judgedOf(series, rules, { fromMs, toMs })
    return this.#report(await series.services(fromMs, toMs), judged)
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
      slow: this.#plan.groups.flatMap(({ group, slow }) =>
        slow ? [{ group: group.key, reason: slow }] : [],
      ),
      unread: this.#plan.unread.map(({ name }) => name),
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
    const annotations = await this.#annotationsOf(alert, at)
    const alarm = { id, rule, severity, labels, value, annotations, activeAt, firedAt: at }
    this.#alarms.set(id, alarm)
  }

  async #annotationsOf(alert: Alert, at: UnixMs) {
    const groups = this.#plan.groups.map(({ group }) => group)
    const found = ruleOf(alert, { files: [], groups })
    const known = found && this.#annotated.get(found)
    const texts: Record<string, string> = {}
    const dataAt = at - (known?.group.queryOffsetMs ?? 0)
    const query = async (text: string) => {
      const answer = await this.#replay.query.instant(text, dataAt)
      if (answer.type === 'scalar') return [{ labels: {}, value: answer.value }]
      return answer.type === 'vector' ? answer.samples : []
    }
    const { labels, value } = alert
    for (const { name, template } of known?.rule.annotations ?? []) {
      texts[name] = await expand(template, { labels, value, atMs: at, externalUrl: '', query })
    }
    return texts
  }

  #withoutAnnotations(plan: Plan, stepMs: number | undefined): Plan {
    const others = new Map<AlertingRule | unknown, AlertingRule>()
    const groups = plan.groups.map(({ group, slow }) => {
      const rules = group.rules.map((rule) => {
        if (rule.kind === 'recording') return rule
        const bare = { ...rule, annotations: [] }
        others.set(rule, bare)
        this.#annotated.set(bare, { rule, group })
        return bare
      })
      const intervalMs = stepMs ?? Math.max(MIN_STEP_MS, group.intervalMs)
      return { group: { ...group, intervalMs, rules }, slow }
    })
    const read = new Set([...plan.read].map((rule) => others.get(rule) ?? rule))
    const readers = plan.readers.map((rule) => others.get(rule) ?? rule)
    return { ...plan, groups, read, readers }
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
