import type { UnixMs } from '../model/time.ts'
import type { AtModifier, Expr, VectorSelector } from './ast.ts'
import { children } from './ast.ts'
import type { Budget } from './budget.ts'
import type { Extent, Matcher, SeriesData, Source } from './source.ts'

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
  readonly extent: Extent
}

/** The selections of an expression, from left to right. */
export function selections(expr: Expr, query: Period, lookbackMs: number): readonly Selection[] {
  const visit = (node: Expr, period: Period): readonly Selection[] => {
    switch (node.kind) {
      case 'vectorSelector':
        return [{ selector: node, extent: extentOf(period), ...reach(node, lookbackMs, period) }]
      case 'matrixSelector':
        return [
          { selector: node.vector, extent: 'all', ...reach(node.vector, node.rangeMs, period) },
        ]
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

/** Of one instant the newest sample counts. */
function extentOf({ startMs, endMs }: Period): Extent {
  return startMs === endMs ? 'newest' : 'all'
}

/** What a selector found. */
export interface Found {
  readonly series: readonly SeriesData[]
  /** Known: they stay different when their names are dropped. */
  readonly distinctNameless: boolean
}

export type Selected = ReadonlyMap<VectorSelector, Found>

/** What a query asks its source for. */
export interface Plan {
  readonly wanted: readonly Joined[]
  /** Their times are so much later. */
  readonly shiftMs: number
}

interface KeptPlan {
  readonly lookbackMs: number
  readonly lengthMs: number
  readonly wanted: readonly Joined[]
}

const plans = new WeakMap<Expr, KeptPlan>()

/** Expressions are kept: so is what they want of one period, which is the same of each other one as long, only later. */
export function planOf(expr: Expr, query: Period, lookbackMs: number): Plan {
  const { startMs, endMs } = query
  const lengthMs = endMs - startMs
  const known = plans.get(expr)
  if (known?.lookbackMs === lookbackMs && known.lengthMs === lengthMs) {
    return { wanted: known.wanted, shiftMs: startMs }
  }
  if (isHeld(expr)) return { wanted: joined(selections(expr, query, lookbackMs)), shiftMs: 0 }
  const wanted = joined(selections(expr, { startMs: 0, endMs: lengthMs }, lookbackMs))
  plans.set(expr, { lookbackMs, lengthMs, wanted })
  return { wanted, shiftMs: startMs }
}

/** Whether `@` holds a part of it at a time of its own. */
function isHeld(expr: Expr): boolean {
  const own = expr.kind === 'vectorSelector' || expr.kind === 'subquery' ? expr.at : undefined
  return own?.kind === 'time' || children(expr).some(isHeld)
}

/**
 * Asks the source, once for all selections with the same matchers whose spans touch: rules ask for the same
 * series again and again.
 */
export async function selectAll(
  { wanted, shiftMs }: Plan,
  source: Source,
  budget: Budget,
): Promise<Selected> {
  const selected = new Map<VectorSelector, Found>()
  for (const { selectors, matchers, startMs, endMs, extent } of wanted) {
    const series = await source.select(matchers, startMs + shiftMs, endMs + shiftMs, extent)
    budget.check()
    budget.takeSeries(series.length)
    budget.takeSamples(sampleCount(series))
    const found = { series, distinctNameless: isDistinctNameless(matchers, series) }
    for (const selector of selectors) selected.set(selector, found)
  }
  return selected
}

function sampleCount(series: readonly SeriesData[]): number {
  let count = 0
  for (const { times } of series) count += times.length
  return count
}

/** Whether series stay different without their names: all have the same. */
function isDistinctNameless(matchers: readonly Matcher[], series: readonly SeriesData[]): boolean {
  return (
    matchers.some(({ name, op }) => name === '__name__' && op === '=') &&
    series.every(({ labels }) => labels.__type__ === undefined && labels.__unit__ === undefined)
  )
}

interface Joined extends Period {
  readonly selectors: readonly VectorSelector[]
  readonly matchers: readonly Matcher[]
  readonly extent: Extent
}

const keys = new WeakMap<readonly Matcher[], string>()

/** Expressions are kept: so is this, as long as they are. */
function keyOf(matchers: readonly Matcher[]): string {
  const key = keys.get(matchers) ?? JSON.stringify(matchers)
  keys.set(matchers, key)
  return key
}

function joined(wanted: readonly Selection[]): readonly Joined[] {
  const [only] = wanted
  if (only && wanted.length === 1) {
    return [{ ...only, selectors: [only.selector], matchers: only.selector.matchers }]
  }
  const groups = new Map<string, Joined[]>()
  for (const { selector, startMs, endMs, extent } of wanted) {
    const { matchers } = selector
    const key = keyOf(matchers)
    const group = groups.get(key) ?? []
    const touching = group.filter((other) => other.startMs <= endMs && startMs <= other.endMs)
    const merged = {
      matchers,
      selectors: [...touching.flatMap((other) => other.selectors), selector],
      startMs: Math.min(startMs, ...touching.map((other) => other.startMs)),
      endMs: Math.max(endMs, ...touching.map((other) => other.endMs)),
      extent: touching.every((other) => other.extent === extent && other.endMs === endMs)
        ? extent
        : 'all',
    } as const
    groups.set(key, [...group.filter((other) => !touching.includes(other)), merged])
  }
  return [...groups.values()].flat()
}
