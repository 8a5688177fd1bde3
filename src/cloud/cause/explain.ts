/** An alarm explains itself: what stands out of its excess, since when, whose trouble it is. */
import type { UnixMs } from '../../model/time.ts'
import { beginningOf } from './beginning.ts'
import { failuresOf, meanMs, sum } from './calls.ts'
import { type ComparedCalls, compareCalls } from './compared-calls.ts'
import { changesOf, type NodeChange, newVersions, recentChanges } from './node-change.ts'
import type { CauseQuery } from './ports.ts'
import { latencyBuckets, quoted, troubleLine } from './questions.ts'
import { type SlowTail, slowTailOf } from './slow-tail.ts'
import { DIMENSIONS, type Finding, findingsOf, type Measure } from './standing-out.ts'
import { type Down, type Verdict, verdictOf } from './verdict.ts'

export interface Question {
  /** `App.Server`: of the alert, or of its cause. */
  readonly service: string
  /** Absent: all of them. */
  readonly interface?: string
  readonly measure: Measure
  readonly at: UnixMs
  /** When the alert's condition first held. */
  readonly since: UnixMs
  readonly down?: Down
}

export interface DatedFinding extends Finding {
  /** When the trouble of these values began, to the half minute; absent when nobody can tell. */
  readonly since?: UnixMs
  /** The last restart, stop or publish of one of these nodes before that. */
  readonly change?: NodeChange
}

export interface Explanation {
  /** The most telling first. */
  readonly findings: readonly DatedFinding[]
  readonly verdict: Verdict
  /** Of latency: a few calls take very long. */
  readonly slowTail?: SlowTail
  /** Of the service in the half hour before, the newest first; at most 20. */
  readonly changes: readonly NodeChange[]
}

const CHANGES_MS = 1_800_000
const MAX_CHANGES = 20
/** So many findings are dated: each costs a query. */
const MAX_DATED = 3
const LINE = { beforeMs: 900_000, stepMs: 30_000 }
/** A change explains what begins at most this long after it. */
const BEFORE_MS = 600_000

/** About twenty queries over the series of one callee. Rejects as the query does. */
export async function explain(query: CauseQuery, question: Question): Promise<Explanation> {
  const { service, measure, at, since, down } = question
  const { client, server, changes, buckets } = await gather(query, question)
  // Each call counts once: as the callee saw it only where no caller reports.
  const parts = client.length > 0 ? client : server
  const findings = await Promise.all(
    findingsOf(parts, measure).map(
      async (finding, n): Promise<DatedFinding> =>
        n < MAX_DATED ? dateOf(query, question, finding, { parts, changes }) : finding,
    ),
  )
  const begin = findings[0]?.since ?? since
  const slowTail = slowTailOf(buckets)
  return {
    findings,
    verdict: verdictOf({ service, measure, since: begin, findings, client, server, changes, down }),
    ...(slowTail && { slowTail }),
    changes: recentChanges(changes, service, at, at - since + CHANGES_MS).slice(0, MAX_CHANGES),
  }
}

async function gather(query: CauseQuery, question: Question) {
  const { service, measure, at, since } = question
  const seenBy = (side: 'client' | 'server') =>
    compareCalls(query, { ...question, matchers: matchersOf(question, side), by: DIMENSIONS })
  const [client, server, events, buckets] = await Promise.all([
    seenBy('client'),
    seenBy('server'),
    query.events(service, since - CHANGES_MS, at),
    measure === 'latency' ? latencyBuckets(query, question) : [],
  ])
  const changes = [...changesOf(events), ...versionsOf(service, server, at)]
  return { client, server, changes, buckets }
}

function matchersOf(question: Question, side: 'client' | 'server'): string {
  const { service, interface: name } = question
  return [
    `callee=${quoted(service)},`,
    name === undefined ? '' : `interface=${quoted(name)},`,
    `side="${side}",`,
  ].join('')
}

/** TARS' version is that of who reports: of nodes, what they report themselves. */
function versionsOf(service: string, server: readonly ComparedCalls[], at: UnixMs): NodeChange[] {
  const of = (some: readonly ComparedCalls[]) =>
    some.map(({ labels }) => ({ node: labels.callee_ip ?? '', version: labels.version ?? '' }))
  return newVersions(
    service,
    at,
    of(server.filter(({ before }) => before.calls > 0)),
    of(server.filter(({ now }) => now.calls > 0)),
  )
}

interface Known {
  readonly parts: readonly ComparedCalls[]
  readonly changes: readonly NodeChange[]
}

async function dateOf(
  query: CauseQuery,
  question: Question,
  finding: Finding,
  { parts, changes }: Known,
): Promise<DatedFinding> {
  const values = finding.values.map(({ value }) => value)
  const side = parts.some(({ labels }) => labels.caller) ? 'client' : 'server'
  const matchers = `${matchersOf(question, side)}${finding.dimension}=~${quoted(oneOf(values))},`
  const { at, since, measure, service } = question
  const points = await query.line(
    troubleLine(matchers, measure),
    since - LINE.beforeMs,
    at,
    LINE.stepMs,
  )
  const own = parts.filter(({ labels }) => values.includes(labels[finding.dimension] ?? ''))
  const begin = beginningOf(points, raisedOf(own, measure))
  if (begin === undefined) return finding
  const change = recentChanges(changes, service, begin + LINE.stepMs, BEFORE_MS).find(({ node }) =>
    values.includes(node),
  )
  return { ...finding, since: begin, ...(change && { change }) }
}

/** Half way from what is usual of these calls to how they are now. */
function raisedOf(parts: readonly ComparedCalls[], measure: Measure): (value: number) => boolean {
  const { now, before } = sum(parts)
  const [is, was] =
    measure === 'failures'
      ? [failuresOf(now), failuresOf(before)]
      : measure === 'latency'
        ? [meanMs(now) ?? 0, meanMs(before) ?? 0]
        : [now.calls, before.calls]
  const middle = (is + was) / 2
  return is > was ? (value) => value > middle : (value) => value < middle
}

/** A regular expression of exactly these. */
function oneOf(values: readonly string[]): string {
  return values.map((value) => value.replaceAll(/[\\^$.|?*+()[\]{}]/g, '\\$&')).join('|')
}
