/** `protocol/QueryF.tars`. */
import { type Infer, int, list, method, opt, req, str, struct } from '../schema.ts'

export const EndpointF = struct({
  host: req(0, str),
  port: req(1, int),
  timeout: req(2, int),
  istcp: req(3, int),
  grid: req(4, int),
  groupworkid: opt(5, int),
  grouprealid: opt(6, int),
  setId: opt(7, str),
  qos: opt(8, int),
  bakFlag: opt(9, int),
  weight: opt(11, int),
  weightType: opt(12, int),
  authType: opt(13, int),
  nodeName: opt(14, str),
})

const endpoints = list(EndpointF)
const found = {
  ret: req(0, int),
  activeEp: req(2, endpoints),
  inactiveEp: req(3, endpoints),
}

export const QueryF = {
  findObjectById: method({ id: req(1, str) }, { ret: req(0, endpoints) }),
  findObjectById4Any: method({ id: req(1, str) }, found),
  findObjectById4All: method({ id: req(1, str) }, found),
  findObjectByIdInSameGroup: method({ id: req(1, str) }, found),
}

export type EndpointF = Infer<typeof EndpointF>
