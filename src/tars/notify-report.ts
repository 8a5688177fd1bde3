/** What the functions of `NotifyF` that report something say, in one form. */
import { NOTIFY, NotifyF, REPORT, ReportInfo } from './idl/notify-f.ts'

/** `ReportInfo` by the names of TARS. The old functions leave most of it empty. */
export interface NotifyReport {
  readonly info: ReportInfo
  /** `reportServer` and `notifyServer` are called by old servers and the tarsnode of K8SFramework. */
  readonly via: 'reportNotifyInfo' | 'reportServer' | 'notifyServer'
}

/** The functions `decodeNotifyReport` takes. */
export const NOTIFY_REPORT_FUNCTIONS: readonly NotifyReport['via'][] = [
  'reportNotifyInfo',
  'reportServer',
  'notifyServer',
]

/**
 * Decodes the arguments of one of these functions. The old ones name the server `App.Server`,
 * or whatever it calls itself: then `sApp` is empty.
 * @throws {DecodeError}
 */
export function decodeNotifyReport(via: NotifyReport['via'], body: Buffer): NotifyReport {
  switch (via) {
    case 'reportNotifyInfo':
      return { via, info: NotifyF.reportNotifyInfo.request.decode(body).info }
    case 'reportServer': {
      const { sServerName, sThreadId, sMessage } = NotifyF.reportServer.request.decode(body)
      return { via, info: infoOf(sServerName, { eType: REPORT, sThreadId, sMessage }) }
    }
    case 'notifyServer': {
      const { sServerName, level, sMessage } = NotifyF.notifyServer.request.decode(body)
      return { via, info: infoOf(sServerName, { eType: NOTIFY, eLevel: level, sMessage }) }
    }
  }
}

function infoOf(serverName: string, said: Partial<ReportInfo>): ReportInfo {
  const [sApp = '', ...rest] = serverName.split('.')
  const names = rest.length > 0 ? { sApp, sServer: rest.join('.') } : { sServer: serverName }
  return { ...ReportInfo.zero(), ...names, ...said }
}
