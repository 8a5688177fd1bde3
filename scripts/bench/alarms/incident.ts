/** Incidents, blips and deploys as disturbances. */
import type { UnixMs } from '../../../src/model/time.ts'
import { MINUTE_MS } from './calendar.ts'
import type { CallChange, Disturbance, Down, Report } from './disturbance.ts'
import type { Plant } from './plant.ts'
import { type Strain, spreadUpwards } from './propagate.ts'
import type { Blip, Deploy, IncidentKind } from './scenario.ts'

export interface Happening {
  readonly disturbances: readonly Disturbance[]
  readonly reports: readonly Report[]
  readonly versions?: readonly NewVersion[] | undefined
}

/** A process reports another TARS version from then on. */
export interface NewVersion {
  readonly at: UnixMs
  readonly process: number
  readonly version: string
}

/** A server is away for so long when it is restarted. */
export const RESTART_MS = 8_000
/** From the restart of one node to that of the next. */
export const ROLLING_MS = 90_000
/** Caches are cold for so long. */
const COLD_MS = 2 * MINUTE_MS
const COLD_PLUS = 0.5
/** Clients leave a server out that refuses, or does not answer. */
const REFUSED_MS = 3_000
const UNANSWERED_MS = 10_000

export function deployHappening(plant: Plant, { service: name, at, version }: Deploy): Happening {
  const service = numberOf(plant, name)
  const disturbances: Disturbance[] = []
  const reports: Report[] = []
  const versions: NewVersion[] = []
  for (const [turn, process] of (plant.processesOf[service] ?? []).entries()) {
    const fromMs = at + turn * ROLLING_MS
    const toMs = fromMs + RESTART_MS
    const down = [{ process, refuses: true, noticedMs: REFUSED_MS }]
    const meanMs = plant.scenario.services[service]?.interfaces[0]?.latencyMs ?? 0
    const cold = { service, process, plusMs: COLD_PLUS * meanMs }
    disturbances.push({ fromMs, toMs, down }, { fromMs: toMs, toMs: toMs + COLD_MS, calls: [cold] })
    if (version !== undefined) versions.push({ at: toMs, process, version })
    const told = { process, level: 'normal' as const }
    reports.push({ ...told, at: fromMs, kind: 'stop', text: 'stop' })
    reports.push({ ...told, at: toMs, kind: 'restart', text: 'restart' })
    reports.push({ ...told, at: toMs + 500, kind: 'config', text: '[succ]get config file' })
  }
  return { disturbances, reports, versions }
}

/** Of an incident or a blip. `strain`: what callers feel of it. */
export function happeningOf(plant: Plant, blip: Blip): Happening & { strain: Strain } {
  const { disturbances, reports, versions } = WHAT_HAPPENS[blip.kind](sceneOf(plant, blip))
  const [first] = disturbances
  // Those of a restart are over soon.
  const lasting = disturbances.filter(({ toMs }) => toMs === first?.toMs)
  const strain = spreadUpwards(
    plant,
    lasting.flatMap(({ calls }) => calls ?? []),
  )
  const { fromMs = 0, toMs = 0, creeps = false } = first ?? {}
  const upstream = { fromMs, toMs, creeps, calls: strain.calls }
  return { disturbances: [...disturbances, upstream], reports, versions, strain }
}

interface Scene {
  readonly plant: Plant
  readonly incident: Blip
  readonly span: { readonly fromMs: UnixMs; readonly toMs: UnixMs }
  readonly service: number
  /** The calls it is about. */
  readonly where: Pick<CallChange, 'service' | 'interface' | 'process' | 'caller'>
  /** The processes it is about. */
  readonly processes: readonly number[]
}

function sceneOf(plant: Plant, incident: Blip): Scene {
  const service = numberOf(plant, incident.service)
  const { interfaces = [] } = plant.scenario.services[service] ?? {}
  const method = interfaces.findIndex(({ name }) => name === incident.interface)
  const all = plant.processesOf[service] ?? []
  const own = incident.node
    ? all.filter((process) => plant.processes[process]?.node === incident.node)
    : all
  const caller = incident.caller === undefined ? undefined : numberOf(plant, incident.caller)
  const where = {
    service,
    interface: method < 0 ? undefined : method,
    process: incident.node ? own[0] : undefined,
    caller,
  }
  const span = { fromMs: incident.at, toMs: incident.at + Math.round(incident.minutes * MINUTE_MS) }
  return { plant, incident, span, service, where, processes: own }
}

type What = (scene: Scene) => Happening

const failures: What = ({ span, where, incident }) =>
  calls(span, [{ ...where, exceptions: incident.size }])

const slower: What = (scene) => {
  const { plant, service, where, incident, span } = scene
  const { interfaces = [] } = plant.scenario.services[service] ?? {}
  const changes = interfaces.flatMap(({ latencyMs }, method) =>
    where.interface === undefined || where.interface === method
      ? [{ ...where, interface: method, plusMs: (incident.size - 1) * latencyMs }]
      : [],
  )
  return calls(span, changes)
}

const traffic =
  (factorOf: (size: number) => number): What =>
  ({ plant, span, where, incident }) => {
    const flows = plant.traffic.flows.flatMap((flow, number) =>
      flow.callee === where.service &&
      [undefined, flow.interface].includes(where.interface) &&
      [undefined, flow.caller].includes(where.caller)
        ? [{ flow: number, factor: factorOf(incident.size) }]
        : [],
    )
    return { disturbances: [{ ...span, flows }], reports: [] }
  }

const queueGrows: What = ({ span, service, processes, incident }) => {
  const of = (process: number) => [
    { process, property: 'queue' as const, factor: incident.size },
    { process, property: 'queueWaitTime' as const, factor: incident.size },
  ]
  const waiting = { service, plusMs: 2 * incident.size }
  return {
    disturbances: [{ ...span, properties: processes.flatMap(of), calls: [waiting] }],
    reports: [],
  }
}

const asyncQueueGrows: What = ({ span, processes, incident }) => {
  const properties = processes.map((process) => {
    return { process, property: 'asyncqueue' as const, factor: incident.size }
  })
  return { disturbances: [{ ...span, properties }], reports: [] }
}

const nodeDead: What = ({ plant, span, incident }) => {
  const down = plant.processes
    .filter(({ node }) => node === incident.node)
    .map(({ number }) => ({ process: number, refuses: false, noticedMs: UNANSWERED_MS }))
  // Of a service that ran nowhere else nothing is left.
  const gone = servicesGone(plant, down).map((service) => ({ service, timeouts: 1 }))
  return { disturbances: [{ ...span, down, calls: gone }], reports: [] }
}

const serverDead: What = ({ span, service, processes }) => {
  const down = processes.map((process) => ({ process, refuses: true, noticedMs: REFUSED_MS }))
  // Its callers see it in their own calls.
  const gone = { service, exceptions: 1 }
  const reports = processes.flatMap((process): Report[] => [
    {
      ...{ at: span.fromMs + 4_000, process, level: 'alarm', kind: 'down' },
      text: '[alarm] down, server is inactive',
    },
    { at: span.toMs, process, level: 'normal', kind: 'restart', text: 'restart' },
  ])
  return { disturbances: [{ ...span, down, calls: [gone] }], reports }
}

const notifyError: What = ({ span, processes, incident }) => {
  const [process = 0] = processes
  const text = '[error] cannot write order: disk quota exceeded'
  const reports = Array.from({ length: Math.ceil(incident.size) }, (_, number): Report => {
    const at = span.fromMs + (number * (span.toMs - span.fromMs)) / incident.size
    return { at: Math.round(at), process, level: 'error', kind: 'business', text }
  })
  return { disturbances: [span], reports }
}

const network: What = ({ span, where, incident }) =>
  calls(span, [{ ...where, timeouts: incident.size, isOfNetwork: true }])

const badVersion: What = (scene) => {
  const { plant, incident, span } = scene
  const deploy = deployHappening(plant, { service: incident.service, at: incident.at })
  const bad = scene.processes.map((process, turn) => ({
    fromMs: span.fromMs + turn * ROLLING_MS + RESTART_MS,
    toMs: span.toMs,
    calls: [{ ...scene.where, process, exceptions: incident.size }],
  }))
  return { ...deploy, disturbances: [...bad, ...deploy.disturbances] }
}

const WHAT_HAPPENS: Readonly<Record<IncidentKind, What>> = {
  failures,
  'failure-burst': failures,
  timeouts: ({ span, where, incident }) => calls(span, [{ ...where, timeouts: incident.size }]),
  latency: slower,
  'latency-creep': (scene) => {
    const { disturbances, reports } = slower(scene)
    return { disturbances: disturbances.map((each) => ({ ...each, creeps: true })), reports }
  },
  'traffic-drop': traffic((size) => size),
  'traffic-surge': traffic((size) => size),
  'traffic-zero': traffic(() => 0),
  'node-dead': nodeDead,
  'server-dead': serverDead,
  queue: queueGrows,
  'async-queue': asyncQueueGrows,
  'notify-error': notifyError,
  'bad-node': failures,
  'bad-interface': failures,
  cascade: failures,
  network,
  'bad-version': badVersion,
}

function calls(span: Scene['span'], changes: readonly CallChange[]): Happening {
  return { disturbances: [{ ...span, calls: changes }], reports: [] }
}

/** Services no process of which is left. */
export function servicesGone({ processesOf }: Plant, down: readonly Down[]): number[] {
  const isDown = (process: number) => down.some((each) => each.process === process)
  return processesOf.flatMap((processes, service) => (processes.every(isDown) ? [service] : []))
}

export function numberOf({ scenario }: Plant, name: string): number {
  return scenario.services.findIndex((service) => service.name === name)
}
