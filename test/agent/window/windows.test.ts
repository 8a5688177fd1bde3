import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type ClosedWindow, Windows } from '../../../src/agent/window/windows.ts'
import type { PropertyRow } from '../../../src/model/property.ts'
import { LATENCY_BUCKETS, type StatKey, type StatRow } from '../../../src/model/stat.ts'

const LIMITS = { lengthMs: 10_000, maxStatKeys: 20_000, maxPropertyKeys: 20_000 }

const KEY: StatKey = {
  callee: 'App.Server',
  interface: 'get',
  caller: 'App.Client',
  calleeIp: '10.0.0.2',
  calleePort: 18001,
  callerIp: '10.0.0.1',
  returnCode: 0,
  set: '',
  version: '',
  side: 'client',
  spanMs: 10_000,
}

function row(calls: number, key: Partial<StatKey> = {}): StatRow {
  const buckets = new Array<number>(LATENCY_BUCKETS).fill(0)
  buckets[1] = calls
  const failures = { timeouts: 0, exceptions: 0 }
  const values = { calls, ...failures, durationSumMs: 7 * calls, durationMaxMs: calls, buckets }
  return { key: { ...KEY, ...key }, values }
}

/** A row whose key was not met before. */
function addStat(windows: Windows, at: number, { key, values }: StatRow): void {
  windows.addStat(at, { key, table: undefined, index: 0 }, values)
}

function property(policy: string, value: number, key: object = {}): PropertyRow {
  const at = { module: 'App.Server', property: 'p', ip: '10.0.0.1', set: '', le: '' }
  return { key: { ...at, policy, spanMs: 10_000, ...key }, value }
}

/** `end: calls` of each window. */
function told(windows: readonly ClosedWindow[]): string {
  return windows
    .map(({ endMs, stats }) => {
      const calls = stats.reduce((sum, { values }) => sum + values.calls, 0)
      return `${endMs / 1000}: ${calls}`
    })
    .join(', ')
}

describe('windows', () => {
  it('a row goes into the window of its arrival; the end belongs to the next', () => {
    const windows = new Windows(LIMITS, 1_000)
    for (const at of [1_000, 9_999, 10_000]) addStat(windows, at, row(1))
    assert.equal(told(windows.close(20_000).windows), '10: 2, 20: 1')
  })

  it('an empty window is closed too', () => {
    const windows = new Windows(LIMITS, 1_000)
    assert.equal(told(windows.close(10_000).windows), '10: 0')
    assert.equal(told(windows.close(19_999).windows), '')
    assert.equal(told(windows.close(20_000).windows), '20: 0')
  })

  it('a late timer merges no windows', () => {
    const windows = new Windows(LIMITS, 1_000)
    for (const at of [5_000, 15_000, 16_000, 25_000]) addStat(windows, at, row(1))
    assert.equal(told(windows.close(21_000).windows), '10: 1, 20: 2')
    assert.equal(told(windows.close(30_000).windows), '30: 1')
  })

  it('what was heard is told, and the time nobody listened is skipped', () => {
    const windows = new Windows(LIMITS, 1_000)
    for (const at of [5_000, 3_600_500]) addStat(windows, at, row(1))
    const closed = windows.close(3_600_500)
    assert.equal(told(closed.windows), '10: 1')
    assert.deepEqual(closed.skipped, { fromMs: 10_000, toMs: 3_600_000 })
    assert.equal(told(windows.close(3_610_000).windows), '3610: 1')
  })

  it('a clock set back a little is waited out', () => {
    const windows = new Windows(LIMITS, 101_000)
    assert.equal(told(windows.close(110_000).windows), '110: 0')
    addStat(windows, 105_000, row(1))
    assert.equal(told(windows.close(106_000).windows), '')
    assert.equal(told(windows.close(120_000).windows), '120: 1')
  })

  it('a clock set back an hour begins anew, loses nothing and tells nothing of the future', () => {
    const windows = new Windows(LIMITS, 3_601_000)
    addStat(windows, 3_602_000, row(1))
    addStat(windows, 2_000, row(1))
    assert.equal(told(windows.close(3_000).windows), '0: 2')
    addStat(windows, 4_000, row(1))
    assert.equal(told(windows.close(10_000).windows), '10: 1')
  })

  it('at the end everything open is closed', () => {
    const windows = new Windows(LIMITS, 1_000)
    for (const at of [5_000, 15_000]) addStat(windows, at, row(1))
    assert.equal(told(windows.closeAll()), '10: 1, 20: 1')
  })
})

describe('contributions to one key', () => {
  it('of statistics add up, the longest call is the longest', () => {
    const windows = new Windows(LIMITS, 0)
    for (const calls of [3, 5]) addStat(windows, 1, row(calls))
    const [window] = windows.close(10_000).windows
    assert.deepEqual(window?.stats, [{ ...row(8), values: { ...row(8).values, durationMaxMs: 5 } }])
  })

  const policies: [policy: string, value: number][] = [
    ['Sum', 9],
    ['Count', 9],
    ['Distr', 9],
    ['Max', 5],
    ['Min', 1],
    ['Avg', 3],
  ]
  for (const [policy, value] of policies) {
    it(`of a property: ${policy} of 3, 5 and 1 is ${value}`, () => {
      const windows = new Windows(LIMITS, 0)
      for (const each of [3, 5, 1]) windows.addProperty(1, property(policy, each))
      assert.deepEqual(windows.close(10_000).windows[0]?.properties, [property(policy, value)])
    })
  }
})

/** Rows of many keys that differ in everything a fold may take away, and in what it may not. */
const rows = fc.array(
  fc
    .record({
      calls: fc.integer({ min: 1, max: 1000 }),
      callee: fc.constantFrom('A.S', 'A.T'),
      interface: fc.constantFrom('get', 'put'),
      returnCode: fc.constantFrom(0, -1),
      caller: fc.nat(9).map((n) => `C${n}`),
      callerIp: fc.nat(99).map((n) => `10.0.0.${n}`),
      calleeIp: fc.nat(5).map((n) => `10.1.0.${n}`),
    })
    .map(({ calls, ...key }) => row(calls, key)),
  { minLength: 1, maxLength: 300 },
)

/** Room for the 8 of them that no fold takes away, beside the quarter that keeps its detail. */
const budget = fc.integer({ min: 12, max: 100 })

/** Calls by what a fold never takes away. */
function totals(rows: readonly StatRow[]): Record<string, number> {
  const sums: Record<string, number> = {}
  for (const { key, values } of rows) {
    const kept = `${key.callee} ${key.interface} ${key.returnCode}`
    sums[kept] = (sums[kept] ?? 0) + values.calls
  }
  return sums
}

describe('the budget of keys', () => {
  it('sums are the same whatever the budget, and the budget is kept', () => {
    fc.assert(
      fc.property(rows, budget, (given, maxStatKeys) => {
        const windows = new Windows({ ...LIMITS, maxStatKeys }, 0)
        for (const each of given) addStat(windows, 1, each)
        const [window] = windows.close(10_000).windows
        assert.ok(window && window.stats.length <= maxStatKeys)
        assert.equal(windows.counts.stat.dropped, 0)
        assert.deepEqual(totals(window.stats), totals(given))
      }),
    )
  })

  it('callers’ addresses go first, of the rows with the fewest calls', () => {
    const windows = new Windows({ ...LIMITS, maxStatKeys: 8 }, 0)
    for (let n = 0; n < 8; n++)
      addStat(windows, 1, row(n < 2 ? 1000 : 1, { callerIp: `10.0.0.${n}` }))
    addStat(windows, 1, row(1, { callerIp: '10.0.0.9' }))
    const stats = windows.close(10_000).windows[0]?.stats ?? []
    assert.deepEqual(
      stats.map(({ key, values }) => `${key.callerIp} ${key.caller} ${values.calls}`),
      ['10.0.0.0 App.Client 1000', '10.0.0.1 App.Client 1000', '* App.Client 7'],
    )
    assert.equal(windows.counts.stat.folded, 1)
  })

  it('then callers, then the callees’ addresses, not the interface: what is more is counted', () => {
    const windows = new Windows({ ...LIMITS, maxStatKeys: 8 }, 0)
    for (let n = 0; n < 12; n++) {
      const callee = `A.S${n % 6}`
      const key = { callee, interface: `f${n}`, caller: `C${n}`, calleeIp: `10.1.0.${n}` }
      addStat(windows, 1, row(1, key))
    }
    const stats = windows.close(10_000).windows[0]?.stats ?? []
    assert.deepEqual(
      stats.map(({ key }) => `${key.interface} ${key.caller} ${key.calleeIp}:${key.calleePort}`),
      [0, 1, 2, 3, 4, 5, 6, 7].map((n) => `f${n} * *:0`),
    )
    assert.equal(windows.counts.stat.dropped, 4)
  })

  it('at last a callee that alone fills the table gives up its interfaces, and only that one', () => {
    const windows = new Windows({ ...LIMITS, maxStatKeys: 100 }, 0)
    for (let n = 0; n < 10_000; n++) {
      addStat(windows, 1, row(1, { interface: `/orders/${n}` }))
      if (n % 100 === 0) addStat(windows, 1, row(1, { callee: 'App.Calm', interface: `f${n % 7}` }))
    }
    const stats = windows.close(10_000).windows[0]?.stats ?? []
    const crowded = stats.filter(({ key }) => key.callee === 'App.Server')
    assert.deepEqual(
      crowded.map(({ key, values }) => `${key.interface} ${values.calls}`),
      ['* 10000'],
    )
    assert.equal(stats.length, 8)
    assert.equal(windows.counts.stat.dropped, 0)
  })

  it('a flood of keys takes little time and no more than the budget', () => {
    const windows = new Windows(LIMITS, 0)
    const before = performance.now()
    for (let n = 0; n < 200_000; n++) {
      addStat(
        windows,
        1,
        row(1, { callerIp: `${n}`, caller: `C${n % 1000}`, interface: `f${n % 50}` }),
      )
    }
    const took = performance.now() - before
    const stats = windows.close(10_000).windows[0]?.stats ?? []
    assert.ok(stats.length <= 20_000)
    assert.equal(
      stats.reduce((sum, { values }) => sum + values.calls, 0),
      200_000,
    )
    // About half a second on the build machine; folding anew at each key would take hours.
    assert.ok(took < 10_000, `${took} ms`)
  })

  it('properties past the budget fold their address', () => {
    const windows = new Windows({ ...LIMITS, maxPropertyKeys: 4 }, 0)
    for (let n = 0; n < 8; n++) windows.addProperty(1, property('Sum', 1, { ip: `10.0.0.${n}` }))
    const properties = windows.close(10_000).windows[0]?.properties ?? []
    assert.equal(properties.length, 5)
    assert.deepEqual(properties.at(-1), property('Sum', 4, { ip: '*' }))
    assert.deepEqual(windows.counts.property, { folded: 4, dropped: 0 })
  })
})

describe('a roll-up chosen by config', () => {
  const detail: readonly Partial<StatKey>[] = [
    {},
    { callerIp: '10.0.0.9' },
    { caller: 'App.Other' },
    { calleeIp: '10.1.0.9' },
  ]
  const levels = [
    [0, 4, 'keeps all detail'],
    [1, 3, 'leaves out the addresses of callers'],
    [2, 2, 'leaves out callers too'],
    [3, 1, 'leaves out the addresses of callees too'],
  ] as const
  for (const [foldedTo, keys, what] of levels) {
    it(`${foldedTo} ${what}; what is chosen is no loss`, () => {
      const windows = new Windows({ ...LIMITS, foldedTo }, 0)
      for (const key of [...detail, ...detail]) addStat(windows, 1, row(1, key))
      const stats = windows.close(10_000).windows[0]?.stats ?? []
      assert.equal(stats.length, keys)
      assert.equal(stats[0]?.key.callerIp, foldedTo > 0 ? '*' : KEY.callerIp)
      assert.deepEqual(totals(stats), { 'App.Server get 0': 8 })
      assert.deepEqual(windows.counts.stat, { folded: 0, dropped: 0 })
    })
  }

  it('folds further when there are too many keys, never less', () => {
    const foldedTo = 2
    fc.assert(
      fc.property(rows, budget, (given, maxStatKeys) => {
        const windows = new Windows({ ...LIMITS, maxStatKeys, foldedTo }, 0)
        for (const each of given) addStat(windows, 1, each)
        const stats = windows.close(10_000).windows[0]?.stats ?? []
        assert.ok(stats.length <= maxStatKeys)
        assert.ok(stats.every(({ key }) => key.caller === '*' && key.callerIp === '*'))
        assert.deepEqual(totals(stats), totals(given))
      }),
    )
  })
})
