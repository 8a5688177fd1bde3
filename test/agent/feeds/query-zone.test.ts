import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { lastEnd, stampOf } from '../../../src/agent/feeds/bucket.ts'
import { fits, offsetAt, offsetOf } from '../../../src/agent/feeds/query-zone.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

describe('offsetAt', () => {
  const zones: [zone: string, at: string, hours: number][] = [
    ['UTC', '2026-11-21T02:40Z', 0],
    ['Asia/Shanghai', '2026-11-21T02:40Z', 8],
    ['+08:00', '2026-11-21T02:40Z', 8],
    ['-03:30', '2026-11-21T02:40Z', -3.5],
    ['Asia/Kathmandu', '2026-11-21T02:40Z', 5.75],
    ['Europe/Berlin', '2026-07-01T00:00Z', 2],
    ['Europe/Berlin', '2026-11-21T00:00Z', 1],
    ['America/St_Johns', '2026-11-21T00:00Z', -3.5],
  ]
  for (const [zone, at, hours] of zones) {
    it(`${zone} at ${at} is ${hours} h ahead of UTC`, () => {
      assert.equal(offsetAt(zone, Date.parse(at)), hours * HOUR)
    })
  }

  it('refuses what is no zone', () => {
    assert.throws(() => offsetAt('Mars/Olympus', 0), RangeError)
  })
})

describe('offsetOf: the zone from the newest bucket', () => {
  it('is found in all half hours, however late the bucket is and a little wrong the clock', () => {
    const now = fc.integer({ min: Date.UTC(2026, 0), max: Date.UTC(2030, 0) })
    const halfHours = fc.integer({ min: -24, max: 28 })
    const lateMs = fc.integer({ min: 0, max: 10 * MINUTE - 1 })
    const skewMs = fc.integer({ min: -4 * MINUTE, max: 4 * MINUTE })
    fc.assert(
      fc.property(now, halfHours, lateMs, skewMs, (at, halves, late, skew) => {
        const offsetMs = halves * 30 * MINUTE
        const endMs = lastEnd(at - late, 5 * MINUTE)
        const heardAt = at + skew
        // Of two zeros, too.
        assert.ok(offsetOf(stampOf(endMs, offsetMs), heardAt) === offsetMs)
        assert.ok(fits(endMs, heardAt))
      }),
    )
  })

  it('no zone is a day ahead', () => {
    const stamp = { date: '20261122', tflag: '0240' }
    assert.equal(offsetOf(stamp, Date.parse('2026-11-21T02:42Z')), undefined)
    assert.ok(!fits(Date.parse('2026-11-21T02:40Z'), Date.parse('2026-11-21T03:42Z')))
  })
})
