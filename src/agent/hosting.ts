/** What the TARS config says of the platform that runs us: whom to call, and how long a stop may take. */
import type { ForwardMode } from './feeds/forward.ts'
import { type Target, targetOf } from './feeds/forward-target.ts'
import type { TarsIdentity } from './identity.ts'

export interface Hosting {
  /** Keeps `AgentServer.conf`, usually `tars.tarsconfig.ConfigObj`; undefined when there is none. */
  readonly configObject: string | undefined
  /** What of a stop may be spent on sending: real time. */
  readonly graceMs: number
  readonly reportIntervalMs: number
  /** `Alarm.AgentServer`, as it reports itself. */
  readonly module: string
  readonly localIp: string
}

/** What servers report. */
export type ReportKind = 'stat' | 'property' | 'notify'

const STANDARD: Readonly<Record<ReportKind, string>> = {
  stat: 'tars.tarsstat.StatObj',
  property: 'tars.tarsproperty.PropertyObj',
  notify: 'tars.tarsnotify.NotifyObj',
}

/** node-agent takes the last second for itself; half a second more is for what comes before sending. */
const RESERVED_MS = 1_500

export function hostingOf({ app, server, tars, ...identity }: TarsIdentity): Hosting {
  const { config, locator, deactivatingMs, reportIntervalMs } = identity
  const canCall = locator !== undefined || config?.includes('@')
  return {
    configObject: canCall ? config : undefined,
    graceMs: Math.min(Math.max(deactivatingMs - RESERVED_MS, 500), 10_000),
    reportIntervalMs: Math.min(Math.max(reportIntervalMs, 1_000), 3_600_000),
    module: tars.get('/tars/application/client<modulename>') || `${app}.${server}`,
    localIp: tars.get('/tars/application/server<localip>') || '127.0.0.1',
  }
}

/** The framework's own object that takes what servers report; never ourselves. */
export function frameworkTarget(
  identity: TarsIdentity,
  kind: ReportKind,
  mode: ForwardMode,
): Target {
  return targetOf({
    mode,
    named: identity[kind],
    standard: STANDARD[kind],
    server: `${identity.app}.${identity.server}`,
    listening: identity.adapters.map(({ endpoint }) => endpoint),
    hasLocator: identity.locator !== undefined,
  })
}

/** Its name; undefined when it cannot be called or would be ourselves. */
export function foreignObject(identity: TarsIdentity, kind: ReportKind): string | undefined {
  const target = frameworkTarget(identity, kind, 'on')
  return target.state === 'on' ? target.object : undefined
}
