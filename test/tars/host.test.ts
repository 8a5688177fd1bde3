import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import { systemClock } from '../../src/support/clock.ts'
import { silentLog } from '../../src/support/log.ts'
import { ServantHost } from '../../src/tars/host.ts'
import { encodeRequest } from '../../src/tars/packet.ts'
import { int, req, struct } from '../../src/tars/schema.ts'
import type { Call, ServantFunction } from '../../src/tars/servant.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { OBJECT, RawClient, startHost } from './running-host.ts'

const OK = Buffer.from([0x0c])
const echo: ServantFunction = (body, call) => call.respond(body)

describe('a call is answered', () => {
  const functions: Record<string, ServantFunction> = {
    echo,
    later: (body, call) => void setImmediate(() => call.respond(body)),
    refuse: (_body, call) => call.respondError(-42, 'not today'),
    twice: (body, call) => {
      call.respond(body)
      call.respondError(-1, 'again')
    },
    fails: () => {
      throw new TypeError('secret')
    },
    rejects: async () => {
      throw new TypeError('secret')
    },
    decodes: (body) => void struct({ n: req(0, int) }).bare.decode(body),
  }
  const answers: [string, string, number, string | null][] = [
    ['at once', 'echo', 0, ''],
    ['later', 'later', 0, ''],
    ['with an error of the servant', 'refuse', -42, 'not today'],
    ['once', 'twice', 0, ''],
    ['-99 without details when the servant throws', 'fails', -99, 'internal error'],
    ['-99 without details when the servant rejects', 'rejects', -99, 'internal error'],
    [
      '-1 with the reason when the arguments are malformed',
      'decodes',
      -1,
      'byte 0 of 2: required n (tag 0) is missing',
    ],
    ['-3 when nobody has the function', 'nothing', -3, ''],
    ['-3 for a name that every object has', 'constructor', -3, ''],
  ]
  for (const [name, functionName, code, description] of answers) {
    it(name, async (test) => {
      const { port } = await startHost(test, functions)
      const client = new RawClient(test, port)
      client.send(functionName, { body: Buffer.from('hi'), id: 7 })
      const { header, body } = await client.next()
      assert.equal(header.iRequestId, 7)
      assert.equal(header.iRet, code)
      assert.equal(header.sResultDesc, description)
      assert.equal(body.toString(), code === 0 ? 'hi' : '')
    })
  }

  it('to tars_ping, by the host itself', async (test) => {
    const { port } = await startHost(test, {})
    const client = new RawClient(test, port)
    client.send('tars_ping')
    assert.deepEqual((await client.next()).body, OK)
  })

  it('but not when it is one-way', async (test) => {
    const { host, port } = await startHost(test, functions)
    const client = new RawClient(test, port)
    for (const name of ['echo', 'fails', 'nothing', 'tars_ping'])
      client.send(name, { oneWay: true })
    client.send('echo', { id: 2 })
    assert.equal((await client.next()).header.iRequestId, 2)
    assert.equal(host.counts.requests, 5)
    assert.equal(host.counts.unanswered, 0)
  })
})

describe('a host takes what comes apart and together', () => {
  it('byte by byte', async (test) => {
    const { port } = await startHost(test, { echo })
    const client = new RawClient(test, port)
    const header = { sServantName: OBJECT, sFuncName: 'echo', cPacketType: 0 }
    const packet = encodeRequest(header, Buffer.from('drop'))
    for (const byte of packet) client.socket.write(Buffer.from([byte]))
    assert.equal((await client.next()).body.toString(), 'drop')
  })

  it('many calls in one write, answered in their order', async (test) => {
    const { port } = await startHost(test, { echo })
    const client = new RawClient(test, port)
    client.socket.cork()
    for (let id = 1; id <= 500; id++) client.send('echo', { id, body: Buffer.alloc(id) })
    client.socket.uncork()
    for (let id = 1; id <= 500; id++) {
      const { header, body } = await client.next()
      assert.equal(header.iRequestId, id)
      assert.equal(body.length, id)
    }
  })
})

describe('limits', () => {
  it('a packet announced as larger than allowed closes its connection, and only that', async (test) => {
    const { host, port } = await startHost(test, { echo }, { maxPacketBytes: 1_000 })
    const good = new RawClient(test, port)
    const bad = new RawClient(test, port)
    bad.socket.write(Buffer.from('000003e9', 'hex'))
    await bad.closed
    assert.equal(host.counts.faults.oversized, 1)
    good.send('echo')
    assert.equal((await good.next()).header.iRet, 0)
  })

  const garbage: [string, string][] = [
    ['a length of 0', '00000000'],
    ['a length of 3', '00000003'],
    ['a packet that is empty', '00000004'],
    ['a packet of noise', '00000008deadbeef'],
    [
      'a request of another protocol version',
      '0000001d100220ff3c400156016166016c7d00000c8c980ca80c000000',
    ],
  ]
  for (const [name, hex] of garbage) {
    it(`${name} closes the connection`, async (test) => {
      const { host, port } = await startHost(test, { echo })
      const client = new RawClient(test, port)
      client.socket.write(Buffer.from(hex, 'hex'))
      await client.closed
      assert.equal(host.counts.faults.malformed, 1)
    })
  }

  it('a web browser is closed', async (test) => {
    const { host, port } = await startHost(test, { echo })
    const client = new RawClient(test, port)
    client.socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n')
    await client.closed
    assert.equal(host.counts.faults.oversized, 1, 'GET_ read as a length')
  })

  it('one connection too many is closed and counted', async (test) => {
    const { host, port } = await startHost(test, { echo }, { maxConnections: 2 })
    const clients = [new RawClient(test, port), new RawClient(test, port)]
    for (const client of clients) {
      client.send('echo')
      await client.next()
    }
    await new RawClient(test, port).closed
    assert.equal(host.counts.refusedConnections, 1)
    assert.equal(host.counts.connections, 2)
  })

  it('an idle connection is closed after the -t of its endpoint', async (test) => {
    const { host, port } = await startHost(test, { echo }, { timeoutMs: 30 })
    await new RawClient(test, port).closed
    await host.stop(0)
    assert.equal(host.counts.connections, 0)
  })

  it('unfinished packets of all connections together are bounded, and given back', async (test) => {
    const { host, port } = await startHost(test, { echo }, { maxHeldBytes: 100 })
    const patient = new RawClient(test, port)
    patient.send('echo')
    await patient.next()
    const whole = encodeRequest({ sServantName: OBJECT, sFuncName: 'echo' }, Buffer.alloc(200))
    const greedy = new RawClient(test, port)
    greedy.socket.write(whole.subarray(0, 150))
    await greedy.closed
    assert.equal(host.counts.faults['too-much-held'], 1)
    assert.equal(host.counts.heldBytes, 0)
    patient.socket.write(whole.subarray(0, 90))
    patient.socket.end()
    await patient.closed
    await host.stop(0)
    assert.equal(host.counts.heldBytes, 0)
  })

  it('a peer that does not read its answers is closed', async (test) => {
    const large = Buffer.alloc(500_000)
    let wasClosed = () => {}
    const closed = new Promise<void>((resolve) => {
      wasClosed = resolve
    })
    const { host, port } = await startHost(
      test,
      {
        flood: (_body, call) => {
          call.respond(large)
          if (host.counts.slowReaders === 1) wasClosed()
        },
      },
      { maxPacketBytes: 1_000_000 },
    )
    const client = new RawClient(test, port)
    client.socket.pause()
    for (let id = 1; id <= 200; id++) client.send('flood', { id })
    await closed
  })
})

describe('a UDP endpoint', () => {
  it('tells who called, and answers to there', async (test) => {
    let seen: Partial<Call> = {}
    const { host, port } = await startHost(
      test,
      {
        echo: (body, call) => {
          seen = { host: call.host, port: call.port, transport: call.transport }
          call.respond(body)
        },
      },
      { transport: 'udp' },
    )
    const socket = createSocket('udp4')
    test.after(() => socket.close())
    const header = { sServantName: OBJECT, sFuncName: 'echo', cPacketType: 0 }
    const packet = encodeRequest(header, OK)
    socket.send(Buffer.from('garbage'), port, '127.0.0.1')
    socket.send(packet.subarray(0, 10), port, '127.0.0.1')
    socket.send(packet, port, '127.0.0.1')
    await once(socket, 'message')
    assert.deepEqual(seen, { host: '127.0.0.1', port: socket.address().port, transport: 'udp' })
    assert.equal(host.counts.faults.malformed + host.counts.faults.oversized, 2)
  })
})

describe('a host cannot start', () => {
  const endpoint = (port: number, host = '127.0.0.1') =>
    ({ transport: 'tcp', host, port, timeoutMs: 0 }) as const
  const plan = (name: string, port: number, host?: string) => ({
    name,
    endpoint: endpoint(port, host),
    servants: [OBJECT],
    maxConnections: 10,
  })
  const rest = {
    servants: [{ name: OBJECT, functions: { echo } }],
    clock: systemClock,
    log: silentLog,
  }

  it('when a port is taken: it says which, and lets go of the others', async (test) => {
    const { port: taken } = await startHost(test, { echo })
    const { host, port: free } = await startHost(test, { echo })
    await host.stop(0)
    const second = new ServantHost({ ...rest, adapters: [plan('A', free), plan('B', taken)] })
    await assert.rejects(second.start(), {
      name: 'HostError',
      reason: 'port-taken',
      message: `tcp port ${taken} on 127.0.0.1 is taken: B cannot listen (EADDRINUSE)`,
    })
    const third = new ServantHost({ ...rest, adapters: [plan('A', free)] })
    test.after(() => third.stop(0))
    await third.start()
  })

  it('when the address is not of this machine', async () => {
    const host = new ServantHost({ ...rest, adapters: [plan('A', 0, '192.0.2.1')] })
    await assert.rejects(host.start(), { reason: 'no-such-address' })
  })

  it('when nobody implements a servant', () => {
    const adapters = [{ ...plan('A', 0), servants: ['Test.HelloServer.OtherObj'] }]
    assert.throws(() => new ServantHost({ ...rest, adapters }), { reason: 'no-servant' })
  })
})

describe('several servants on one adapter', () => {
  it('are told apart by name, else by function', async (test) => {
    const answer = (text: string): ServantFunction => {
      return (_body, call) => call.respond(Buffer.from(text))
    }
    const servants = [
      { name: 'A.B.OneObj', functions: { who: answer('one'), one: answer('1') } },
      { name: OBJECT, functions: { who: answer('hello'), two: answer('2') } },
    ]
    const adapter = {
      name: 'SharedAdapter',
      endpoint: { transport: 'tcp', host: '127.0.0.1', port: 0, timeoutMs: 0 },
      servants: servants.map(({ name }) => name),
      maxConnections: 10,
    } as const
    const { port } = await startHost(test, {}, { adapters: [adapter], servants })
    const client = new RawClient(test, port)
    const said: string[] = []
    for (const name of ['who', 'one', 'two']) {
      client.send(name)
      said.push((await client.next()).body.toString())
    }
    assert.deepEqual(said, ['hello', '1', '2'])
  })
})

describe('a stopping host', () => {
  it('lets out the answer of a call it has taken', async (test) => {
    const taken: Call[] = []
    const { host, port } = await startHost(test, { slow: (_body, call) => void taken.push(call) })
    const client = new RawClient(test, port)
    client.send('slow', { id: 1 })
    client.send('tars_ping', { id: 2 })
    assert.equal((await client.next()).header.iRequestId, 2)
    const stopped = host.stop(10_000)
    taken[0]?.respond(OK)
    assert.equal((await client.next()).header.iRequestId, 1)
    await client.closed
    await stopped
  })

  it('waits for an answer no longer than it is told', async (test) => {
    const clock = new FakeClock()
    const { host, port } = await startHost(test, { never: () => {} }, { clock })
    const client = new RawClient(test, port)
    client.send('never')
    client.send('tars_ping')
    await client.next()
    const stopped = host.stop(2_000)
    assert.equal(host.counts.unanswered, 1)
    clock.moveTo(2_000)
    await stopped
    await client.closed
  })

  it('takes no new connection', async (test) => {
    const { host, port } = await startHost(test, { echo })
    await host.stop(0)
    await new RawClient(test, port).closed
    assert.equal(host.counts.connections, 0)
  })

  it('leaves nothing that keeps the process alive', async () => {
    const child = fork('test/tars/peers/host-that-stops.ts', {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    const [message] = await once(child, 'message')
    assert.equal(message, 'stopped')
    child.disconnect()
    const [code] = await once(child, 'exit')
    assert.equal(code, 0)
  })
})
