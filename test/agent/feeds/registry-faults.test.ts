import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { AdminReg } from '../../../src/tars/idl/admin-reg.ts'
import { NO_FUNCTION, type ServantFunction } from '../../../src/tars/servant.ts'
import { own } from '../support/registry-double.ts'
import { A, hello, NOON_MS, startRig } from './registry-rig.ts'

describe('no span, and why,', () => {
  const noise: ServantFunction = (_body, call) => call.respond(Buffer.of(0xff, 0xff))
  const refuse: ServantFunction = (_body, call) => call.respondError(-9, 'busy')
  const none = own(AdminReg.getAllServerIds, () => ({ ret: [], result: '' }))
  const failed = own(AdminReg.getServerTree, () => ({ ret: -1, tree: [] }))
  const noFunction: ServantFunction = (_body, call) => call.respondError(NO_FUNCTION, '')
  const faults: [name: string, answers: object, why: RegExp, timeoutMs?: number][] = [
    ['when the list is malformed', { getAllServerIds: noise }, /^getAllServerIds: /],
    ['when the list is refused', { getAllServerIds: refuse }, /answered with code -9 busy$/],
    ['when the nodes are malformed', { getAllNodeNames: noise }, /^getAllNodeNames: /],
    ['when the tree is malformed', { getServerTree: noise }, /^getServerTree: /],
    ['when the tree failed', { getServerTree: failed }, /the registry returned -1$/],
    ['when the database fails: nothing is listed', { getAllServerIds: none }, /no server at all$/],
    ['when the list takes too long', { getAllServerIds: () => {} }, /no answer in time$/, 60],
    ['on K8SFramework', { getAllServerIds: noFunction }, /as on K8SFramework$/],
  ]
  for (const [name, answers, why, timeoutMs = 10_000] of faults) {
    it(name, async (test) => {
      const { double, feed, spans } = await startRig(test, { timeoutMs })
      Object.assign(double, { servers: [hello], activeNodes: [A], answers })
      await feed.poll(1)
      assert.deepEqual(spans, [])
      assert.equal(feed.status().state, 'off')
      assert.match(feed.status().why, why)
    })
  }

  it('when the database fails while nodes are asked', async (test) => {
    const { double, feed, spans } = await startRig(test)
    Object.assign(double, { servers: [hello], activeNodes: [A], silentNodes: [A] })
    double.answers = {
      getAllApplicationNames: own(AdminReg.getAllApplicationNames, () => ({ ret: [], result: '' })),
    }
    await feed.poll(1)
    assert.deepEqual(spans, [])
    assert.match(feed.status().why, /its database fails$/)
  })

  it('while the registry is gone; when it is back all is well', async (test) => {
    const { double, feed, spans } = await startRig(test, { timeoutMs: 500 })
    Object.assign(double, { servers: [hello], activeNodes: [A] })
    await feed.poll(1)
    await double.stop()
    await feed.poll(1)
    assert.equal(feed.status().state, 'off')
    assert.equal(feed.status().reachedMs, NOON_MS)
    await double.start()
    for (let tries = 0; tries < 20 && spans.length < 2; tries++) await feed.poll(1)
    assert.equal(feed.status().state, 'ok')
    assert.deepEqual(spans[1]?.states, spans[0]?.states)
  })

  it('when the agent is closing', async (test) => {
    const { double, feed, spans } = await startRig(test)
    Object.assign(double, { servers: [hello], activeNodes: [A] })
    const polling = feed.poll(1)
    await feed.close()
    await polling
    assert.deepEqual(spans, [])
  })
})
