/** `protocol/NotifyF.tars`. */
import { type Infer, int, list, method, opt, req, str, struct } from '../schema.ts'

/** `ReportType`. */
export const REPORT = 0
export const NOTIFY = 1

/** `NOTIFYLEVEL`. */
export const NOTIFYNORMAL = 0
export const NOTIFYWARN = 1
export const NOTIFYERROR = 2

export const ReportInfo = struct({
  eType: req(1, int),
  sApp: req(2, str),
  sSet: req(3, str),
  sContainer: req(4, str),
  sServer: req(5, str),
  sMessage: req(6, str),
  sThreadId: opt(7, str),
  eLevel: opt(8, int),
  sNodeName: opt(9, str),
})

export const NotifyKey = struct({ name: req(1, str), ip: req(2, str), page: req(3, int) })

export const NotifyItem = struct({
  sTimeStamp: req(1, str),
  sServerId: req(2, str),
  iLevel: req(3, int),
  sMessage: req(4, str),
})

export const NotifyInfo = struct({ nextpage: req(1, int), notifyItems: req(2, list(NotifyItem)) })

export const NotifyF = {
  reportNotifyInfo: method({ info: req(1, ReportInfo) }, {}),
  reportServer: method(
    { sServerName: req(1, str), sThreadId: req(2, str), sMessage: req(3, str) },
    {},
  ),
  notifyServer: method({ sServerName: req(1, str), level: req(2, int), sMessage: req(3, str) }, {}),
  getNotifyInfo: method(
    { stKey: req(1, NotifyKey) },
    { ret: req(0, int), stInfo: req(2, NotifyInfo) },
  ),
}

export type ReportInfo = Infer<typeof ReportInfo>
