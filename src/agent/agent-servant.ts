/** `Alarm.AgentServer.AgentObj`: tells whoever asks how the agent is. */
import type { FeedStatus } from '../model/polled.ts'
import type { UnixMs } from '../model/time.ts'
import type { HostCounts } from '../tars/host.ts'
import { Agent } from '../tars/idl/agent.ts'
import type { Servant } from '../tars/servant.ts'
import type { SubscribeCounts } from './feeds/subscribe-status.ts'
import type { ForwardingStatus } from './forwarding.ts'
import type { SpoolCounts } from './spool/spool.ts'
import type { UplinkCounts, UplinkTrouble } from './uplink/uplink.ts'
import type { WindowCounts } from './window/windows.ts'

/** Also what `AgentObj.getStatus` answers: no secrets. */
export type AgentStatus = {
  readonly version: string
  /** 32 hex digits. */
  readonly agent: string
  readonly startedAt: UnixMs
  readonly uptimeMs: number
  /** Records taken in: rows of statistics and properties, and notifies. */
  readonly records: number
  /** Batches the cloud has taken. */
  readonly batches: number
  /** Their bytes. */
  readonly bytes: number
  /** Bytes of batches that wait to be sent. */
  readonly queuedBytes: number
  /** Age of the oldest of them; 0 when there is none. */
  readonly lagMs: number
  /** Why batches wait; undefined when all is well. */
  readonly trouble: UplinkTrouble | undefined
  readonly diskFails: boolean
  readonly feeds: readonly FeedStatus[]
  /** This agent, of those of the environment, runs the polling feeds. */
  readonly polls: boolean
  /** Our clock minus the cloud's, before it is put right; null while not known. */
  readonly skewMs: number | null
  readonly intake: Readonly<SubscribeCounts>
  readonly forward: ForwardingStatus
  readonly windows: Readonly<WindowCounts>
  readonly spool: Readonly<SpoolCounts>
  readonly uplink: Readonly<UplinkCounts>
  readonly host: HostCounts
  readonly droppedEvents: number
}

/** `server` is e.g. `Alarm.AgentServer`. */
export function agentServant(server: string, status: () => AgentStatus): Servant {
  return {
    name: `${server}.AgentObj`,
    functions: {
      getStatus: (_body, call) =>
        call.respond(Agent.getStatus.response.encode({ ret: 0, status: textOf(status()) })),
    },
  }
}

/** Undefined would leave the key out: whoever reads it should see that there is no trouble. */
function textOf(status: AgentStatus): string {
  return JSON.stringify({ ...status, trouble: status.trouble ?? null })
}
