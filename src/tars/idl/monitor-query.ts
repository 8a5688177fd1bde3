/** `protocol/MonitorQuery.tars`. */
import { double, type Infer, int, list, map, method, opt, req, str, struct } from '../schema.ts'

export const Condition = struct({ field: req(0, str), op: req(1, int), val: req(2, str) })

export const MonitorQueryReq = struct({
  uid: req(0, str),
  method: req(1, str),
  dataid: req(2, str),
  date: req(3, str),
  tflag1: req(4, str),
  tflag2: req(5, str),
  conditions: req(6, list(Condition)),
  indexs: req(7, list(str)),
  groupby: req(8, list(str)),
})

export const MonitorQueryRsp = struct({
  ret: req(0, int),
  msg: opt(1, str),
  lastTime: req(2, str),
  activeDb: req(3, int),
  totalDb: req(4, int),
  retThreads: req(5, list(int)),
  result: opt(6, map(str, list(double))),
})

export const MonitorQuery = {
  query: method(
    { req: req(1, MonitorQueryReq) },
    { ret: req(0, int), rsp: req(2, MonitorQueryRsp) },
  ),
}

export type MonitorQueryReq = Infer<typeof MonitorQueryReq>
export type MonitorQueryRsp = Infer<typeof MonitorQueryRsp>
