import assert from 'node:assert/strict'
import { lookup } from 'node:dns/promises'
import { createServer, type Socket } from 'node:net'
import { describe, it } from 'node:test'
import { Forwarder, type ForwarderOptions } from '../../../src/agent/feeds/forward.ts'
import { systemClock } from '../../../src/support/clock.ts'
import { silentLog } from '../../../src/support/log.ts'
import { closeCommunicator, openCommunicator } from '../../../src/tars/communicator.ts'
import { CallError, type RawObject, rawObject } from '../../../src/tars/proxy.ts'
import type { Call } from '../../../src/tars/servant.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { startHost } from '../../tars/running-host.ts'
import type { Cleanup } from '../support/temp-folder.ts'

function callWith(context: Readonly<Record<string, string>> = {}): Call {
  return {
    ...{ functionName: 'reportMicMsg', servantName: 'Alarm.AgentServer.StatObj' },
    ...{ host: '10.0.0.7', port: 1234, transport: 'tcp', oneWay: true },
    context: new Map(Object.entries(context)),
    respond: () => {},
    respondError: () => {},
  }
}

/** Everything has happened that can happen without a message from outside. */
const settled = () => new Promise((resolve) => setImmediate(resolve))

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await settled()
}

function forwarderTo(target: RawObject, options: Partial<ForwarderOptions> = {}): Forwarder {
  return new Forwarder({ target, object: 'x', clock: systemClock, log: silentLog, ...options })
}

function connected(
  test: Cleanup,
  port: number,
  { transport = 'tcp', host = '127.0.0.1', timeoutMs = 10_000 } = {},
): Forwarder {
  const communicator = openCommunicator()
  const object = `tars.tarsstat.StatObj@${transport} -h ${host} -p ${port}`
  const forwarder = forwarderTo(rawObject(communicator, object, { timeoutMs }))
  test.after(() => {
    forwarder.stop()
    closeCommunicator(communicator)
  })
  return forwarder
}

describe('a forwarder', () => {
  const callers: [name: string, context: Record<string, string>, nodeName: string][] = [
    ['the caller’s own name', { node_name: 'node-a', tag: 'x' }, 'node-a'],
    ['the caller’s address when it has no name', { tag: 'x' }, '10.0.0.7'],
    ['the caller’s address when its name is empty', { node_name: '', tag: 'x' }, '10.0.0.7'],
  ]
  for (const [name, context, nodeName] of callers) {
    it(`passes bytes on one-way, with ${name}`, async (test) => {
      const { promise, resolve } = Promise.withResolvers<[Buffer, Call]>()
      const { port } = await startHost(test, {
        reportMicMsg: (body, call) => resolve([Buffer.from(body), call]),
      })
      const sent = Buffer.of(1, 2, 3, 0xff)
      connected(test, port).pass(sent, callWith(context))
      const [body, call] = await promise
      assert.deepEqual(body, sent)
      assert.equal(call.oneWay, true)
      assert.equal(call.servantName, 'tars.tarsstat.StatObj')
      assert.deepEqual(Object.fromEntries(call.context), {
        tag: 'x',
        node_name: nodeName,
        alarm_forwarded: '1',
      })
    })
  }

  it('keeps its own copy of what it is given', async (test) => {
    const { promise, resolve } = Promise.withResolvers<Buffer>()
    const { port } = await startHost(test, { reportMicMsg: (body) => resolve(Buffer.from(body)) })
    const body = Buffer.of(1, 2, 3)
    connected(test, port).pass(body, callWith())
    body.fill(0)
    assert.deepEqual(await promise, Buffer.of(1, 2, 3))
  })

  it('outlives a dead target, and counts', async (test) => {
    const { host, port } = await startHost(test, {})
    await host.stop(0)
    const forwarder = connected(test, port, { timeoutMs: 50 })
    for (let i = 0; i < 20; i++) forwarder.pass(Buffer.of(i), callWith())
    await until(() => forwarder.counts.failed === 20)
    assert.deepEqual(forwarder.counts, { sent: 0, dropped: 0, failed: 20 })
    assert.equal(forwarder.queued, 0)
  })

  it('outlives a datagram that is too large', async (test) => {
    const { promise, resolve } = Promise.withResolvers<number>()
    const functions = { reportMicMsg: (body: Buffer) => resolve(body.length) }
    const { port } = await startHost(test, functions, { transport: 'udp' })
    const forwarder = connected(test, port, { transport: 'udp' })
    forwarder.pass(Buffer.alloc(100_000), callWith())
    await settled()
    forwarder.pass(Buffer.alloc(5), callWith())
    assert.equal(await promise, 5)
  })

  it('outlives a target over UDP whose host is not known', async (test) => {
    // No name server is asked for a name that long.
    const host = `${'x'.repeat(64)}.invalid`
    const forwarder = connected(test, 1, { transport: 'udp', host })
    for (let sent = 1; sent <= 2; sent++) {
      forwarder.pass(Buffer.alloc(5), callWith())
      await until(() => forwarder.counts.sent === sent)
      // Asked after the forwarder has: its answer is there by then.
      await assert.rejects(lookup(host))
      await settled()
    }
  })

  it('holds what a target that does not read leaves, and no more', async (test) => {
    const sockets: Socket[] = []
    const server = createServer({ pauseOnConnect: true }, (socket) => sockets.push(socket))
    test.after(() => {
      for (const socket of sockets) socket.destroy()
      server.close()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    assert(typeof address === 'object' && address)
    const forwarder = connected(test, address.port)
    forwarder.pass(Buffer.alloc(10), callWith())
    await until(() => forwarder.counts.sent === 1)

    const body = Buffer.alloc(256 * 1024)
    // Kernel buffers take some, 1 MB waits in the socket, 8 MB in the queue.
    for (let i = 0; i < 400; i++) {
      forwarder.pass(body, callWith())
      await settled()
    }
    const { sent, dropped, failed } = forwarder.counts
    assert.equal(forwarder.queued, 32)
    assert.equal(failed, 0)
    assert.equal(sent + dropped + 32, 401)
    assert.ok(dropped > 250, `${dropped}`)

    for (const socket of sockets) socket.resume()
    await until(() => forwarder.queued === 0)
    await until(() => forwarder.counts.sent === 401 - dropped)
    assert.equal(forwarder.counts.dropped, dropped)
  })
})

describe('the queue of a forwarder', () => {
  /** A target without a connection: nothing is taken until it is told to. */
  class Stuck implements RawObject {
    readonly bodies: number[] = []
    readonly #release: ((error?: Error) => void)[] = []
    send(_name: string, body: Buffer): Promise<void> {
      this.bodies.push(body[0] ?? -1)
      return new Promise((resolve, reject) =>
        this.#release.push((error) => (error ? reject(error) : resolve())),
      )
    }
    unsentBytes = () => 0
    release(error?: Error): void {
      for (const each of this.#release.splice(0)) each(error)
    }
  }

  function pass(forwarder: Forwarder, from: number, to: number, bytes = 1): void {
    for (let i = from; i < to; i++) forwarder.pass(Buffer.alloc(bytes, i), callWith())
  }
  const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i)

  it('loses the oldest, keeps the order, and counts', async () => {
    const target = new Stuck()
    const forwarder = forwarderTo(target, { maxQueued: 4 })
    pass(forwarder, 0, 30)
    assert.deepEqual(target.bodies, range(0, 16))
    assert.equal(forwarder.queued, 4)
    assert.equal(forwarder.counts.dropped, 10)
    target.release()
    await settled()
    assert.deepEqual(target.bodies, [...range(0, 16), ...range(26, 30)])
    target.release()
    await settled()
    assert.deepEqual(forwarder.counts, { sent: 20, dropped: 10, failed: 0 })
  })

  it('is bounded in bytes', () => {
    const forwarder = forwarderTo(new Stuck(), { maxQueuedBytes: 100 })
    pass(forwarder, 0, 16)
    pass(forwarder, 16, 20, 30)
    assert.deepEqual([forwarder.queued, forwarder.counts.dropped], [3, 1])
    pass(forwarder, 20, 21, 101)
    assert.deepEqual([forwarder.queued, forwarder.counts.dropped], [0, 5])
  })

  it('lets go of what is too old to be told', async () => {
    const target = new Stuck()
    const clock = new FakeClock(0)
    const forwarder = forwarderTo(target, { clock, maxAgeMs: 60_000 })
    pass(forwarder, 0, 18)
    clock.moveTo(60_000)
    pass(forwarder, 18, 20)
    clock.moveTo(60_001)
    target.release()
    await settled()
    assert.deepEqual(target.bodies, [...range(0, 16), 18, 19])
    assert.equal(forwarder.counts.dropped, 2)
  })

  it('asks a dead target once at a time, until it is back', async () => {
    const target = new Stuck()
    const forwarder = forwarderTo(target)
    pass(forwarder, 0, 40)
    target.release(new CallError('timeout', 'no answer', 0))
    await settled()
    assert.deepEqual(target.bodies, range(0, 17))
    target.release(new CallError('timeout', 'no answer', 0))
    await settled()
    assert.deepEqual(target.bodies, range(0, 18))
    target.release()
    await settled()
    assert.deepEqual(target.bodies, range(0, 34))
  })

  it('goes on after a failure', async () => {
    const target = new Stuck()
    const forwarder = forwarderTo(target)
    pass(forwarder, 0, 17)
    target.release(new CallError('timeout', 'no answer', 0))
    await settled()
    assert.deepEqual(target.bodies, range(0, 17))
    assert.equal(forwarder.counts.failed, 16)
  })

  it('is forgotten at the end, and takes no more', async () => {
    const target = new Stuck()
    const forwarder = forwarderTo(target)
    pass(forwarder, 0, 20)
    forwarder.stop()
    pass(forwarder, 20, 21)
    target.release()
    await settled()
    assert.deepEqual(target.bodies, range(0, 16))
    assert.deepEqual([forwarder.queued, forwarder.counts.dropped], [0, 4])
  })
})
