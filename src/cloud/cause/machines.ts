/**
 * Services that are in trouble together with the machine that they run on: when it dies, all on it do. A service is with
 * a machine when it is down there, or nearly all of its failures are there.
 */
import { failureExcess } from './calls.ts'
import { type ComparedCalls, type Comparison, compareCalls } from './compared-calls.ts'
import type { CauseQuery } from './ports.ts'
import { quoted } from './questions.ts'
import type { Suspect } from './symptom.ts'

/** By service the address of the machine that its trouble is on; of one that has trouble on several, none. */
export type Machines = ReadonlyMap<string, string>

/** Nearly all of the failures beyond the usual. */
const MIN_SHARE = 0.8
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
  const machines = new Map(isAsked ? await ofFailures(query, failing, window) : [])
  for (const [service, own] of Map.groupBy(suspects.filter(isDown), ({ service }) => service)) {
    const nodes = new Set(own.map(({ node }) => node))
    const [node] = nodes
    if (node !== undefined && nodes.size === 1) machines.set(service, node)
  }
  return machines
}

async function ofFailures(
  query: CauseQuery,
  services: readonly string[],
  window: Pick<Comparison, 'at' | 'since'>,
): Promise<[string, string][]> {
  const names = services.slice(0, MAX_SERVICES).map((name) => name.replace(/[^\w]/g, '\\$&'))
  const matchers = `side="client",callee=~${quoted(names.join('|'))},`
  const calls = await compareCalls(query, { matchers, by: ['callee', 'callee_ip'], ...window })
  const byService = Map.groupBy(calls, ({ labels }) => labels.callee ?? '')
  return [...byService].flatMap(([service, nodes]): [string, string][] => {
    const all = nodes.reduce((sum, node) => sum + excessOf(node), 0)
    const most = nodes.find((node) => excessOf(node) >= MIN_SHARE * all)
    const node = most?.labels.callee_ip
    return all > 0 && node ? [[service, node]] : []
  })
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

function isDown({ symptom, node }: Suspect): boolean {
  return symptom === 'down' && node !== undefined
}
