/** Trouble that people make by restarting nodes: it is told only if it lasts. */
import type { UnixMs } from '../../model/time.ts'
import { callsExcess, failureExcess } from './calls.ts'
import { type ComparedCalls, compareCalls } from './compared-calls.ts'
import {
  AFTER_CRASH_MS,
  changesOf,
  isExpectedOfRestart,
  type NodeChange,
  RESTART,
  restartsOf,
} from './node-change.ts'
import type { CauseQuery } from './ports.ts'
import { quoted } from './questions.ts'
import type { Cause } from './root-cause.ts'
import type { Suspect, Symptom } from './symptom.ts'

/** A node takes so long to come back. What fails after that is not of the restart. */
const BACK_MS = 40_000
/** Restarted nodes that are asked about; more were restarted together. */
const MAX_NODES = 10
/** From this part of an interface's calls on it still fails, and so many. */
const FAILING = { minShare: 0.05, minFailures: 8 }

export interface Moment {
  readonly at: UnixMs
  /** How often callers report. */
  readonly reportMs: number
}

/**
 * The newest restart that explains a cause: of its own nodes, or, of calls that are missing, of the nodes of a caller.
 * Undefined where none does. Rejects as the query does.
 */
export async function expectedOf(
  query: CauseQuery,
  cause: Cause,
  moment: Moment,
): Promise<NodeChange | undefined> {
  const symptoms = new Set(cause.own.map(({ symptom }) => symptom))
  if (symptoms.size === 0) symptoms.add('failures')
  const own = await ownRestart(query, { cause, symptoms }, moment)
  return own ?? (await callersRestart(query, { cause, symptoms }, moment))
}

interface Shown {
  readonly cause: Cause
  readonly symptoms: ReadonlySet<Symptom>
}

async function ownRestart(
  query: CauseQuery,
  { cause, symptoms }: Shown,
  { at, reportMs }: Moment,
): Promise<NodeChange | undefined> {
  const { service } = cause.matter
  const changes = await changesAt(query, service, at)
  const restarts = restartsOf(changes, service, at)
  const [newest] = restarts
  if (!newest) return undefined
  for (const restart of lastOfEach(restarts))
    if (await isFailingSince(query, restart, { at, reportMs })) return undefined
  for (const symptom of symptoms) {
    const shares = await sharesOf(query, { cause, symptom, at })
    if (!isExpectedOfRestart({ service, symptom, shares }, changes, at)) return undefined
  }
  return newest
}

/** A caller that is restarted calls nobody, and tells of no calls. */
async function callersRestart(
  query: CauseQuery,
  { cause, symptoms }: Shown,
  { at }: Moment,
): Promise<NodeChange | undefined> {
  if (![...symptoms].every(isOfCalls)) return undefined
  const calls = await comparedBy(query, { cause, at }, ['caller', 'caller_ip'])
  const missing = calls.map((each) => {
    return { labels: each.labels, calls: Math.max(0, -callsExcess(each)) }
  })
  const all = missing.reduce((sum, { calls }) => sum + calls, 0)
  for (const [caller, nodes] of Map.groupBy(missing, ({ labels }) => labels.caller ?? '')) {
    const shares = new Map(nodes.map(({ labels, calls }) => [labels.caller_ip ?? '', calls / all]))
    const share = nodes.reduce((sum, { calls }) => sum + calls, 0) / all
    if (caller === '' || !(share >= RESTART.minShare)) continue
    const changes = await changesAt(query, caller, at)
    const shortfall = { service: caller, symptom: 'traffic', shares } as const
    if (isExpectedOfRestart(shortfall, changes, at)) return restartsOf(changes, caller, at)[0]
  }
  return undefined
}

async function changesAt(query: CauseQuery, service: string, at: UnixMs): Promise<NodeChange[]> {
  const fromMs = at - RESTART.graceMs - AFTER_CRASH_MS
  return changesOf(await query.events(service, fromMs, at + 1))
}

function isOfCalls(symptom: Symptom): boolean {
  return symptom === 'traffic' || symptom === 'silent'
}

/** The newest first; of each node the last. */
function lastOfEach(restarts: readonly NodeChange[]): readonly NodeChange[] {
  const nodes = new Map(restarts.toReversed().map((restart) => [restart.node, restart]))
  return [...nodes.values()].toReversed().slice(0, MAX_NODES)
}

/** Who answers with exceptions is back; what callers told since it must be back is of the time after it, too. */
async function isFailingSince(
  query: CauseQuery,
  restart: NodeChange,
  moment: Moment,
): Promise<boolean> {
  const { at, reportMs } = moment
  if (await isFailing(query, restart, 'server', moment)) return true
  const isBack = reportMs > 0 && at - reportMs >= restart.at + BACK_MS
  return isBack && (await isFailing(query, restart, 'client', moment))
}

async function isFailing(
  query: CauseQuery,
  { service, node }: NodeChange,
  side: 'client' | 'server',
  { at, reportMs }: Moment,
): Promise<boolean> {
  const seconds = Math.max(reportMs, 10_000) / 1000
  const of = (metric: string) =>
    `sum by (interface) (sum_over_time(${metric}{callee=${quoted(service)},callee_ip=${quoted(node)},side="${side}"}[${seconds}s]))`
  const failures = `(${of('tars_timeouts')} + ${of('tars_exceptions')} >= ${FAILING.minFailures})`
  const [share] = await query.instant(`max(${failures} / ${of('tars_calls')})`, at)
  return (share?.value ?? 0) >= FAILING.minShare
}

interface Trouble {
  readonly cause: Cause
  readonly symptom: Symptom
  readonly at: UnixMs
}

/** Parts of the failures, or of the calls that are missing, by node. */
async function sharesOf(
  query: CauseQuery,
  { cause, symptom, at }: Trouble,
): Promise<Map<string, number>> {
  const named = cause.own.flatMap(({ symptom: own, node }) => (own === symptom && node) || [])
  if (named.length > 0) return partsOf(new Map(named.map((node) => [node, 1])))
  const calls = await comparedBy(query, { cause, at }, ['callee_ip'])
  return partsOf(
    new Map(
      calls.map((each) => {
        const excess = isOfCalls(symptom) ? -callsExcess(each) : failureExcess(each)
        return [each.labels.callee_ip ?? '', Math.max(0, excess)]
      }),
    ),
  )
}

/** As clients tell them; where none does, as servers do. */
async function comparedBy(
  query: CauseQuery,
  { cause, at }: Pick<Trouble, 'cause' | 'at'>,
  by: readonly string[],
): Promise<ComparedCalls[]> {
  const all: readonly Suspect[] = [...cause.own, ...cause.effects.map(({ suspect }) => suspect)]
  const since = Math.min(...all.map((suspect) => suspect.since))
  const of = (side: 'client' | 'server') => {
    const matchers = `callee=${quoted(cause.matter.service)},side="${side}",`
    return compareCalls(query, { matchers, by, at, since })
  }
  const calls = await of('client')
  return calls.length > 0 ? calls : of('server')
}

function partsOf(amounts: ReadonlyMap<string, number>): Map<string, number> {
  const all = [...amounts.values()].reduce((total, amount) => total + amount, 0)
  return new Map([...amounts].map(([node, amount]) => [node, all > 0 ? amount / all : 0]))
}
