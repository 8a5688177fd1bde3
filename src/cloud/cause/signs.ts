/** What graph and alerts together say of a service. */
import type { UnixMs } from '../../model/time.ts'
import type { CallGraph, Link } from './call-graph.ts'
import { addExcess, type Excess, NO_EXCESS } from './calls.ts'
import type { Machines } from './machines.ts'
import { keyOf, type Matter, matterOf } from './matter.ts'
import type { Suspect } from './symptom.ts'

/** Excess on the calls that a service gets, a minute. */
export interface Trouble {
  readonly failures: number
  readonly delayMs: number
  /** Of all calls, a minute. */
  readonly calls: number
}

/** Who is in trouble with a machine is so within this time of the first. */
const SAME_MACHINE_MS = 300_000

export class Signs {
  readonly graph: CallGraph
  readonly #suspects: ReadonlyMap<string, readonly Suspect[]>
  readonly #newest: UnixMs
  readonly #machines: Machines

  constructor(graph: CallGraph, suspects: readonly Suspect[], machines: Machines = new Map()) {
    this.graph = graph
    this.#suspects = Map.groupBy(suspects, ({ service }) => service)
    this.#machines = machines
    this.#newest = suspects.reduce((newest, { since }) => Math.max(newest, since), 0)
  }

  suspects(service: string): readonly Suspect[] {
    return this.#suspects.get(service) ?? []
  }

  alertsOn(matter: Matter): readonly Suspect[] {
    const key = keyOf(matter)
    return this.suspects(matter.service).filter((suspect) => keyOf(matterOf(suspect)) === key)
  }

  /** When the first of its alerts began; of one without alerts, when the newest of all did. */
  since(service: string): UnixMs {
    const sinces = this.suspects(service).map(({ since }) => since)
    return sinces.length > 0 ? Math.min(...sinces) : this.#newest
  }

  troubleOf(service: string): Trouble {
    const total = (part: (link: Link) => number) =>
      this.graph.to(service).reduce((all, link) => all + part(link), 0)
    return {
      failures: total(({ failures }) => failures),
      delayMs: total(({ delayMs }) => delayMs),
      calls: total((link) => link.total.now.calls),
    }
  }

  /** Of all calls that it gets, however small. */
  excessOf(service: string): Excess {
    return this.graph
      .to(service)
      .map(({ excess }) => excess)
      .reduce(addExcess, NO_EXCESS)
  }

  /** An alert says that it died. */
  isDown(service: string): boolean {
    return this.alertsOn({ kind: 'health', service }).some(({ symptom }) => symptom === 'down')
  }

  /** Who was first in trouble with the machine that its trouble is on; undefined where it is on none, or its own. */
  firstOnMachine(service: string): string | undefined {
    const machine = this.#machines.get(service)
    if (machine === undefined) return undefined
    const [first] = [...this.#machines]
      .filter(([, other]) => other === machine)
      .map(([name]) => ({ name, since: this.since(name) }))
      .sort((a, b) => a.since - b.since || (a.name < b.name ? -1 : 1))
    if (!first || first.name === service) return undefined
    return this.since(service) - first.since <= SAME_MACHINE_MS ? first.name : undefined
  }

  machineOf(service: string): string | undefined {
    return this.#machines.get(service)
  }

  /** Its calls fail or are slow, or an alert says so. */
  isUnwell(service: string): boolean {
    const { failures, delayMs } = this.troubleOf(service)
    return failures > 0 || delayMs > 0 || this.alertsOn({ kind: 'health', service }).length > 0
  }
}
