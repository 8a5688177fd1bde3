/** @tars/monitor with types that are true at run time: properties of ours, and statistics of our calls. */
import { createRequire } from 'node:module'
import rpc from '@tars/rpc'
import { closeCommunicator } from './communicator.ts'
import type { RpcCommunicator } from './tars-rpc.ts'

const POLICIES = ['Sum', 'Max', 'Min', 'Avg', 'Count'] as const

/** How the values of one interval become one. `Avg` is rounded down. */
export type PropertyPolicy = (typeof POLICIES)[number]

interface Policy {
  readonly name: string
}

interface Monitor {
  readonly POLICY: Readonly<Record<PropertyPolicy, new () => Policy>>
  readonly property: {
    init(config: { get(path: string, otherwise?: unknown): unknown }): void
    create(name: string, policies: readonly Policy[]): { report(value: number): void }
  }
}

const { POLICY, property } = createRequire(import.meta.url)('@tars/monitor') as Monitor

export interface PropertyMonitorOptions {
  /** The object that takes them: `tars.tarsproperty.PropertyObj`. */
  readonly object: string
  readonly locator: string | undefined
  readonly intervalMs: number
  /** `Alarm.AgentServer`. */
  readonly module: string
  readonly ip: string
  /** `name.area.id`; '' when none. */
  readonly set: string
}

/** Takes a value of a property. */
export type ReportValue = (value: number) => void

/**
 * Properties of this process; one monitor a process, as @tars/monitor has it. Values are sent,
 * without an answer, an interval after the first of them; at the end those of one interval are lost.
 */
export class PropertyMonitor {
  constructor(options: PropertyMonitorOptions) {
    const { object, locator, intervalMs, module, ip, set } = options
    if (locator !== undefined) processCommunicator().setProperty('locator', locator)
    const values = new Map<string, string>([
      ['tars.application.client.property', object],
      ['tars.application.client.report-interval', String(intervalMs)],
      ['tars.application.client.modulename', module],
      ['tars.application.server.localip', ip],
      ['tars.application.enableset', set === '' ? 'n' : 'y'],
      ['tars.application.setdivision', set],
    ])
    property.init({ get: (path, otherwise) => values.get(path) ?? otherwise })
  }

  /** Of one name only once. */
  create(name: string, policies: readonly PropertyPolicy[]): ReportValue {
    const created = property.create(
      name,
      policies.map((policy) => new POLICY[policy]()),
    )
    return (value) => created.report(value)
  }

  close(): void {
    closeCommunicator(processCommunicator())
  }
}

/**
 * From now on @tars/rpc reports our two-way calls to the object of `/tars/application/client<stat>`.
 * The config must name that, and TARS_CONFIG the config. Servants of a `ServantHost` cost no more by
 * it: without a communicator of the server @tars/rpc stops before it reads the config.
 */
export function reportOwnCalls(): void {
  process.env.TARS_MONITOR = 'true'
}

/** Through this @tars/monitor sends. */
function processCommunicator(): RpcCommunicator {
  return rpc.client as unknown as RpcCommunicator
}
