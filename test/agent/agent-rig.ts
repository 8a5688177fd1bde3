import { once } from 'node:events'
import { connect } from 'node:net'
import { type Agent, type AgentOptions, startAgent } from '../../src/agent/agent.ts'
import { type AgentConfig, parseAgentConfig } from '../../src/agent/config.ts'
import { soloIdentity } from '../../src/agent/solo.ts'
import { silentLog } from '../../src/support/log.ts'
import { FakeClock } from '../support/fake-clock.ts'
import type { CloudDouble } from './support/cloud-double.ts'
import type { Cleanup } from './support/temp-folder.ts'

export function configFor(cloud: CloudDouble, config: Partial<AgentConfig> = {}): AgentConfig {
  return {
    ...parseAgentConfig('<main>\n</main>', 'AgentServer.conf'),
    envKey: 'the-key',
    cloudUrls: [cloud.url],
    logLevel: 'silent',
    ...config,
  }
}

/** An agent on a free port of loopback whose clock stands at 100 s. */
export async function startTestAgent(
  test: Cleanup,
  folder: string,
  cloud: CloudDouble,
  options: Partial<AgentOptions> = {},
): Promise<{ agent: Agent; clock: FakeClock; port: number }> {
  const clock = new FakeClock(100_000)
  const identity = soloIdentity('tcp -h 127.0.0.1 -p 0', folder)
  const config = configFor(cloud)
  const agent = await startAgent({ identity, config, clock, log: silentLog, ...options })
  test.after(() => agent.stop(0))
  return { agent, clock, port: agent.addresses[0]?.port ?? 0 }
}

/** Sends packets as a server would and waits until all have been taken. */
export async function send(agent: Agent, packets: readonly Buffer[]): Promise<void> {
  const before = agent.status().host.requests
  const socket = connect(agent.addresses[0]?.port ?? 0, '127.0.0.1')
  await once(socket, 'connect')
  for (const packet of packets) socket.write(packet)
  // The ping behind them is answered when all before it were dispatched.
  while (agent.status().host.requests < before + packets.length) {
    await new Promise((resolve) => setImmediate(resolve))
  }
  socket.destroy()
}
