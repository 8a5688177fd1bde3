import { TarsConfig } from '../tars/config.ts'
import { parseEndpoint } from '../tars/endpoint.ts'
import { MAX_CONNECTIONS } from '../tars/host-plan.ts'
import { DEFAULT_LOG_LIMITS } from '../tars/server-settings.ts'
import type { TarsIdentity } from './identity.ts'

/** An agent without a TARS platform: one endpoint for all its servants. For demos and tests. */
export function soloIdentity(endpoint: string, dataPath: string): TarsIdentity {
  const server = 'Alarm.AgentServer'
  return {
    adapters: [
      {
        name: `${server}.SoloAdapter`,
        endpoint: parseEndpoint(endpoint),
        servants: ['StatObj', 'PropertyObj', 'NotifyObj', 'AgentObj'].map(
          (name) => `${server}.${name}`,
        ),
        maxConnections: MAX_CONNECTIONS,
      },
    ],
    ...{ app: 'Alarm', server: 'AgentServer', node: 'solo', set: '' },
    ...{ dataPath, logPath: undefined, logLimits: DEFAULT_LOG_LIMITS, deactivatingMs: 3_000 },
    ...{ locator: undefined, stat: undefined, property: undefined, notify: undefined },
    ...{ config: undefined, reportIntervalMs: 60_000, tars: new TarsConfig(new Map(), new Map()) },
  }
}
