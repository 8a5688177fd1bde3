import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { AgentConfig } from '../../src/agent/config.ts'
import type { TarsIdentity } from '../../src/agent/identity.ts'
import { soloIdentity } from '../../src/agent/solo.ts'
import { EndpointF, QueryF } from '../../src/tars/idl/query-f.ts'
import { decodePacket } from '../../src/tars/packet.ts'
import type { Call } from '../../src/tars/servant.ts'
import { requestsOf } from '../tars/captured-packets.ts'
import { startHost } from '../tars/running-host.ts'
import { configFor, send, startTestAgent } from './agent-rig.ts'
import { CloudDouble } from './support/cloud-double.ts'
import { type Cleanup, tempFolder } from './support/temp-folder.ts'

type Kind = 'stat' | 'property' | 'notify'
const NAMES = ['reportMicMsg', 'reportPropMsg', 'reportNotifyInfo', 'reportServer'] as const

interface Heard {
  readonly functionName: string
  readonly body: string
  readonly nodeName: string | undefined
}

/** Stands where tarsstat, tarsproperty and tarsnotify do. */
async function startFramework(test: Cleanup) {
  const heard: Heard[] = []
  const hear = (body: Buffer, call: Call) => {
    const nodeName = call.context.get('node_name')
    heard.push({ functionName: call.functionName, body: body.toString('hex'), nodeName })
  }
  const functions = Object.fromEntries(NAMES.map((name) => [name, hear]))
  const { host, port } = await startHost(test, functions)
  return { heard, host, port }
}

/** Stands where tarsregistry does: everything is on this port. Returns its locator. */
async function startRegistry(test: Cleanup, targetPort: number) {
  const asked: string[] = []
  const ep = { ...EndpointF.zero(), host: '127.0.0.1', port: targetPort, timeout: 3_000, istcp: 1 }
  const method = QueryF.findObjectByIdInSameGroup
  const { port } = await startHost(test, {
    findObjectByIdInSameGroup: (body, call) => {
      asked.push(method.request.decode(body).id)
      call.respond(method.response.encode({ ret: 0, activeEp: [ep], inactiveEp: [] }))
    },
  })
  return { asked, locator: `tars.tarsregistry.QueryObj@tcp -h 127.0.0.1 -p ${port}` }
}

async function startForwarding(test: Cleanup, port: number, config: Partial<AgentConfig> = {}) {
  const cloud = await CloudDouble.start(test)
  const folder = tempFolder()
  const at = (kind: Kind, name: string) => ({
    [kind]: `tars.x.${name}@tcp -h 127.0.0.1 -p ${port}`,
  })
  const identity: TarsIdentity = {
    ...soloIdentity('tcp -h 127.0.0.1 -p 0', folder),
    ...at('stat', 'StatObj'),
    ...at('property', 'PropertyObj'),
    ...at('notify', 'NotifyObj'),
  }
  const first = configFor(cloud, config)
  const started = await startTestAgent(test, folder, cloud, { identity, config: first })
  const change = (more: Partial<AgentConfig>) => started.agent.reconfigure({ ...first, ...more })
  return { ...started, change }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve))
}

const packetsOf = (...names: (typeof NAMES)[number][]) =>
  names.flatMap((name) => requestsOf(name).map(({ packet }) => packet))

describe('an agent that forwards', () => {
  it('hands every captured report of calls to tarsstat as it came', async (test) => {
    const framework = await startFramework(test)
    const { agent } = await startForwarding(test, framework.port)
    const packets = packetsOf('reportMicMsg', 'reportPropMsg')
    await send(agent, packets)
    const expected = packetsOf('reportMicMsg').map((packet) => {
      const { body, header } = decodePacket(packet)
      const context = new Map(header.context)
      const nodeName = context.get('node_name') || '127.0.0.1'
      return { functionName: 'reportMicMsg', body: body.toString('hex'), nodeName }
    })
    await until(() => framework.heard.length >= expected.length)
    assert.deepEqual(framework.heard, expected)
    assert.ok(expected.length > 5)
    const { forward } = agent.status()
    assert.partialDeepStrictEqual(forward.stat, { state: 'on', sent: expected.length, queued: 0 })
    assert.deepEqual(forward.property, { state: 'off', why: 'config' })
    assert.partialDeepStrictEqual(forward.notify, { state: 'on', sent: 0 })
  })

  it('hands every captured notify to tarsnotify as it came', async (test) => {
    const framework = await startFramework(test)
    const { agent } = await startForwarding(test, framework.port)
    const packets = packetsOf('reportNotifyInfo', 'reportServer')
    await send(agent, packets)
    const expected = packets.map((packet) => decodePacket(packet).body.toString('hex'))
    await until(() => framework.heard.length >= expected.length)
    assert.deepEqual(
      framework.heard.map(({ body }) => body),
      expected,
    )
    assert.ok(expected.length > 0)
  })

  it('asks the registry for tarsstat when the template sends servers to us', async (test) => {
    const framework = await startFramework(test)
    const { asked, locator } = await startRegistry(test, framework.port)
    const folder = tempFolder()
    const stat = 'Alarm.AgentServer.StatObj'
    const identity = { ...soloIdentity('tcp -h 127.0.0.1 -p 0', folder), locator, stat }
    const cloud = await CloudDouble.start(test)
    const { agent } = await startTestAgent(test, folder, cloud, { identity })
    await send(agent, packetsOf('reportMicMsg'))
    await until(() => framework.heard.length >= packetsOf('reportMicMsg').length)
    assert.deepEqual(asked, ['tars.tarsstat.StatObj'])
  })

  it('hands properties to tarsproperty only when told to', async (test) => {
    const framework = await startFramework(test)
    const config = { forwardStat: 'off', forwardProperty: 'on' } as const
    const { agent } = await startForwarding(test, framework.port, config)
    await send(agent, packetsOf('reportMicMsg', 'reportPropMsg'))
    const count = packetsOf('reportPropMsg').length
    await until(() => framework.heard.length >= count)
    assert.deepEqual(
      new Set(framework.heard.map(({ functionName }) => functionName)),
      new Set(['reportPropMsg']),
    )
  })

  it('takes over at run time what is changed, and leaves the rest as it is', async (test) => {
    const framework = await startFramework(test)
    const { agent, change } = await startForwarding(test, framework.port)
    const count = packetsOf('reportMicMsg').length
    await send(agent, packetsOf('reportMicMsg'))
    await until(() => framework.heard.length >= count)
    change({ forwardProperty: 'on', forwardNotify: 'off' })
    await send(agent, packetsOf('reportNotifyInfo', 'reportMicMsg', 'reportPropMsg'))
    const properties = packetsOf('reportPropMsg').length
    await until(() => framework.heard.length >= 2 * count + properties)
    assert.partialDeepStrictEqual(agent.status().forward, {
      stat: { state: 'on', sent: 2 * count },
      property: { state: 'on', sent: properties },
      notify: { state: 'off', why: 'config' },
    })
    assert.ok(framework.heard.every(({ functionName }) => functionName !== 'reportNotifyInfo'))
  })

  it('refuses what an agent has passed on already: counts it nowhere, passes it nowhere', async (test) => {
    const framework = await startFramework(test)
    const second = await startForwarding(test, framework.port)
    const first = await startForwarding(test, second.port)
    await send(first.agent, packetsOf('reportMicMsg'))
    const count = packetsOf('reportMicMsg').length
    await until(() => second.agent.status().intake.loops >= count)
    assert.equal(first.agent.status().intake.statPackets, count)
    assert.equal(second.agent.status().intake.statPackets, 0)
    assert.partialDeepStrictEqual(second.agent.status().forward.stat, { sent: 0, queued: 0 })
    assert.deepEqual(framework.heard, [])
  })

  it('takes everything in while the framework is dead', async (test) => {
    const framework = await startFramework(test)
    await framework.host.stop(0)
    const { agent } = await startForwarding(test, framework.port)
    const packets = Array.from({ length: 50 }, () => packetsOf('reportMicMsg')).flat()
    await send(agent, packets)
    const { intake, host } = agent.status()
    assert.equal(intake.statPackets, packets.length)
    assert.equal(host.failedCalls, 0)
  })
})
