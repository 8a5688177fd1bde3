/** @tars/monitor with types that are true at run time: properties of ours, and statistics of our calls. */
// First: the other way round their circle leaves `TarsError` undefined, with warnings.
import * as tarsMonitor from '@tars/monitor'
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

const { POLICY, property } = tarsMonitor as unknown as Monitor

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
    openProcessCommunicator()
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
 * From now on @tars/rpc reports our two-way calls to the object of `/tars/application/client<stat>`
 * in the file that TARS_CONFIG names; without one nothing is reported. Servants of a `ServantHost`
 * cost no more by it: without a communicator of the server @tars/rpc stops before it reads the config.
 * @throws {Error} The file has no such section.
 */
export function reportOwnCalls(): void {
  if (!process.env.TARS_CONFIG) return
  openProcessCommunicator()
  process.env.TARS_MONITOR = 'true'
}

/** Now, where it can be caught: @tars/monitor would do it in a timer and, if it fails, end the process. */
function openProcessCommunicator(): void {
  if (process.env.TARS_CONFIG) processCommunicator().initialize(process.env.TARS_CONFIG)
}

/** Through this @tars/monitor sends. */
function processCommunicator(): RpcCommunicator {
  return rpc.client as unknown as RpcCommunicator
}
