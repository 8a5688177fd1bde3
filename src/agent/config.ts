/** What the agent is told: `AgentServer.conf` (the user's) and the TARS config (the platform's). */
import { readFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { parseBytes } from '../support/duration.ts'
import { Failure, messageOf } from '../support/failure.ts'
import type { LogLevel } from '../support/log.ts'
import type { RotatingFileLimits } from '../support/rotating-file.ts'
import { parseTarsConfig, type TarsConfig } from '../tars/config.ts'
import { type AdapterPlan, adaptersOf } from '../tars/host-plan.ts'
import {
  closestOf,
  readBetween,
  readBoolean,
  readBytes,
  readDurationMs,
  readKey,
  readLogLevel,
  readOneOf,
} from './config-values.ts'
import type { ForwardMode } from './feeds/forward.ts'

/** Every fault is one line that begins with file and line. */
export class AgentConfigError extends Failure<'unreadable' | 'invalid'> {}

export const DEFAULT_CLOUD_URL = 'https://alarm.tarsyun.com'

/** `<main>` of `AgentServer.conf`. */
export interface AgentConfig {
  /** '' when missing: the agent starts, keeps its data and says what to do. */
  readonly envKey: string
  readonly cloudUrl: string
  readonly windowMs: number
  /** Undefined: the data path of the TARS config. */
  readonly dataPath: string | undefined
  readonly spoolBytes: number
  readonly caFile: string | undefined
  readonly allowInsecure: boolean
  readonly logLevel: LogLevel
  /** Whether what arrives is passed on to the framework. */
  readonly forwardStat: ForwardMode
  readonly forwardNotify: ForwardMode
  readonly forwardProperty: ForwardMode
}

/** Who the platform says we are. */
export interface TarsIdentity {
  readonly adapters: readonly AdapterPlan[]
  readonly app: string
  readonly server: string
  /** Node name; the host name when the config has none. */
  readonly node: string
  /** `name.area.id`; '' when none. */
  readonly set: string
  readonly dataPath: string | undefined
  readonly logPath: string | undefined
  /** Of a log file and how many of them: `logsize`, `lognum`. */
  readonly logLimits: RotatingFileLimits
  readonly locator: string | undefined
  /** Objects that take statistics, properties and notifies of servers; they may be ours. */
  readonly stat: string | undefined
  readonly property: string | undefined
  readonly notify: string | undefined
}

const KEYS = {
  env_key: readKey,
  cloud_url: String,
  window: readWindowMs,
  data_path: String,
  spool_size: (text: string) => readBetween(readBytes(text), 2 ** 20, 2 ** 36, '1M to 64G'),
  ca_file: String,
  allow_insecure: readBoolean,
  log_level: readLogLevel,
  forward_stat: readForward,
  forward_notify: readForward,
  // Never by itself: tarsproperty takes our address for that of the reporter.
  forward_property: (text: string): ForwardMode => readOneOf(['on', 'off'], text),
} satisfies Record<string, (text: string) => unknown>

type Key = keyof typeof KEYS

/** @throws {AgentConfigError} */
export async function readAgentConfig(file: string): Promise<AgentConfig> {
  return parseAgentConfig(await readText(file), file)
}

/** `file` is for messages. @throws {AgentConfigError} with all faults, a line each. */
export function parseAgentConfig(text: string, file: string): AgentConfig {
  const faults: string[] = []
  const main = mainOf(text, file, faults)
  const values: Partial<Record<Key, unknown>> = {}
  for (const [key, value] of main?.values ?? []) {
    if (!isKey(key)) faults.push(`${at(text, file, key)}: ${unknown(key, value)}`)
    else if (value !== '') {
      try {
        values[key] = KEYS[key](value)
      } catch (error) {
        faults.push(`${at(text, file, key)}: ${key}: ${messageOf(error)}`)
      }
    }
  }
  if (faults.length > 0) throw new AgentConfigError('invalid', faults.join('\n'))
  return configOf(values as Values)
}

type Values = { readonly [K in Key]?: ReturnType<(typeof KEYS)[K]> }

function configOf(values: Values): AgentConfig {
  return {
    envKey: values.env_key ?? '',
    cloudUrl: values.cloud_url ?? DEFAULT_CLOUD_URL,
    windowMs: values.window ?? 10_000,
    dataPath: values.data_path,
    spoolBytes: values.spool_size ?? 64 * 1024 * 1024,
    caFile: values.ca_file,
    allowInsecure: values.allow_insecure ?? false,
    logLevel: values.log_level ?? 'info',
    forwardStat: values.forward_stat ?? 'auto',
    forwardNotify: values.forward_notify ?? 'auto',
    forwardProperty: values.forward_property ?? 'off',
  }
}

/** The `<main>` section; what else the file holds is a fault. */
function mainOf(text: string, file: string, faults: string[]): TarsConfig | undefined {
  const root = parse(text, file)
  const main = root.section('main')
  if (!main) faults.push(`${file}: no <main> … </main> in it`)
  for (const [key, value] of root.values) {
    const said = isShowable(key, value) ? `'${key}' stands` : 'this line stands'
    faults.push(`${at(text, file, key)}: ${said} outside of <main>`)
  }
  for (const [parent, sections] of [root, main].map((each) => [each, each?.sections] as const)) {
    for (const name of sections?.keys() ?? []) {
      if (parent === root && name === 'main') continue
      faults.push(`${at(text, file, `<${name}>`)}: unknown section <${name}>`)
    }
  }
  return main
}

/** @throws {AgentConfigError} */
export async function readTarsIdentity(file: string): Promise<TarsIdentity> {
  const config = parse(await readText(file), file)
  const get = (path: string) => config.get(path) || undefined
  const inSet = get('/tars/application<enableset>')?.toLowerCase() === 'y'
  try {
    const adapters = adaptersOf(config)
    if (adapters.length === 0) throw new Error('no adapter with protocol=tars')
    return {
      adapters,
      app: get('/tars/application/server<app>') ?? 'Alarm',
      server: get('/tars/application/server<server>') ?? 'AgentServer',
      node: get('/tars/application/server<nodename>') ?? hostname(),
      set: inSet ? (get('/tars/application<setdivision>') ?? '') : '',
      dataPath: get('/tars/application/server<datapath>'),
      logPath: get('/tars/application/server<logpath>'),
      logLimits: logLimitsOf(
        get('/tars/application/server<logsize>'),
        get('/tars/application/server<lognum>'),
      ),
      locator: get('/tars/application/client<locator>'),
      stat: get('/tars/application/client<stat>'),
      property: get('/tars/application/client<property>'),
      notify: get('/tars/application/server<notify>'),
    }
  } catch (error) {
    throw new AgentConfigError('invalid', `${file}: ${messageOf(error)}`, { cause: error })
  }
}

/** What the template of TARS says. */
export const DEFAULT_LOG_LIMITS: RotatingFileLimits = { maxBytes: 10 * 2 ** 20, maxFiles: 10 }

/** What makes no sense is no reason not to start. */
function logLimitsOf(size = '', files = ''): RotatingFileLimits {
  const maxBytes = parseBytes(size) ?? DEFAULT_LOG_LIMITS.maxBytes
  const maxFiles = /^\d{1,9}$/.test(files) ? Number(files) : DEFAULT_LOG_LIMITS.maxFiles
  return {
    maxBytes: Math.min(Math.max(maxBytes, 2 ** 16), 2 ** 30),
    maxFiles: Math.min(Math.max(maxFiles, 1), 100),
  }
}

/** Where TARS servers log: `<logpath>/Alarm/AgentServer/Alarm.AgentServer_alarm.log`. */
export function logFileOf({ logPath, app, server }: TarsIdentity): string | undefined {
  if (logPath === undefined) return undefined
  return join(logPath, app, server, `${app}.${server}_alarm.log`)
}

/** Where `AgentServer.conf` lies when nobody says: beside the TARS config. */
export function agentConfigBeside(folder: string): string {
  return join(folder, 'AgentServer.conf')
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw new AgentConfigError('unreadable', `${file}: ${messageOf(error)}`, { cause: error })
  }
}

function parse(text: string, file: string): TarsConfig {
  try {
    return parseTarsConfig(text, file)
  } catch (error) {
    throw new AgentConfigError('invalid', messageOf(error), { cause: error })
  }
}

function isKey(key: string): key is Key {
  return Object.hasOwn(KEYS, key)
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
