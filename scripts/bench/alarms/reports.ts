/** What the processes report of an interval: counts drawn from what is to be expected. */
import { LATENCY_BOUNDS_MS, LATENCY_BUCKETS, type StatValues } from '../../../src/model/stat.ts'
import type { UnixMs } from '../../../src/model/time.ts'
import { DAY_MS, MINUTE_MS } from './calendar.ts'
import { Conditions } from './conditions.ts'
import { type Disturbance, TIMEOUT_MS } from './disturbance.ts'
import { NoiseTable } from './noise.ts'
import type { Plant, Process, Property, Row } from './plant.ts'
import { clamp, normalShare, Random } from './random.ts'

export interface Taking {
  stat(row: Row, values: StatValues): void
  property(property: Property, value: number): void
}

/** What a call has on the network, on its way there and back. */
const NETWORK_MS = 0.6
/** A busy server takes a little longer. */
const LOAD_MS = 0.15
const MOST_INTERFACES = 8
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
    this.#failureNoise = new NoiseTable(
      50_021,
      traffic.flows.map(() => 0.3),
    )
    this.#latencyNoise = new NoiseTable(
      70_001,
      scenario.services.flatMap(() => new Array<number>(MOST_INTERFACES).fill(0.02)),
    )
    this.#propertyNoise = new NoiseTable(
      90_001,
      processes.flatMap(() => PROPERTY_JITTERS),
    )
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
      for (const at_ of rowsOf[number] ?? []) {
        const row = rows[at_]
        if (!row) continue
        const values = this.#values(row, at_, rates[row.flowNumber] ?? 0, at)
        if (!values) continue
        if (row.key.side === 'server') calls += values.calls
        take.stat(row, values)
      }
      this.#properties(process, calls, at, take)
    }
  }

  /** Undefined: there were no calls. */
  #values(row: Row, number: number, rate: number, at: UnixMs): StatValues | undefined {
    const { scenario } = this.#plant
    const random = this.#random
    const isServer = row.key.side === 'server'
    const { made, taken, refused, unanswered } = this.#conditions
    const { exceptions, timeouts, lost, plusMs } = this.#conditions
    const { caller, callee, flow } = row
    const share = row.share * (caller < 0 ? 1 : (made[caller] ?? 1)) * (taken[callee] ?? 1)
    const [noConnection, noAnswer] = [refused[callee] ?? 0, unanswered[callee] ?? 0]
    const reached = isServer ? 1 - noConnection - noAnswer - (lost[number] ?? 0) : 1
    const calls = random.poisson(rate * (scenario.reportMs / MINUTE_MS) * share * reached)
    if (calls <= 0) return undefined
    const service = scenario.services[flow.callee]
    const method = service?.interfaces[flow.interface]
    if (!service || !method) return undefined
    const base = method.failureShare * (this.#failureNoise.at(at)[row.flowNumber] ?? 1)
    const failing = base + (exceptions[number] ?? 0) + (isServer ? 0 : noConnection)
    const exceptional = random.binomial(calls, Math.min(1, failing))
    const waiting = base * 0.2 + (timeouts[number] ?? 0) + (isServer ? 0 : noAnswer)
    const timedOut = random.binomial(calls - exceptional, Math.min(1, waiting))
    const grown = (1 + service.latencyGrowthPerDay) ** ((at - scenario.start) / DAY_MS)
    const load = 1 + LOAD_MS * Math.min(1, rate / 5_000)
    const thing = flow.callee * MOST_INTERFACES + flow.interface
    const wobble = this.#latencyNoise.at(at)[thing] ?? 1
    const meanMs = method.latencyMs * grown * load * wobble + (plusMs[number] ?? 0)
    const timed = { calls, exceptional, timedOut, sigma: method.sigma }
    return isServer
      ? served(this.#timed({ ...timed, meanMs }))
      : this.#timed({ ...timed, meanMs: meanMs + NETWORK_MS })
  }

  #timed(drawn: {
    calls: number
    exceptional: number
    timedOut: number
    meanMs: number
    sigma: number
  }): StatValues {
    const { calls, exceptional, timedOut, meanMs, sigma } = drawn
    const random = this.#random
    const ok = calls - exceptional - timedOut
    const spread = Math.sqrt(Math.exp(sigma * sigma) - 1)
    const noise = ok > 0 ? (spread / Math.sqrt(ok)) * random.normal() : 0
    const sum = ok * meanMs * Math.max(0.2, 1 + noise)
    const mu = Math.log(meanMs) - (sigma * sigma) / 2
    const extreme = Math.sqrt(2 * Math.log(ok + 1)) + 0.4 * random.normal()
    const longest = Math.min(TIMEOUT_MS, Math.exp(mu + sigma * Math.max(0, extreme)))
    return {
      ...{ calls, timeouts: timedOut, exceptions: exceptional },
      durationSumMs: Math.round(sum),
      durationMaxMs: ok > 0 ? Math.round(Math.max(longest, sum / ok)) : 0,
      buckets: this.#buckets(ok, mu, sigma),
    }
  }

  #buckets(count: number, mu: number, sigma: number): number[] {
    const buckets = new Array<number>(LATENCY_BUCKETS).fill(0)
    let below = 0
    for (const [bucket, logBound] of LOG_BOUNDS.entries()) {
      const share = normalShare((logBound - mu) / sigma)
      const isSure = share > 0.9999 || share < 0.0001
      const noise = isSure
        ? 0
        : Math.sqrt(count * share * (1 - share)) * this.#random.normal() * 0.5
      const upTo = clamp(Math.round(count * share + noise), below, count)
      buckets[bucket] = upTo - below
      below = upTo
    }
    buckets[LATENCY_BUCKETS - 1] = count - below
    return buckets
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

/** A server knows of no time-outs: it answers late. */
function served(values: StatValues): StatValues {
  const { timeouts, durationSumMs, durationMaxMs, buckets } = values
  if (timeouts === 0) return values
  return {
    ...{ ...values, timeouts: 0, durationSumMs: durationSumMs + timeouts * TIMEOUT_MS },
    durationMaxMs: Math.max(durationMaxMs, TIMEOUT_MS),
    buckets: buckets.with(-1, (buckets.at(-1) ?? 0) + timeouts),
  }
}

const LOG_BOUNDS = LATENCY_BOUNDS_MS.map((bound) => Math.log(bound))

function isThere(from: UnixMs | undefined, at: UnixMs): boolean {
  return from === undefined || at >= from
}
