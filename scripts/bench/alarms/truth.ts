/** What is true of an incident: whose fault it is, whom it concerns, and from when it must be told. */
import type { UnixMs } from '../../../src/model/time.ts'
import { MINUTE_MS } from './calendar.ts'
import {
  type Happening,
  happeningOf,
  numberOf,
  RESTART_MS,
  ROLLING_MS,
  servicesGone,
} from './incident.ts'
import type { Plant } from './plant.ts'
import type { Strain } from './propagate.ts'
import type { Incident, IncidentKind } from './scenario.ts'
import { SIZES } from './sizes.ts'

/** The truth about an incident. */
export interface Truth {
  readonly id: string
  readonly kind: IncidentKind
  readonly counts: boolean
  readonly fromMs: UnixMs
  readonly toMs: UnixMs
  /** From when it is as large as must be told. */
  readonly tellableMs: UnixMs
  /** Services that are at fault. */
  readonly causes: readonly string[]
  /** Nodes that are. */
  readonly nodes: readonly string[]
  /** Services at which it may be seen. */
  readonly affected: readonly string[]
}

const NOTICEABLE_TRAFFIC = 0.1
const NOTICEABLE_FAILURES = 0.002
const NOTICEABLE_LATENCY = 0.05

export function incidentHappening(plant: Plant, incident: Incident): Happening & { truth: Truth } {
  const { strain, ...happening } = happeningOf(plant, incident)
  return { ...happening, truth: truthOf(plant, incident, happening, strain) }
}

function truthOf(plant: Plant, incident: Incident, happening: Happening, strain: Strain): Truth {
  const { id, kind, counts, at, minutes } = incident
  const { services } = plant.scenario
  // Not what is restarted in between.
  const lasts = Math.max(...happening.disturbances.map(({ toMs }) => toMs))
  const down = happening.disturbances.flatMap(({ toMs, down }) => (toMs === lasts && down) || [])
  const onNode = down.flatMap(({ process }) => plant.processes[process]?.service ?? [])
  const causes = kind === 'node-dead' ? onNode : [numberOf(plant, incident.service)]
  const seen = services.flatMap((service, number) => {
    const meanMs = Math.min(...service.interfaces.map(({ latencyMs }) => latencyMs))
    const isStrained =
      (strain.failures[number] ?? 0) > NOTICEABLE_FAILURES ||
      (strain.plusMs[number] ?? 0) > NOTICEABLE_LATENCY * meanMs
    return isStrained ? [number] : []
  })
  const silent = servicesGone(plant, down)
  const all = new Set([...causes, ...seen, ...trafficChanges(plant, happening, at, silent)])
  const names = (numbers: Iterable<number>) =>
    [...numbers].flatMap((number) => services[number]?.name ?? [])
  return {
    ...{ id, kind, counts, fromMs: at, toMs: at + minutes * MINUTE_MS },
    tellableMs: at + growsMs(plant, incident),
    ...{ causes: names(new Set(causes)), nodes: incident.node ? [incident.node] : [] },
    affected: names(all),
  }
}

/** Until it is as large as must be told: a latency that creeps has doubled, a bad version is on enough nodes. */
function growsMs(plant: Plant, incident: Incident): number {
  const { kind, size, minutes } = incident
  if (kind === 'latency-creep') return Math.min(1, 1 / (size - 1)) * minutes * MINUTE_MS
  if (kind !== 'bad-version') return 0
  const nodes = plant.processesOf[numberOf(plant, incident.service)]?.length ?? 1
  const needed = Math.ceil((nodes * SIZES.failureShare) / size)
  return RESTART_MS + (Math.min(needed, nodes) - 1) * ROLLING_MS
}

/** Services that get noticeably more or fewer calls. `silent`: they call nobody any more. */
function trafficChanges(
  { scenario, traffic }: Plant,
  { disturbances }: Happening,
  at: UnixMs,
  silent: readonly number[],
): number[] {
  const factors = new Float64Array(traffic.flows.length).fill(1)
  for (const { flow, factor } of disturbances.flatMap(({ flows }) => flows ?? []))
    factors[flow] = factor
  for (const [number, { caller }] of traffic.flows.entries())
    if (silent.includes(caller)) factors[number] = 0
  const sums = [traffic.rates(at, undefined, false), traffic.rates(at, factors, false)].map(
    (rates) => {
      const incoming = new Float64Array(scenario.services.length)
      for (const [number, { callee }] of traffic.flows.entries())
        incoming[callee] = (incoming[callee] ?? 0) + (rates[number] ?? 0)
      return incoming
    },
  )
  return scenario.services.flatMap((_, number) => {
    const [before = 0, after = 0] = sums.map((incoming) => incoming[number])
    return Math.abs(after - before) > NOTICEABLE_TRAFFIC * before ? [number] : []
  })
}
