/** What rules of a backtest ask: of what is stored, and of what rules write meanwhile. */
import type { UnixMs } from '../../model/time.ts'
import { type Expr, evaluateInstant, evaluateRange, parse } from '../../promql/index.ts'
import type { Query } from '../rules/ports.ts'
import type { Rule, RuleGroup } from '../rules/rule.ts'
import type { Instants } from './instants.ts'
import type { Overlay } from './overlay.ts'
import type { Plan } from './plan.ts'
import type { StoredSeries } from './ports.ts'
import { RangeAnswers } from './range-answers.ts'

export class Questions {
  readonly #series: StoredSeries
  readonly #plan: Plan
  readonly #overlay: Overlay
  readonly #expressions = new Map<string, Expr>()

  constructor(series: StoredSeries, plan: Plan, overlay: Overlay) {
    this.#series = series
    this.#plan = plan
    this.#overlay = overlay
  }

  /** Of a rule or its templates at the instant `at`: what was answered `ahead`, else what was there then. */
  at(at: UnixMs, ahead: readonly RangeAnswers[] = []): Query {
    const others = this.#othersAt(at)
    return {
      instant: async (text, dataAt) => {
        for (const answers of ahead) {
          const found = await answers.find(text, dataAt)
          if (found) return found
        }
        return others.instant(text, dataAt)
      },
    }
  }

  /** The answers to a rule at all these instants. */
  async ahead(
    group: RuleGroup,
    rule: Rule,
    { startMs, endMs, stepMs }: Instants,
  ): Promise<RangeAnswers> {
    const { expr, query: text } = rule
    const isReader = this.#plan.readers.has(rule)
    const single = isReader ? undefined : (at: UnixMs) => this.#series.instant(text, at)
    const answers = new RangeAnswers(text, single)
    const ask = (part: Instants) =>
      isReader
        ? evaluateRange(expr, part.startMs, part.endMs, stepMs, this.#overlay)
        : this.#series.range({ text, expr }, part)
    const offsetMs = group.queryOffsetMs
    await answers.load(ask, { startMs: startMs - offsetMs, endMs: endMs - offsetMs, stepMs })
    return answers
  }

  #othersAt(at: UnixMs): Query {
    if (this.#plan.reaches.size === 0) return this.#series
    const source = this.#overlay.asOf(at)
    return {
      instant: async (text, dataAt) => {
        const expr = this.#expressions.get(text) ?? parse(text)
        this.#expressions.set(text, expr)
        return evaluateInstant(expr, dataAt, source)
      },
    }
  }
}
