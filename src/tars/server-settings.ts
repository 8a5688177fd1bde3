/** What tarsnode writes into the TARS config of any server it runs. */
import { hostname } from 'node:os'
import { join } from 'node:path'
import { parseBytes } from '../support/duration.ts'
import type { RotatingFileLimits } from '../support/rotating-file.ts'
import type { TarsConfig } from './config.ts'

export interface ServerSettings {
  readonly app: string
  readonly server: string
  /** Node name; the host name when the config has none. */
  readonly node: string
  /** `name.area.id`; '' when none. */
  readonly set: string
  readonly logPath: string | undefined
  /** Of a log file and how many of them: `logsize`, `lognum`. */
  readonly logLimits: RotatingFileLimits
  /** How long tarsnode waits for a stop to be done; then it kills. */
  readonly deactivatingMs: number
  readonly locator: string | undefined
  /** The object that takes notifies of servers. */
  readonly notify: string | undefined
}

/** Values that make no sense count as absent: what can run should. */
export function serverSettingsOf(config: TarsConfig): ServerSettings {
  const get = (path: string) => config.get(`/tars/application${path}`) || undefined
  const inSet = get('<enableset>')?.toLowerCase() === 'y'
  return {
    app: get('/server<app>') ?? 'Alarm',
    server: get('/server<server>') ?? 'AgentServer',
    node: get('/server<nodename>') ?? get('/server<localip>') ?? hostname(),
    set: inSet ? (get('<setdivision>') ?? '') : '',
    logPath: get('/server<logpath>'),
    logLimits: logLimitsOf(get('/server<logsize>'), get('/server<lognum>')),
    deactivatingMs: wholeNumberOf(get('/server<deactivating-timeout>'), 3_000),
    locator: get('/client<locator>'),
    notify: get('/server<notify>'),
  }
}

/** Where TARS servers log: `<logpath>/Alarm/AgentServer/Alarm.AgentServer`, and then what kind of log. */
export function logPrefixOf({ logPath, app, server }: ServerSettings): string | undefined {
  return logPath === undefined ? undefined : join(logPath, app, server, `${app}.${server}`)
}

export function wholeNumberOf(text: string | undefined, otherwise: number): number {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : otherwise
}

/** What the template of TARS says. */
export const DEFAULT_LOG_LIMITS: RotatingFileLimits = { maxBytes: 10 * 2 ** 20, maxFiles: 10 }

function logLimitsOf(size = '', files: string | undefined): RotatingFileLimits {
  const maxBytes = parseBytes(size) ?? DEFAULT_LOG_LIMITS.maxBytes
  const maxFiles = wholeNumberOf(files, DEFAULT_LOG_LIMITS.maxFiles)
  return {
    maxBytes: Math.min(Math.max(maxBytes, 2 ** 16), 2 ** 30),
    maxFiles: Math.min(Math.max(maxFiles, 1), 100),
  }
}
