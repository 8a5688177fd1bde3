import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { historicInstants, LateData, recentInstants } from '../../../src/cloud/rules/late-data.ts'
import { lookBackMs } from '../../../src/cloud/rules/look-back.ts'
import { parse } from '../../../src/promql/index.ts'
import { rulesOf } from './rule-world.ts'

const S = 1000

describe('late data', () => {
  it('of the last ten minutes are ready five seconds after the first, all together', () => {
    const late = new LateData()
    late.note(900 * S, 1000 * S)
    late.note(950 * S, 1004 * S)
    assert.equal(late.takeRecent(1004 * S), undefined)
    assert.deepEqual(late.takeRecent(1005 * S), { fromMs: 900 * S, toMs: 950 * S })
    assert.equal(late.isReady(2000 * S), false)
  })

  it('that are older are ready when none has come for a minute', () => {
    const late = new LateData()
    for (const now of [5000, 5050]) late.note(1000 * S, now * S)
    assert.equal(late.takeHistoric(5100 * S), undefined)
    assert.deepEqual(late.takeHistoric(5110 * S), { fromMs: 1000 * S, toMs: 1000 * S })
  })

  it('leave time to others, also where some are always late', () => {
    const late = new LateData()
    late.restUntil(1060 * S)
    late.note(900 * S, 1000 * S)
    assert.equal(late.isReady(1059 * S), false)
    assert.equal(late.isReady(1060 * S), true)
  })

  it('that could not be evaluated come again', () => {
    const late = new LateData()
    late.putBack({ fromMs: 900 * S, toMs: 950 * S }, 1000 * S)
    assert.deepEqual(late.takeRecent(1005 * S), { fromMs: 900 * S, toMs: 950 * S })
  })
})

describe('the instants that late data change', () => {
  const [group] = rulesOf('{record: r, expr: up}').groups
  assert.ok(group)
  const now = 100_000 * S
  const outage = { fromMs: 60_000 * S, toMs: 90_000 * S }

  it('of a long outage are some, and those of who reads are among those of who writes', () => {
    const writes = historicInstants({ group, lookBackMs: 60 * S }, outage, now, now)
    const reads = historicInstants({ group, lookBackMs: 3600 * S }, outage, now, now)
    assert.deepEqual([writes[0], writes[1]], [60_000 * S, 60_160 * S])
    assert.ok(writes.length <= 361 && reads.length <= 361)
    const known = new Set(writes)
    const missing = reads.filter((at) => at <= 90_000 * S && !known.has(at))
    assert.deepEqual(missing, [])
  })

  it('end with the first that they do not change', () => {
    const reader = { group, lookBackMs: 60 * S }
    const span = { fromMs: 99_900 * S, toMs: 99_900 * S }
    assert.equal(recentInstants(reader, span, now, now).at(-1), 99_960 * S)
    assert.equal(historicInstants(reader, outage, now, now).at(-1), 90_060 * S)
  })
})

describe('how far an expression looks back', () => {
  const cases = [
    ['vector(1)', 0],
    ['tars_calls', 300],
    ['tars_calls offset 10m', 900],
    ['tars_calls offset -10m', 300],
    ['sum_over_time(tars_calls[1m])', 60],
    ['sum_over_time(tars_calls[1m] offset 1h)', 3660],
    ['max_over_time(sum_over_time(tars_calls[1m])[1h:1m])', 3660],
    ['sum_over_time(tars_calls[1m]) > on () sum_over_time(tars_calls[2m])', 120],
  ] as const
  for (const [expr, seconds] of cases) {
    it(`${expr}: ${seconds} s`, () => assert.equal(lookBackMs(parse(expr)), seconds * S))
  }
})
