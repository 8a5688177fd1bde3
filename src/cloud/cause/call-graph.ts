/** Who calls whom, now and in the baseline. */
import type { UnixMs } from '../../model/time.ts'
import {
  addExcess,
  type Compared,
  callsExcess,
  delayExcessMs,
  type Excess,
  excessOf,
  failureExcess,
  isFailing,
  isSlow,
  NO_EXCESS,
  shiftOf,
  sum,
} from './calls.ts'

/** The calls of one service to one interface of another; `caller` is '' where nobody knows it. */
export interface Edge extends Compared {
  readonly caller: string
  readonly callee: string
  readonly interface: string
}

/** All edges between two services. */
export interface Link {
  readonly caller: string
  readonly callee: string
  readonly edges: readonly Edge[]
  readonly total: Compared
  /** Excess of the interfaces that are failing, a minute; 0 when none is. */
  readonly failures: number
  /** Excess of the interfaces that are slower, ms a minute; 0 when none is. */
  readonly delayMs: number
  /** Of all interfaces. */
  readonly excess: Excess
}

/** What the links of a service have in common. */
export interface Load {
  /** Calls a minute, baseline and change. */
  readonly before: number
  readonly change: number
  readonly shift: '+' | '-' | undefined
}

export interface CallGraphInput {
  readonly edges: readonly Edge[]
  /** When the newest report of each caller ended; who is not in it has just reported. */
  readonly reportedAt?: ReadonlyMap<string, UnixMs>
  /** The longest interval at which callers report; default 0: all that is known comes at once. */
  readonly reportMs?: number
}

/** Others are healthy when they should have failed so often a minute, and did so by less than this part. */
const HEALTHY = { minExpected: 10, maxRatio: 0.1 }

/** Nobody waits for an answer of these. */
const ONE_WAY: ReadonlySet<string> = new Set([
  'tars.tarsstat',
  'tars.tarsproperty',
  'tars.tarsnotify',
  'tars.tarslog',
])

/** Immutable. Calls of a service to itself are left out: they say nothing about where trouble is from. */
export class CallGraph {
  readonly reportMs: number
  readonly #from = new Map<string, Link[]>()
  readonly #to = new Map<string, Link[]>()
  readonly #byInterface = new Map<string, Edge[]>()
  readonly #reportedAt: ReadonlyMap<string, UnixMs>

  constructor({ edges, reportedAt = new Map(), reportMs = 0 }: CallGraphInput) {
    this.reportMs = reportMs
    this.#reportedAt = reportedAt
    const known = new Set(edges.filter(({ caller }) => caller !== '').map(interfaceKey))
    const pairs = new Map<string, Edge[]>()
    for (const edge of edges) {
      const { caller, callee } = edge
      // Each call counts once: as its callee saw it only where no caller reports.
      if (caller === callee || ONE_WAY.has(callee)) continue
      if (caller === '' && known.has(interfaceKey(edge))) continue
      push(pairs, JSON.stringify([caller, callee]), edge)
      push(this.#byInterface, interfaceKey(edge), edge)
    }
    for (const pair of pairs.values()) this.#join(pair)
  }

  #join(edges: readonly Edge[]): void {
    const [first] = edges
    if (!first) return
    const { caller, callee } = first
    const link: Link = {
      caller,
      callee,
      edges,
      total: sum(edges),
      failures: total(edges.filter(isFailing), failureExcess),
      delayMs: total(edges.filter(isSlow), delayExcessMs),
      excess: edges.map(excessOf).reduce(addExcess, NO_EXCESS),
    }
    push(this.#to, callee, link)
    if (caller !== '') push(this.#from, caller, link)
  }

  /** Calls that it makes. */
  from(service: string): readonly Link[] {
    return this.#from.get(service) ?? []
  }

  /** Calls that it gets. */
  to(service: string): readonly Link[] {
    return this.#to.get(service) ?? []
  }

  /** When its newest report of calls ended; undefined: just now. */
  reportedAt(service: string): UnixMs | undefined {
    return this.#reportedAt.get(service)
  }

  loadOf(service: string): Load {
    const compared = sum(this.to(service).map((link) => link.total))
    return {
      before: compared.before.calls,
      change: callsExcess(compared),
      shift: shiftOf(compared),
    }
  }

  /**
   * The trouble is the caller's: others call the same interfaces without it. Says so only when the others
   * have reported since `since`.
   */
  isCallersOwn(link: Link, since: UnixMs): boolean {
    const troubled = link.edges.filter((edge) => isFailing(edge) || isSlow(edge))
    if (link.caller === '' || troubled.length === 0) return false
    return troubled.every((edge) => {
      const others = this.#byInterface
        .get(interfaceKey(edge))
        ?.filter(({ caller }) => caller !== edge.caller && caller !== '')
        .filter(({ caller }) => (this.reportedAt(caller) ?? since) >= since)
      return others !== undefined && isSpared(edge, sum(others))
    })
  }
}

function isSpared(edge: Edge, others: Compared): boolean {
  const excess = isFailing(edge) ? failureExcess : delayExcessMs
  const expected = (others.now.calls * excess(edge)) / edge.now.calls
  if (others.now.calls < HEALTHY.minExpected) return false
  if (isFailing(edge) && expected < HEALTHY.minExpected) return false
  return excess(others) <= HEALTHY.maxRatio * expected
}

function interfaceKey(edge: Edge): string {
  return JSON.stringify([edge.callee, edge.interface])
}

function push<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key)
  if (list) list.push(value)
  else map.set(key, [value])
}

function total(edges: readonly Edge[], excess: (edge: Edge) => number): number {
  return edges.reduce((all, edge) => all + Math.max(0, excess(edge)), 0)
}
