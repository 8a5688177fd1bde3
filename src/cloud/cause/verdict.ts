/** From what stands out to whose trouble it is, and what to do next. Pure. */
import type { UnixMs } from '../../model/time.ts'
import {
  type Compared,
  delayExcessMs,
  failuresOf,
  isFailing,
  isSlow,
  sum,
  timeoutShare,
} from './calls.ts'
import { intended, type NodeChange, recentChanges } from './node-change.ts'
import type { CallsPart, Finding, Measure, StandingValue } from './standing-out.ts'

/** `kind` says who has to look; the rest where. Texts are in `words.ts`. */
export type NextStep =
  | { readonly kind: 'isolate-node'; readonly nodes: readonly string[] }
  /** On which it is down. */
  | { readonly kind: 'check-process'; readonly nodes: readonly string[] }
  /** The trouble began with what somebody did to these nodes. */
  | {
      readonly kind: 'check-change'
      readonly nodes: readonly string[]
      readonly change: NodeChange['kind']
      readonly at: UnixMs
    }
  | { readonly kind: 'check-caller'; readonly callers: readonly string[] }
  /** Also the queue in front of the callee: its own times begin behind that. */
  | {
      readonly kind: 'check-network'
      readonly callers: readonly string[]
      readonly nodes: readonly string[]
    }
  | { readonly kind: 'check-interface'; readonly interfaces: readonly string[] }
  | { readonly kind: 'check-service' }

export interface Verdict {
  readonly kind: 'node' | 'process' | 'service' | 'caller' | 'network'
  readonly nextStep: NextStep
}

/** Nodes of which it is known that the service is down there; `died`: that they said so themselves. */
export interface Down {
  readonly nodes: readonly string[]
  readonly died: boolean
}

export interface Evidence {
  /** Of the alert. */
  readonly service: string
  readonly measure: Measure
  /** When the trouble began. */
  readonly since: UnixMs
  readonly findings: readonly Finding[]
  /** As the callers saw it; empty where none reports. */
  readonly client: readonly CallsPart[]
  /** As the callee saw it. */
  readonly server: readonly CallsPart[]
  readonly changes: readonly NodeChange[]
  readonly down?: Down | undefined
}

/** A change so long before the trouble may be its reason. */
const CHANGE_MS = 600_000
/** Reports are this late. */
const REPORT_MS = 60_000
/** Client and server disagree when at least this part of the failures are time-outs … */
const MIN_TIMEOUTS = 0.5
/** … and the server still gets this part of its calls, and makes up less than this of the delay. */
const SERVER = { minCalls: 0.2, maxDelay: 0.2 }

export function verdictOf(evidence: Evidence): Verdict {
  const nodes = valuesOf(evidence, 'callee_ip')
  const callers = valuesOf(evidence, 'caller')
  const down = ofDown(evidence, nodes)
  if (down) return down
  if (isBetween(evidence, nodes)) {
    return { kind: 'network', nextStep: { kind: 'check-network', callers, nodes } }
  }
  if (nodes.length > 0) return { kind: 'node', nextStep: ofNodes(evidence, nodes) }
  if (callers.length > 0) return { kind: 'caller', nextStep: { kind: 'check-caller', callers } }
  return { kind: 'service', nextStep: ofService(evidence) }
}

/** Unless it is on other nodes that calls fail. */
function ofDown(evidence: Evidence, standing: readonly string[]): Verdict | undefined {
  const { nodes = [], died = false } = evidence.down ?? {}
  const isElsewhere = standing.length > 0 && !standing.some((node) => nodes.includes(node))
  if (nodes.length === 0 || isElsewhere) return undefined
  if (changeOf(evidence, nodes)) return { kind: 'node', nextStep: ofNodes(evidence, nodes) }
  return { kind: died ? 'process' : 'node', nextStep: { kind: 'check-process', nodes } }
}

function valuesOf({ findings }: Evidence, dimension: Finding['dimension']): readonly string[] {
  const values: readonly StandingValue[] =
    findings.find((finding) => finding.dimension === dimension)?.values ?? []
  return values.map(({ value }) => value)
}

function ofNodes(evidence: Evidence, nodes: readonly string[]): NextStep {
  const change = changeOf(evidence, nodes)
  if (!change) return { kind: 'isolate-node', nodes }
  return { kind: 'check-change', nodes, change: change.kind, at: change.at }
}

function ofService(evidence: Evidence): NextStep {
  const change = changeOf(evidence)
  if (change) {
    const { kind, at, service } = change
    const nodes = recentChanges(evidence.changes, service, at, CHANGE_MS).map(({ node }) => node)
    return { kind: 'check-change', nodes: [...new Set(nodes)], change: kind, at }
  }
  const interfaces = valuesOf(evidence, 'interface')
  return interfaces.length > 0 ? { kind: 'check-interface', interfaces } : { kind: 'check-service' }
}

/** What somebody did to these nodes, or to any, shortly before. */
function changeOf(
  { changes, service, since }: Evidence,
  nodes?: readonly string[],
): NodeChange | undefined {
  const some = recentChanges(intended(changes), service, since + REPORT_MS, CHANGE_MS + REPORT_MS)
  return some.find(({ node }) => nodes?.includes(node) ?? true)
}

/** The callers see time-outs or delays, the callee handles what it gets as ever. */
function isBetween({ measure, client, server }: Evidence, nodes: readonly string[]): boolean {
  const at = (parts: readonly CallsPart[]): Compared =>
    sum(parts.filter(({ labels }) => nodes.length === 0 || nodes.includes(labels.callee_ip ?? '')))
  const [seen, handled] = [at(client), at(server)]
  const { now, before } = handled
  if (measure === 'traffic' || before.calls === 0) return false
  if (now.calls < SERVER.minCalls * before.calls || isFailing(handled) || isSlow(handled))
    return false
  if (measure === 'failures') return isFailing(seen) && timeoutShare(seen) >= MIN_TIMEOUTS
  return isSlow(seen) && perCall(handled) <= SERVER.maxDelay * perCall(seen)
}

function perCall(compared: Compared): number {
  const { now } = compared
  return delayExcessMs(compared) / Math.max(1, now.calls - failuresOf(now))
}
