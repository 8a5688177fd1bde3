/** The call graph of an environment, read from its series. */
import type { UnixMs } from '../../model/time.ts'
import { CallGraph, type Edge } from './call-graph.ts'
import { NO_CALLS } from './calls.ts'
import { baseline, baselineEnd, type CallsByLabels, present } from './compared-calls.ts'
import type { CauseQuery } from './ports.ts'

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
      this.#query.instant('max by (caller) (timestamp(tars_calls{side="client",span!="5m"}))', at),
    ])
    return new CallGraph({
      edges: this.#bounded(edgesOf(now, before)),
      reportedAt: new Map(
        reported.map(({ labels, value }) => [labels.caller ?? '', Math.round(value * 1000)]),
      ),
    })
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
