import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { verdictOf } from '../../../src/agent/feeds/registry-nodes.ts'
import { AdminReg } from '../../../src/tars/idl/admin-reg.ts'
import type { ServantFunction } from '../../../src/tars/servant.ts'
import { own } from '../support/registry-double.ts'
import { A, B, hello, helloState, nodeState, startRig } from './registry-rig.ts'

describe('a node', () => {
  const verdicts: [name: string, ret: boolean, result: string, verdict: string][] = [
    ['answered (3.0.17)', true, 'ping succ', 'answers'],
    ['answered (2.4)', true, 'succ', 'answers'],
    ['kept silent for 5 s', false, '', 'silent'],
    ['took no connection', false, "pingNode 'n' exception:connect error", 'silent'],
    [
      'is not registered',
      false,
      "pingNode 'n' exception:node 'n' not registered  or heartbeart timeout,please check for it",
      'silent',
    ],
    [
      'cannot be looked up, as the database fails',
      false,
      "pingNode 'n' exception:get node record from db error:[TC_Mysql::connect]: gone",
      'unknown',
    ],
    ['has no way to it (1012 as a bool)', true, '', 'unknown'],
  ]
  for (const [name, ret, result, verdict] of verdicts) {
    it(`${verdict === 'unknown' ? 'is unknown' : verdict} when it ${name}`, () => {
      assert.equal(verdictOf({ ret, result }), verdict)
    })
  }

  const mute: ServantFunction = (_body, call) => {
    if (AdminReg.pingNode.request.decode(_body).name === A) {
      call.respond(AdminReg.pingNode.response.encode({ ret: true, result: 'ping succ' }))
    } else call.respondError(-7, 'no')
  }
  const unknown: ServantFunction = (_body, call) =>
    call.respond(AdminReg.pingNode.response.encode({ ret: true, result: '' }))

  it('is lost that does not answer, though the registry still lists it', async (test) => {
    const { double, feed, states } = await startRig(test)
    const there = { ...hello, node: B, present: 'inactive', inNode: 'Active' }
    Object.assign(double, { servers: [hello, there], activeNodes: [A, B], silentNodes: [B] })
    await feed.poll(1)
    assert.deepEqual(states().slice(0, 2), [nodeState(A), nodeState(B, false)])
    // A lost node is not asked for its servers: the record stays.
    assert.deepEqual(double.callsOf('getServerState'), [])
    assert.deepEqual(states()[3], { ...helloState, node: B, present: false, endpoints: 0 })
  })

  it('is there that answers, though the registry no longer lists it', async (test) => {
    const { double, feed, states } = await startRig(test)
    Object.assign(double, { servers: [hello], activeNodes: [] })
    await feed.poll(1)
    assert.deepEqual(states()[0], nodeState(A))
  })

  it('is left out that is listed and could not be asked', async (test) => {
    const { double, feed, states } = await startRig(test)
    Object.assign(double, { servers: [hello], activeNodes: [A, B] })
    double.answers = { pingNode: mute }
    await feed.poll(1)
    assert.deepEqual(states(), [nodeState(A), helloState])
    assert.deepEqual(
      { ...feed.status(), reachedMs: 0, records: 0 },
      {
        ...{ feed: 'registry', state: 'behind', why: 'nodes that could not be asked: 1' },
        ...{ reachedMs: 0, records: 0 },
      },
    )
  })

  it('is left out that could not be asked and is gone from one of two readings', async (test) => {
    const { double, feed, states } = await startRig(test)
    Object.assign(double, { servers: [hello], activeNodes: [A, B] })
    const readings = [[A, B], [A]]
    double.answers = {
      pingNode: mute,
      getAllNodeNames: own(AdminReg.getAllNodeNames, () => ({
        ret: readings.shift() ?? [],
        result: '',
      })),
    }
    await feed.poll(1)
    assert.deepEqual(states(), [nodeState(A), helloState])
  })

  it('is lost that is not listed and could not be asked', async (test) => {
    const { double, feed, states } = await startRig(test)
    Object.assign(double, { servers: [hello], activeNodes: [] })
    double.answers = { pingNode: unknown }
    await feed.poll(1)
    assert.deepEqual(states()[0], nodeState(A, false))
  })

  it('is asked one round later when dead ones have taken the time of this', async (test) => {
    const { double, feed, clock, states } = await startRig(test)
    double.servers = [hello]
    double.activeNodes = [A, ...Array.from({ length: 39 }, (_, i) => `n${10 + i}`)]
    double.answers = {
      pingNode: own(AdminReg.pingNode, () => {
        clock.advance(1_500)
        return { ret: false, result: '' }
      }),
    }
    await feed.poll(1)
    const first = states()
      .filter(({ module }) => module === '')
      .map(({ node }) => node)
    assert.ok(first.length >= 20 && first.length < 40, `${first.length}`)
    await feed.poll(1)
    const second = states()
      .filter(({ module }) => module === '')
      .map(({ node }) => node)
    assert.equal(new Set([...first, ...second]).size, 40)
  })
})
