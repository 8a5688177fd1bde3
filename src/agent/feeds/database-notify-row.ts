/** A row of `t_server_notifys`, where tarsnotify puts what is reported to it → an event. */
import type { EventLevel, NotifyEvent } from '../../model/event.ts'
import type { UnixMs } from '../../model/time.ts'
import {
  NOTIFY,
  NOTIFYERROR,
  NOTIFYNORMAL,
  NOTIFYWARN,
  REPORT,
  type ReportInfo,
} from '../../tars/idl/notify-f.ts'
import { normaliseNotify } from './normalise-notify.ts'

/** What was reported, and the level that tarsnotify made of it: `[error]`; '' before v3.0.15. */
export interface StoredNotify {
  /** Infinity when unknown. */
  readonly at: UnixMs
  readonly application: string
  readonly server: string
  readonly set: string
  readonly node: string
  readonly level: string
  readonly text: string
}

const LEVELS: Readonly<Record<string, EventLevel>> = {
  '[alarm]': 'alarm',
  '[error]': 'error',
  '[warn]': 'warn',
  '[normal]': 'normal',
}

const NUMBERS: Readonly<Record<EventLevel, number>> = {
  alarm: NOTIFYERROR,
  error: NOTIFYERROR,
  warn: NOTIFYWARN,
  normal: NOTIFYNORMAL,
}

/** As a report has it; what is not known is normal. */
export function numberOfLevel(stored: string): number {
  const level = LEVELS[stored]
  return level === undefined ? NOTIFYNORMAL : NUMBERS[level]
}

/**
 * The type of the report is not stored. Of a REPORT the level is what the text says; where it is
 * another, the application has said it: a NOTIFY.
 */
export function eventOfStored(stored: StoredNotify): NotifyEvent {
  const { at, application, server, set, node, text } = stored
  const level = LEVELS[stored.level]
  const info = {
    sApp: application,
    sSet: set,
    sContainer: '',
    sServer: server,
    sMessage: text,
    sThreadId: '',
    sNodeName: node,
  } satisfies Partial<ReportInfo>
  const sender = { nodeName: '', host: node, port: 0 }
  const report = normaliseNotify({ ...info, eType: REPORT, eLevel: NOTIFYNORMAL }, sender, at)
  if (level === undefined || level === report.level) return report
  const eLevel = NUMBERS[level]
  return { ...normaliseNotify({ ...info, eType: NOTIFY, eLevel }, sender, at), level }
}
