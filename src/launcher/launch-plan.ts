/** What tarsnode wrote into the TARS config about how the server is run. */
import { hostname } from 'node:os'
import { join } from 'node:path'
import { parseBytes } from '../support/duration.ts'
import type { RotatingFileLimits } from '../support/rotating-file.ts'
import type { TarsConfig } from '../tars/config.ts'
import { type Endpoint, parseEndpoint } from '../tars/endpoint.ts'

export interface LaunchPlan {
  readonly app: string
  readonly server: string
  readonly node: string
  /** `name.area.id`; '' when none. */
  readonly set: string
  /** Who is told that the server lives, `tars.tarsnode.ServerObj@…`: undefined when nobody is. */
  readonly nodeObject: string | undefined
  /** Where tarsnode sends its commands. */
  readonly local: Endpoint | undefined
  readonly notify: string | undefined
  readonly locator: string | undefined
  /** `<logpath>/Alarm/AgentServer/Alarm.AgentServer`: the names of logs begin so. */
  readonly logPrefix: string | undefined
  readonly logLimits: RotatingFileLimits
  /** tarsnode kills what has not ended that long after it was told to. */
  readonly deactivatingMs: number
  /** The launcher gives up when the worker ends that often … */
  readonly maxExits: number
  /** … within this time. */
  readonly exitsWithinMs: number
}

/**
 * Numbers that make no sense count as absent: what can run should.
 * @throws {EndpointError} `local` is no endpoint.
 */
export function launchPlanOf(config: TarsConfig): LaunchPlan {
  const get = (path: string) => config.get(`/tars/application${path}`) || undefined
  const app = get('/server<app>') ?? 'Alarm'
  const server = get('/server<server>') ?? 'AgentServer'
  const logPath = get('/server<logpath>')
  const local = get('/server<local>')
  const inSet = get('<enableset>')?.toLowerCase() === 'y'
  return {
    app,
    server,
    node: get('/server<nodename>') ?? get('/server<localip>') ?? hostname(),
    set: inSet ? (get('<setdivision>') ?? '') : '',
    nodeObject: get('/server<node>'),
    local: local === undefined ? undefined : parseEndpoint(local),
    notify: get('/server<notify>'),
    locator: get('/client<locator>'),
    logPrefix: logPath && join(logPath, app, server, `${app}.${server}`),
    logLimits: {
      maxBytes: between(
        2 ** 16,
        parseBytes(get('/server<logsize>') ?? '') ?? 10 * 2 ** 20,
        2 ** 30,
      ),
      maxFiles: between(1, count(get('/server<lognum>'), 10), 100),
    },
    deactivatingMs: count(get('/server<deactivating-timeout>'), 3_000),
    maxExits: count(get('/server<exception-max>'), 2),
    exitsWithinMs: count(get('/server<exception-time>'), 10_000),
  }
}

function count(text: string | undefined, fallback: number): number {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : fallback
}

function between(min: number, value: number, max: number): number {
  return Math.min(Math.max(value, min), max)
}
