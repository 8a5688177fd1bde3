import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Calendar, type DayKind } from '../../../src/cloud/calendar/calendar.ts'
import { dayAfter, daysOfYear } from '../../../src/cloud/calendar/civil-day.ts'
import { calendarSchema } from '../../../src/cloud/calendar/special-day.ts'
import { statutoryDay } from '../../../src/cloud/calendar/statutory-days.ts'

/** As the General Office of the State Council announced: days off from – to, and weekend days worked. */
const ANNOUNCED = [
  { name: '元旦', from: '2024-01-01', to: '2024-01-01', worked: [] },
  { name: '春节', from: '2024-02-10', to: '2024-02-17', worked: ['2024-02-04', '2024-02-18'] },
  { name: '清明', from: '2024-04-04', to: '2024-04-06', worked: ['2024-04-07'] },
  { name: '劳动节', from: '2024-05-01', to: '2024-05-05', worked: ['2024-04-28', '2024-05-11'] },
  { name: '端午', from: '2024-06-10', to: '2024-06-10', worked: [] },
  { name: '中秋', from: '2024-09-15', to: '2024-09-17', worked: ['2024-09-14'] },
  { name: '国庆节', from: '2024-10-01', to: '2024-10-07', worked: ['2024-09-29', '2024-10-12'] },
  { name: '元旦', from: '2025-01-01', to: '2025-01-01', worked: [] },
  { name: '春节', from: '2025-01-28', to: '2025-02-04', worked: ['2025-01-26', '2025-02-08'] },
  { name: '劳动节', from: '2025-05-01', to: '2025-05-05', worked: ['2025-04-27'] },
  {
    name: '国庆节|中秋',
    from: '2025-10-01',
    to: '2025-10-08',
    worked: ['2025-09-28', '2025-10-11'],
  },
  { name: '元旦', from: '2026-01-01', to: '2026-01-03', worked: ['2026-01-04'] },
  { name: '春节', from: '2026-02-15', to: '2026-02-23', worked: ['2026-02-14', '2026-02-28'] },
  { name: '清明', from: '2026-04-04', to: '2026-04-06', worked: [] },
  { name: '劳动节', from: '2026-05-01', to: '2026-05-05', worked: ['2026-05-09'] },
  { name: '端午', from: '2026-06-19', to: '2026-06-21', worked: [] },
  { name: '中秋', from: '2026-09-25', to: '2026-09-27', worked: [] },
  { name: '国庆节', from: '2026-10-01', to: '2026-10-07', worked: ['2026-09-20', '2026-10-10'] },
]

describe('holidays and the weekend days worked for them', () => {
  const calendar = new Calendar()

  for (const { name, from, to, worked } of ANNOUNCED) {
    it(`${from.slice(0, 4)} ${name}`, () => {
      for (let day = from; day <= to; day = dayAfter(day, 1)) {
        const { kind, name: named, known } = calendar.info(day)
        assert.deepEqual([day, kind, known], [day, 'holiday', true])
        assert.match(named?.zh ?? '', new RegExp(`^(${name})$`), day)
      }
      for (const day of worked) assert.equal(calendar.info(day).kind, 'make-up-workday', day)
      for (const day of [dayAfter(from, -1), dayAfter(to, 1)]) {
        assert.notEqual(calendar.info(day).kind, 'holiday', day)
      }
    })
  }

  it('are 28 and 8 of 2024, 28 and 5 of 2025, 33 and 6 of 2026', () => {
    const count = (year: number, kind: DayKind) => {
      let days = 0
      for (let day = `${year}-01-01`; day < `${year + 1}-01-01`; day = dayAfter(day, 1)) {
        if (calendar.info(day).kind === kind) days++
      }
      return days
    }
    const counts = [2024, 2025, 2026].map((year) => [
      count(year, 'holiday'),
      count(year, 'make-up-workday'),
    ])
    assert.deepEqual(counts, [
      [28, 8],
      [28, 5],
      [33, 6],
    ])
  })

  it('are those of the law in a year whose schedule is not announced', () => {
    const holidays = daysOfYear(2031).filter((day) => calendar.info(day).kind === 'holiday')
    assert.deepEqual(
      holidays.map((day) => `${day.slice(5)} ${calendar.info(day).name?.zh}`),
      [
        ...['01-01 元旦', '01-22 春节', '01-23 春节', '01-24 春节', '01-25 春节', '04-05 清明'],
        ...['05-01 劳动节', '05-02 劳动节', '06-24 端午'],
        ...['10-01 国庆节', '10-02 国庆节', '10-03 国庆节'],
      ],
    )
    const { kind, whence, known } = calendar.info('2031-01-22')
    assert.deepEqual([kind, whence, known], ['holiday', 'law', true])
  })

  it('of the law are holidays of each schedule since it came into force, of the same name', () => {
    for (const day of [2025, 2026].flatMap(daysOfYear)) {
      const { name } = statutoryDay(day) ?? {}
      if (!name) continue
      const { kind, name: scheduled } = calendar.info(day)
      assert.deepEqual([day, kind, scheduled], [day, 'holiday', name])
    }
  })

  it('of the law before it have one day less of Spring Festival and Labour Day', () => {
    const isLater = (day: string) =>
      day.endsWith('-05-02') || statutoryDay(dayAfter(day, 1))?.name.zh === '春节'
    for (let year = 2008; year < 2025; year++) {
      for (const day of daysOfYear(year)) {
        const { name } = statutoryDay(day) ?? {}
        if (!name || isLater(day)) continue
        // The data lack some that fall on a weekend.
        assert.doesNotMatch(calendar.info(day).kind, /workday/, day)
      }
    }
  })

  it('else are not known of such a year: weekends are', () => {
    assert.deepEqual(calendar.info('2099-10-04'), {
      kind: 'weekend',
      whence: 'weekday',
      known: false,
    })
    assert.deepEqual(calendar.info('2099-10-05'), {
      kind: 'workday',
      whence: 'weekday',
      known: false,
    })
  })

  it('are none where the environment keeps none', () => {
    const none = new Calendar(calendarSchema.parse({ holidays: 'none' }))
    assert.deepEqual(none.info('2026-10-01'), { kind: 'workday', whence: 'weekday', known: true })
    assert.deepEqual(none.info('2026-10-10'), { kind: 'weekend', whence: 'weekday', known: true })
  })
})

describe('special days of an environment', () => {
  const calendar = new Calendar(
    calendarSchema.parse({
      specialDays: [
        { date: '11-11', name: '双11' },
        { date: '2027-11-11', name: '照常', like: 'workday' },
        { date: '2026-10-01', name: '值班', like: 'workday' },
        { date: '2027-02-08', name: '春节', like: 'weekend' },
        { date: '02-29', name: '闰日' },
      ],
    }),
  )
  const cases = [
    ['2026-11-11', 'special', '双11', 'comes back each year'],
    ['2025-11-11', 'special', '双11', 'and did before'],
    ['2027-11-11', 'workday', '照常', 'a date wins over each year'],
    ['2026-10-01', 'workday', '值班', 'wins over the schedule'],
    ['2027-02-08', 'weekend', '春节', 'stands for a holiday that is not announced'],
    ['2028-02-29', 'special', '闰日', 'exists in leap years only'],
  ] as const

  for (const [day, kind, name, says] of cases) {
    it(`${day} ${says}`, () => {
      assert.deepEqual(calendar.info(day), {
        kind,
        name: { zh: name, en: name },
        whence: 'own',
        known: true,
      })
    })
  }

  it('leave other days alone', () => {
    assert.deepEqual(calendar.info('2026-11-12'), {
      kind: 'workday',
      whence: 'weekday',
      known: true,
    })
  })
})

describe('settings of a calendar', () => {
  it('are Shanghai and Chinese holidays when nothing is said', () => {
    assert.deepEqual(calendarSchema.parse({}), {
      ...{ zone: 'Asia/Shanghai', holidays: 'china', specialDays: [] },
    })
  })

  const refused = [
    [{ zone: 'Mars/Olympus' }, /zone.*expected a time zone like Asia\/Shanghai/s],
    [{ specialDays: [{ date: '2026-02-30', name: 'x' }] }, /expected a day like 2026-11-11/],
    [{ specialDays: [{ date: '13-01', name: 'x' }] }, /expected a day like 2026-11-11/],
    [{ specialDays: [{ date: '11-11', name: ' ' }] }, /name/],
    [{ specialDays: [{ date: '11-11', name: 'x', like: 'holiday' }] }, /like/],
    [{ specialDays: [{ date: '11-11', name: 'x', colour: 'red' }] }, /colour/],
    [{ specialDays: ['a', 'b'].map((name) => ({ date: '11-11', name })) }, /11-11 is there twice/],
  ] as const
  for (const [settings, message] of refused) {
    it(`refuse ${JSON.stringify(settings)}`, () => {
      const { error } = calendarSchema.safeParse(settings)
      assert.match(error?.message ?? '', message)
    })
  }
})
