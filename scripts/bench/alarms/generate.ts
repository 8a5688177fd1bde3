/** A scenario drawn from a seed: a call graph of services, what is normal in it, and what goes wrong. */
import type { UnixMs } from '../../../src/model/time.ts'
import { DAY_MS, dayKind, HOUR_MS, MINUTE_MS } from './calendar.ts'
import { blipsOf } from './generate-blips.ts'
import { INCIDENT_EVERY_MS, incidentsOf } from './generate-incidents.ts'
import { Random } from './random.ts'
import {
  type Call,
  type Deploy,
  type Entry,
  parseScenario,
  type Scenario,
  type Service,
  SHAPES,
} from './scenario.ts'

export interface Wanted {
  readonly name: string
  readonly seed: number
  readonly start: UnixMs
  readonly warmUpDays: number
  /** Nothing goes wrong in them. */
  readonly cleanDays: number
  /** After these. */
  readonly incidents: number
  readonly reportMs: 10_000 | 60_000
  /** 1: 60 services. */
  readonly size: number
}

const LAYERS = [
  { app: 'Gate', nouns: 'Web Mobile Open Partner' },
  {
    app: 'Shop',
    nouns: 'Order Cart Search User Pay Message Coupon Comment Refund Gift Home Member',
  },
  {
    app: 'Core',
    nouns:
      'Price Stock Account Ledger Risk Rank Profile Address Invoice Ship Tax Promo Quota Audit Sign Route',
  },
  {
    app: 'Data',
    nouns:
      'Item Sku Balance Index Feature Relation Region Bill Track Session Image Media Rule Score Badge Plan',
  },
  { app: 'Store', nouns: 'Cache Row Blob Log Queue Config Graph Vector Time Lock Id Meta' },
].map(({ app, nouns }) => ({ app, nouns: nouns.split(' ') }))
const METHODS = ['get', 'list', 'save'] as const
const DEPLOYS_PER_WEEK = 1
const NEXT_VERSION = '3.0.21'

export function scenarioOf(wanted: Wanted): Scenario {
  const random = new Random(wanted.seed)
  const layers = layersOf(wanted, random)
  const services = layers.flat()
  const calls = callsOf(layers, random)
  const [gates = []] = layers
  const cleanUntil = wanted.start + (wanted.warmUpDays + wanted.cleanDays) * DAY_MS
  const incidentMs = wanted.incidents * INCIDENT_EVERY_MS
  const days = wanted.cleanDays + incidentMs / DAY_MS
  const base = {
    ...{ name: wanted.name, seed: wanted.seed, start: wanted.start, reportMs: wanted.reportMs },
    ...{ warmUpDays: wanted.warmUpDays, days: Math.ceil(days * 24) / 24 },
    entries: gates.flatMap((gate) => entriesOf(gate, random)),
    jobs: jobsOf(calls, random),
    ...{ services, calls },
  }
  const quiet: Scenario = parseScenario(base, wanted.name)
  const incidents = incidentsOf(quiet, { from: cleanUntil, count: wanted.incidents }, random)
  return { ...quiet, incidents, deploys: deploysOf(quiet, random), blips: blipsOf(quiet, random) }
}

function layersOf(wanted: Wanted, random: Random): Service[][] {
  const nodes = random.shuffled(
    Array.from({ length: 96 }, (_, at) => `10.1.${at >> 4}.${10 + (at & 15)}`),
  )
  const newest = wanted.start + (wanted.warmUpDays + wanted.cleanDays / 2) * DAY_MS
  return LAYERS.map(({ app, nouns }, layer) =>
    nouns.slice(0, Math.max(2, Math.round(nouns.length * wanted.size))).map((noun, place) => {
      const count = random.pick([1, 1, 2])
      const isNew = layer === 3 && place === 2 && wanted.cleanDays > 2
      return {
        name: `${app}.${noun}Server`,
        nodes: random.shuffled(nodes).slice(0, count),
        interfaces: METHODS.slice(0, layer === 0 ? 2 : random.pick([1, 1, 1, 2])).map((method) => ({
          name: `${method}${noun}`,
          latencyMs: random.between(3, 12) * (5 - layer) ** 1.3,
          sigma: random.between(0.4, 0.8),
          // Some answer with an error what is no fault: a wrong password.
          failureShare: random.chance(0.08) ? 0.025 : 10 ** random.between(-4, -2.7),
        })),
        latencyGrowthPerDay: random.chance(0.15) ? 0.01 : 0,
        queue: random.between(0.3, 6),
        asyncQueue: random.between(0.2, 3),
        ...(isNew && { from: Math.round(newest / HOUR_MS) * HOUR_MS }),
      }
    }),
  )
}

/** Each interface of a layer is called from the one above, now and then from the one above that; two call each other. */
function callsOf(layers: readonly Service[][], random: Random): Call[] {
  const calls: Call[] = []
  for (const [layer, services] of layers.entries()) {
    if (layer === 0) continue
    for (const callee of services) {
      for (const { name } of callee.interfaces) {
        const above = layer > 1 && random.chance(0.2) ? 2 : 1
        const callers = random.shuffled(layers[layer - above] ?? [])
        for (const caller of callers.slice(
          0,
          layer === layers.length - 1 ? random.pick([1, 2]) : random.pick([1, 1, 1, 2]),
        )) {
          calls.push(callOf(caller, callee, name, random))
        }
      }
    }
  }
  const [one, other] = layers[2] ?? []
  const [first, last] = [one?.interfaces[0], other?.interfaces[0]]
  if (one && other && first && last) {
    calls.push({ ...callOf(one, other, last.name, random), ratio: 0.4 })
    calls.push({ ...callOf(other, one, first.name, random), ratio: 0.15, passesOn: 0 })
  }
  return calls
}

function callOf(caller: Service, callee: Service, method: string, random: Random): Call {
  const passesOn = random.chance(0.4) ? random.between(0.5, 1) : 0
  const ratio = Math.exp(random.between(-1.6, 0.4))
  return { caller: caller.name, callee: callee.name, interface: method, ratio, passesOn }
}

function entriesOf(gate: Service, random: Random): Entry[] {
  const shape = random.pick(SHAPES)
  const [weekend, holiday] = shape === 'office' ? [0.45, 0.25] : [1.15, random.between(0.7, 1.6)]
  const common = { service: gate.name, shape, weekend, holiday }
  const growthPerDay = random.pick([0, 0, 0.004, 0.01])
  return gate.interfaces.map(({ name }, at) => {
    const perMinute = random.between(1_500, 6_000) / (at + 1)
    return { ...common, interface: name, perMinute, growthPerDay }
  })
}

function jobsOf(calls: readonly Call[], random: Random) {
  const [nightly, hourly, daily] = random.shuffled(calls.filter(({ ratio }) => ratio < 0.8))
  const of = (call: Call | undefined) =>
    call ? [{ caller: call.caller, callee: call.callee }] : []
  return [
    ...of(nightly).map((call) => ({ ...call, atMinute: 130, minutes: 30, factor: 4 })),
    ...of(hourly).map((call) => {
      return { ...call, atMinute: 0, everyMinutes: 60, minutes: 4, factor: 2.2 }
    }),
    ...of(daily).map((call) => ({ ...call, atMinute: 570, minutes: 12, factor: 2 })),
  ]
}

/** On workdays in working hours. */
function deploysOf({ start, warmUpDays, days, services }: Scenario, random: Random): Deploy[] {
  const deploys: Deploy[] = []
  for (let day = start; day < start + (warmUpDays + days) * DAY_MS; day += DAY_MS) {
    if (dayKind(day) !== 'workday') continue
    for (const { name, from = 0 } of services) {
      if (day < from || !random.chance(DEPLOYS_PER_WEEK / 5)) continue
      const minute = Math.round(random.between(10 * 60, 20 * 60))
      const at = day + minute * MINUTE_MS + random.below(60) * 1000
      deploys.push({ service: name, at, ...(random.chance(0.2) && { version: NEXT_VERSION }) })
    }
  }
  return deploys
}
