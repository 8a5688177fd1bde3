/** `protocol/PropertyF.tars`. */
import { type Infer, int, list, map, method, opt, req, str, struct } from '../schema.ts'

export const StatPropMsgHead = struct({
  moduleName: req(0, str),
  ip: req(1, str),
  propertyName: req(2, str),
  setName: opt(3, str),
  setArea: opt(4, str),
  setID: opt(5, str),
  sContainer: opt(6, str),
  iPropertyVer: opt(7, int, 1),
})

export const StatPropInfo = struct({ policy: req(0, str), value: req(1, str) })

export const StatPropMsgBody = struct({ vInfo: req(0, list(StatPropInfo)) })

export const PropertyF = {
  reportPropMsg: method(
    { statmsg: req(1, map(StatPropMsgHead, StatPropMsgBody)) },
    { ret: req(0, int) },
  ),
}

export type StatPropMsgHead = Infer<typeof StatPropMsgHead>
export type StatPropInfo = Infer<typeof StatPropInfo>
