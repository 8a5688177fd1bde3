/**
 * One cause, one alarm: which alerts have the same cause, and who is hit by it. Pure.
 *
 * From each alert the strongest reasons are followed to what has no further reason; what explains each other in a
 * circle counts as one, and the member that its circle explains least is its cause.
 */
import type { UnixMs } from '../../model/time.ts'
import type { CallGraph, Link } from './call-graph.ts'
import { components } from './components.ts'
import { explainedByCallees } from './health-reasons.ts'
import { type Impact, impactOf } from './impact.ts'
import type { Machines } from './machines.ts'
import { keyOf, type Matter, matterOf, type Reason } from './matter.ts'
import { Reasons } from './reasons.ts'
import { Signs } from './signs.ts'
import { byGravity, type Suspect } from './symptom.ts'

export interface Hop {
  readonly caller: string
  readonly callee: string
  /** Excess over the baseline on these calls, a minute. */
  readonly failures: number
  readonly delayMs: number
  /** Which part of what it explains this explains, 0 to 1. */
  readonly strength: number
}

/** Something that nothing else explains. */
export interface Cause {
  readonly matter: Matter
  /** Alerts about the cause itself, the gravest first; none when only others show it. */
  readonly own: readonly Suspect[]
  /** Alerts that it explains. */
  readonly effects: readonly Effect[]
  readonly impact: Impact
  /** The machine that it is in trouble with, and others that are. */
  readonly machine?: { readonly node: string; readonly others: readonly string[] }
  /** Which part of it those that it calls have: less than makes them the cause, 0 to 1. */
  readonly explained: number
}

export interface Effect {
  readonly suspect: Suspect
  /** Calls from the alert's service to the cause, the nearest first; empty when both are about one service. */
  readonly path: readonly Hop[]
}

export interface Scene {
  /** Of one environment, pending or firing, each once. */
  readonly suspects: readonly Suspect[]
  readonly graph: CallGraph
  readonly machines?: Machines
}

/** Each suspect is in exactly one cause, as its own or as an effect. */
export function findCauses({ suspects, graph, machines }: Scene): Cause[] {
  const signs = new Signs(graph, suspects, machines)
  const reasons = new Reasons(signs)
  const origins = new Origins(signs, reasons, suspects.map(matterOf))
  const causes = new Map<string, { matter: Matter; own: Suspect[]; effects: Effect[] }>()
  for (const suspect of suspects.toSorted(byGravity)) {
    const { matter, path } = origins.of(matterOf(suspect))
    const key = keyOf(matter)
    const cause = causes.get(key) ?? { matter, own: [], effects: [] }
    causes.set(key, cause)
    if (isAbout(suspect, matter) && path.length === 0) cause.own.push(suspect)
    else cause.effects.push({ suspect, path })
  }
  return [...causes.values()].map((cause) => ({
    ...cause,
    impact: impactOf(cause.matter, signs, reasons),
    ...machineOf(cause.matter, cause.effects, signs),
    explained: cause.matter.kind === 'health' ? explainedByCallees(signs, cause.matter.service) : 0,
  }))
}

/** Others whose trouble leads to it, and not by calls. */
function machineOf({ service }: Matter, effects: readonly Effect[], signs: Signs) {
  const others = new Set(
    effects.flatMap(({ suspect, path }) =>
      path.length === 0 && signs.firstOnMachine(suspect.service) === service ? suspect.service : [],
    ),
  )
  const node = signs.machineOf(service)
  return node === undefined || others.size === 0 ? {} : { machine: { node, others: [...others] } }
}

/** What a service tells of itself goes with its trouble, but does not stand for it. */
function isAbout({ service, symptom }: Suspect, matter: Matter): boolean {
  return service === matter.service && (matter.kind === 'alert' || symptom !== 'events')
}

interface Origin {
  readonly matter: Matter
  readonly path: readonly Hop[]
}

/** Where the reasons of each matter end. */
class Origins {
  readonly #known = new Map<string, Origin>()
  readonly #matters = new Map<string, Matter>()
  readonly #reasons: Reasons
  readonly #signs: Signs

  constructor(signs: Signs, reasons: Reasons, starts: readonly Matter[]) {
    this.#signs = signs
    this.#reasons = reasons
    const next = (key: string) => this.#reasonsOf(key).map(({ to }) => this.#key(to))
    const keys = starts.map((matter) => this.#key(matter))
    // Components come after those that they lead to, so the origins of those are known.
    for (const component of components(keys, next)) this.#settle(component.toSorted())
  }

  of(matter: Matter): Origin {
    return this.#known.get(keyOf(matter)) ?? { matter, path: [] }
  }

  #key(matter: Matter): string {
    const key = keyOf(matter)
    this.#matters.set(key, matter)
    return key
  }

  #matter(key: string): Matter {
    const matter = this.#matters.get(key)
    if (!matter) throw new RangeError(`unknown matter ${key}`)
    return matter
  }

  #reasonsOf(key: string): readonly Reason[] {
    return this.#reasons.of(this.#matter(key))
  }

  #settle(component: readonly string[]): void {
    const members = new Set(component)
    const exit = this.#exitOf(component, members)
    const last = exit?.key ?? keyOf(this.#leastExplained(component))
    const origin = exit ? this.of(exit.reason.to) : { matter: this.#matter(last), path: [] }
    const onwards = exit ? [...hopsOf(exit.reason), ...origin.path] : []
    for (const [key, hops] of this.#waysTo(last, members)) {
      this.#known.set(key, { matter: origin.matter, path: [...hops, ...onwards] })
    }
  }

  /** The strongest reason that leads out of a circle, unless one of its members is left less explained. */
  #exitOf(component: readonly string[], members: ReadonlySet<string>) {
    const exits = component.flatMap((key) => {
      const reasons = this.#reasonsOf(key).filter(({ to }) => !members.has(keyOf(to)))
      const [reason] = reasons.toSorted(stronger)
      return reason ? { key, reason, strength: strengthOf(reasons) } : []
    })
    const [exit] = exits.toSorted((a, b) => b.strength - a.strength)
    const unexplained = component.map((key) => 1 - strengthOf(this.#reasonsOf(key)))
    const isLone = component.length === 1
    return exit && (isLone || exit.strength >= Math.max(...unexplained)) ? exit : undefined
  }

  /** From each member of a circle to one of them, by the fewest hops. */
  #waysTo(goal: string, members: ReadonlySet<string>): Map<string, readonly Hop[]> {
    const ways = new Map<string, readonly Hop[]>([[goal, []]])
    for (const [reached, hops] of ways) {
      for (const key of members) {
        const reason = this.#reasonsOf(key).find(({ to }) => keyOf(to) === reached)
        // A map hands out what is added while it is walked.
        if (reason && !ways.has(key)) ways.set(key, [...hopsOf(reason), ...hops])
      }
    }
    return ways
  }

  #leastExplained(component: readonly string[]): Matter {
    const explained = (key: string) => strengthOf(this.#reasonsOf(key))
    const ranked = component.toSorted((a, b) => {
      const [one, other] = [this.#matter(a), this.#matter(b)]
      return (
        explained(a) - explained(b) ||
        this.#sinceOf(one) - this.#sinceOf(other) ||
        this.#signs.troubleOf(other.service).failures -
          this.#signs.troubleOf(one.service).failures ||
        (a < b ? -1 : 1)
      )
    })
    return this.#matter(ranked[0] ?? '')
  }

  /** Who has no alert comes last. */
  #sinceOf({ service }: Matter): UnixMs {
    const hasAlerts = this.#signs.suspects(service).length > 0
    return hasAlerts ? this.#signs.since(service) : Number.MAX_SAFE_INTEGER
  }
}

function stronger(a: Reason, b: Reason): number {
  return b.strength - a.strength || (keyOf(a.to) < keyOf(b.to) ? -1 : 1)
}

function strengthOf(reasons: readonly Reason[]): number {
  return reasons.reduce((all, { strength }) => all + strength, 0)
}

function hopsOf({ link, strength }: Reason): readonly Hop[] {
  return link ? [{ ...evidenceOf(link), strength }] : []
}

function evidenceOf({ caller, callee, failures, delayMs }: Link): Omit<Hop, 'strength'> {
  return { caller, callee, failures, delayMs }
}
