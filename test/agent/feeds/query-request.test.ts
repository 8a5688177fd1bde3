import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { queryOnce, requestOf } from '../../../src/agent/feeds/query-request.ts'
import { propertyTable, statTable } from '../../../src/agent/feeds/query-table.ts'
import { MonitorQuery, type MonitorQueryReq } from '../../../src/tars/idl/monitor-query.ts'
import { decodePacket } from '../../../src/tars/packet.ts'
import { packetOf } from '../../tars/captured-packets.ts'
import { MonitorQueryDouble } from '../support/monitor-query-double.ts'

const bodyOf = (name: string, n: number) => decodePacket(packetOf(`query-${name}-${n}.bin`)).body
const requestNumber = (n: number) => MonitorQuery.query.request.decode(bodyOf('request', n)).req
const answerNumber = (n: number) => MonitorQuery.query.response.decode(bodyOf('response', n))

/** What a real framework answered to question `n`. */
const answered = (n: number) => queryOnce(async () => answerNumber(n), requestNumber(n))

describe('a question', () => {
  const stamp = { date: '20261121', tflag: '0260' }

  it('on TARSFramework: the table of the hour, and the bucket by conditions of its own', () => {
    const { tflag1, tflag2, conditions } = requestOf(statTable, 'TARSFramework', stamp)
    assert.deepEqual([tflag1, tflag2], ['0200', '0260'])
    assert.deepEqual(conditions, [
      { field: 'f_tflag', op: 1, val: '0255' },
      { field: 'f_tflag', op: 4, val: '0260' },
    ])
    const midnight = requestOf(statTable, 'TARSFramework', { ...stamp, tflag: '2360' })
    assert.deepEqual([midnight.tflag1, midnight.tflag2], ['2300', '2360'])
    const first = requestOf(statTable, 'TARSFramework', { ...stamp, tflag: '0005' })
    assert.deepEqual(first.conditions[0]?.val, '0000')
  })

  it('on K8SFramework: the minute, a full hour in both ways to write it', () => {
    const { tflag1, tflag2, conditions } = requestOf(statTable, 'K8SFramework', stamp)
    assert.deepEqual([tflag1, tflag2, conditions], ['0260', '0300', []])
    const minute = requestOf(statTable, 'K8SFramework', { ...stamp, tflag: '0241' })
    assert.deepEqual([minute.tflag1, minute.tflag2], ['0241', '0241'])
  })

  it('groups by f_tflag first, and by texts with commas last', () => {
    assert.equal(statTable.groupby[0], 'f_tflag')
    assert.equal(statTable.groupby.at(-1), 'interv_count')
    assert.equal(propertyTable.groupby[0], 'f_tflag')
    assert.equal(propertyTable.groupby.at(-1), 'value')
  })

  it('sends digits only: nothing is escaped on the other side', () => {
    for (const bad of [
      { ...stamp, tflag: "0' or" },
      { ...stamp, date: 'x' },
    ]) {
      assert.throws(() => requestOf(statTable, 'K8SFramework', bad), RangeError)
    }
  })
})

describe('what a real framework answered', () => {
  it('groups with sums, and the newest complete bucket', async () => {
    const { lastTime, groups } = await answered(5)
    assert.deepEqual(lastTime, { date: '20261121', tflag: '0240' })
    assert.deepEqual(groups, [
      ['0230', [3932, 25, 49, 17717]],
      ['0235', [5093, 32, 64, 23862]],
    ])
  })

  it('a table that does not exist is no data, and tells the newest bucket all the same', async () => {
    const { lastTime, groups } = await answered(4)
    assert.deepEqual(groups, [])
    assert.deepEqual(lastTime, { date: '20261121', tflag: '0240' })
  })

  it('an error is one, though the function returns 0', async () => {
    await assert.rejects(answered(6), { reason: 'refused', message: /Unknown column 'nosuch'/ })
    await assert.rejects(answered(7), { message: 'refused with -1: iDb:0, wrong tflag:00-2360' })
    assert.equal(answerNumber(6).ret, 0)
  })

  it('no row fits', async () => {
    assert.deepEqual((await answered(12)).groups, [])
    assert.deepEqual((await answered(13)).groups, [])
  })
})

describe('the double answers as the real framework did', () => {
  const double = new MonitorQueryDouble()
  double.load('tars_stat.sql')
  double.load('tars_property.sql')
  for (const dataid of ['tars_stat', 'tars_property']) double.lastTime.set(dataid, '20261121 0240')
  for (const hour of ['00', '01', '02']) {
    for (const dataid of ['tars_stat', 'tars_property']) double.add(`${dataid}_20261121${hour}`)
  }
  /** As the tables were then: for the whole day, of which later hours are missing now. */
  const asked = (n: number): MonitorQueryReq => {
    const req = requestNumber(n)
    const firstOnly = { field: 'f_tflag', op: 4, val: '0220' }
    return { ...req, tflag2: '0260', conditions: [...req.conditions, firstOnly] }
  }

  for (const n of [1, 2, 3]) {
    it(`question ${n}`, () => {
      const { rsp } = double.answerTo(asked(n))
      const expected = answerNumber(n).rsp
      assert.ok(expected.result.length > 0)
      assert.deepEqual(rsp.result, expected.result)
      assert.deepEqual([rsp.ret, rsp.retThreads], [expected.ret, expected.retThreads])
    })
  }

  it('question 5, with conditions of its own', () => {
    assert.deepEqual(double.answerTo(requestNumber(5)), answerNumber(5))
  })

  for (const n of [4, 6, 7]) {
    it(`question ${n}: an error`, () => {
      const { ret, rsp } = double.answerTo(requestNumber(n))
      const expected = answerNumber(n)
      assert.deepEqual([ret, rsp.ret, rsp.retThreads], [0, -1, expected.rsp.retThreads])
      assert.equal(rsp.msg.split(':').at(-1), expected.rsp.msg.split(':').at(-1))
    })
  }
})
