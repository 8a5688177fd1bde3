import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { closeCommunicator, openCommunicator } from '../../src/tars/communicator.ts'
import { Agent } from '../../src/tars/idl/agent.ts'
import { proxy } from '../../src/tars/proxy.ts'
import { requestsOf } from '../tars/captured-packets.ts'
import { configFor, send, startTestAgent } from './agent-rig.ts'
import { answer, CloudDouble } from './support/cloud-double.ts'
import { type Cleanup, tempFolder } from './support/temp-folder.ts'

/** Asks by TCP, as a TARS client does. */
async function ask(test: Cleanup, port: number): Promise<{ text: string; status: unknown }> {
  const communicator = openCommunicator()
  test.after(() => closeCommunicator(communicator))
  const object = `Alarm.AgentServer.AgentObj@tcp -h 127.0.0.1 -p ${port}`
  const { ret, status } = await proxy(communicator, Agent, object).getStatus({})
  assert.equal(ret, 0)
  return { text: status, status: JSON.parse(status) }
}

describe('AgentObj.getStatus', () => {
  it('tells who the agent is, what came in and what waits', async (test) => {
    const cloud = await CloudDouble.start(test)
    const { agent, clock, port } = await startTestAgent(test, tempFolder(), cloud)
    const packets = requestsOf('reportMicMsg').map(({ packet }) => packet)
    await send(agent, packets)
    clock.moveTo(107_000)
    const { status } = await ask(test, port)
    const { version, agent: id, records } = agent.status()
    assert.match(version, /^\d+\.\d+\.\d+/)
    assert.ok(records > packets.length)
    assert.partialDeepStrictEqual(status, {
      ...{ version, agent: id, startedAt: 100_000, uptimeMs: 7_000, records },
      ...{ queuedBytes: 0, lagMs: 0, trouble: null, diskFails: false, droppedEvents: 0 },
      intake: { statPackets: packets.length, badRecords: 0, loops: 0, heardAt: 100_000 },
      forward: {
        stat: { state: 'off', why: 'no-locator' },
        property: { state: 'off', why: 'config' },
        notify: { state: 'off', why: 'no-locator' },
      },
      windows: { stat: { folded: 0, dropped: 0 } },
    })
  })

  it('tells the trouble, never the key', async (test) => {
    const cloud = (await CloudDouble.start(test)).always(answer(401))
    const config = configFor(cloud, { envKey: 'a-very-secret-key' })
    const { agent, clock, port } = await startTestAgent(test, tempFolder(), cloud, { config })
    clock.moveTo(110_000)
    while (agent.status().trouble === undefined) await new Promise((go) => setImmediate(go))
    clock.moveTo(111_000)
    const { text, status } = await ask(test, port)
    assert.partialDeepStrictEqual(status, { trouble: 'key', batches: 0, lagMs: 1_000 })
    assert.doesNotMatch(text, /secret/)
  })
})
