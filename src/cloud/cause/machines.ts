/**
 * Services that are in trouble together with the machine that they run on: when it dies, all on it do. A service is with
 * a machine when it is down there, or nearly all of its failures are there. That says something of the machine only where
 * one of them is well elsewhere: in a small place all services run on one machine, and most troubles are not its own.
 */
import { failureExcess } from './calls.ts'
import { type ComparedCalls, type Comparison, compareCalls } from './compared-calls.ts'
import type { CauseQuery } from './ports.ts'
import { quoted } from './questions.ts'
import type { Suspect } from './symptom.ts'

/** By service the address of the machine that its trouble is on; of one that has trouble on several, none. */
export type Machines = ReadonlyMap<string, string>

interface Place {
  readonly service: string
  readonly node: string
  /** It has other nodes that are well. */
  readonly isWellElsewhere: boolean
}

/** Nearly all of the failures beyond the usual. */
const MIN_SHARE = 0.8
/** A node of a service has at least this part of its calls. */
const MIN_CALLS = 0.05
/** More services are not asked about. */
const MAX_SERVICES = 100

/** Undecided failures of several services, or deaths, may be of one machine. Asks only where there are such failures. */
export async function readMachines(
  query: CauseQuery,
  suspects: readonly Suspect[],
  open: readonly Suspect[],
  window: Pick<Comparison, 'at' | 'since'>,
): Promise<Machines> {
  const failing = servicesOf(suspects.filter(isFailing))
  const isAsked = failing.length > 1 && open.some(isFailing)
  const places = [
    ...(isAsked ? await ofFailures(query, failing, window) : []),
    ...ofSilence(suspects),
  ]
  const suspected = new Set(places.flatMap((place) => (place.isWellElsewhere ? place.node : [])))
  return new Map(
    places.flatMap(({ service, node }) => (suspected.has(node) ? [[service, node] as const] : [])),
  )
}

/** Nodes that are silent while others of their service are not. */
function ofSilence(suspects: readonly Suspect[]): Place[] {
  const silent = suspects.filter(({ symptom, isDeath }) => symptom === 'down' && !isDeath)
  return [...Map.groupBy(silent, ({ service }) => service)].flatMap(([service, own]): Place[] => {
    const nodes = new Set(own.flatMap(({ node }) => node ?? []))
    const [node] = nodes
    return node !== undefined && nodes.size === 1 ? [{ service, node, isWellElsewhere: true }] : []
  })
}

async function ofFailures(
  query: CauseQuery,
  services: readonly string[],
  window: Pick<Comparison, 'at' | 'since'>,
): Promise<Place[]> {
  const names = services
    .slice(0, MAX_SERVICES)
    .map((name) => name.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
  const matchers = `side="client",callee=~${quoted(names.join('|'))},`
  const calls = await compareCalls(query, { matchers, by: ['callee', 'callee_ip'], ...window })
  const byService = Map.groupBy(calls, ({ labels }) => labels.callee ?? '')
  return [...byService].flatMap(([service, nodes]) => placeOf(service, nodes) ?? [])
}

function placeOf(service: string, nodes: readonly ComparedCalls[]): Place | undefined {
  const total = (part: (node: ComparedCalls) => number) =>
    nodes.reduce((sum, node) => sum + part(node), 0)
  const [failures, calls] = [total(excessOf), total(({ now }) => now.calls)]
  const most = nodes.find((node) => excessOf(node) >= MIN_SHARE * failures)
  const node = most?.labels.callee_ip
  if (failures === 0 || !node) return undefined
  const others = nodes.filter((other) => other !== most && other.now.calls >= MIN_CALLS * calls)
  return { service, node, isWellElsewhere: others.length > 0 }
}

function excessOf(calls: ComparedCalls): number {
  return Math.max(0, failureExcess(calls))
}

function servicesOf(suspects: readonly Suspect[]): string[] {
  return [...new Set(suspects.map(({ service }) => service))].filter((service) => service !== '')
}

function isFailing({ symptom }: Suspect): boolean {
  return symptom === 'failures' || symptom === 'down'
}
