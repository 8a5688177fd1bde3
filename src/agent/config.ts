/** What the user tells the agent: `AgentServer.conf`. */
import { join } from 'node:path'
import { FEEDS, type FeedName } from '../model/polled.ts'
import { messageOf } from '../support/failure.ts'
import type { LogLevel } from '../support/log.ts'
import type { TarsConfig } from '../tars/config.ts'
import { AgentConfigError, parseText } from './config-file.ts'
import {
  closestOf,
  readBetween,
  readBoolean,
  readBytes,
  readDatabase,
  readDurationMs,
  readInteger,
  readKey,
  readList,
  readLogLevel,
  readOneOf,
  readProxy,
  readTimeZone,
} from './config-values.ts'
import type { ForwardMode } from './feeds/forward.ts'
import { type MailServer, readAddress, readMailServer } from './own-mail-url.ts'

export const DEFAULT_CLOUD_URL = 'https://alarm.tarsyun.com'

/** What of a key is kept at the most, from everything to the callee's interfaces alone. */
export const DETAILS = ['full', 'no-caller-ip', 'no-caller', 'no-callee-ip'] as const
export type Detail = (typeof DETAILS)[number]

/** `<main>` of `AgentServer.conf`. */
export interface AgentConfig {
  /** '' when missing: the agent starts, keeps its data and says what to do. */
  readonly envKey: string
  /** Where the cloud is: the first that works is used. At least one. */
  readonly cloudUrls: readonly string[]
  /** `http://[user:password@]host:port` to reach the cloud through. */
  readonly httpProxy: string | undefined
  /** `auto`: all that the framework has; else only these. */
  readonly feeds: 'auto' | readonly FeedName[]
  /** `mysql://user:password@host:port` of the framework; undefined: the framework is asked. */
  readonly database: string | undefined
  /** Of the framework's servers: an IANA name or `+08:00`; undefined: found out. */
  readonly timeZone: string | undefined
  readonly windowMs: number
  /** Keys of a window in full detail; beyond it the least important is folded. */
  readonly maxKeys: number
  readonly detail: Detail
  /** Undefined: the data path of the TARS config. */
  readonly dataPath: string | undefined
  readonly spoolBytes: number
  readonly spoolAgeMs: number
  readonly caFile: string | undefined
  readonly allowInsecure: boolean
  readonly logLevel: LogLevel
  /** Whether what arrives is passed on to the framework. */
  readonly forwardStat: ForwardMode
  readonly forwardNotify: ForwardMode
  readonly forwardProperty: ForwardMode
  /** Where the agent's own mails go out, when the cloud takes nothing for long; undefined: there are none. */
  readonly ownMail: MailServer | undefined
  readonly ownMailTo: readonly string[]
  readonly ownMailAfterMs: number
  /** What is in the file and means nothing any more, a line each. */
  readonly warnings: readonly string[]
}

/** Of the former product's agent: they stay in files that were taken over. */
const FORMER = ['proxy_endpoint', 'history_cache', 'limit_cache', 'depend_cache']

const KEYS = {
  env_key: readKey,
  cloud_url: readList,
  http_proxy: readProxy,
  feed: readFeeds,
  database: readDatabase,
  time_zone: readTimeZone,
  window: readWindowMs,
  max_keys: (text: string) => readBetween(readInteger(text), 1_000, 200_000, '1000 to 200000'),
  detail: (text: string) => readOneOf(DETAILS, text),
  data_path: String,
  spool_size: (text: string) => readBetween(readBytes(text), 2 ** 20, 2 ** 36, '1M to 64G'),
  spool_age: (text: string) =>
    readBetween(readDurationMs(text), 600_000, 24 * 3_600_000, '10m to 24h'),
  ca_file: String,
  allow_insecure: readBoolean,
  log_level: readLogLevel,
  forward_stat: readForward,
  forward_notify: readForward,
  // Never by itself: tarsproperty takes our address for that of the reporter.
  forward_property: (text: string): ForwardMode => readOneOf(['on', 'off'], text),
  own_mail: readMailServer,
  own_mail_to: (text: string) => readList(text).map(readAddress),
  own_mail_after: (text: string) =>
    readBetween(readDurationMs(text), 60_000, 24 * 3_600_000, '1m to 24h'),
} satisfies Record<string, (text: string) => unknown>

type Key = keyof typeof KEYS

/** `file` is for messages. @throws {AgentConfigError} with all faults, a line each. */
export function parseAgentConfig(text: string, file: string): AgentConfig {
  const faults: string[] = []
  const warnings: string[] = []
  const main = mainOf(text, file, { faults, warnings })
  const values: Partial<Record<Key, unknown>> = {}
  for (const [key, value] of main?.values ?? []) {
    if (FORMER.includes(key)) warnings.push(former(at(text, file, key), key))
    else if (!isKey(key)) faults.push(`${at(text, file, key)}: ${unknown(key, value)}`)
    else if (value !== '') {
      try {
        values[key] = KEYS[key](value)
      } catch (error) {
        faults.push(`${at(text, file, key)}: ${key}: ${messageOf(error)}`)
      }
    }
  }
  const config = configOf(values as Values)
  if ((config.ownMail === undefined) !== (config.ownMailTo.length === 0)) {
    faults.push(`${file}: own_mail and own_mail_to need each other: by which server, and to whom`)
  }
  if (faults.length > 0) throw new AgentConfigError('invalid', faults.join('\n'))
  return { ...config, warnings }
}

type Values = { readonly [K in Key]?: ReturnType<(typeof KEYS)[K]> }

function configOf(values: Values): Omit<AgentConfig, 'warnings'> {
  return {
    envKey: values.env_key ?? '',
    cloudUrls: values.cloud_url ?? [DEFAULT_CLOUD_URL],
    httpProxy: values.http_proxy,
    feeds: values.feed ?? 'auto',
    database: values.database,
    timeZone: values.time_zone,
    windowMs: values.window ?? 10_000,
    maxKeys: values.max_keys ?? 20_000,
    detail: values.detail ?? 'full',
    dataPath: values.data_path,
    spoolBytes: values.spool_size ?? 512 * 2 ** 20,
    spoolAgeMs: values.spool_age ?? 24 * 3_600_000,
    caFile: values.ca_file,
    allowInsecure: values.allow_insecure ?? false,
    logLevel: values.log_level ?? 'info',
    forwardStat: values.forward_stat ?? 'auto',
    forwardNotify: values.forward_notify ?? 'auto',
    forwardProperty: values.forward_property ?? 'off',
    ownMail: values.own_mail,
    ownMailTo: values.own_mail_to ?? [],
    ownMailAfterMs: values.own_mail_after ?? 600_000,
  }
}

function former(place: string, name: string): string {
  return `${place}: ${name} is of the former agent and means nothing now, it can be taken out`
}

interface Found {
  readonly faults: string[]
  readonly warnings: string[]
}

/** The `<main>` section; what else the file holds is a fault. */
function mainOf(text: string, file: string, { faults, warnings }: Found): TarsConfig | undefined {
  const root = parseText(text, file)
  const main = root.section('main')
  if (!main) faults.push(`${file}: no <main> … </main> in it`)
  for (const [key, value] of root.values) {
    const said = isShowable(key, value) ? `'${key}' stands` : 'this line stands'
    faults.push(`${at(text, file, key)}: ${said} outside of <main>`)
  }
  for (const [parent, sections] of [root, main].map((each) => [each, each?.sections] as const)) {
    for (const name of sections?.keys() ?? []) {
      if (parent === root && name === 'main') continue
      const place = at(text, file, `<${name}>`)
      if (FORMER.includes(name)) warnings.push(former(place, name))
      else faults.push(`${place}: unknown section <${name}>`)
    }
  }
  return main
}

/** Whether data may come by this feed. */
export function wantsFeed({ feeds }: AgentConfig, name: FeedName): boolean {
  return feeds === 'auto' || feeds.includes(name)
}

/** Where `AgentServer.conf` lies when nobody says: beside the TARS config. */
export function agentConfigBeside(folder: string): string {
  return join(folder, 'AgentServer.conf')
}

function isKey(key: string): key is Key {
  return Object.hasOwn(KEYS, key)
}

function readFeeds(text: string): 'auto' | readonly FeedName[] {
  return text === 'auto' ? text : readList(text).map((each) => readOneOf(FEEDS, each))
}

function readForward(text: string): ForwardMode {
  return readOneOf(['auto', 'on', 'off'], text)
}

function readWindowMs(text: string): number {
  const windowMs = readBetween(readDurationMs(text), 1_000, 60_000, '1s to 60s')
  if (60_000 % windowMs === 0) return windowMs
  throw new Error(`'${text}' does not divide a minute, expected e.g. 5s, 10s, 30s`)
}

function unknown(key: string, value: string): string {
  if (isShowable(key, value)) return `unknown key '${key}', ${hint(key)}`
  return 'expected key=value, e.g. env_key=…'
}

/** What stands before no = may be the secret itself. */
function isShowable(key: string, value: string): boolean {
  return /[^=]/.test(value) && /^[\w.-]{1,40}$/.test(key)
}

function hint(key: string): string {
  const close = closestOf(Object.keys(KEYS), key.toLowerCase())
  return close ? `did you mean '${close}'?` : `known are ${Object.keys(KEYS).join(', ')}`
}

/** `file:line` of the first line that has this key or section. */
function at(text: string, file: string, word: string): string {
  const line = text.split(/\r\n|\r|\n/).findIndex((each) => {
    const found = each.indexOf(word)
    return found >= 0 && !each.trim().startsWith('#') && /^[<>=\s]*$/.test(each[found - 1] ?? ' ')
  })
  return line < 0 ? file : `${file}:${line + 1}`
}
