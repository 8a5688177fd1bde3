/** What the platform tells the agent: the TARS config that tarsnode renders. */
import { messageOf } from '../support/failure.ts'
import type { TarsConfig } from '../tars/config.ts'
import { type AdapterPlan, adaptersOf } from '../tars/host-plan.ts'
import {
  logPrefixOf,
  type ServerSettings,
  serverSettingsOf,
  wholeNumberOf,
} from '../tars/server-settings.ts'
import { AgentConfigError, parseText, readText } from './config-file.ts'

/** Who the platform says we are. */
export interface TarsIdentity extends ServerSettings {
  readonly adapters: readonly AdapterPlan[]
  readonly dataPath: string | undefined
  /** Objects that take statistics and properties of servers; like that of notifies they may be ours. */
  readonly stat: string | undefined
  readonly property: string | undefined
  /** The object that has `AgentServer.conf`. */
  readonly config: string | undefined
  /** How often servers report, ours too. */
  readonly reportIntervalMs: number
  /** The whole TARS config: the template may bring more sections. */
  readonly tars: TarsConfig
}

/** @throws {AgentConfigError} */
export async function readTarsIdentity(file: string): Promise<TarsIdentity> {
  const tars = parseText(await readText(file), file)
  const get = (path: string) => tars.get(`/tars/application${path}`) || undefined
  try {
    const adapters = adaptersOf(tars).map(patient)
    if (adapters.length === 0) throw new Error('no adapter with protocol=tars')
    return {
      ...serverSettingsOf(tars),
      adapters,
      dataPath: get('/server<datapath>'),
      stat: get('/client<stat>'),
      property: get('/client<property>'),
      config: get('/server<config>'),
      reportIntervalMs: wholeNumberOf(get('/client<report-interval>'), 60_000),
      tars,
    }
  } catch (error) {
    throw new AgentConfigError('invalid', `${file}: ${messageOf(error)}`, { cause: error })
  }
}

/**
 * Templates say `-t 60000`, and servers report every 60 s: the connection would be closed just before its
 * next report, which is one-way and lost. So an idle connection is kept for three of these.
 */
function patient(adapter: AdapterPlan): AdapterPlan {
  const { endpoint } = adapter
  const timeoutMs = Math.max(endpoint.timeoutMs, 180_000)
  return { ...adapter, endpoint: { ...endpoint, timeoutMs } }
}

/** `<logpath>/Alarm/AgentServer/Alarm.AgentServer_alarm.log`. */
export function logFileOf(identity: TarsIdentity): string | undefined {
  const prefix = logPrefixOf(identity)
  return prefix === undefined ? undefined : `${prefix}_alarm.log`
}
