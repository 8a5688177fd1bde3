/** Which rules read what other rules write, and how far back. Pure. */
import {
  type Expr,
  PromqlError,
  parse,
  selectors,
  type VectorSelector,
} from '../../promql/index.ts'
import { ALERT_SERIES, testOf } from '../rules/feeds-of.ts'
import { lookBackMs } from '../rules/look-back.ts'
import type { Rule, RuleGroup } from '../rules/rule.ts'
import { unquote } from '../rules/template/go-text.ts'

/** So far looks a query whose text nobody knows before it is asked: at an instant. */
const INSTANT_MS = 5 * 60_000

/** A rule and its place. */
export interface Placed {
  readonly rule: Rule
  readonly group: number
  readonly place: number
  readonly offsetMs: number
}

/** One rule reads what another writes. */
export interface Reading {
  readonly reader: Placed
  readonly written: Placed
  /** By its expression, or by the templates of its labels or annotations. */
  readonly by: 'expr' | 'labels' | 'annotations'
  /** How far before its instant. */
  readonly backMs: number
}

export function placedOf(groups: readonly RuleGroup[]): Placed[] {
  return groups.flatMap(({ rules, queryOffsetMs: offsetMs }, group) =>
    rules.map((rule, place): Placed => ({ rule, group, place, offsetMs })),
  )
}

export function readingsOf(placed: readonly Placed[]): Reading[] {
  return placed.flatMap((reader) => [...byExpr(reader, placed), ...byTemplates(reader, placed)])
}

function byExpr(reader: Placed, placed: readonly Placed[]): Reading[] {
  const { expr } = reader.rule
  return placed.flatMap((written) => {
    if (!reads(expr, written.rule)) return []
    const backMs = backMsOf(expr, written.rule) + reader.offsetMs
    return [{ reader, written, by: 'expr', backMs }]
  })
}

function reads(expr: Expr, written: Rule): boolean {
  return selectors(expr).some((selector) => mayRead(selector, written))
}

function backMsOf(expr: Expr, written: Rule): number {
  return lookBackMs(expr, (selector) => mayRead(selector, written))
}

function mayRead({ matchers }: VectorSelector, written: Rule): boolean {
  const hasName = testOf(matchers, '__name__')
  if (written.kind === 'recording') return hasName(written.name)
  return ALERT_SERIES.some(hasName) && testOf(matchers, 'alertname')(written.name)
}

/** A template that names what a rule records may ask for it: at the instant, whatever the offset of its group. */
function byTemplates(reader: Placed, placed: readonly Placed[]): Reading[] {
  const { rule } = reader
  if (rule.kind === 'recording') return []
  return (['labels', 'annotations'] as const).flatMap((by) =>
    rule[by].flatMap(({ template: { text } }) => {
      const queries = queriesIn(text)
      return placed.flatMap((written): Reading[] => {
        if (written.rule.kind !== 'recording' || !text.includes(written.rule.name)) return []
        const backs = queries.map((expr) => backMsOf(expr, written.rule))
        const backMs = Math.max(INSTANT_MS, ...backs)
        return [{ reader, written, by, backMs }]
      })
    }),
  )
}

/** The texts of a template that are queries as they stand, or with their `%q` filled in. */
function queriesIn(text: string): Expr[] {
  const literals = text.matchAll(/"((?:[^"\\]|\\.)*)"|`([^`]*)`/g)
  return [...literals].flatMap(([, quoted, raw]) => {
    const query = raw ?? unquote(quoted ?? '') ?? ''
    try {
      return [parse(query.replaceAll('%q', '""'))]
    } catch (error) {
      if (error instanceof PromqlError) return []
      throw error
    }
  })
}
