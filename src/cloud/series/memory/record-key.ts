/** What a record is known by: all of its key in one text. */
import type { NotifyEvent } from '../../../model/event.ts'
import type { PropertyKey } from '../../../model/property.ts'
import type { ServerState } from '../../../model/server-state.ts'
import type { StatKey } from '../../../model/stat.ts'

export function statRecordKey(key: StatKey): string {
  const place = `${key.callee}\0${key.interface}\0${key.caller}\0${key.side}\0${key.calleeIp}`
  const rest = `${key.calleePort}\0${key.callerIp}\0${key.returnCode}\0${key.set}\0${key.version}`
  return `${place}\0${rest}\0${key.spanMs}`
}

export function propertyRecordKey(key: PropertyKey): string {
  const place = `${key.module}\0${key.property}\0${key.policy}\0${key.ip}`
  return `${place}\0${key.set}\0${key.le}\0${key.spanMs}`
}

export function eventRecordKey(event: NotifyEvent): string {
  const { module, level, kind, node, set, title } = event
  return [module, level, kind, node, set, title].join('\0')
}

export function stateRecordKey({ module, node, set }: ServerState): string {
  return [module, node, set].join('\0')
}
