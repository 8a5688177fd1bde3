/** Why a service may fail or be slow: the calls that it makes fail or are slow. */

import type { Link } from './call-graph.ts'
import { meanMs } from './calls.ts'
import { explaining, type Matter, MIN_EXPLAINED, type Reason } from './matter.ts'
import type { Signs, Trouble } from './signs.ts'

/** Failures of this part of its calls make a caller slow: it waits for time-outs. */
const MIN_FAILING = 0.05
/** Calls that take so many times as long let a caller time out. */
const MIN_SLOWNESS = 2
/** A rise to this many times as much may be what overloads it. */
const SURGE = 1.5

/** @param ofLoad the reasons of its traffic. */
export function healthReasons(
  signs: Signs,
  service: string,
  ofLoad: readonly Reason[],
): readonly Reason[] {
  // Who is dead has no excuse.
  const alerts = signs.alertsOn({ kind: 'health', service })
  if (alerts.some(({ symptom }) => symptom === 'down')) return []
  const caller = ofOneCaller(signs, service)
  if (caller) return [caller]
  const callees = explaining(ofCallees(signs, service))
  return callees.length > 0 ? callees : ofSurge(signs, service, ofLoad)
}

function ofCallees(signs: Signs, service: string): readonly Reason[] {
  const trouble = signs.troubleOf(service)
  // What it has with several callees that are well for all others is its own.
  if (isAlone(signs, service)) return []
  return signs.graph
    .from(service)
    .filter(isTroubled)
    .map((link) => ({
      to: { kind: 'health', service: link.callee },
      strength: Math.min(1, strengthOf(link, trouble)),
      link,
    }))
}

function strengthOf(link: Link, trouble: Trouble): number {
  const { failures, delayMs } = trouble
  return Math.max(
    // A few failures are so many give or take their root: that must not decide.
    failures > 0 ? (link.failures + Math.sqrt(link.failures)) / failures : ofWaiting(link, trouble),
    delayMs > 0 ? link.delayMs / delayMs : ofTimingOut(link, trouble),
  )
}

/** Failing calls make their caller slow, how much so cannot be added up. */
function ofWaiting({ failures }: Link, { calls }: Trouble): number {
  return failures > 0 && failures >= MIN_FAILING * calls ? MIN_EXPLAINED : 0
}

/** Slow calls let their caller fail, how often cannot be added up. */
function ofTimingOut({ delayMs, total }: Link, { failures }: Trouble): number {
  if (delayMs === 0) return 0
  const slowness = (meanMs(total.now) ?? 0) / (meanMs(total.before) ?? 1)
  return failures === 0 || slowness >= MIN_SLOWNESS ? MIN_EXPLAINED : 0
}

/** Only one of its callers is in trouble with it, and with others as well: that one is the reason. */
function ofOneCaller(signs: Signs, service: string): Reason | undefined {
  const [link, ...others] = signs.graph.to(service).filter(isTroubled)
  if (!link || others.length > 0 || !isAlone(signs, link.caller)) return undefined
  return { to: { kind: 'health', service: link.caller }, strength: 1, link }
}

function isAlone(signs: Signs, caller: string): boolean {
  const links = signs.graph.from(caller).filter(isTroubled)
  const since = signs.since(caller)
  return links.length > 1 && links.every((link) => signs.graph.isCallersOwn(link, since))
}

/** Many more calls than usual, and not because it fails and is asked again. */
function ofSurge(signs: Signs, service: string, ofLoad: readonly Reason[]): readonly Reason[] {
  const load: Matter = { kind: 'load', service }
  const { before, change } = signs.graph.loadOf(service)
  if (signs.alertsOn(load).length === 0 || before + change < SURGE * before) return []
  const isRetried = ofLoad.some(({ to }) => to.service === service)
  return isRetried ? [] : [{ to: load, strength: 1 }]
}

function isTroubled({ failures, delayMs }: Link): boolean {
  return failures > 0 || delayMs > 0
}
