import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Agent } from '../../src/agent/agent.ts'
import type { AgentConfig } from '../../src/agent/config.ts'
import { requestsOf } from '../tars/captured-packets.ts'
import { configFor, send, startTestAgent } from './agent-rig.ts'
import { CloudDouble } from './support/cloud-double.ts'
import { type Cleanup, tempFolder } from './support/temp-folder.ts'

const reports = requestsOf('reportMicMsg').map(({ packet }) => packet)
const feedsOf = (agent: Agent) => agent.status().feeds.map(({ feed }) => feed)

async function start(test: Cleanup) {
  const cloud = await CloudDouble.start(test)
  const { agent, clock } = await startTestAgent(test, tempFolder(), cloud)
  const change = (config: Partial<AgentConfig>) => agent.reconfigure(configFor(cloud, config))
  return { cloud, agent, clock, change }
}

describe('an agent that runs takes over', () => {
  it('how much detail it keeps, from the next window on', async (test) => {
    const { cloud, agent, clock, change } = await start(test)
    assert.deepEqual(change({ detail: 'no-callee-ip' }), [])
    await send(agent, reports)
    clock.moveTo(110_000)
    await cloud.requests(1)
    const stats = cloud.batches.flatMap(({ windows }) => windows.flatMap((each) => each.stats))
    assert.ok(stats.length > 0)
    for (const { key } of stats) assert.equal(key.calleeIp, '*')
  })

  it('what it forwards', async (test) => {
    const { agent, change } = await start(test)
    const before = agent.status().forward.notify
    assert.deepEqual(before, { state: 'off', why: 'no-locator' })
    change({ forwardNotify: 'off' })
    assert.deepEqual(agent.status().forward.notify, { state: 'off', why: 'config' })
  })

  it('where it polls', async (test) => {
    const { agent, change } = await start(test)
    assert.deepEqual(feedsOf(agent), ['subscribe'])
    change({ database: 'mysql://tars:x@127.0.0.1:1' })
    assert.deepEqual(feedsOf(agent), ['subscribe', 'database'])
    change({})
    assert.deepEqual(feedsOf(agent), ['subscribe'])
  })

  it('that servers report in vain: they are answered, and not counted', async (test) => {
    const { agent, change } = await start(test)
    change({ feeds: ['query'] })
    await send(agent, reports)
    assert.deepEqual(feedsOf(agent), [])
    assert.equal(agent.status().records, 0)
    change({ feeds: 'auto' })
    await send(agent, reports)
    assert.ok(agent.status().records > 0)
  })

  it('the key, and goes on as before with a config that cannot work', async (test) => {
    const { cloud, agent, clock, change } = await start(test)
    const wrong = { envKey: 'another', detail: 'no-callee-ip', caFile: '/no/such.pem' } as const
    assert.throws(() => change(wrong), { reason: 'bad-ca-file' })
    await send(agent, reports)
    clock.moveTo(110_000)
    await cloud.requests(1)
    const stats = cloud.batches.flatMap(({ windows }) => windows.flatMap((each) => each.stats))
    assert.ok(stats.some(({ key }) => key.calleeIp !== '*'))
    assert.equal(cloud.received[0]?.authorization, 'Bearer the-key')
    change({ envKey: 'another' })
    clock.moveTo(120_000)
    await cloud.requests(2)
    assert.equal(cloud.received[1]?.authorization, 'Bearer another')
  })
})

it('what is fixed at the start is said', async (test) => {
  const { change } = await start(test)
  assert.deepEqual(change({ windowMs: 30_000, spoolAgeMs: 3_600_000 }), ['window', 'spool_age'])
})
