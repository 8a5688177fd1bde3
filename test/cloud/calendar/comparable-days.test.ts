import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { Calendar } from '../../../src/cloud/calendar/calendar.ts'
import { dayAfter } from '../../../src/cloud/calendar/civil-day.ts'
import { comparableDays, weekReference } from '../../../src/cloud/calendar/comparable-days.ts'
import { calendarSchema } from '../../../src/cloud/calendar/special-day.ts'

const calendar = new Calendar(
  calendarSchema.parse({
    specialDays: [
      { date: '11-11', name: '双11' },
      { date: '2026-11-09', name: '预售' },
      { date: '2026-11-10', name: '双11' },
    ],
  }),
)

describe('comparable days of the last 7', () => {
  /** Of 2026: the day; comparable ones, best first; the reference of the week. */
  const cases = [
    ['a Thursday', '11-19', '11-18 11-17 11-16 11-13 11-12', '11-12'],
    ['a Monday is like the Friday before', '11-23', '11-20 11-19 11-18 11-17 11-16', '11-16'],
    ['a Saturday is like a Saturday, then a Sunday', '11-21', '11-14 11-15', '11-14'],
    ['a Sunday is like a Sunday, then a Saturday', '11-22', '11-15 11-21', '11-15'],
    ['the first workday after a short holiday', '06-22', '06-18 06-17 06-16 06-15', '06-15'],
    ['the first workday after a long one is like none', '10-08', '', ''],
    ['the second is like the first', '10-09', '10-08', '10-08'],
    ['a Saturday worked is a workday', '10-10', '10-09 10-08', '10-08'],
    ['a workday is like usual ones first', '10-12', '10-09 10-08 10-10', '10-08'],
    [
      'a Sunday after a holiday is like its days at worst',
      '10-11',
      '10-07 10-06 10-05 10-04',
      '10-04',
    ],
    ['a holiday is like its days before', '10-03', '10-02 10-01 09-27 09-26', '10-01'],
    ['the first of a holiday is like another', '10-01', '09-27 09-26 09-25', '09-25'],
    ['the first of a holiday is like a weekend', '05-01', '04-26 04-25', '04-25'],
    ['a special day is like those of its name', '11-11', '11-10', '11-10'],
    ['a special day of another name is like none', '11-09', '', ''],
    ['no day is like a special day', '11-12', '11-06 11-05', '11-05'],
  ] as const

  const dayOf = (day: string) => `2026-${day}`
  for (const [name, day, like, week] of cases) {
    it(`${name}: ${day}`, () => {
      const expected = like === '' ? [] : like.split(' ').map(dayOf)
      assert.deepEqual(comparableDays(dayOf(day), calendar, { maxAgeDays: 7 }), expected)
      assert.equal(weekReference(dayOf(day), calendar), week === '' ? undefined : dayOf(week))
    })
  }

  /** Their small hours, best first. */
  const nights = [
    ['a Thursday’s goes with the Wednesday', '11-19', '11-18 11-17 11-13'],
    ['a Monday’s with the Sunday', '11-23', '11-16'],
    ['a Saturday’s with the Friday', '11-21', '11-14'],
    ['the second workday’s after a holiday with the first: there is none', '10-09', ''],
    ['the first’s of a holiday with a workday', '10-01', '09-25'],
    ['the third’s of a holiday with a holiday or weekend', '10-03', '10-02 09-27 09-26'],
  ] as const
  for (const [name, day, like] of nights) {
    it(`of which the small hours are like: ${name}: ${day}`, () => {
      const expected = like === '' ? [] : like.split(' ').map(dayOf)
      const search = { maxAgeDays: 7, isNight: true }
      assert.deepEqual(comparableDays(dayOf(day), calendar, search), expected)
    })
  }

  it('are before the day, not too long, none twice, and never special for another', () => {
    const days = fc.integer({ min: 0, max: 1095 }).map((at) => dayAfter('2024-01-01', at))
    fc.assert(
      fc.property(days, fc.integer({ min: 0, max: 30 }), (day, maxAgeDays) => {
        const found = comparableDays(day, calendar, { maxAgeDays })
        const oldest = dayAfter(day, -maxAgeDays)
        assert.equal(new Set(found).size, found.length)
        assert.ok(found.every((each) => each >= oldest && each < day))
        const { kind } = calendar.info(day)
        for (const each of found) {
          assert.equal(calendar.info(each).kind === 'special', kind === 'special')
        }
        const week = weekReference(day, calendar, { maxAgeDays })
        assert.ok(week === undefined || found.includes(week))
      }),
    )
  })
})
