/** Why a service may fail or be slow: the calls that it makes fail or are slow. */

import type { Link } from './call-graph.ts'
import { type Excess, meanMs, waitMs } from './calls.ts'
import { explaining, type Matter, MIN_EXPLAINED, type Reason } from './matter.ts'
import type { Signs } from './signs.ts'

/** Calls that take so many times as long let a caller fail. */
const MIN_SLOWNESS = 2
/** Failures are by time-outs where these are at least this part. */
const MOSTLY = 0.5
/** A rise to this many times as much may be what overloads it. */
const SURGE = 1.5

/** @param ofLoad the reasons of its traffic. */
export function healthReasons(
  signs: Signs,
  service: string,
  ofLoad: readonly Reason[],
): readonly Reason[] {
  // Who is dead has no excuse but its machine.
  if (signs.isDown(service)) return ofMachine(signs, service)
  const caller = ofOneCaller(signs, service)
  if (caller) return [caller]
  const callees = explaining(ofCallees(signs, service))
  if (callees.length > 0) return callees
  const machine = ofMachine(signs, service)
  return machine.length > 0 ? machine : ofSurge(signs, service, ofLoad)
}

/** All that is in trouble with a machine goes with the first of it. */
function ofMachine(signs: Signs, service: string): readonly Reason[] {
  const first = signs.firstOnMachine(service)
  return first === undefined ? [] : [{ to: { kind: 'health', service: first }, strength: 1 }]
}

/** Which part of its trouble is that of whom it calls, 0 to 1; also where that is too little to be the reason. */
export function explainedByCallees(signs: Signs, service: string): number {
  if (signs.isDown(service)) return 0
  return ofCallees(signs, service).reduce((all, { strength }) => Math.min(1, all + strength), 0)
}

function ofCallees(signs: Signs, service: string): readonly Reason[] {
  // What it has with several callees that are well for all others is its own.
  if (isAlone(signs, service)) return []
  const trouble = signs.excessOf(service)
  return signs.graph.from(service).flatMap((link) => {
    const dead = signs.isDown(link.callee) && isEnough(link, trouble) ? MIN_EXPLAINED : 0
    const begun =
      link.excess.failures > 0 && hasJustBegun(signs, service, trouble) ? MIN_EXPLAINED : 0
    const strength = Math.min(1, Math.max(dead, begun, strengthOf(link, trouble)))
    return strength > 0 ? { to: { kind: 'health', service: link.callee }, strength, link } : []
  })
}

/** When a callee is dead its callers may not have reported yet that their calls fail: could they be so many? */
function isEnough({ total }: Link, { failures }: Excess): boolean {
  return total.before.calls > 0 && total.before.calls >= MIN_EXPLAINED * failures
}

/** It alerts on failures, of which its callers have hardly told yet. */
function hasJustBegun(signs: Signs, service: string, { failures }: Excess): boolean {
  const alerts = signs.alertsOn({ kind: 'health', service })
  return failures === 0 && alerts.some(({ symptom }) => symptom === 'failures')
}

function strengthOf(link: Link, trouble: Excess): number {
  const { failures } = link.excess
  // A few failures are so many give or take their root: that must not decide.
  const ofFailures = failures > 0 ? (failures + Math.sqrt(failures)) / trouble.failures : 0
  if (trouble.failures === 0) return ofWaiting(link, trouble)
  if (trouble.timeouts < MOSTLY * trouble.failures) return Math.max(ofFailures, ofSlowness(link))
  return Math.max(ofFailures, ofWaiting(link, trouble))
}

/** Who waits for others takes longer, and may let its own callers time out. */
function ofWaiting({ excess }: Link, trouble: Excess): number {
  const allMs = waitMs(trouble)
  // An alert without an excess has only just begun.
  if (allMs === 0) return excess.failures + excess.delayMs > 0 ? MIN_EXPLAINED : 0
  return waitMs(excess) / allMs
}

/** Slow calls let their caller fail, how often cannot be added up. */
function ofSlowness({ delayMs, total }: Link): number {
  if (delayMs === 0) return 0
  const slowness = (meanMs(total.now) ?? 0) / (meanMs(total.before) ?? 1)
  return slowness >= MIN_SLOWNESS ? MIN_EXPLAINED : 0
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
