/** What of the time of a backtest rules could judge: when there was what they read. */
import type { UnixMs } from '../../model/time.ts'
import type { VectorSelector } from '../../promql/index.ts'
import type { Rule } from '../rules/rule.ts'
import { type Found, findData } from './data-search.ts'
import { type Extent, either, type Part, Parts } from './judgeable.ts'
import { CALLS } from './local-series.ts'
import type { StoredSeries } from './ports.ts'

/** A rule that could judge less than others, or saw less than it looks back for. */
export interface ShortRule {
  readonly rule: string
  /** From the first to the last of the data that it reads; null: there were none for it. */
  readonly judged: Extent | null
  /** Without which it can judge nothing, and which is not stored, as PromQL has it. */
  readonly missing: readonly string[]
  /** From then on it sees all that it looks back for; maybe after the end. Absent: it always did. */
  readonly wholeFromMs?: UnixMs
}

export interface Judged {
  /** From the first to the last data that any rule reads; null: there were none. To some 5 % of the time, or 1 h. */
  readonly judged: Extent | null
  /** Rules with less than that; the first 100. */
  readonly short: readonly ShortRule[]
}

/** More selectors are taken for there. */
const MAX_SELECTORS = 100
const MAX_SHORT = 100
const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000
/** Nothing happened: that is no gap. */
const EVENTS = 'tars_notify_events'
export async function judgedOf(
  series: StoredSeries,
  rules: readonly Rule[],
  asked: Extent,
): Promise<Judged> {
  const parts = new Parts(rules)
  const found = new Map<string, Found | undefined>()
  for (const [text, { selector, backMs }] of [...parts.wanted].slice(0, MAX_SELECTORS)) {
    const time = { fromMs: asked.fromMs - backMs, toMs: asked.toMs }
    found.set(text, await findSelected(series, selector, time))
  }
  const named = Map.groupBy(rules, ({ name }) => name)
  const all = [...named].map(([rule, those]) => {
    const part = those.map(({ expr }) => parts.of(expr, found)).reduce(either)
    return { rule, part, judged: clipped(part, asked) }
  })
  const judged = all.map((one) => one.judged).reduce(around, null)
  const short = all.flatMap(({ rule, part, judged: own }) => {
    const wholeFromMs = lacksBefore(part, own, asked)
    if (wholeFromMs === undefined && isAlike(own, judged, asked)) return []
    const missing = own ? [] : [...new Set(part.missing)]
    return [{ rule, judged: own, missing, ...(wholeFromMs !== undefined && { wholeFromMs }) }]
  })
  return { judged, short: short.slice(0, MAX_SHORT) }
}

async function findSelected(series: StoredSeries, { matchers, name }: VectorSelector, time: Found) {
  const found = await findData(series, matchers, time)
  if (name !== EVENTS) return found
  const calls = await findData(series, CALLS, time)
  if (!calls || !found) return calls ?? found
  return {
    fromMs: Math.min(calls.fromMs, found.fromMs),
    toMs: Math.max(calls.toMs, found.toMs),
  }
}

function toleranceMs({ fromMs, toMs }: Extent): number {
  return Math.min(HOUR_MS, (toMs - fromMs) / 20)
}

function clipped({ fromMs, toMs }: Part, asked: Extent): Extent | null {
  const nearMs = toleranceMs(asked)
  const from = fromMs - asked.fromMs <= nearMs ? asked.fromMs : fromMs
  const to = asked.toMs - toMs <= nearMs ? asked.toMs : toMs
  return from < to ? { fromMs: from, toMs: to } : null
}

function around(a: Extent | null, b: Extent | null): Extent | null {
  if (!a || !b) return a ?? b
  return { fromMs: Math.min(a.fromMs, b.fromMs), toMs: Math.max(a.toMs, b.toMs) }
}

function isAlike(a: Extent | null, b: Extent | null, asked: Extent): boolean {
  // What is not stored is told of, also where that is all.
  if (!a || !b) return a !== null
  const nearMs = toleranceMs(asked)
  return Math.abs(a.fromMs - b.fromMs) <= nearMs && Math.abs(a.toMs - b.toMs) <= nearMs
}

/** Until when it looked back further than there were data, where that is much of what it judged. */
function lacksBefore({ wholeMs }: Part, judged: Extent | null, asked: Extent): UnixMs | undefined {
  if (!Number.isFinite(wholeMs)) return undefined
  if (!judged) return wholeMs
  const { fromMs, toMs } = judged
  const lackingMs = Math.min(wholeMs, asked.toMs) - fromMs
  return lackingMs > Math.max(5 * MINUTE_MS, (toMs - fromMs) / 20) ? wholeMs : undefined
}
