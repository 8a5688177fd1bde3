/** What is said of alarms that are told: what stands out of their calls, since when, after which change. */
import type { UnixMs } from '../../model/time.ts'
import { messageOf } from '../../support/failure.ts'
import type { Log } from '../../support/log.ts'
import type { Alert } from '../alerts/alert.ts'
import { type Explanation, explain } from './explain.ts'
import type { Decision } from './holding.ts'
import type { NodeChange } from './node-change.ts'
import type { CauseQuery } from './ports.ts'
import type { Measure } from './standing-out.ts'
import { type Suspect, type Symptom, suspectOf } from './symptom.ts'
import type { Down } from './verdict.ts'

export interface ExplainedDecision extends Decision {
  /** Of the cause of what is told; absent where nothing can be said. */
  readonly explanation?: Explanation
  /** What excuses it. */
  readonly restart?: NodeChange
}

export interface ExplanationsOptions {
  readonly query: CauseQuery
  readonly log: Log
  /** Most at one instant; alarms beyond go without. */
  readonly maxExplained: number
}

export class Explanations {
  readonly #options: ExplanationsOptions
  readonly #counters: { failed: number; unexplained: number }

  /** @param counters times that the series could not be read; alarms beyond `maxExplained`. */
  constructor(options: ExplanationsOptions, counters: { failed: number; unexplained: number }) {
    this.#options = options
    this.#counters = counters
  }

  async of(
    decisions: readonly Decision[],
    alerts: readonly Alert[],
    at: UnixMs,
  ): Promise<ExplainedDecision[]> {
    const byId = new Map(alerts.map((alert) => [alert.id, alert]))
    const told = decisions.filter(({ verdict }) => verdict === 'tell')
    const { maxExplained } = this.#options
    this.#counters.unexplained += Math.max(0, told.length - maxExplained)
    const some = new Set(told.slice(0, maxExplained))
    return Promise.all(
      decisions.map(async (decision) => {
        const alert = byId.get(decision.alert)
        const explanation =
          alert && some.has(decision) ? await this.#explain(alert, decision, at) : undefined
        return { ...decision, ...(explanation && { explanation }) }
      }),
    )
  }

  async #explain(alert: Alert, { cause }: Decision, at: UnixMs): Promise<Explanation | undefined> {
    const { service, symptom } = suspectOf(alert)
    const measure = MEASURES[symptom]
    if (!measure || service === '') return undefined
    // What is known of the cause says more than what is known of who feels it.
    const isOwn = cause.matter.service === service
    const name = isOwn ? alert.labels.interface : undefined
    const down = downOf(cause.own)
    try {
      return await explain(this.#options.query, {
        service: cause.matter.service,
        measure,
        at,
        since: alert.activeAt,
        ...(name && { interface: name }),
        ...(down && { down }),
      })
    } catch (error) {
      this.#counters.failed++
      this.#options.log.warn(
        { alert: alert.id, error: messageOf(error) },
        'cannot explain an alert',
      )
      return undefined
    }
  }
}

/** What its nodes say tells more than what callers see; undefined where it is down as a whole, or not at all. */
function downOf(own: readonly Suspect[]): Down | undefined {
  const all = own.filter(({ symptom }) => symptom === 'down')
  const deaths = all.filter(({ isDeath }) => isDeath)
  const some = deaths.length > 0 ? deaths : all
  const nodes = some.flatMap(({ node }) => node ?? [])
  if (nodes.length < some.length || nodes.length === 0) return undefined
  return { nodes: [...new Set(nodes)], died: deaths.length > 0 }
}

/** What the calls of a service are measured by; undefined where the alert says nothing of calls. */
export function measureOf(symptom: Symptom): Measure | undefined {
  return MEASURES[symptom]
}

const MEASURES: Readonly<Partial<Record<Symptom, Measure>>> = {
  down: 'failures',
  failures: 'failures',
  latency: 'latency',
  queue: 'latency',
  traffic: 'traffic',
  silent: 'traffic',
}
