/** `protocol/StatF.tars`. */
import { bool, type Infer, int, list, long, map, method, opt, req, str, struct } from '../schema.ts'

export const StatMicMsgHead = struct({
  masterName: req(0, str),
  slaveName: req(1, str),
  interfaceName: req(2, str),
  masterIp: req(3, str),
  slaveIp: req(4, str),
  slavePort: req(5, int),
  returnValue: req(6, int),
  slaveSetName: opt(7, str),
  slaveSetArea: opt(8, str),
  slaveSetID: opt(9, str),
  tarsVersion: opt(10, str),
})

export const StatMicMsgBody = struct({
  count: req(0, int),
  timeoutCount: req(1, int),
  execCount: req(2, int),
  intervalCount: req(3, map(int, int)),
  totalRspTime: req(4, long),
  maxRspTime: req(5, int),
  minRspTime: req(6, int),
})

export const StatSampleMsg = struct({
  unid: req(0, str),
  masterName: req(1, str),
  slaveName: req(2, str),
  interfaceName: req(3, str),
  masterIp: req(4, str),
  slaveIp: req(5, str),
  depth: req(6, int),
  width: req(7, int),
  parentWidth: req(8, int),
})

export const StatF = {
  reportMicMsg: method(
    { msg: req(1, map(StatMicMsgHead, StatMicMsgBody)), bFromClient: req(2, bool) },
    { ret: req(0, int) },
  ),
  reportSampleMsg: method({ msg: req(1, list(StatSampleMsg)) }, { ret: req(0, int) }),
}

export type StatMicMsgHead = Infer<typeof StatMicMsgHead>
export type StatMicMsgBody = Infer<typeof StatMicMsgBody>
