import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { daysOfYear } from '../../src/cloud/calendar/civil-day.ts'
import { type CalendarSettings, monthsOf, withDay } from '../../src/web/calendar.ts'

describe('a year in the console', () => {
  it('has twelve months, whose weeks begin on Monday', () => {
    const days = daysOfYear(2026).map((day) => {
      return { day, kind: 'workday', whence: 'weekday' } as const
    })
    const months = monthsOf(days)
    // 2026 begins on a Thursday; February, March and November on a Sunday.
    assert.deepEqual(
      months.map(({ blank }) => blank),
      [3, 6, 6, 2, 4, 0, 2, 5, 1, 3, 6, 1],
    )
    assert.deepEqual(
      months.map((month) => month.days.length),
      [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31],
    )
  })

  it('its own days are added, changed and taken away, in order', () => {
    const day = (date: string) => ({ date, name: date, like: 'special' }) as const
    const settings: CalendarSettings = {
      ...{ zone: 'UTC', holidays: 'none' },
      specialDays: [day('06-18'), day('11-11')],
    }
    const dates = (changed: CalendarSettings) => changed.specialDays.map(({ date }) => date)
    assert.deepEqual(dates(withDay(settings, day('08-08'), undefined)), ['06-18', '08-08', '11-11'])
    assert.deepEqual(dates(withDay(settings, day('12-12'), day('06-18'))), ['11-11', '12-12'])
    assert.deepEqual(dates(withDay(settings, undefined, day('11-11'))), ['06-18'])
    assert.equal(withDay(settings, undefined, undefined).zone, 'UTC')
  })
})
