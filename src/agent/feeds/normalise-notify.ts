/** Notifies as runtimes, nodes and applications send them → events with level, kind and title. */
import type { EventKind, EventLevel, NotifyEvent } from '../../model/event.ts'
import type { UnixMs } from '../../model/time.ts'
import { NOTIFY, NOTIFYERROR, NOTIFYWARN, type ReportInfo } from '../../tars/idl/notify-f.ts'
import { splitModuleName } from './module-name.ts'
import { addressOf, type Sender } from './sender.ts'
import { cutToBytes, nameOf } from './text.ts'

const MAX_TEXT_BYTES = 4096
export const MAX_TITLE_BYTES = 120

/** A title needs no more of a text than this, however much of it gets masked. */
const MAX_MASKED_CHARS = 512

export function normaliseNotify(info: ReportInfo, sender: Sender, at: UnixMs): NotifyEvent {
  const isNotify = info.eType === NOTIFY
  const level = levelOfNumber(info.eLevel)
  return {
    at,
    module: moduleOf(info),
    level: isNotify ? level : levelOfReport(info.sMessage, level),
    kind: isNotify ? 'business' : kindOf(info.sMessage),
    node: nameOf(addressOf(info.sNodeName, sender)),
    set: nameOf(info.sSet),
    title: titleOf(info.sMessage),
    text: cutToBytes(info.sMessage, MAX_TEXT_BYTES),
  }
}

/** Java leaves `sApp` empty and writes `App.Server` into `sServer`. */
function moduleOf({ sApp, sServer }: ReportInfo): string {
  const name = sApp === '' || sServer.startsWith(`${sApp}.`) ? sServer : `${sApp}.${sServer}`
  return splitModuleName(name).module
}

const LEVELS: readonly EventLevel[] = ['normal', 'warn', 'error', 'alarm']

function higher(a: EventLevel, b: EventLevel): EventLevel {
  return LEVELS.indexOf(a) >= LEVELS.indexOf(b) ? a : b
}

function levelOfNumber(eLevel: number): EventLevel {
  if (eLevel === NOTIFYERROR) return 'error'
  return eLevel === NOTIFYWARN ? 'warn' : 'normal'
}

/** The rule of tarsnotify, `NotifyImp.cpp` (TarsFramework fe8e741), in its order. */
const LEVEL_MARKS: readonly (readonly [string, EventLevel])[] = [
  ['[alarm]', 'alarm'],
  ['[error]', 'error'],
  ['[warn]', 'warn'],
  ['[fail]', 'error'],
]

function levelOfText(text: string): EventLevel {
  return LEVEL_MARKS.find(([mark]) => text.includes(mark))?.[1] ?? 'normal'
}

/** `patch succ`, `docker pull … success`, `[succ] load config`: tarsnode sends these with eLevel ERROR, too. */
const SUCCEEDED = /\bsucc(?:ess(?:ful(?:ly)?)?|eed(?:ed)?)?\b/i
const FAILED = /fail|error|\b(?:no|not)\s+succ/i

/** Of a REPORT tarsnotify goes by the text alone; TarsGo tells its level by eLevel alone. So: the higher one. */
function levelOfReport(text: string, level: EventLevel): EventLevel {
  const ofText = levelOfText(text)
  const wentWell = ofText === 'normal' && SUCCEEDED.test(text) && !FAILED.test(text)
  return wentWell ? 'normal' : higher(ofText, level)
}

/**
 * The first that fits, of what framework and runtimes write; all else is the application's own.
 * Sources: TarsFramework NodeServer and AdminRegistry, TarsCpp Application, node-agent God and CLI.
 */
const KINDS: readonly (readonly [RegExp, EventKind])[] = [
  [/zombie|no keep alive|heartbeat overtime/i, 'zombie'],
  [/server is inactive|pid not exist|is not exist/i, 'down'],
  [
    /^AdminServant::notify|^notify server|^patch|^(re)?start server|^stop server|^destroyServer/,
    'command',
  ],
  [/^(\[\w+\] ?)?restart\b/i, 'restart'],
  [/^(\[\w+\] ?)?stop\b|server is stopped/i, 'stop'],
  [/\bexit(ing|ed|s)?\b|server is fatal/i, 'exit'],
  [/\bconfig\b|\.conf\b|^\[(succ|fail)\]/i, 'config'],
]

function kindOf(text: string): EventKind {
  const start = text.slice(0, MAX_MASKED_CHARS)
  return KINDS.find(([pattern]) => pattern.test(start))?.[1] ?? 'business'
}

const CHANGING: readonly RegExp[] = [
  // IPv4 with port, UUIDs, IPv6 (and times of day), hex numbers and ids, then any number.
  /\b\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?\b/g,
  /\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/gi,
  /\b[0-9a-f]{1,4}(?::{1,2}[0-9a-f]{1,4}){2,7}\b/gi,
  /\b0x[0-9a-f]+\b/gi,
  /\b(?=[0-9a-f]{0,63}\d)[0-9a-f]{8,64}\b/gi,
  /\d+(?:\.\d+)?/g,
]

/** What stays the same when the same thing happens again. */
export function titleOf(text: string): string {
  let title = text.slice(0, MAX_MASKED_CHARS).replaceAll(/\s+/g, ' ').trim()
  for (const pattern of CHANGING) title = title.replaceAll(pattern, '*')
  return cutToBytes(title, MAX_TITLE_BYTES)
}
