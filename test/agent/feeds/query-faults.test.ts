import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { queryPorts } from '../../../src/agent/feeds/query-ports.ts'
import type { PolledSpan } from '../../../src/model/polled.ts'
import {
  type Communicator,
  closeCommunicator,
  openCommunicator,
} from '../../../src/tars/communicator.ts'
import type { MonitorQueryReq } from '../../../src/tars/idl/monitor-query.ts'
import { EndpointF, QueryF } from '../../../src/tars/idl/query-f.ts'
import { UNKNOWN_ERROR } from '../../../src/tars/servant.ts'
import { startHost } from '../../tars/running-host.ts'
import { MonitorQueryDouble } from '../support/monitor-query-double.ts'
import type { Cleanup } from '../support/temp-folder.ts'
import { MINUTE, propertyOf, QueryRig, statOf, summaryOf } from './query-rig.ts'

const AT = '2026-11-21T02:41Z'
const TABLE = 'tars_stat_2026112102'

async function startFilled(test: Cleanup, options = {}, timeoutMs?: number) {
  const rig = await QueryRig.start(test, AT, options, timeoutMs)
  rig.framework.add(TABLE, statOf('0235', 2), statOf('0240', 3))
  rig.complete('20261121 0240')
  return rig
}

describe('the query feed: a framework in trouble', () => {
  it('no answer: is off and says so, waits longer each time, and goes on when there is one', async (test) => {
    const rig = await startFilled(test, {}, 500)
    rig.framework.isMute = true
    assert.deepEqual(await rig.poll(), [])
    const { state, why } = rig.feed.status()
    assert.deepEqual([state, why], ['off', 'stat: query: no answer in time'])
    const asked = rig.framework.asked.length
    // Half of 10 s at the least, two minutes at the most.
    rig.clock.advance(4_000)
    await rig.poll()
    assert.equal(rig.framework.asked.length, asked)
    rig.clock.advance(6_000)
    await rig.poll()
    assert.equal(rig.framework.asked.length, asked + 1)
    rig.clock.advance(9_000)
    await rig.poll()
    assert.equal(rig.framework.asked.length, asked + 1)
    rig.framework.isMute = false
    rig.clock.advance(2 * MINUTE)
    assert.deepEqual(summaryOf(await rig.poll()), ['02:35 2', '02:40 3'])
    assert.equal(rig.feed.status().state, 'ok')
    // And is as patient as at first.
    rig.framework.refusal = 'busy'
    rig.clock.advance(5 * MINUTE)
    await rig.poll()
    rig.framework.refusal = undefined
    rig.complete('20261121 0245')
    rig.clock.advance(10_000)
    assert.equal((await rig.poll()).length, 1)
  })

  it('a refusal is told with its text, in one line', async (test) => {
    const rig = await startFilled(test)
    rig.framework.refusal = "iDb:0|exception: :Unknown database 'tars_stat'\n"
    assert.deepEqual(await rig.poll(), [])
    const why = "stat: refused with -1: iDb:0|exception: :Unknown database 'tars_stat'"
    assert.equal(rig.feed.status().why, why)
    rig.framework.refusal = undefined
    rig.clock.advance(10_000)
    assert.equal((await rig.poll()).length, 2)
  })

  it('the framework is restarted: nothing is lost, nothing comes twice', async (test) => {
    const rig = await startFilled(test, {}, 500)
    await rig.poll()
    rig.framework.add(TABLE, statOf('0245', 4), statOf('0250', 5))
    rig.complete('20261121 0250')
    await rig.framework.stop()
    assert.deepEqual(await rig.pollAt('2026-11-21T02:51Z'), [])
    const { state, why } = rig.feed.status()
    assert.equal(state, 'behind', why)
    await rig.framework.start()
    const spans = []
    for (let tries = 0; tries < 20 && spans.length === 0; tries++) {
      rig.clock.advance(2 * MINUTE)
      spans.push(...(await rig.poll()))
    }
    assert.deepEqual(summaryOf(spans), ['02:45 4', '02:50 5'])
  })

  it('is out, for another feed to read it, once it was asked in vain, each object by itself', async (test) => {
    const rig = await startFilled(test, { reads: ['stat', 'property'] })
    const out = () => [rig.feed.isOut('stat'), rig.feed.isOut('property')]
    assert.deepEqual(out(), [false, false])
    rig.framework.tables.set('tars_property_2026112102', [{ f_tflag: '0240' }])
    await rig.poll()
    assert.deepEqual(out(), [false, true])
    rig.framework.tables.delete('tars_property_2026112102')
    rig.clock.advance(MINUTE)
    await rig.poll()
    assert.deepEqual(out(), [false, false])
  })

  it('one object fails: the other is read all the same', async (test) => {
    const rig = await startFilled(test, { reads: ['stat', 'property'] })
    rig.framework.tables.set('tars_property_2026112102', [{ f_tflag: '0240' }])
    const spans = await rig.poll()
    assert.ok(spans.some(({ reading }) => reading.kind === 'stat'))
    const { state, why } = rig.feed.status()
    assert.equal(state, 'off')
    assert.match(why, /^property: refused with -1.*Unknown column/)
  })

  it('what the intake refuses is read and handed on again', async (test) => {
    const rig = await startFilled(test)
    rig.isFull = true
    assert.deepEqual(await rig.poll(), [])
    assert.equal(rig.feed.status().why, 'stat: the spool is full')
    rig.isFull = false
    rig.clock.advance(10_000)
    assert.deepEqual(summaryOf(await rig.poll()), ['02:35 2', '02:40 3'])
  })

  it('buckets stop: is behind after three of them and two minutes', async (test) => {
    const rig = await startFilled(test)
    await rig.poll()
    await rig.pollAt('2026-11-21T02:57Z')
    assert.equal(rig.feed.status().state, 'ok')
    rig.framework.lastTime.clear()
    await rig.pollAt('2026-11-21T02:57:01Z')
    const { state, why } = rig.feed.status()
    assert.deepEqual([state, why], ['behind', 'stat: the framework completes no more buckets'])
  })

  it('takes so many rows of a bucket, and counts the rest', async (test) => {
    const rig = await QueryRig.start(test, AT, { maxRows: 10 })
    const ips = Array.from({ length: 25 }, (_, i) => ({ master_ip: `10.1.0.${i}` }))
    rig.framework.add(TABLE, ...ips.map((ip) => statOf('0240', 1, ip)))
    rig.framework.add(TABLE, statOf('0235', 1, { slave_port: 'x' }))
    rig.complete('20261121 0240')
    assert.deepEqual(summaryOf(await rig.poll()), ['02:35 0', '02:40 10'])
    const { badRows, droppedRows } = rig.feed.counts
    assert.deepEqual({ badRows, droppedRows }, { badRows: 1, droppedRows: 15 })
  })

  it('takes an answer that is longer than the 10 MB of other calls', async (test) => {
    const rig = await QueryRig.start(test, AT)
    const names = Array.from({ length: 2_000 }, (_, i) => `${i}`.padEnd(6_000, 'x'))
    const rows = names.map((interface_name) => statOf('0240', 1, { interface_name }))
    rig.framework.add(TABLE, ...rows)
    rig.complete('20261121 0240')
    assert.equal(summaryOf(await rig.poll()).at(-1), '02:40 2000')
  })

  it('is closed without waiting for an answer', async (test) => {
    const rig = await startFilled(test)
    rig.framework.isMute = true
    let isOver = false
    void rig.poll().then(() => {
      isOver = true
    })
    await rig.feed.close()
    await new Promise(setImmediate)
    assert.ok(isOver)
    rig.framework.isMute = false
    rig.clock.advance(MINUTE)
    assert.deepEqual(await rig.poll(), [])
  })

  it('closed amid a round it hands on nothing more', async (test) => {
    const spans: PolledSpan[] = []
    const taken = Promise.withResolvers<void>()
    const rig = await startFilled(test, {
      intake: {
        span: async (span: PolledSpan) => {
          spans.push(span)
          await taken.promise
        },
        event: async () => {},
      },
    })
    const round = rig.feed.poll(1)
    while (spans.length === 0) await new Promise(setImmediate)
    const asked = rig.framework.asked.length
    await rig.feed.close()
    taken.resolve()
    await round
    await new Promise(setImmediate)
    assert.equal(spans.length, 1)
    assert.equal(rig.framework.asked.length, asked)
  })

  it('an answer that comes after it was closed goes nowhere', async (test) => {
    const gate = Promise.withResolvers<void>()
    const rig = await startFilled(test, {
      ask: {
        stat: async (req: MonitorQueryReq) => {
          if (req.groupby.length > 1) await gate.promise
          return rig.framework.answerTo(req)
        },
      },
    })
    const round = rig.feed.poll(1)
    await new Promise(setImmediate)
    await rig.feed.close()
    gate.resolve()
    await round
    for (let turns = 0; turns < 10; turns++) await new Promise(setImmediate)
    assert.deepEqual(rig.spans, [])
  })
})

/** As it does by itself, 10 to 60 s of real time after an answer. */
function askTheRegistryAgain(communicator: Communicator): void {
  for (const { _manager } of Object.values(communicator._workers)) {
    Object.assign(_manager, { _iRefreshTime: 0 })
  }
}

describe('the query feed: found through the registry', () => {
  it('an object that is not there and comes, and a registry that fails', async (test) => {
    const framework = new MonitorQueryDouble()
    await framework.start()
    test.after(() => framework.stop())
    framework.add(TABLE, statOf('0235', 2), statOf('0240', 3))
    framework.add('tars_property_2026112102', propertyOf('0240', 'Sum', '1'))
    framework.lastTime.set('tars_stat', '20261121 0240')
    let isKnown = false
    let isDown = false
    const method = QueryF.findObjectByIdInSameGroup
    const ep = { ...EndpointF.zero(), host: '127.0.0.1', port: framework.port, istcp: 1 }
    const registry = await startHost(test, {
      findObjectByIdInSameGroup: (_, call) => {
        if (isDown) return call.respondError(UNKNOWN_ERROR, 'its database is gone')
        const activeEp = isKnown ? [{ ...ep, timeout: 3_000 }] : []
        call.respond(method.response.encode({ ret: 0, activeEp, inactiveEp: [] }))
      },
    })
    const locator = `tars.tarsregistry.QueryObj@tcp -h 127.0.0.1 -p ${registry.port}`
    const communicator = openCommunicator(locator)
    test.after(() => closeCommunicator(communicator))
    const { stat } = queryPorts(communicator, undefined, 300)
    const rig = await QueryRig.start(test, AT, { ask: { stat } })
    assert.deepEqual(await rig.poll(), [])
    const { state, why } = rig.feed.status()
    assert.equal(state, 'off')
    assert.equal(why, 'stat: query: no address from the registry')
    isKnown = true
    askTheRegistryAgain(communicator)
    rig.clock.advance(MINUTE)
    assert.equal(summaryOf(await rig.poll()).at(-1), '02:40 3')
    isDown = true
    askTheRegistryAgain(communicator)
    framework.add(TABLE, statOf('0245', 4))
    framework.lastTime.set('tars_stat', '20261121 0245')
    // Addresses that are known stay known.
    assert.deepEqual(summaryOf(await rig.pollAt('2026-11-21T02:46Z')), ['02:45 4'])
  })
})
