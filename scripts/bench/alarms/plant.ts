/** What runs and reports: processes on nodes, and a row for each pair of processes that call one another, for each side. */
import type { PropertyKey } from '../../../src/model/property.ts'
import type { StatKey } from '../../../src/model/stat.ts'
import type { Scenario } from './scenario.ts'
import { type Flow, Traffic } from './traffic.ts'

/** One server on one node. */
export interface Process {
  readonly number: number
  readonly service: number
  readonly node: string
  /** How far into its report interval it reports, milliseconds. */
  readonly phaseMs: number
  readonly properties: readonly Property[]
}

export const PROPERTIES = [
  ['queue', 'Avg'],
  ['queueWaitTime', 'Avg'],
  ['servantHandleTime', 'Avg'],
  ['timeoutNum', 'Sum'],
  ['asyncqueue', 'Avg'],
] as const
export type PropertyName = (typeof PROPERTIES)[number][0]

export interface Property {
  readonly name: PropertyName
  readonly key: PropertyKey
}

/** What one process tells of its calls with another. */
export interface Row {
  readonly flow: Flow
  readonly flowNumber: number
  /** -1: from outside. */
  readonly caller: number
  readonly callee: number
  /** Share of the flow, when all run. */
  readonly share: number
  readonly key: StatKey
}

export interface Plant {
  readonly scenario: Scenario
  readonly traffic: Traffic
  readonly processes: readonly Process[]
  /** Numbers of processes, by that of their service. */
  readonly processesOf: readonly (readonly number[])[]
  readonly rows: readonly Row[]
  /** Numbers of rows, by that of the process that reports them. */
  readonly rowsOf: readonly (readonly number[])[]
}

/** What calls from outside: two addresses of a load balancer. */
const OUTSIDE = ['10.0.0.1', '10.0.0.2']
const VERSION = '3.0.20'
/** Of the agent. */
export const WINDOW_MS = 10_000
const PHASE_MS = 5_000

export function plantOf(scenario: Scenario): Plant {
  const traffic = new Traffic(scenario)
  const processes: Process[] = []
  const processesOf = scenario.services.map(({ name, nodes }, service) =>
    nodes.map((node) => {
      const number = processes.length
      // Spread over the interval, as starts are.
      const phaseMs = ((number * 7919) % (scenario.reportMs / WINDOW_MS)) * WINDOW_MS + PHASE_MS
      const properties = propertiesOf(name, node, scenario.reportMs)
      return processes.push({ number, service, node, phaseMs, properties }) - 1
    }),
  )
  const rows: Row[] = []
  const rowsOf: number[][] = processes.map(() => [])
  for (const row of allRows({ scenario, traffic, processes, processesOf })) {
    const reporter = row.key.side === 'client' ? row.caller : row.callee
    rowsOf[reporter]?.push(rows.push(row) - 1)
  }
  return { scenario, traffic, processes, processesOf, rows, rowsOf }
}

type Running = Pick<Plant, 'scenario' | 'traffic' | 'processes' | 'processesOf'>

function* allRows({ scenario, traffic, processes, processesOf }: Running): Generator<Row> {
  for (const [flowNumber, flow] of traffic.flows.entries()) {
    const callee = scenario.services[flow.callee]
    const caller = scenario.services[flow.caller]
    const callees = processesOf[flow.callee] ?? []
    const callers = processesOf[flow.caller] ?? OUTSIDE.map(() => -1)
    for (const [at, from] of callers.entries()) {
      for (const to of callees) {
        const shared = {
          callee: callee?.name ?? '',
          interface: callee?.interfaces[flow.interface]?.name ?? '',
          calleeIp: processes[to]?.node ?? '',
          callerIp: processes[from]?.node ?? OUTSIDE[at] ?? '',
          ...{ returnCode: 0, set: '', version: VERSION, spanMs: scenario.reportMs },
        }
        const share = 1 / (callers.length * callees.length)
        const row = { flow, flowNumber, caller: from, callee: to, share }
        const server = { caller: 'stat_from_server', calleePort: 0, side: 'server' } as const
        yield { ...row, key: { ...shared, ...server } }
        if (!caller) continue
        const port = 10_000 + flow.callee
        const client = { caller: caller.name, calleePort: port, side: 'client' } as const
        yield { ...row, key: { ...shared, ...client } }
      }
    }
  }
}

function propertiesOf(module: string, ip: string, spanMs: number): Property[] {
  return PROPERTIES.map(([name, policy]) => {
    const property = name === 'asyncqueue' ? name : `${module}.ObjAdapter.${name}`
    return { name, key: { module, property, policy, ip, set: '', le: '', spanMs } }
  })
}
