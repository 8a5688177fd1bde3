import type { Interface, Method } from '../schema.ts'
import { AdminF } from './admin-f.ts'
import { AdminReg } from './admin-reg.ts'
import { ConfigF } from './config-f.ts'
import { MonitorQuery } from './monitor-query.ts'
import { NotifyF } from './notify-f.ts'
import { PropertyF } from './property-f.ts'
import { QueryF } from './query-f.ts'
import { ServerF } from './server-f.ts'
import { StatF } from './stat-f.ts'

/** Every interface of `protocol/` that TARS itself defines. No two have a function of one name. */
export const INTERFACES: Readonly<Record<string, Interface>> = {
  StatF,
  PropertyF,
  NotifyF,
  MonitorQuery,
  QueryF,
  AdminReg,
  ConfigF,
  ServerF,
  AdminF,
}

/** The function of that name, of whichever interface has it. */
export function methodNamed(functionName: string): Method<unknown, unknown> | undefined {
  const owner = Object.values(INTERFACES).find((each) => Object.hasOwn(each, functionName))
  return owner?.[functionName]
}
