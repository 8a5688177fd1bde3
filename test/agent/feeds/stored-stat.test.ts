import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { mergeStatRows, type StoredStat, statRowOf } from '../../../src/agent/feeds/stored-stat.ts'
import type { StatRow } from '../../../src/model/stat.ts'

/** As in the database of a real framework: `RigApp.HelloClient` calls `slow`, 11 of 71 time out. */
const SLOW: StoredStat = {
  masterName: 'RigApp.HelloClient',
  slaveName: 'RigApp.HelloServer',
  interfaceName: 'slow',
  tarsVersion: '3.0.20',
  masterIp: '127.0.0.1',
  slaveIp: '127.0.0.2',
  slavePort: 21010,
  returnValue: 0,
  succCount: 60,
  timeoutCount: 11,
  exceCount: 0,
  intervCount: '5|15,10|0,50|8,100|8,200|20,500|20,1000|0,2000|0,3000|0',
  totalTimeMs: 8412,
  maxTimeMs: 281,
}
const SPAN = 300_000
const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0)

function rowOf(change: Partial<StoredStat>): StatRow {
  const row = statRowOf({ ...SLOW, ...change }, SPAN)
  assert.ok(row)
  return row
}

describe('statRowOf', () => {
  it('a client row of C++: failures leave the first bucket', () => {
    assert.deepEqual(statRowOf(SLOW, SPAN), {
      key: {
        callee: 'RigApp.HelloServer',
        interface: 'slow',
        caller: 'RigApp.HelloClient',
        calleeIp: '127.0.0.2',
        calleePort: 21010,
        callerIp: '127.0.0.1',
        returnCode: 0,
        set: '',
        version: '3.0.20',
        side: 'client',
        spanMs: SPAN,
      },
      values: {
        calls: 71,
        timeouts: 11,
        exceptions: 0,
        durationSumMs: 8412,
        durationMaxMs: 281,
        buckets: [4, 0, 8, 8, 20, 20, 0, 0, 0, 0],
      },
    })
  })

  const masters: [master: string, side: string][] = [
    ['RigApp.HelloClient', 'client'],
    ['tarsnode', 'client'],
    ['stat_from_server', 'server'],
    ['tup_client', 'server'],
    ['one_way_client', 'server'],
    ['not_tars_client', 'server'],
    ['http_client', 'server'],
    ['https_client', 'server'],
  ]
  for (const [masterName, side] of masters) {
    it(`a row of ${masterName} was reported by the ${side}`, () => {
      const { key } = rowOf({ masterName })
      assert.equal(key.side, side)
      assert.equal(key.caller, masterName)
      assert.equal(key.calleeIp, '127.0.0.2')
      assert.equal(key.callerIp, '127.0.0.1')
    })
  }

  it('splits set parts off both names', () => {
    const { key } = rowOf({
      masterName: 'RigSet.HelloClient.rigsz1',
      slaveName: 'RigSet.HelloServer.rigsz1',
    })
    assert.equal(key.caller, 'RigSet.HelloClient')
    assert.equal(key.callee, 'RigSet.HelloServer')
    assert.equal(key.set, 'rigsz1')
  })

  const ways: [what: string, stored: Partial<StoredStat>, buckets: number[]][] = [
    [
      'C++ leaves out successes of 3 s and more',
      { intervCount: '5|11,10|0,3000|50', maxTimeMs: 4000 },
      [0, 0, 0, 0, 0, 0, 0, 0, 50, 10],
    ],
    [
      'Node.js counts no failures',
      { tarsVersion: '', intervCount: '5|60,10|0' },
      [60, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    ],
    [
      'a server of old C++ has no version, but counts its failures',
      { tarsVersion: '', masterName: 'tup_client', intervCount: '5|71,10|0' },
      [60, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    ],
    [
      'Java gives failures their time, and has buckets beyond 3 s',
      { returnValue: 2, succCount: 0, intervCount: '5|0,3000|4,5000|5,10000|1,100000|1' },
      [0, 0, 0, 0, 0, 0, 0, 0, 4, 7],
    ],
    [
      'what was cut off is as slow as the slowest',
      { timeoutCount: 0, intervCount: '5|40,10|3,50|', maxTimeMs: 281 },
      [40, 3, 0, 0, 0, 17, 0, 0, 0, 0],
    ],
  ]
  for (const [what, stored, buckets] of ways) {
    it(what, () => assert.deepEqual(rowOf(stored).values.buckets, buckets))
  }

  it('gives nothing for no call, and for impossible numbers', () => {
    assert.equal(statRowOf({ ...SLOW, succCount: 0, timeoutCount: 0 }, SPAN), undefined)
    const bad = [Number.NaN, -1, 0.5, 1e300]
    for (const succCount of bad) assert.equal(statRowOf({ ...SLOW, succCount }, SPAN), undefined)
    assert.equal(statRowOf({ ...SLOW, maxTimeMs: Number.NaN }, SPAN), undefined)
  })

  it('counts of C++ always add up to the calls that have a time', () => {
    const few = fc.integer({ min: 0, max: 1000 })
    fc.assert(
      fc.property(fc.array(few, { maxLength: 10 }), few, few, (times, timeoutCount, exceCount) => {
        const bounds = [5, 10, 50, 100, 200, 500, 1000, 2000, 3000]
        const calls = (at: number) => (times[at] ?? 0) + (at === 0 ? timeoutCount + exceCount : 0)
        const intervCount = bounds.map((bound, i) => `${bound}|${calls(i)}`).join()
        // The tenth took longer than 3 s.
        const succCount = sum(times)
        const stored = { ...SLOW, succCount, timeoutCount, exceCount, intervCount, maxTimeMs: 4000 }
        const row = statRowOf(stored, SPAN)
        if (!row) return assert.equal(succCount + timeoutCount + exceCount, 0)
        assert.deepEqual(row.values.buckets, [...times, ...Array(10 - times.length).fill(0)])
      }),
    )
  })
})

describe('mergeStatRows', () => {
  it('adds up rows of one key, and leaves others alone', () => {
    const other = rowOf({ masterIp: '10.0.0.9' })
    const [both, alone, ...more] = mergeStatRows([
      rowOf({}),
      other,
      rowOf({ maxTimeMs: 100, succCount: 1, timeoutCount: 0, exceCount: 2, intervCount: '5|3' }),
    ])
    assert.deepEqual(both?.key, rowOf({}).key)
    assert.deepEqual(both?.values, {
      calls: 74,
      timeouts: 11,
      exceptions: 2,
      durationSumMs: 16_824,
      durationMaxMs: 281,
      buckets: [5, 0, 8, 8, 20, 20, 0, 0, 0, 0],
    })
    assert.equal(alone, other)
    assert.deepEqual(more, [])
  })
})
