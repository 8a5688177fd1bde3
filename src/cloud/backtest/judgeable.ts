/** When an expression has something to judge, by where the data of its selectors begin and end. Pure. */
import type { UnixMs } from '../../model/time.ts'
import { children, type Expr, formatMatcher, type VectorSelector } from '../../promql/index.ts'
import { ALERT_SERIES } from '../rules/feeds-of.ts'
import type { Rule } from '../rules/rule.ts'
import type { Found } from './data-search.ts'

/** Set by people: mostly there is none. */
const SETTINGS = ['tars_threshold', ...ALERT_SERIES]
/** They tell something of data that are not there, too. */
const OF_ABSENCE = ['absent', 'absent_over_time', 'vector']

export interface Extent {
  readonly fromMs: UnixMs
  readonly toMs: UnixMs
}

/** When an expression has something to judge. */
export interface Part extends Extent {
  /** Sees all that it looks back for. */
  readonly wholeMs: UnixMs
  readonly missing: readonly string[]
}

const ALWAYS: Part = { fromMs: -Infinity, wholeMs: -Infinity, toMs: Infinity, missing: [] }
const never = (missing: string): Part => {
  return { fromMs: Infinity, wholeMs: Infinity, toMs: -Infinity, missing: [missing] }
}

function both(a: Part, b: Part): Part {
  return {
    fromMs: Math.max(a.fromMs, b.fromMs),
    wholeMs: Math.max(a.wholeMs, b.wholeMs),
    toMs: Math.min(a.toMs, b.toMs),
    missing: [...a.missing, ...b.missing],
  }
}

/** Of rules, or parts, one of which is enough. */
export function either(a: Part, b: Part): Part {
  return {
    fromMs: Math.min(a.fromMs, b.fromMs),
    wholeMs: Math.min(a.wholeMs, b.wholeMs),
    toMs: Math.max(a.toMs, b.toMs),
    missing: a.missing.length > 0 && b.missing.length > 0 ? [...a.missing, ...b.missing] : [],
  }
}

/** How far before the instant a part of an expression is looked at. */
interface Back {
  readonly offsetMs: number
  readonly rangeMs: number
}

type Leaf = (selector: VectorSelector, back: Back) => Part

export class Parts {
  /** By text: selectors of what is stored, and how far back rules look at them. */
  readonly wanted = new Map<
    string,
    { readonly selector: VectorSelector; readonly backMs: number }
  >()
  /** What rules record is there when they can judge. */
  readonly #recorded: ReadonlyMap<string, readonly Rule[]>

  constructor(rules: readonly Rule[]) {
    const recording = rules.filter(({ kind }) => kind === 'recording')
    this.#recorded = Map.groupBy(recording, ({ name }) => name)
    for (const { expr } of rules) this.#walk(expr, (...used) => this.#want(...used))
  }

  of(expr: Expr, found: ReadonlyMap<string, Found | undefined>): Part {
    return this.#walk(expr, (selector, { offsetMs, rangeMs }) => {
      const text = textOf(selector)
      if (!found.has(text)) return ALWAYS
      const data = found.get(text)
      if (!data) return never(text)
      const fromMs = data.fromMs + offsetMs
      return { fromMs, wholeMs: fromMs + rangeMs, toMs: data.toMs + offsetMs, missing: [] }
    })
  }

  #want(selector: VectorSelector, { offsetMs, rangeMs }: Back): Part {
    const text = textOf(selector)
    const backMs = Math.max(0, this.wanted.get(text)?.backMs ?? 0, offsetMs + rangeMs)
    this.wanted.set(text, { selector, backMs })
    return ALWAYS
  }

  #walk(
    expr: Expr,
    leaf: Leaf,
    back: Back = { offsetMs: 0, rangeMs: 0 },
    through: readonly Rule[] = [],
  ): Part {
    const within = (inner: Expr, more: Partial<Back> = {}) => {
      const offsetMs = back.offsetMs + (more.offsetMs ?? 0)
      const rangeMs = back.rangeMs + (more.rangeMs ?? 0)
      return this.#walk(inner, leaf, { offsetMs, rangeMs }, through)
    }
    if (expr.kind === 'matrixSelector') return within(expr.vector, { rangeMs: expr.rangeMs })
    if (expr.kind === 'subquery') return expr.at ? ALWAYS : within(expr.expr, expr)
    if (expr.kind === 'vectorSelector') {
      if (expr.at || SETTINGS.includes(expr.name)) return ALWAYS
      const looked = { ...back, offsetMs: back.offsetMs + expr.offsetMs }
      const writers = this.#recorded.get(expr.name)
      if (!writers) return leaf(expr, looked)
      const others = writers.filter((rule) => !through.includes(rule))
      const parts = others.map((rule) => this.#walk(rule.expr, leaf, looked, [...through, rule]))
      return parts.length > 0 ? parts.reduce(either) : ALWAYS
    }
    if (expr.kind === 'call' && OF_ABSENCE.includes(expr.func)) return ALWAYS
    if (expr.kind === 'binary' && expr.op === 'unless') return within(expr.left)
    const parts = children(expr).map((child) => within(child))
    if (expr.kind === 'binary' && expr.op === 'or') return parts.reduce(either)
    return parts.reduce(both, ALWAYS)
  }
}

function textOf({ name, matchers }: VectorSelector): string {
  const others = matchers.filter((each) => !(each.name === '__name__' && each.value === name))
  return others.length === 0 ? name : `${name}{${others.map(formatMatcher).join(', ')}}`
}
