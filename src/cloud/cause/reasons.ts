/**
 * Why something may be as it is: from each troubled thing to those that explain it.
 *
 * Failures and delays come from callees: a link to a callee explains its caller when the link's own excess makes
 * up the caller's. Traffic comes from callers: their calls changed, or they are in trouble and call less.
 */
import type { UnixMs } from '../../model/time.ts'
import type { CallGraph, Link } from './call-graph.ts'
import { callsExcess, meanMs, shiftOf } from './calls.ts'
import type { Suspect } from './symptom.ts'

/** Health: failures, delays, queues, death. Load: how much it is called. */
export type Aspect = 'health' | 'load'

/** One aspect of one service, or an alert that stands for itself. */
export type Matter =
  | { readonly kind: Aspect; readonly service: string }
  | { readonly kind: 'alert'; readonly service: string; readonly alert: string }

export interface Reason {
  readonly to: Matter
  /** Which part of it this explains, 0 to 1. */
  readonly strength: number
  /** The calls that show it. */
  readonly link?: Link
}

/** Reasons that explain less than this together explain nothing. */
const MIN_EXPLAINED = 0.5
/** Beside the strongest, reasons of less than this part of it do not count. */
const MIN_PART = 0.25
/** A caller whose own traffic is as ever is the origin only when it makes up this much. */
const MIN_ORIGIN = 0.6
/** Time-outs of this part of its calls make a caller slow. */
const MIN_TIMEOUT_RATIO = 0.05
/** A rise to this many times as much may be what overloads it. */
const SURGE = 1.5
/** What a service reports of itself within this time of its trouble belongs to it. */
const SAME_TIME_MS = 120_000

export function keyOf(matter: Matter): string {
  return matter.kind === 'alert'
    ? JSON.stringify(['alert', matter.alert])
    : JSON.stringify([matter.kind, matter.service])
}

/** Finds reasons; each matter is looked at once. */
export class Reasons {
  readonly #graph: CallGraph
  readonly #suspects: ReadonlyMap<string, readonly Suspect[]>
  readonly #known = new Map<string, readonly Reason[]>()

  constructor(graph: CallGraph, suspects: readonly Suspect[]) {
    this.#graph = graph
    this.#suspects = Map.groupBy(suspects, ({ service }) => service)
  }

  of(matter: Matter): readonly Reason[] {
    const key = keyOf(matter)
    const known = this.#known.get(key)
    if (known) return known
    const found = this.#find(matter)
    this.#known.set(key, found)
    return found
  }

  /** What an alert is about. */
  matterOf({ alert, service, symptom }: Suspect): Matter {
    if (service === '' || symptom === 'events' || symptom === 'other') {
      return { kind: 'alert', service, alert }
    }
    return { kind: symptom === 'traffic' || symptom === 'silent' ? 'load' : 'health', service }
  }

  /** Its calls fail or are slow, or an alert says so. */
  isUnwell(service: string): boolean {
    return (
      this.#graph.to(service).some(({ failures, delayMs }) => failures > 0 || delayMs > 0) ||
      this.#alertsOn({ kind: 'health', service }).length > 0
    )
  }

  #find(matter: Matter): readonly Reason[] {
    if (matter.kind === 'alert') return this.#ofEvents(matter.service, matter.alert)
    return matter.kind === 'health' ? this.#ofHealth(matter.service) : this.#ofLoad(matter.service)
  }

  #alertsOn(matter: Matter): readonly Suspect[] {
    const key = keyOf(matter)
    const suspects = this.#suspects.get(matter.service) ?? []
    return suspects.filter((suspect) => keyOf(this.matterOf(suspect)) === key)
  }

  #ofEvents(service: string, alert: string): readonly Reason[] {
    const suspects = this.#suspects.get(service) ?? []
    const own = suspects.find((suspect) => suspect.alert === alert)
    if (service === '' || own?.symptom !== 'events') return []
    const to: Matter = { kind: 'health', service }
    const isNear = this.#alertsOn(to).some(
      ({ since }) => Math.abs(since - own.since) <= SAME_TIME_MS,
    )
    return isNear ? [{ to, strength: 1 }] : []
  }

  #ofHealth(service: string): readonly Reason[] {
    const alerts = this.#alertsOn({ kind: 'health', service })
    // Who is dead has no excuse.
    if (alerts.some(({ symptom }) => symptom === 'down')) return []
    const callers = this.#ofOneCaller(service, alerts)
    if (callers.length > 0) return callers
    const callees = explaining(this.#ofCallees(service))
    return callees.length > 0 ? callees : this.#ofSurge(service)
  }

  #ofCallees(service: string): readonly Reason[] {
    const { failures, delayMs, calls } = troubleOf(this.#graph, service)
    const since = this.#since(service)
    return this.#graph.from(service).flatMap((link) => {
      if (link.failures === 0 && link.delayMs === 0) return []
      // Its own way to the callee is broken: that is no fault of the callee.
      if (this.#graph.isCallersOwn(link, since)) return []
      const strength = Math.max(
        failures > 0 ? link.failures / failures : 0,
        delayMs > 0 ? link.delayMs / delayMs : 0,
        crossStrength(link, { failures, delayMs, calls }),
      )
      const to: Matter = { kind: 'health', service: link.callee }
      return [{ to, strength: Math.min(1, strength), link }]
    })
  }

  /** Only one of several callers is in trouble with it: that one's way to it is. */
  #ofOneCaller(service: string, alerts: readonly Suspect[]): readonly Reason[] {
    const troubled = this.#graph
      .to(service)
      .filter(({ failures, delayMs }) => failures > 0 || delayMs > 0)
    const [link] = troubled
    if (!link || troubled.length > 1) return []
    const since = Math.max(...alerts.map((suspect) => suspect.since), this.#since(link.caller))
    if (!this.#graph.isCallersOwn(link, since)) return []
    return [{ to: { kind: 'health', service: link.caller }, strength: 1, link }]
  }

  /** Many more calls than usual, and not because it fails and is asked again. */
  #ofSurge(service: string): readonly Reason[] {
    const load: Matter = { kind: 'load', service }
    const { before, change } = this.#graph.loadOf(service)
    if (this.#alertsOn(load).length === 0 || before + change < SURGE * before) return []
    const isRetried = this.of(load).some(({ to }) => to.service === service)
    return isRetried ? [] : [{ to: load, strength: 1 }]
  }

  #ofLoad(service: string): readonly Reason[] {
    const { shift } = this.#graph.loadOf(service)
    if (!shift) return []
    const unwell: Reason = { to: { kind: 'health', service }, strength: 1 }
    const isUnwell = this.isUnwell(service)
    // Callers turn away from who is in trouble.
    if (shift === '-' && isUnwell) return [unwell]
    const callers = explaining(this.#ofCallers(service))
    if (callers.some(({ to }) => this.#isOnwards(to, shift))) return callers
    if (shift === '+' && isUnwell && this.#graph.to(service).some(isKnown)) return [unwell]
    return callers
  }

  #ofCallers(service: string): readonly Reason[] {
    const { change, shift } = this.#graph.loadOf(service)
    return this.#graph.to(service).flatMap((link) => {
      const strength = callsExcess(link.total) / change
      if (!isKnown(link) || strength <= 0 || shiftOf(link.total) !== shift) return []
      const load: Matter = { kind: 'load', service: link.caller }
      const isMoved = this.#graph.loadOf(link.caller).shift === shift
      const isUnwell = shift === '-' && this.isUnwell(link.caller)
      if (!isMoved && !isUnwell && strength < MIN_ORIGIN) return []
      const to: Matter = isMoved || !isUnwell ? load : { kind: 'health', service: link.caller }
      return [{ to, strength: Math.min(1, strength), link }]
    })
  }

  #isOnwards(to: Matter, shift: '+' | '-'): boolean {
    return to.kind === 'health' || this.#graph.loadOf(to.service).shift === shift
  }

  /** When the first of its alerts began; 0 without any. */
  #since(service: string): UnixMs {
    const suspects = this.#suspects.get(service) ?? []
    return suspects.length === 0 ? 0 : Math.min(...suspects.map(({ since }) => since))
  }
}

function isKnown({ caller }: Link): boolean {
  return caller !== ''
}

function explaining(reasons: readonly Reason[]): readonly Reason[] {
  const explained = reasons.reduce((all, { strength }) => all + strength, 0)
  if (explained < MIN_EXPLAINED) return []
  const most = Math.max(...reasons.map(({ strength }) => strength))
  return reasons.filter(({ strength }) => strength >= MIN_PART * most)
}

interface Trouble {
  readonly failures: number
  readonly delayMs: number
  /** Calls a minute. */
  readonly calls: number
}

export function troubleOf(graph: CallGraph, service: string): Trouble {
  const links = graph.to(service)
  return {
    failures: links.reduce((all, link) => all + link.failures, 0),
    delayMs: links.reduce((all, link) => all + link.delayMs, 0),
    calls: links.reduce((all, link) => all + link.total.now.calls, 0),
  }
}

/** Time-outs make callers slow, delays make them time out; how much so cannot be added up. */
function crossStrength(link: Link, { failures, delayMs, calls }: Trouble): number {
  const isTroubled = failures > 0 || delayMs > 0
  if (link.failures > 0 && failures === 0) {
    return link.failures >= MIN_TIMEOUT_RATIO * calls ? MIN_EXPLAINED : 0
  }
  if (link.delayMs > 0 && delayMs === 0) {
    const slowness = (meanMs(link.total.now) ?? 0) / (meanMs(link.total.before) ?? 1)
    return isTroubled && slowness < 2 ? 0 : MIN_EXPLAINED
  }
  return 0
}
