import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ServerState } from '../../../src/model/server-state.ts'
import { decodePacket } from '../../../src/tars/packet.ts'
import { NO_FUNCTION, type ServantFunction } from '../../../src/tars/servant.ts'
import { packetOf } from '../../tars/captured-packets.ts'
import type { DoubleServer } from '../support/registry-double.ts'
import { A, B, hello, helloState, NOON_MS, nodeState, startRig } from './registry-rig.ts'

/** The answer of the real registry. */
const captured =
  (number: number): ServantFunction =>
  (_body, call) =>
    call.respond(decodePacket(packetOf(`registry-response-${number}.bin`)).body)

describe('the registry feed hands on', () => {
  it('the state of a real framework, from its captured answers', async (test) => {
    const { double, feed, states } = await startRig(test)
    double.answers = {
      getAllServerIds: captured(3),
      getAllNodeNames: captured(4),
      getAllApplicationNames: captured(5),
      getServerTree: captured(6),
      getServerState: captured(7),
      pingNode: captured(10),
      findObjectById4Any: captured(12),
    }
    await feed.poll(1)
    const names = 'registry queryproperty config notify querystat AdminRegistry stat property'
    const framework = names.split(' ').map((name) => ({
      ...helloState,
      module: `tars.tars${name}`,
      node: '127.0.0.1',
    }))
    assert.deepEqual(states(), [
      nodeState('127.0.0.1'),
      nodeState('127.0.0.2'),
      ...framework,
      { ...helloState, module: 'RigNode.HelloServer', node: '127.0.0.2' },
    ])
    assert.deepEqual(feed.status(), {
      ...{ feed: 'registry', state: 'ok', why: '', reachedMs: NOON_MS, records: 11 },
    })
  })

  it('one span for the minute that just ended, under the term, counted', async (test) => {
    const { double, feed, clock, spans } = await startRig(test)
    Object.assign(double, { servers: [hello], activeNodes: [A] })
    await feed.poll(3)
    clock.advance(60_000)
    await feed.poll(4)
    const span = (endMs: number, term: number, read: number) => ({
      ...{ reading: { kind: 'registry', feed: 'registry', term, read }, endMs, lengthMs: 60_000 },
      ...{ stats: [], properties: [], states: [nodeState(A), helloState] },
    })
    assert.deepEqual(spans, [span(NOON_MS, 3, 1), span(NOON_MS + 60_000, 4, 2)])
    assert.equal(feed.status().records, 4)
  })

  const servers: [name: string, server: Partial<DoubleServer>, state: Partial<ServerState>][] = [
    ['wanted and running', {}, {}],
    [
      'wanted, not running by record and node',
      { present: 'inactive', inNode: 'Inactive' },
      { present: false, endpoints: 0 },
    ],
    [
      'wanted, not running by record, but the node sees it run',
      { present: 'inactive', inNode: 'Active' },
      { endpoints: 0 },
    ],
    [
      'wanted, about to start',
      { present: 'inactive', inNode: 'Activating' },
      { present: false, endpoints: 0 },
    ],
    [
      'wanted, not running by record, the node does not say',
      { present: 'inactive' },
      { present: false, endpoints: 0 },
    ],
    [
      'stopped by the operator',
      { setting: 'inactive', present: 'inactive' },
      { wanted: false, present: false, endpoints: 0 },
    ],
    [
      'stopped by the operator, still running',
      { setting: 'inactive', inNode: 'Active' },
      { wanted: false, endpoints: 0 },
    ],
    [
      'stopped by the operator, gone before the record says so',
      { setting: 'inactive', inNode: 'Inactive' },
      { wanted: false, present: false, endpoints: 0 },
    ],
    ['running, with traffic turned off', { flow: 'inactive' }, { endpoints: 0 }],
    ['in a set', { set: 'main.sz.1' }, { set: 'main.sz.1' }],
    ['in a set that is turned off', { set: 'main.sz.1', isSetOff: true }, {}],
    [
      'running, with an object of another name',
      { object: 'App.HelloServer.GreetObj' },
      { endpoints: 1 },
    ],
  ]
  for (const [name, server, state] of servers) {
    it(`a server ${name}`, async (test) => {
      const { double, feed, states } = await startRig(test)
      Object.assign(double, { servers: [{ ...hello, ...server }], activeNodes: [A] })
      await feed.poll(1)
      assert.deepEqual(states(), [nodeState(A), { ...helloState, ...state }])
    })
  }

  it('of a server in several sets that of each node', async (test) => {
    const { double, feed, states } = await startRig(test)
    const sets = [undefined, 'main.sz.1', 'main.sh.*', 'main.bj.1']
    double.servers = sets.map((set, i) => ({
      module: 'App.MixedServer',
      node: `n${i}`,
      ...(set && { set }),
      isSetOff: set === 'main.bj.1',
    }))
    double.activeNodes = ['n0', 'n1', 'n2', 'n3']
    await feed.poll(1)
    const of = states().filter(({ module }) => module !== '')
    assert.deepEqual(
      of.map(({ set }) => set),
      ['', 'main.sz.1', 'main.sh.*', ''],
    )
  })

  it('sets read once for some rounds, and when a server appears', async (test) => {
    const { double, feed } = await startRig(test)
    Object.assign(double, { servers: [hello], activeNodes: [A] })
    for (let round = 0; round < 5; round++) await feed.poll(1)
    assert.equal(double.callsOf('getServerTree').length, 1)
    double.servers = [hello, { ...hello, module: 'App.NewServer' }]
    await feed.poll(1)
    assert.equal(double.callsOf('getServerTree').length, 2)
    for (let round = 0; round < 11; round++) await feed.poll(1)
    assert.equal(double.callsOf('getServerTree').length, 3)
  })

  it('servers of a registry before 3.0.6, which has no tree, without their sets', async (test) => {
    const { double, feed, states } = await startRig(test)
    Object.assign(double, { servers: [{ ...hello, set: 'a.b.c' }], activeNodes: [A] })
    double.answers = { getServerTree: (_body, call) => call.respondError(NO_FUNCTION, '') }
    await feed.poll(1)
    assert.deepEqual(states(), [nodeState(A), helloState])
  })
})

describe('the registry feed', () => {
  it('counts endpoints by state while tarsregistry answers nothing', async (test) => {
    const { double, feed, states } = await startRig(test)
    Object.assign(double, { servers: [hello, { ...hello, flow: 'inactive', node: B }] })
    double.activeNodes = [A, B]
    double.answers = { findObjectById4Any: (_body, call) => call.respondError(-9, '') }
    await feed.poll(1)
    assert.deepEqual(states().slice(2), [helloState, { ...helloState, node: B }])
  })

  it('stops to ask a tarsregistry that refuses', async (test) => {
    const { double, feed } = await startRig(test)
    double.servers = Array.from({ length: 200 }, (_, i) => ({ module: `App.S${i}Server`, node: A }))
    double.activeNodes = [A]
    double.answers = { findObjectById4Any: (_body, call) => call.respondError(-9, '') }
    await feed.poll(1)
    await feed.poll(1)
    const { length } = double.callsOf('findObjectById4Any')
    assert.ok(length >= 2 && length <= 16, `${length} calls`)
  })

  it('does not ask each round for an object that is none', async (test) => {
    const { double, feed } = await startRig(test)
    const odd = { ...hello, module: 'App.OddServer' }
    Object.assign(double, { servers: [hello, odd, { ...hello, module: 'tars.tarsstat' }] })
    double.activeNodes = [A]
    for (let round = 0; round < 29; round++) await feed.poll(1)
    const calls = double.callsOf('findObjectById4Any')
    assert.equal(calls.filter((call) => call.includes('Odd')).length, 1)
    assert.equal(calls.filter((call) => call.includes('Hello')).length, 29)
    assert.equal(calls.filter((call) => call.includes('stat')).length, 0)
    await feed.poll(1)
    assert.equal(double.callsOf('findObjectById4Any').filter((c) => c.includes('Odd')).length, 2)
  })

  it('is behind when what it read could not be kept', async (test) => {
    const span = () => Promise.reject(new Error('disk full'))
    const { double, feed } = await startRig(test, { intake: { span, event: async () => {} } })
    Object.assign(double, { servers: [hello], activeNodes: [A] })
    await feed.poll(1)
    assert.partialDeepStrictEqual(feed.status(), {
      state: 'behind',
      why: 'disk full',
      reachedMs: 0,
    })
  })

  it('asks nodes for 200 servers a round, the others in the next', async (test) => {
    const { double, feed, states } = await startRig(test)
    double.servers = Array.from({ length: 300 }, (_, i) => ({
      ...{ module: `App.S${i}Server`, node: A, present: 'inactive', inNode: 'Active' },
    }))
    double.activeNodes = [A]
    await feed.poll(1)
    assert.equal(double.callsOf('getServerState').length, 200)
    assert.match(feed.status().why, /^servers in doubt .*: 100$/)
    assert.equal(states().filter(({ module, present }) => module !== '' && present).length, 200)
    await feed.poll(1)
    assert.equal(new Set(double.callsOf('getServerState')).size, 300)
  })

  it('reads 20,000 servers of a list that is longer, 500 objects a round', async (test) => {
    const { double, feed, states } = await startRig(test)
    double.servers = Array.from({ length: 25_000 }, (_, i) => ({
      ...{ module: `App.S${i}Server`, node: `10.1.0.${i % 200}` },
    }))
    double.activeNodes = Array.from({ length: 200 }, (_, i) => `10.1.0.${i}`)
    await feed.poll(1)
    assert.equal(states().length, 20_200)
    assert.equal(double.callsOf('findObjectById4Any').length, 500)
    assert.equal(feed.status().why, 'servers beyond the bound, left out: 5000')
    await feed.poll(1)
    assert.equal(new Set(double.callsOf('findObjectById4Any')).size, 1_000)
  })
})
