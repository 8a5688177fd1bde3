/** What the platform tells the agent: the TARS config that tarsnode renders. */
import { hostname } from 'node:os'
import { join } from 'node:path'
import { parseBytes } from '../support/duration.ts'
import { messageOf } from '../support/failure.ts'
import type { RotatingFileLimits } from '../support/rotating-file.ts'
import type { TarsConfig } from '../tars/config.ts'
import { type AdapterPlan, adaptersOf } from '../tars/host-plan.ts'
import { AgentConfigError, parseText, readText } from './config-file.ts'

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
  /** How long tarsnode waits for a stop to be done. */
  readonly deactivatingMs: number
  readonly locator: string | undefined
  /** Objects that take statistics, properties and notifies of servers; they may be ours. */
  readonly stat: string | undefined
  readonly property: string | undefined
  readonly notify: string | undefined
  /** The object that has `AgentServer.conf`. */
  readonly config: string | undefined
  /** How often servers report, ours too. */
  readonly reportIntervalMs: number
  /** The whole TARS config: the template may bring more sections. */
  readonly tars: TarsConfig
}

/** @throws {AgentConfigError} */
export async function readTarsIdentity(file: string): Promise<TarsIdentity> {
  const config = parseText(await readText(file), file)
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
      deactivatingMs: numberOf(get('/tars/application/server<deactivating-timeout>'), 3_000),
      locator: get('/tars/application/client<locator>'),
      stat: get('/tars/application/client<stat>'),
      property: get('/tars/application/client<property>'),
      notify: get('/tars/application/server<notify>'),
      config: get('/tars/application/server<config>'),
      reportIntervalMs: numberOf(get('/tars/application/client<report-interval>'), 60_000),
      tars: config,
    }
  } catch (error) {
    throw new AgentConfigError('invalid', `${file}: ${messageOf(error)}`, { cause: error })
  }
}

/** What makes no sense is no reason not to start. */
function numberOf(text: string | undefined, otherwise: number): number {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : otherwise
}

/** What the template of TARS says. */
export const DEFAULT_LOG_LIMITS: RotatingFileLimits = { maxBytes: 10 * 2 ** 20, maxFiles: 10 }

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
