/** Incidents drawn from a seed, of the sizes at which they must be told, and some just below. */
import type { UnixMs } from '../../../src/model/time.ts'
import { MINUTE_MS } from './calendar.ts'
import type { Random } from './random.ts'
import { type Incident, type IncidentKind, KINDS, type Scenario } from './scenario.ts'
import { SIZES } from './sizes.ts'
import { type Flow, Traffic } from './traffic.ts'

/** From one incident to the next: until the last is over for good. */
export const INCIDENT_EVERY_MS = 75 * MINUTE_MS

/** Between what is expected and what is drawn lie noise and growth. */
const MARGIN = 1.15
/** Not again so soon. */
const SAME_SERVICE_MS = 4 * INCIDENT_EVERY_MS
const BELOW_SHARE = 0.12

interface Place {
  readonly flow: Flow
  readonly perMinute: number
}

interface Draw {
  readonly random: Random
  readonly scenario: Scenario
  /** Interfaces with all their calls, the busiest first. */
  readonly places: readonly Place[]
}

type Drawn = Pick<Incident, 'minutes' | 'size'> & { place: Place } & Partial<Incident>

export function incidentsOf(
  scenario: Scenario,
  { from, count }: { from: UnixMs; count: number },
  random: Random,
): Incident[] {
  const traffic = new Traffic(scenario)
  const incidents: Incident[] = []
  const kinds = Array.from({ length: Math.ceil(count / KINDS.length) }, () =>
    random.shuffled(KINDS),
  ).flat()
  for (const [number, kind] of kinds.slice(0, count).entries()) {
    const slot = from + number * INCIDENT_EVERY_MS
    const at = slot + (15 * 60 + random.below(600)) * 1000
    const recent = incidents.filter((each) => each.at > at - SAME_SERVICE_MS)
    const places = placesAt(scenario, traffic, at).filter(
      ({ flow }) => !recent.some(({ service }) => service === nameOf(scenario, flow)),
    )
    const drawn = HOW[kind]({ random, scenario, places })
    if (!drawn) continue
    const { place, ...incident } = belowOrNot(kind, drawn, random)
    const service = nameOf(scenario, place.flow)
    incidents.push({ id: `${kind}-${number}`, kind, at, service, counts: true, ...incident })
  }
  return incidents
}

function nameOf({ services }: Scenario, { callee }: Flow): string {
  return services[callee]?.name ?? ''
}

/** Each interface, with the calls of all its callers. */
function placesAt(scenario: Scenario, traffic: Traffic, at: UnixMs): Place[] {
  const rates = traffic.rates(at, undefined, false)
  const places = new Map<string, { flow: Flow; perMinute: number }>()
  for (const [number, flow] of traffic.flows.entries()) {
    const from = scenario.services[flow.callee]?.from
    if (from !== undefined && at < from + 24 * 60 * MINUTE_MS) continue
    const id = `${flow.callee} ${flow.interface}`
    const place = places.get(id) ?? { flow, perMinute: 0 }
    places.set(id, { flow, perMinute: place.perMinute + (rates[number] ?? 0) })
  }
  return [...places.values()].sort((a, b) => b.perMinute - a.perMinute)
}

function failing(leastShare: number, mostShare: number, minutes: readonly [number, number]) {
  return ({ random, scenario, places }: Draw): Drawn | undefined => {
    const size = random.between(leastShare, mostShare)
    const place = pickBusy(random, places, (MARGIN * SIZES.failuresPerMinute) / size)
    if (!place) return undefined
    return { place, size, minutes: random.between(...minutes), ...methodOf(scenario, place) }
  }
}

function slower(factor: readonly [number, number], minutes: readonly [number, number]) {
  return ({ random, scenario, places }: Draw): Drawn | undefined => {
    const place = pickBusy(random, places, MARGIN * SIZES.callsPerMinute)
    if (!place) return undefined
    const { latencyMs = 1 } = interfaceOf(scenario, place) ?? {}
    const least = 1 + (SIZES.latencyPlusMs * MARGIN) / latencyMs
    const size = Math.max(random.between(...factor), least)
    return { place, size, minutes: random.between(...minutes), ...methodOf(scenario, place) }
  }
}

function traffic(size: readonly [number, number]) {
  return ({ random, scenario, places }: Draw): Drawn | undefined => {
    const place = pickBusy(
      random,
      places,
      (2 * SIZES.callsPerMinute) / Math.min(1, ...size.map((s) => s || 1)),
    )
    if (!place) return undefined
    const drawn = { size: random.between(...size), minutes: random.between(8, 20) }
    return { place, ...drawn, ...methodOf(scenario, place) }
  }
}

function onService(size: readonly [number, number], minutes: readonly [number, number]) {
  return ({ random, places }: Draw): Drawn | undefined => {
    const place = pickBusy(random, places, SIZES.callsPerMinute)
    return place && { place, size: random.between(...size), minutes: random.between(...minutes) }
  }
}

const HOW: Readonly<Record<IncidentKind, (draw: Draw) => Drawn | undefined>> = {
  failures: failing(0.055, 0.12, [4, 15]),
  'failure-burst': failing(0.4, 0.95, [3.2, 4]),
  timeouts: failing(0.055, 0.2, [4, 15]),
  latency: slower([2.1, 4], [6, 20]),
  'latency-creep': slower([3, 4], [35, 45]),
  'traffic-drop': traffic([0.2, 0.47]),
  'traffic-surge': traffic([1.55, 3]),
  'traffic-zero': traffic([0.001, 0.001]),
  'node-dead': (draw) => {
    const { random, scenario, places } = draw
    const several = places.filter(({ flow }) => {
      return (scenario.services[flow.callee]?.nodes.length ?? 0) > 1
    })
    const place = pickBusy(random, several, 2 * SIZES.callsPerMinute)
    return place && { place, size: 1, minutes: random.between(3, 15), node: nodeOf(draw, place) }
  },
  'server-dead': onService([1, 1], [3, 15]),
  queue: onService([11, 30], [4, 15]),
  'async-queue': onService([11, 30], [4, 15]),
  'notify-error': (draw) => {
    const drawn = onService([1, 4], [1, 3])(draw)
    return drawn && { ...drawn, node: nodeOf(draw, drawn.place) }
  },
  'bad-node': (draw) => {
    const { random, scenario, places } = draw
    const place = pickBusy(random, places, 600)
    if (!place) return undefined
    const nodes = scenario.services[place.flow.callee]?.nodes.length ?? 1
    // Of all calls it must be enough.
    const size = Math.min(1, SIZES.failureShare * MARGIN * nodes * random.between(1, 2.5))
    return { place, size, minutes: random.between(5, 15), node: nodeOf(draw, place) }
  },
  'bad-interface': failing(0.2, 0.6, [5, 15]),
  cascade: (draw) => {
    const { scenario, places } = draw
    const deep = places.filter(({ flow }) => {
      const name = nameOf(scenario, flow)
      return scenario.calls.some(({ callee, passesOn }) => callee === name && passesOn > 0)
    })
    return failing(0.3, 0.7, [6, 15])({ ...draw, places: deep })
  },
  network: (draw) => {
    const { random, scenario } = draw
    const drawn = failing(0.15, 0.4, [5, 15])(draw)
    if (!drawn) return undefined
    const service = nameOf(scenario, drawn.place.flow)
    const callers = scenario.calls.filter(({ callee }) => callee === service)
    return callers.length === 1 ? { ...drawn, caller: random.pick(callers).caller } : drawn
  },
  'bad-version': failing(0.1, 0.4, [8, 20]),
}

/** Now and then one that is too small to be told, or to count against who tells it. */
function belowOrNot(kind: IncidentKind, drawn: Drawn, random: Random): Drawn {
  if (!random.chance(BELOW_SHARE)) return drawn
  if (kind === 'failures' || kind === 'timeouts') return { ...drawn, size: 0.03, counts: false }
  if (kind === 'latency') {
    return { ...drawn, size: 1 + (drawn.size - 1) * 0.5, minutes: 4, counts: false }
  }
  if (kind === 'traffic-drop') return { ...drawn, size: 0.65, counts: false }
  if (kind === 'traffic-surge') return { ...drawn, size: 1.35, counts: false }
  return drawn
}

function pickBusy(random: Random, places: readonly Place[], least: number): Place | undefined {
  const busy = places.filter(({ flow, perMinute }) => flow.caller >= 0 && perMinute >= least)
  return busy.length > 0 ? random.pick(busy) : undefined
}

function interfaceOf({ services }: Scenario, { flow }: Place) {
  return services[flow.callee]?.interfaces[flow.interface]
}

function methodOf(scenario: Scenario, place: Place): { interface?: string } {
  const { name } = interfaceOf(scenario, place) ?? {}
  return name === undefined ? {} : { interface: name }
}

function nodeOf({ random, scenario }: Draw, { flow }: Place): string {
  return random.pick(scenario.services[flow.callee]?.nodes ?? [''])
}
