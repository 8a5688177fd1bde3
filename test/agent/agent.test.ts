import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { describe, it } from 'node:test'
import { pino } from 'pino'
import { soloIdentity } from '../../src/agent/solo.ts'
import { NotifyF, ReportInfo } from '../../src/tars/idl/notify-f.ts'
import { StatF, StatMicMsgHead } from '../../src/tars/idl/stat-f.ts'
import { decodePacket, encodeRequest } from '../../src/tars/packet.ts'
import type { Batch } from '../../src/wire/index.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { packetOf, requestsOf } from '../tars/captured-packets.ts'
import { send, startTestAgent } from './agent-rig.ts'
import { answer, CloudDouble } from './support/cloud-double.ts'
import { SlowDisk } from './support/disks.ts'
import { tempFolder } from './support/temp-folder.ts'

const eventsOf = (batches: readonly Batch[]) => batches.flatMap(({ events }) => events)
const windowsOf = (batches: readonly Batch[]) => batches.flatMap(({ windows }) => windows)

const ONE_CALL = {
  ...{ count: 1, timeoutCount: 0, execCount: 0 },
  ...{ totalRspTime: 1, maxRspTime: 1, minRspTime: 1 },
}

/** Resolves when the cloud has got this many windows. */
async function windows(cloud: CloudDouble, count: number) {
  for (let requests = 1; windowsOf(cloud.batches).length < count; requests++) {
    await cloud.requests(Math.max(requests, cloud.received.length + 1))
  }
  return windowsOf(cloud.batches)
}

describe('agent', () => {
  it('takes what a framework sends and pushes it when the window ends', async (t) => {
    const cloud = await CloudDouble.start(t)
    const { agent, clock } = await startTestAgent(t, tempFolder(), cloud)
    const captured = [...requestsOf('reportMicMsg'), ...requestsOf('reportPropMsg')]
    await send(
      agent,
      captured.map(({ packet }) => packet),
    )
    clock.moveTo(110_000)
    const [window] = await windows(cloud, 1)
    assert.equal(window?.endMs, 110_000)
    const given = requestsOf('reportMicMsg').flatMap(
      ({ decoded }) => (decoded as { msg: [unknown, Record<string, number>][] }).msg,
    )
    const callsIn = given.reduce(
      (sum, [, { count = 0, timeoutCount = 0, execCount = 0 }]) =>
        sum + count + timeoutCount + execCount,
      0,
    )
    const callsOut = window?.stats.reduce((sum, { values }) => sum + values.calls, 0)
    assert.ok(callsIn > 1_000)
    assert.equal(callsOut, callsIn)
    assert.ok((window?.properties.length ?? 0) > 100)
    assert.equal(agent.status().intake.badRecords, 0)
  })

  it('pushes a window also when nothing happened', async (t) => {
    const cloud = await CloudDouble.start(t)
    const { clock } = await startTestAgent(t, tempFolder(), cloud)
    clock.moveTo(131_000)
    const pushed = await windows(cloud, 3)
    assert.deepEqual(
      pushed.map(({ endMs, stats, properties }) => [endMs, stats.length + properties.length]),
      [
        [110_000, 0],
        [120_000, 0],
        [130_000, 0],
      ],
    )
    assert.deepEqual(
      cloud.batches.map(({ id }) => id.seq),
      [1, 2, 3],
    )
  })

  it('tells the span of a window that the cloud refused for good', async (t) => {
    const cloud = (await CloudDouble.start(t)).next(answer(422))
    const { clock } = await startTestAgent(t, tempFolder(), cloud)
    clock.moveTo(110_000)
    await cloud.requests(1)
    // Its answer is there when the next batch comes over the same connection.
    clock.moveTo(120_000)
    await cloud.requests(2)
    clock.moveTo(130_000)
    await cloud.requests(3)
    assert.deepEqual(
      cloud.batches.flatMap(({ unknown }) => unknown),
      [{ fromMs: 100_000, toMs: 110_000, reason: 'overflow' }],
    )
  })

  it('says in its log that a window holds no more keys', async (t) => {
    const lines: string[] = []
    const log = pino({}, { write: (line: string) => lines.push(line) })
    const cloud = await CloudDouble.start(t)
    const { agent, clock } = await startTestAgent(t, tempFolder(), cloud, { log })
    const heads = Array.from({ length: 20_001 }, (_, n) => ({
      ...StatMicMsgHead.zero(),
      slaveName: 'App.Server',
      interfaceName: `f${n}`,
    }))
    const body = { ...ONE_CALL, intervalCount: [] }
    const msg = heads.map((head) => [head, body] as const)
    const args = StatF.reportMicMsg.request.encode({ msg, bFromClient: true })
    const names = { sServantName: 'tars.tarsstat.StatObj', sFuncName: 'reportMicMsg' }
    await send(agent, [encodeRequest(names, args)])
    clock.moveTo(110_000)
    assert.match(
      lines.join(''),
      /"foldedRows":[1-9]\d*,"droppedRows":0,"msg":"agent: a window holds no more keys/,
    )
  })

  it('pushes events at once, not at the end of the window', async (t) => {
    const cloud = await CloudDouble.start(t)
    const { agent } = await startTestAgent(t, tempFolder(), cloud)
    await send(agent, [packetOf('cpp-notify-node-alarm-down.bin')])
    await cloud.requests(1)
    const [event] = eventsOf(cloud.batches)
    assert.equal(event?.module, 'RigNode.HelloServer')
    assert.equal(event?.level, 'alarm')
    assert.equal(event?.at, 100_000)
  })

  it('answers two-way reports of statistics and properties at once', async (t) => {
    const cloud = await CloudDouble.start(t)
    const disk = new SlowDisk()
    // Before the agent's own undoing, which waits for the disk.
    t.after(() => disk.release())
    const { port } = await startTestAgent(t, tempFolder(), cloud, { disk })
    disk.hold()
    for (const file of ['cpp-stat-client-1.bin', 'cpp-prop-server-1.bin']) {
      const request = decodePacket(packetOf(file))
      assert.equal(request.kind, 'request')
      if (request.kind !== 'request') continue
      const socket = connect(port, '127.0.0.1')
      t.after(() => socket.destroy())
      socket.write(
        encodeRequest({ ...request.header, cPacketType: 0, iRequestId: 7 }, request.body),
      )
      const [answered] = await once(socket, 'data')
      const response = decodePacket(answered)
      assert.equal(response.kind, 'response')
      assert.equal(response.header.iRequestId, 7)
    }
  })

  it('answers a two-way notify when it is on disk, not before', async (t) => {
    const cloud = await CloudDouble.start(t)
    const disk = new SlowDisk()
    // Before the agent's own undoing, which waits for the disk.
    t.after(() => disk.release())
    const { port } = await startTestAgent(t, tempFolder(), cloud, { disk })
    disk.hold()
    const info = { ...ReportInfo.zero(), sApp: 'App', sServer: 'Server', sMessage: 'restart' }
    const body = NotifyF.reportNotifyInfo.request.encode({ info })
    const socket = connect(port, '127.0.0.1')
    t.after(() => socket.destroy())
    let answered = false
    const answer = once(socket, 'data').then(([data]) => {
      answered = true
      return decodePacket(data)
    })
    const names = { sServantName: 'tars.tarsnotify.NotifyObj', sFuncName: 'reportNotifyInfo' }
    socket.write(encodeRequest({ ...names, cPacketType: 0, iRequestId: 3 }, body))
    await disk.waiting()
    // A later call on the same connection is answered meanwhile.
    const ping = connect(port, '127.0.0.1')
    t.after(() => ping.destroy())
    ping.write(encodeRequest({ ...names, sFuncName: 'tars_ping', cPacketType: 0 }, Buffer.alloc(0)))
    await once(ping, 'data')
    assert.equal(answered, false)
    assert.equal(cloud.received.length, 0)
    disk.release()
    assert.equal((await answer).header.iRequestId, 3)
    await cloud.requests(1)
    assert.equal(eventsOf(cloud.batches)[0]?.kind, 'restart')
  })

  it('takes the old notify functions', async (t) => {
    const cloud = await CloudDouble.start(t)
    const { agent } = await startTestAgent(t, tempFolder(), cloud)
    const sMessage = '[alarm] server exit with code 137'
    const old = { sServerName: 'App.Server', sMessage }
    await send(agent, [
      encodeRequest(
        { sFuncName: 'reportServer' },
        NotifyF.reportServer.request.encode({ ...old, sThreadId: '-1' }),
      ),
      encodeRequest(
        { sFuncName: 'notifyServer' },
        NotifyF.notifyServer.request.encode({ ...old, level: 1 }),
      ),
    ])
    while (eventsOf(cloud.batches).length < 2) await cloud.requests(cloud.received.length + 1)
    assert.deepEqual(
      eventsOf(cloud.batches).map(({ module, level, kind }) => [module, level, kind]),
      [
        ['App.Server', 'alarm', 'exit'],
        ['App.Server', 'warn', 'business'],
      ],
    )
  })

  it('garbage harms nobody', async (t) => {
    const cloud = await CloudDouble.start(t)
    const { agent } = await startTestAgent(t, tempFolder(), cloud)
    const wrong = ['reportMicMsg', 'reportPropMsg', 'reportNotifyInfo', 'nonsense'].map(
      (sFuncName) => encodeRequest({ sFuncName }, Buffer.from('garbage')),
    )
    await send(agent, wrong)
    await send(agent, [packetOf('cpp-stat-client-1.bin')])
    const { host, intake } = agent.status()
    assert.equal(intake.statPackets, 1)
    assert.equal(host.malformedBodies, 3)
    assert.equal(host.failedCalls, 0)
  })
})

describe('agent: ends and beginnings', () => {
  it('a graceful end pushes the open window; the next start tells the time between', async (t) => {
    const folder = tempFolder()
    const cloud = await CloudDouble.start(t)
    const first = await startTestAgent(t, folder, cloud)
    await send(first.agent, [packetOf('cpp-stat-client-1.bin')])
    first.clock.moveTo(104_000)
    assert.deepEqual(await first.agent.stop(5_000), [])
    const [window] = windowsOf(cloud.batches)
    assert.equal(window?.endMs, 110_000)
    assert.ok((window?.stats.length ?? 0) > 0)

    const second = await startTestAgent(t, folder, cloud)
    second.clock.moveTo(110_000)
    await cloud.requests(2)
    const [before, after] = cloud.batches
    assert.deepEqual(after?.unknown, [])
    assert.equal(after?.id.agent, before?.id.agent)
    assert.notEqual(after?.id.epoch, before?.id.epoch)
  })

  it('what the cloud could not take is sent after the next start, under its own id', async (t) => {
    const folder = tempFolder()
    const cloud = (await CloudDouble.start(t)).always(answer(503))
    const first = await startTestAgent(t, folder, cloud)
    first.clock.moveTo(121_000)
    await cloud.requests(1)
    await first.agent.stop(0)
    const [refused] = cloud.batches
    cloud.always(answer(200))
    const before = cloud.received.length

    const second = await startTestAgent(t, folder, cloud)
    second.clock.moveTo(200_000)
    await cloud.requests(before + 4)
    const later = cloud.batches.slice(before)
    assert.deepEqual(
      later.slice(0, 3).map(({ id }) => [id.epoch === refused?.id.epoch, id.seq]),
      [
        [true, 1],
        [true, 2],
        [true, 3],
      ],
    )
    assert.notEqual(later[3]?.id.epoch, refused?.id.epoch)
  })

  it('the time it was not running is unknown', async (t) => {
    const folder = tempFolder()
    const cloud = await CloudDouble.start(t)
    const first = await startTestAgent(t, folder, cloud)
    first.clock.moveTo(103_000)
    await first.agent.stop(5_000)
    const clock = new FakeClock(145_000)
    await startTestAgent(t, folder, cloud, { clock })
    clock.moveTo(150_000)
    await cloud.requests(2)
    assert.deepEqual(cloud.batches[1]?.unknown, [
      { fromMs: 103_000, toMs: 145_000, reason: 'restart' },
    ])
  })

  it('a start that fails does not count as listening', async (t) => {
    const folder = tempFolder()
    const cloud = await CloudDouble.start(t)
    const first = await startTestAgent(t, folder, cloud)
    first.clock.moveTo(103_000)
    await first.agent.stop(5_000)
    const other = createServer().listen(0, '127.0.0.1')
    t.after(() => other.close())
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo
    const identity = soloIdentity(`tcp -h 127.0.0.1 -p ${port}`, folder)
    const failed = startTestAgent(t, folder, cloud, { identity, clock: new FakeClock(125_000) })
    await assert.rejects(failed, { reason: 'port-taken' })

    const clock = new FakeClock(145_000)
    await startTestAgent(t, folder, cloud, { clock })
    clock.moveTo(150_000)
    await cloud.requests(2)
    assert.deepEqual(cloud.batches[1]?.unknown, [
      { fromMs: 103_000, toMs: 145_000, reason: 'restart' },
    ])
  })

  it('a second agent on the same data does not start', async (t) => {
    const folder = tempFolder()
    const cloud = await CloudDouble.start(t)
    await startTestAgent(t, folder, cloud)
    await assert.rejects(startTestAgent(t, folder, cloud), { reason: 'locked' })
  })
})
