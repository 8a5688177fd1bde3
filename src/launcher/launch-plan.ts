/** What tarsnode wrote into the TARS config about how the server is run. */
import type { TarsConfig } from '../tars/config.ts'
import { type Endpoint, parseEndpoint } from '../tars/endpoint.ts'
import {
  logPrefixOf,
  type ServerSettings,
  serverSettingsOf,
  wholeNumberOf,
} from '../tars/server-settings.ts'

export interface LaunchPlan extends ServerSettings {
  /** Who is told that the server lives, `tars.tarsnode.ServerObj@…`: undefined when nobody is. */
  readonly nodeObject: string | undefined
  /** Where tarsnode sends its commands. */
  readonly local: Endpoint | undefined
  /** Names of logs begin so. */
  readonly logPrefix: string | undefined
  /** The launcher gives up when the worker ends that often … */
  readonly maxExits: number
  /** … within this time. */
  readonly exitsWithinMs: number
}

/** @throws {EndpointError} `local` is no endpoint. */
export function launchPlanOf(config: TarsConfig): LaunchPlan {
  const get = (key: string) => config.get(`/tars/application/server<${key}>`) || undefined
  const settings = serverSettingsOf(config)
  const local = get('local')
  return {
    ...settings,
    nodeObject: get('node'),
    local: local === undefined ? undefined : parseEndpoint(local),
    logPrefix: logPrefixOf(settings),
    maxExits: wholeNumberOf(get('exception-max'), 2),
    exitsWithinMs: wholeNumberOf(get('exception-time'), 10_000),
  }
}
