/** What the processes report of an interval. */
import type { StatValues } from '../../../src/model/stat.ts'
import type { UnixMs } from '../../../src/model/time.ts'
import { DAY_MS, MINUTE_MS } from './calendar.ts'
import { Conditions } from './conditions.ts'
import { drawCounts, served } from './counts.ts'
import type { Disturbance } from './disturbance.ts'
import { NoiseTable } from './noise.ts'
import type { Plant, Process, Property, Row } from './plant.ts'
import { Random } from './random.ts'

export interface Taking {
  stat(row: Row, values: StatValues): void
  property(property: Property, value: number): void
}

/** What a call has on the network, on its way there and back. */
const NETWORK_MS = 0.6
/** A busy server takes a little longer. */
const SLOWER_BY_LOAD = 0.15
const BUSY_PER_MINUTE = 5_000
const TIMEOUTS_OF_FAILURES = 0.2
const MOST_INTERFACES = 8
/** Of one scenario: no other has the same. */
const NOISES = 100_000
/** Of `queue`, `queueWaitTime`, `servantHandleTime`, `asyncqueue`. */
const PROPERTY_JITTERS = [0.25, 0.15, 0.05, 0.25] as const

export class Reports {
  readonly #plant: Plant
  readonly #conditions: Conditions
  readonly #random: Random
  /** By flow. */
  readonly #failureNoise: NoiseTable
  /** By service and interface. */
  readonly #latencyNoise: NoiseTable
  /** By process and property. */
  readonly #propertyNoise: NoiseTable

  constructor(plant: Plant) {
    this.#plant = plant
    const { traffic, scenario, processes } = plant
    const table = (first: number, jitters: readonly number[]) =>
      new NoiseTable(first + NOISES * scenario.seed, jitters)
    const latencies = scenario.services.flatMap(() => new Array(MOST_INTERFACES).fill(0.02))
    const properties = processes.flatMap(() => PROPERTY_JITTERS)
    this.#failureNoise = table(20_000, new Array(traffic.flows.length).fill(0.15))
    this.#latencyNoise = table(40_000, latencies)
    this.#propertyNoise = table(60_000, properties)
    this.#conditions = new Conditions(plant)
    this.#random = new Random(plant.scenario.seed)
  }

  /** All of `processes` report at `at`. `active`: what disturbs the interval before. */
  report(at: UnixMs, processes: readonly Process[], active: readonly Disturbance[], take: Taking) {
    const { rows, rowsOf, traffic, scenario } = this.#plant
    const fromMs = at - scenario.reportMs
    const conditions = this.#conditions
    conditions.set(active, fromMs, at)
    const rates = traffic.rates(fromMs + scenario.reportMs / 2, conditions.flowFactors)
    for (const process of processes) {
      const { number, service } = process
      if (conditions.isSilent[number] || !isThere(scenario.services[service]?.from, at)) continue
      let calls = 0
      for (const index of rowsOf[number] ?? []) {
        const row = rows[index]
        if (!row) continue
        const values = this.#values(row, index, rates[row.flowNumber] ?? 0, at)
        if (!values) continue
        if (row.key.side === 'server') calls += values.calls
        take.stat(row, values)
      }
      this.#properties(process, calls, at, take)
    }
  }

  /** Undefined: there were no calls. */
  #values(row: Row, number: number, rate: number, at: UnixMs): StatValues | undefined {
    const { made, taken, refused, unanswered, lost } = this.#conditions
    const { caller, callee, key } = row
    const isServer = key.side === 'server'
    const share = row.share * (caller < 0 ? 1 : (made[caller] ?? 1)) * (taken[callee] ?? 1)
    const [noConnection, noAnswer] = [refused[callee] ?? 0, unanswered[callee] ?? 0]
    const reached = isServer ? 1 - noConnection - noAnswer - (lost[number] ?? 0) : 1
    const minutes = this.#plant.scenario.reportMs / MINUTE_MS
    const calls = this.#random.poisson(rate * minutes * share * reached)
    if (calls <= 0) return undefined
    const normal = this.#normal(row, rate, at)
    const { exceptions, timeouts, plusMs } = this.#conditions
    const expected = {
      ...{ calls, sigma: normal.sigma },
      exceptions: normal.failures + (exceptions[number] ?? 0),
      timeouts: normal.failures * TIMEOUTS_OF_FAILURES + (timeouts[number] ?? 0),
      meanMs: normal.meanMs + (plusMs[number] ?? 0),
    }
    if (isServer) return served(drawCounts(expected, this.#random))
    expected.exceptions += noConnection
    expected.timeouts += noAnswer
    expected.meanMs += NETWORK_MS
    return drawCounts(expected, this.#random)
  }

  /** How a call fares when all is well. */
  #normal({ flow, flowNumber }: Row, rate: number, at: UnixMs) {
    const { scenario } = this.#plant
    const service = scenario.services[flow.callee]
    const method = service?.interfaces[flow.interface]
    if (!service || !method) throw new RangeError(`no interface of flow ${flowNumber}`)
    const grown = (1 + service.latencyGrowthPerDay) ** ((at - scenario.start) / DAY_MS)
    const load = 1 + SLOWER_BY_LOAD * Math.min(1, rate / BUSY_PER_MINUTE)
    const wobble = this.#latencyNoise.at(at)[flow.callee * MOST_INTERFACES + flow.interface] ?? 1
    return {
      failures: method.failureShare * (this.#failureNoise.at(at)[flowNumber] ?? 1),
      meanMs: method.latencyMs * grown * load * wobble,
      sigma: method.sigma,
    }
  }

  #properties(process: Process, calls: number, at: UnixMs, take: Taking): void {
    const service = this.#plant.scenario.services[process.service]
    if (!service) return
    const random = this.#random
    const first = process.number * PROPERTY_JITTERS.length
    const [a = 1, b = 1, c = 1, d = 1] = this.#propertyNoise.at(at).subarray(first, first + 4)
    const load = 0.5 + Math.min(1, calls / 3_000)
    const handleMs = service.interfaces[0]?.latencyMs ?? 0
    const normal = {
      queue: service.queue * load * a,
      queueWaitTime: 90 * load * b,
      servantHandleTime: handleMs * 1_000 * c,
      timeoutNum: random.poisson(0.01),
      asyncqueue: service.asyncQueue * load * d,
    }
    for (const property of process.properties) {
      const factor = this.#conditions.property(process.number, property.name)
      take.property(property, Math.round(100 * normal[property.name] * factor) / 100)
    }
  }
}

function isThere(from: UnixMs | undefined, at: UnixMs): boolean {
  return from === undefined || at >= from
}
