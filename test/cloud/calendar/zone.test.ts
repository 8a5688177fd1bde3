import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { dayAfter, weekdayOf } from '../../../src/cloud/calendar/civil-day.ts'
import { Zone } from '../../../src/cloud/calendar/zone.ts'

const iso = (at: number) => new Date(at).toISOString().slice(0, 16)
const utc = (text: string) => Date.parse(`${text}Z`)

describe('the borders of days', () => {
  const cases = [
    ['Asia/Shanghai', '2026-10-01', '2026-09-30T16:00'],
    ['UTC', '2026-10-01', '2026-10-01T00:00'],
    ['Asia/Kolkata', '2026-10-01', '2026-09-30T18:30'],
    ['Pacific/Kiritimati', '2026-10-01', '2026-09-30T10:00'],
    ['Etc/GMT+12', '2026-10-01', '2026-10-01T12:00'],
    ['America/New_York', '2026-03-08', '2026-03-08T05:00'],
    ['America/New_York', '2026-03-09', '2026-03-09T04:00'],
    ['America/New_York', '2026-11-01', '2026-11-01T04:00'],
    ['America/New_York', '2026-11-02', '2026-11-02T05:00'],
    // Clocks went from 00:00 to 01:00: there was no midnight.
    ['America/Sao_Paulo', '2018-11-04', '2018-11-04T03:00'],
  ] as const
  for (const [zone, day, start] of cases) {
    it(`${day} in ${zone} begins at ${start} UTC`, () => {
      assert.equal(iso(new Zone(zone).startOf(day)), start)
    })
  }

  it('are where the day on the wall changes, in any zone', () => {
    const zones = Intl.supportedValuesOf('timeZone').filter((_, at) => at % 15 === 0)
    const days = fc.integer({ min: 0, max: 5000 }).map((at) => dayAfter('2020-01-01', at))
    fc.assert(
      fc.property(fc.constantFrom(...zones), days, (name, day) => {
        const zone = new Zone(name)
        const start = zone.startOf(day)
        assert.deepEqual([zone.dayOf(start), zone.dayOf(start - 1)], [day, dayAfter(day, -1)])
      }),
      { numRuns: 200 },
    )
  })

  it('are unknown of what is no day', () => {
    for (const text of ['2026-02-30', '2026-1-1', 'today', '']) {
      assert.throws(() => new Zone('UTC').startOf(text), RangeError, text)
      assert.throws(() => weekdayOf(text), RangeError, text)
    }
  })
})

describe('the same time of another day', () => {
  const cases = [
    ['Asia/Shanghai', '2026-11-19T02:15', '2026-11-18', '2026-11-18T02:15', 'a day before'],
    ['Asia/Shanghai', '2026-11-18T16:05', '2026-11-12', '2026-11-11T16:05', 'after midnight'],
    ['America/New_York', '2026-11-02T15:00', '2026-10-30', '2026-10-30T14:00', 'over a change'],
    ['America/New_York', '2026-03-09T14:00', '2026-03-08', '2026-03-08T14:00', 'the day of one'],
    ['America/New_York', '2026-03-08T14:00', '2026-03-06', '2026-03-06T15:00', 'on the day of one'],
    ['America/New_York', '2026-11-01T15:00', '2026-10-31', '2026-10-31T14:00', 'longer days, too'],
    ['America/New_York', '2026-03-09T04:05', '2026-03-08', '2026-03-08T05:05', 'before the change'],
  ] as const
  for (const [name, at, day, same, says] of cases) {
    it(`${says}: ${at} in ${name} is ${same} on ${day}`, () => {
      const zone = new Zone(name)
      assert.equal(iso(zone.sameTime(utc(at), day)), same)
      assert.equal(zone.minuteOf(utc(same)), zone.minuteOf(utc(at)))
    })
  }

  it('is near by where clocks never showed it', () => {
    const zone = new Zone('America/New_York')
    const at = zone.sameTime(utc('2026-03-09T06:30'), '2026-03-08')
    assert.equal(zone.dayOf(at), '2026-03-08')
    assert.ok(Math.abs(at - utc('2026-03-08T07:00')) <= 3600_000, iso(at))
  })
})
