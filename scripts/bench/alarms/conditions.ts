/** How each call fares in one report interval: what all disturbances of it come to. */
import type { UnixMs } from '../../../src/model/time.ts'
import { type CallChange, type Disturbance, type Down, intensity } from './disturbance.ts'
import type { Plant, PropertyName, Row } from './plant.ts'

/** Clients ask a server that they left out now and then. */
const PROBES = 0.03
/** Callers of a service that is gone as a whole are slower to call again. */
const CALLS_OF_GONE = 0.6

/** By number of row, process or flow; 1 and 0 where all is well. */
export class Conditions {
  readonly flowFactors: Float64Array
  /** Calls of a process, of those of its share, made and taken. */
  readonly made: Float64Array
  readonly taken: Float64Array
  /** Of the calls to a process those that fail as nobody is there. */
  readonly refused: Float64Array
  readonly unanswered: Float64Array
  /** It cannot report: it does not run. */
  readonly isSilent: Uint8Array
  readonly exceptions: Float64Array
  readonly timeouts: Float64Array
  readonly plusMs: Float64Array
  /** Of the calls those that the server never sees. */
  readonly lost: Float64Array
  readonly #properties = new Map<string, number>()
  readonly #plant: Plant
  #isNormal = true

  constructor(plant: Plant) {
    const { rows, processes, traffic } = plant
    this.#plant = plant
    this.flowFactors = new Float64Array(traffic.flows.length)
    this.made = new Float64Array(processes.length)
    this.taken = new Float64Array(processes.length)
    this.refused = new Float64Array(processes.length)
    this.unanswered = new Float64Array(processes.length)
    this.isSilent = new Uint8Array(processes.length)
    this.exceptions = new Float64Array(rows.length)
    this.timeouts = new Float64Array(rows.length)
    this.plusMs = new Float64Array(rows.length)
    this.lost = new Float64Array(rows.length)
    this.#reset()
  }

  /** Of `[fromMs, toMs)`. */
  set(active: readonly Disturbance[], fromMs: UnixMs, toMs: UnixMs): void {
    if (!this.#isNormal) this.#reset()
    for (const disturbance of active) this.#add(disturbance, fromMs, toMs)
  }

  property(process: number, name: PropertyName): number {
    return this.#properties.get(`${process} ${name}`) ?? 1
  }

  #reset(): void {
    for (const ones of [this.flowFactors, this.made, this.taken]) ones.fill(1)
    for (const zeros of [this.refused, this.unanswered, this.exceptions]) zeros.fill(0)
    for (const zeros of [this.timeouts, this.plusMs, this.lost]) zeros.fill(0)
    this.isSilent.fill(0)
    this.#properties.clear()
    this.#isNormal = true
  }

  #add(disturbance: Disturbance, fromMs: UnixMs, toMs: UnixMs): void {
    const size = intensity(disturbance, fromMs, toMs)
    if (size === 0) return
    this.#isNormal = false
    for (const { flow, factor } of disturbance.flows ?? [])
      this.flowFactors[flow] = (this.flowFactors[flow] ?? 1) * (1 + (factor - 1) * size)
    for (const change of disturbance.calls ?? []) this.#addCalls(change, size)
    for (const { process, property, factor } of disturbance.properties ?? [])
      this.#properties.set(`${process} ${property}`, 1 + (factor - 1) * size)
    const { down = [] } = disturbance
    for (const each of down) this.#addDown(each, disturbance, down, [fromMs, toMs])
  }

  #addCalls(change: CallChange, size: number): void {
    const { exceptions = 0, timeouts = 0, plusMs = 0, isOfNetwork = false } = change
    for (const [number, row] of this.#plant.rows.entries()) {
      if (!concerns(change, row)) continue
      if (isOfNetwork && row.key.side === 'server') {
        this.lost[number] = (this.lost[number] ?? 0) + timeouts * size
        continue
      }
      this.exceptions[number] = (this.exceptions[number] ?? 0) + exceptions * size
      this.timeouts[number] = (this.timeouts[number] ?? 0) + timeouts * size
      this.plusMs[number] = (this.plusMs[number] ?? 0) + plusMs * size
    }
  }

  #addDown(
    { process, refuses, noticedMs }: Down,
    { fromMs, toMs }: Disturbance,
    all: readonly Down[],
    [begin, end]: readonly [UnixMs, UnixMs],
  ): void {
    const { processesOf, processes } = this.#plant
    const peers = processesOf[processes[process]?.service ?? -1] ?? []
    const isGone = (peer: number) => all.some((each) => each.process === peer)
    const left = peers.filter((peer) => !isGone(peer))
    const away = intensity({ fromMs, toMs }, begin, end)
    const early = intensity({ fromMs, toMs: Math.min(toMs, fromMs + noticedMs) }, begin, end)
    if (end > fromMs && end <= toMs) this.isSilent[process] = 1
    const failing = left.length > 0 ? early + PROBES * (away - early) : CALLS_OF_GONE * away
    const fails = refuses ? this.refused : this.unanswered
    this.taken[process] = 1 - away + failing
    fails[process] = failing / (1 - away + failing)
    this.made[process] = 1 - away
    for (const peer of left) {
      const more = 1 / left.length
      this.taken[peer] = (this.taken[peer] ?? 1) + (away - failing) * more
      this.made[peer] = (this.made[peer] ?? 1) + away * more
    }
  }
}

function concerns(change: CallChange, { flow, callee }: Row): boolean {
  const { service, interface: method, process, caller } = change
  return (
    flow.callee === service &&
    (method === undefined || flow.interface === method) &&
    (process === undefined || callee === process) &&
    (caller === undefined || flow.caller === caller)
  )
}
