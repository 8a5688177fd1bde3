import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Calendar } from '../../../src/cloud/calendar/calendar.ts'
import { calendarSchema } from '../../../src/cloud/calendar/special-day.ts'
import {
  DEFAULT_PLAN,
  dueMonth,
  type KeptPlan,
  nextDue,
} from '../../../src/cloud/drill/drill-plan.ts'

const HOUR_MS = 3_600_000
const shanghai = new Calendar()
/** What clocks in Shanghai show. */
const at = (text: string) => Date.parse(`${text.replace(' ', 'T')}:00+08:00`)

function plan(more: Partial<KeptPlan> = {}): KeptPlan {
  const kept = { environment: 'al-1', savedAt: at('2026-01-01 00:00'), month: '' }
  return { ...DEFAULT_PLAN, ...kept, enabled: true, ...more }
}

describe('the drill of a month', () => {
  const cases: [string, Partial<KeptPlan>, string, string | undefined][] = [
    ['is due at its time', {}, '2026-11-02 10:00', '2026-11'],
    ['is not due before', {}, '2026-11-02 09:59', undefined],
    ['waits for the first workday after a weekend', {}, '2026-11-01 10:00', undefined],
    ['waits for the first workday after the holidays', {}, '2026-10-07 23:00', undefined],
    ['is due on the first workday after the holidays', {}, '2026-10-08 10:00', '2026-10'],
    ['is due on its day, whatever day that is', { day: 15 }, '2026-11-15 10:00', '2026-11'],
    ['is due at another time', { at: '00:00', day: 1 }, '2026-11-01 00:00', '2026-11'],
    ['is begun late where the cloud was down', {}, '2026-11-03 10:00', '2026-11'],
    ['is left out after a day', {}, '2026-11-03 10:01', undefined],
    ['is not begun twice', { month: '2026-11' }, '2026-11-02 12:00', undefined],
    [
      'is not begun again when its day is moved',
      { month: '2026-11', day: 20 },
      '2026-11-20 10:00',
      undefined,
    ],
    ['does not hold back the next', { month: '2026-10' }, '2026-11-02 10:00', '2026-11'],
    [
      'is not what somebody missed who turned it on after it',
      { savedAt: at('2026-11-02 10:01') },
      '2026-11-02 10:02',
      undefined,
    ],
    ['is none where it is off', { enabled: false }, '2026-11-02 10:00', undefined],
  ]
  for (const [sentence, more, now, month] of cases) {
    it(sentence, () => assert.equal(dueMonth(plan(more), shanghai, at(now)), month))
  }

  it('is by the zone and the days of the environment', () => {
    const settings = {
      zone: 'America/New_York',
      holidays: 'none',
      specialDays: [{ date: '2026-11-02', name: 'off', like: 'weekend' }],
    }
    const calendar = new Calendar(calendarSchema.parse(settings))
    const due = Date.parse('2026-11-03T10:00:00-05:00')
    assert.equal(dueMonth(plan(), calendar, due - 1), undefined)
    assert.equal(dueMonth(plan(), calendar, due), '2026-11')
  })

  it('is due once in each of 36 months, when it is looked at each hour', () => {
    for (const day of ['first-workday', 1, 28] as const) {
      let kept = plan({ day })
      const begun: string[] = []
      const until = at('2029-01-01 00:00')
      for (let now = at('2026-01-01 00:30'); now < until; now += HOUR_MS) {
        const month = dueMonth(kept, shanghai, now)
        if (month === undefined) continue
        begun.push(month)
        kept = { ...kept, month }
      }
      assert.equal(new Set(begun).size, 36)
      assert.equal(begun.length, 36)
    }
  })
})

describe('the next drill', () => {
  const cases: [string, Partial<KeptPlan>, string, string | undefined][] = [
    ['is that of this month', {}, '2026-11-01 12:00', '2026-11-02 10:00'],
    ['is that of the next month', {}, '2026-11-02 10:00', '2026-12-01 10:00'],
    ['is that of the next year', { day: 5 }, '2026-12-31 23:00', '2027-01-05 10:00'],
    [
      'is that of the next month where this one had one',
      { month: '2026-11', day: 20 },
      '2026-11-05 10:00',
      '2026-12-20 10:00',
    ],
    ['is none where it is off', { enabled: false }, '2026-11-01 12:00', undefined],
  ]
  for (const [sentence, more, now, due] of cases) {
    it(sentence, () => {
      assert.equal(nextDue(plan(more), shanghai, at(now)), due === undefined ? due : at(due))
    })
  }
})
