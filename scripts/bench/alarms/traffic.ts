/** How many calls there are when: the shape of day, week and holidays, growth, jobs, and noise, along the call graph. */
import type { UnixMs } from '../../../src/model/time.ts'
import { DAY_MS, dayKind, HOUR_MS, MINUTE_MS, minuteOfDay } from './calendar.ts'
import { NoiseTable } from './noise.ts'
import type { Entry, Scenario, Shape } from './scenario.ts'

/** Calls of one interface by one caller; from outside: `caller` -1. Numbers of services and interfaces. */
export interface Flow {
  readonly caller: number
  readonly callee: number
  readonly interface: number
  readonly passesOn: number
}

/** Share of the busiest hour, at each full hour. */
const HOURS: Readonly<Record<Shape, readonly number[]>> = {
  office: [
    ...[0.06, 0.04, 0.03, 0.03, 0.03, 0.05, 0.1, 0.25, 0.6, 0.9, 1, 0.95],
    ...[0.7, 0.75, 0.95, 1, 0.95, 0.85, 0.6, 0.45, 0.35, 0.25, 0.16, 0.1],
  ],
  consumer: [
    ...[0.3, 0.16, 0.09, 0.06, 0.05, 0.06, 0.12, 0.25, 0.4, 0.5, 0.55, 0.65],
    ...[0.8, 0.7, 0.6, 0.58, 0.6, 0.65, 0.75, 0.85, 0.95, 1, 0.85, 0.55],
  ],
  flat: Array.from({ length: 24 }, (_, hour) => 0.9 + 0.1 * Math.sin((Math.PI * hour) / 12)),
}
/** A day begins when people have slept. */
const NIGHT_MINUTES = 240
/** A new service comes into use over so long. */
const RAMP_MS = 6 * HOUR_MS

/** Of one scenario: no other has the same. */
const NOISES = 100_000

interface Source {
  readonly base: (at: UnixMs) => number
  /** Of each call that the caller gets. */
  readonly ratio: number
}

export class Traffic {
  readonly flows: readonly Flow[]
  readonly #scenario: Scenario
  readonly #sources: readonly Source[]
  readonly #order: readonly number[]
  readonly #noise: NoiseTable

  constructor(scenario: Scenario) {
    this.#scenario = scenario
    const numbers = new Map(scenario.services.map(({ name }, number) => [name, number]))
    const numberOf = (name: string) => numbers.get(name) ?? -1
    const of = (name: string, method: string) =>
      scenario.services[numberOf(name)]?.interfaces.findIndex(({ name }) => name === method) ?? -1
    const jitterOf = (number: number) => 0.02 + 0.01 * ((number * 7) % 5)
    const entries = scenario.entries.map((entry) => {
      const flow = {
        callee: numberOf(entry.service),
        interface: of(entry.service, entry.interface),
      }
      return { flow: { caller: -1, ...flow, passesOn: 0 }, base: entryOf(entry, scenario.start) }
    })
    const calls = scenario.calls.map((call) => {
      const callee = { callee: numberOf(call.callee), interface: of(call.callee, call.interface) }
      const flow = { caller: numberOf(call.caller), ...callee, passesOn: call.passesOn }
      return { flow, base: jobOf(scenario, call), ratio: call.ratio }
    })
    const all = [...entries.map((each) => ({ ...each, ratio: 0 })), ...calls]
    this.flows = all.map(({ flow }) => flow)
    this.#sources = all
    const jitters = all.map((_, at) => jitterOf(at))
    this.#noise = new NoiseTable(NOISES * scenario.seed, jitters)
    this.#order = orderOf(this.flows, scenario.services.length)
  }

  /** Calls a minute of each flow at `at`. `factors`: of what is wrong; `noise`: as it is, not as it may be expected. */
  rates(at: UnixMs, factors?: Float64Array, noise = true): Float64Array {
    const rates = new Float64Array(this.flows.length)
    const incoming = new Float64Array(this.#scenario.services.length)
    const chance = noise ? this.#noise.at(at) : undefined
    for (const number of this.#order) {
      const [flow, source] = [this.flows[number], this.#sources[number]]
      if (!flow || !source) continue
      const { caller, callee } = flow
      let rate = source.base(at) * (caller < 0 ? 1 : source.ratio * (incoming[caller] ?? 0))
      const from = this.#scenario.services[callee]?.from
      if (from !== undefined) rate *= ramp(at - from)
      rate *= (chance?.[number] ?? 1) * (factors?.[number] ?? 1)
      rates[number] = rate
      incoming[callee] = (incoming[callee] ?? 0) + rate
    }
    return rates
  }
}

function entryOf(entry: Entry, start: UnixMs): (at: UnixMs) => number {
  const factors = { workday: 1, weekend: entry.weekend, holiday: entry.holiday }
  const dayFactor = (time: UnixMs) => {
    const [before, now] = [factors[dayKind(time - DAY_MS)], factors[dayKind(time)]]
    return before + (now - before) * Math.min(1, minuteOfDay(time) / NIGHT_MINUTES)
  }
  return (at) =>
    entry.perMinute *
    shapeAt(entry.shape, at) *
    dayFactor(at) *
    (1 + entry.growthPerDay) ** ((at - start) / DAY_MS)
}

/** Of the jobs that run on a call, the factor at a time. */
function jobOf({ jobs }: Scenario, { caller, callee }: { caller: string; callee: string }) {
  const own = jobs.filter((job) => job.caller === caller && job.callee === callee)
  return (at: UnixMs) => {
    let factor = 1
    for (const { atMinute, everyMinutes, minutes, factor: times } of own) {
      const since = minuteOfDay(at) - atMinute
      if (since >= 0 && since % everyMinutes < minutes) factor *= times
    }
    return factor
  }
}

/** Between the full hours in a straight line. */
export function shapeAt(shape: Shape, at: UnixMs): number {
  const hours = minuteOfDay(at) / (HOUR_MS / MINUTE_MS)
  const [hour, part] = [Math.floor(hours), hours % 1]
  const of = HOURS[shape]
  return (of[hour] ?? 0) * (1 - part) + (of[(hour + 1) % of.length] ?? 0) * part
}

function ramp(sinceMs: number): number {
  return sinceMs <= 0 ? 0 : Math.min(1, 0.05 + sinceMs / RAMP_MS)
}

/**
 * Flows so that what a service gets is known before what it sends: services come in the order of the scenario,
 * those that call back (a circle) see only what came so far.
 */
function orderOf(flows: readonly Flow[], services: number): number[] {
  const order: number[] = []
  for (let service = -1; service < services; service++) {
    for (const [number, { caller }] of flows.entries()) if (caller === service) order.push(number)
  }
  return order
}
