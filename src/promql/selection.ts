import type { UnixMs } from '../model/time.ts'
import type { AtModifier, Expr, VectorSelector } from './ast.ts'
import { children } from './ast.ts'
import type { Budget } from './budget.ts'
import { firstAfter } from './range-series.ts'
import type { Matcher, SeriesData, Source } from './source.ts'

/** The instants of a whole query, both included. */
export interface Period {
  readonly startMs: UnixMs
  readonly endMs: UnixMs
}

/** What `@` says in a query over that period. */
export function atOf(at: AtModifier | undefined, { startMs, endMs }: Period): UnixMs | undefined {
  if (at?.kind === 'time') return at.ms
  return at && (at.kind === 'start' ? startMs : endMs)
}

/** The data of one selector that a query needs: samples in `[startMs, endMs]`. */
export interface Selection extends Period {
  readonly selector: VectorSelector
}

/** The selections of an expression, from left to right. */
export function selections(expr: Expr, query: Period, lookbackMs: number): readonly Selection[] {
  const visit = (node: Expr, period: Period): readonly Selection[] => {
    switch (node.kind) {
      case 'vectorSelector':
        return [{ selector: node, ...reach(node, lookbackMs, period) }]
      case 'matrixSelector':
        return [{ selector: node.vector, ...reach(node.vector, node.rangeMs, period) }]
      case 'subquery':
        return visit(node.expr, reach(node, node.rangeMs, period))
      default:
        return children(node).flatMap((child) => visit(child, period))
    }
  }
  // Windows are open on the left.
  const reach = (
    { offsetMs, at }: { readonly offsetMs: number; readonly at?: AtModifier },
    backMs: number,
    { startMs, endMs }: Period,
  ): Period => {
    const atMs = atOf(at, query)
    return {
      startMs: (atMs ?? startMs) - offsetMs - backMs + 1,
      endMs: (atMs ?? endMs) - offsetMs,
    }
  }
  return visit(expr, query)
}

export type Selected = ReadonlyMap<VectorSelector, readonly SeriesData[]>

/**
 * Asks the source, once for all selections with the same matchers whose spans touch: rules ask for the same
 * series again and again.
 */
export async function selectAll(
  wanted: readonly Selection[],
  source: Source,
  budget: Budget,
): Promise<Selected> {
  const selected = new Map<VectorSelector, readonly SeriesData[]>()
  for (const { selectors, matchers, startMs, endMs } of joined(wanted)) {
    const series = await source.select(matchers, startMs, endMs)
    budget.check()
    budget.takeSeries(series.length)
    budget.takeSamples(countWithin(series, { startMs, endMs }))
    for (const selector of selectors) selected.set(selector, series)
  }
  return selected
}

/** How many samples of series are in a period. */
function countWithin(series: readonly SeriesData[], { startMs, endMs }: Period): number {
  let sum = 0
  let count = 0
  let known: ArrayLike<number> | undefined
  for (const { times } of series) {
    if (times !== known) count = firstAfter(times, endMs) - firstAfter(times, startMs - 1)
    known = times
    sum += count
  }
  return sum
}

interface Joined extends Period {
  readonly selectors: readonly VectorSelector[]
  readonly matchers: readonly Matcher[]
}

function joined(wanted: readonly Selection[]): readonly Joined[] {
  const groups = new Map<string, Joined[]>()
  for (const { selector, startMs, endMs } of wanted) {
    const { matchers } = selector
    const key = JSON.stringify(matchers)
    const group = groups.get(key) ?? []
    const touching = group.filter((other) => other.startMs <= endMs && startMs <= other.endMs)
    const merged = {
      matchers,
      selectors: [...touching.flatMap((other) => other.selectors), selector],
      startMs: Math.min(startMs, ...touching.map((other) => other.startMs)),
      endMs: Math.max(endMs, ...touching.map((other) => other.endMs)),
    }
    groups.set(key, [...group.filter((other) => !touching.includes(other)), merged])
  }
  return [...groups.values()].flat()
}
