/** The call graph of an environment, read from its series. */
import type { UnixMs } from '../../model/time.ts'
import { CallGraph, type Edge } from './call-graph.ts'
import { NO_CALLS } from './calls.ts'
import { baseline, baselineEnd, type CallsByLabels, present } from './compared-calls.ts'
import type { CauseQuery, Sample } from './ports.ts'

/** What is polled comes of all at once. */
const REPORTED = 'max by (caller, span) (timestamp(tars_calls{side="client",span!="5m"}))'
const SPAN_MS: Readonly<Record<string, number>> = { '10s': 10_000, '1m': 60_000 }
const BY = ['caller', 'callee', 'interface', 'side']
/** More edges than this are left out, those with the fewest calls first. */
const MAX_EDGES = 20_000

/** Of one environment; the baseline is kept for five minutes. */
export class GraphReader {
  /** Edges that had no place. */
  readonly counters = { dropped: 0 }
  readonly #query: CauseQuery
  #baseline: { readonly end: UnixMs; readonly calls: Promise<CallsByLabels> } | undefined

  constructor(query: CauseQuery) {
    this.#query = query
  }

  /** @param since when the oldest trouble was first seen. */
  async read(at: UnixMs, since: UnixMs): Promise<CallGraph> {
    const [now, before, reported] = await Promise.all([
      present(this.#query, { matchers: '', by: BY, at, since }),
      this.#baselineOf(at, since),
      this.#query.instant(REPORTED, at),
    ])
    return new CallGraph({ edges: this.#bounded(edgesOf(now, before)), ...reportsOf(reported) })
  }

  #baselineOf(at: UnixMs, since: UnixMs): Promise<CallsByLabels> {
    const end = baselineEnd(since)
    if (this.#baseline?.end === end) return this.#baseline.calls
    const calls = baseline(this.#query, { matchers: '', by: BY, at, since })
    this.#baseline = { end, calls }
    // What failed is asked again.
    calls.catch(() => {
      if (this.#baseline?.calls === calls) this.#baseline = undefined
    })
    return calls
  }

  #bounded(edges: Edge[]): Edge[] {
    if (edges.length <= MAX_EDGES) return edges
    this.counters.dropped += edges.length - MAX_EDGES
    const amount = ({ now, before }: Edge) => now.calls + before.calls
    return edges.toSorted((a, b) => amount(b) - amount(a)).slice(0, MAX_EDGES)
  }
}

/** When each caller's newest report ended, and how often the slowest of them reports. */
function reportsOf(reported: readonly Sample[]) {
  const reportedAt = new Map<string, UnixMs>()
  let reportMs = 0
  for (const { labels, value } of reported) {
    const { caller = '', span = '' } = labels
    reportedAt.set(caller, Math.max(reportedAt.get(caller) ?? 0, Math.round(value * 1000)))
    reportMs = Math.max(reportMs, SPAN_MS[span] ?? 0)
  }
  return { reportedAt, reportMs }
}

/** Who calls is known from the client side; the server side says how much there is in all. */
function edgesOf(now: CallsByLabels, before: CallsByLabels): Edge[] {
  const edges = new Map<string, Edge>()
  for (const key of new Set([...now.keys(), ...before.keys()])) {
    const labels = now.get(key)?.labels ?? before.get(key)?.labels ?? {}
    const { caller = '', callee = '', side } = labels
    if (callee === '') continue
    edges.set(key, {
      caller: side === 'client' ? caller : '',
      callee,
      interface: labels.interface ?? '',
      now: now.get(key)?.calls ?? NO_CALLS,
      before: before.get(key)?.calls ?? NO_CALLS,
    })
  }
  return [...edges.values()]
}
