import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { Zone } from '../../../../src/cloud/calendar/zone.ts'
import {
  lastPeriod,
  nextEnd,
  type Subscription,
} from '../../../../src/cloud/notify/summary/subscription.ts'

const daily: Subscription = {
  ...{ id: 's', environment: 'al-1', every: 'day', weekday: 1, at: '09:00' },
  ...{ timeZone: 'Asia/Shanghai', contacts: [], groups: [], evenIfQuiet: true },
}
const weekly: Subscription = { ...daily, every: 'week' }
const berlin: Subscription = { ...daily, timeZone: 'Europe/Berlin', at: '08:00' }
const iso = (at: number) => new Date(at).toISOString().slice(0, 16)

describe('periods', () => {
  // Name, subscription, now, the period that ended last, the end of the next.
  const cases: [string, Subscription, string, string, string, string][] = [
    [
      'a day, in the morning',
      daily,
      '2026-11-21T01:30Z',
      '2026-11-20T01:00',
      '2026-11-21T01:00',
      '2026-11-22T01:00',
    ],
    [
      'a day, before the hour',
      daily,
      '2026-11-21T00:59Z',
      '2026-11-19T01:00',
      '2026-11-20T01:00',
      '2026-11-21T01:00',
    ],
    [
      'a day, at the hour',
      daily,
      '2026-11-21T01:00Z',
      '2026-11-20T01:00',
      '2026-11-21T01:00',
      '2026-11-22T01:00',
    ],
    [
      'a week, by its weekday',
      weekly,
      '2026-11-21T12:00Z',
      '2026-11-09T01:00',
      '2026-11-16T01:00',
      '2026-11-23T01:00',
    ],
    [
      'a week, on its day before the hour',
      weekly,
      '2026-11-23T00:00Z',
      '2026-11-09T01:00',
      '2026-11-16T01:00',
      '2026-11-23T01:00',
    ],
    [
      'clocks go back: the day has 25 hours',
      berlin,
      '2026-10-25T12:00Z',
      '2026-10-24T06:00',
      '2026-10-25T07:00',
      '2026-10-26T07:00',
    ],
    [
      'clocks go forward: it has 23',
      berlin,
      '2026-03-29T12:00Z',
      '2026-03-28T07:00',
      '2026-03-29T06:00',
      '2026-03-30T06:00',
    ],
  ]
  for (const [name, subscription, now, from, to, next] of cases) {
    it(name, () => {
      const at = Date.parse(now)
      const period = lastPeriod(subscription, at)
      assert.deepEqual(
        [iso(period.from), iso(period.to), iso(nextEnd(subscription, at))],
        [from, to, next],
      )
      assert.equal(period.before.to, period.from)
    })
  }

  /** Clocks skip `minute` just before `at`. */
  function isJumpOver(zone: Zone, at: number, minute: number): boolean {
    return zone.minuteOf(at - 60_000) < minute && zone.minuteOf(at) > minute
  }

  it('follow one another without a gap, and each ends by the clock of its zone', () => {
    const zones = [
      'Asia/Shanghai',
      'Europe/Berlin',
      'America/New_York',
      'Australia/Lord_Howe',
      'Asia/Kathmandu',
    ]
    fc.assert(
      fc.property(
        fc.integer({ min: Date.UTC(2025, 0, 1), max: Date.UTC(2027, 0, 1) }),
        fc.constantFrom(...zones),
        fc.integer({ min: 0, max: 23 }),
        fc.constantFrom('day' as const, 'week' as const),
        fc.integer({ min: 0, max: 6 }),
        (now, timeZone, hour, every, weekday) => {
          const at = `${String(hour).padStart(2, '0')}:30`
          const subscription = { ...daily, every, weekday, at, timeZone }
          const period = lastPeriod(subscription, now)
          const next = nextEnd(subscription, now)
          assert.ok(period.from < period.to && period.to <= now && now < next)
          assert.equal(lastPeriod(subscription, next).from, period.to)
          const zone = new Zone(timeZone)
          for (const end of [period.from, period.to, next]) {
            const isShown = zone.minuteOf(end) === hour * 60 + 30
            assert.ok(isShown || isJumpOver(zone, end, hour * 60 + 30), new Date(end).toISOString())
          }
        },
      ),
      { numRuns: 300 },
    )
  })
})
