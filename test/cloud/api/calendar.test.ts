import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type Console, START, startConsole } from './console.ts'

type Day = { readonly day: string; readonly kind: string; readonly whence: string }

describe('the API of the calendar', () => {
  let site: Console
  let cookie: string
  let ours: string
  before(async () => {
    site = await startConsole()
    cookie = await site.login()
    ours = (await site.store.createEnvironment({ name: 'a', framework: 'TARSFramework' }, START)).id
  })
  after(() => site.close())

  const call = (method: string, query = '', body?: unknown) =>
    site.call(method, `/api/v1/environments/${ours}/calendar${query}`, { cookie, body })
  const own = (date: string, like = 'special') => ({ date, name: '自定义', like })

  async function dayOf(day: string): Promise<unknown> {
    const { year } = (await call('GET', `?year=${day.slice(0, 4)}`)).body
    return year.days.find((one: Day) => one.day === day)
  }

  it('is that of China until something else is said, and shows this year', async () => {
    const { calendar, year } = (await call('GET')).body
    assert.deepEqual(calendar, { zone: 'Asia/Shanghai', holidays: 'china', specialDays: [] })
    const { today, scheduledUntil, days } = year
    assert.deepEqual([year.year, today, scheduledUntil], [2026, '2026-03-02', '2026-12-31'])
    assert.deepEqual([days.length, days[0].day, days[364].day], [365, '2026-01-01', '2026-12-31'])
  })

  it('tells of each day what it is, and who says so', async () => {
    const name = { zh: '国庆节', en: 'National Day' }
    assert.deepEqual(await dayOf('2026-10-10'), {
      ...{ day: '2026-10-10', kind: 'make-up-workday', whence: 'schedule', name },
    })
    const [weekend, workday] = [await dayOf('2026-11-21'), await dayOf('2027-10-04')]
    assert.deepEqual(await dayOf('2027-10-01'), {
      ...{ day: '2027-10-01', kind: 'holiday', whence: 'law', name },
    })
    assert.deepEqual(weekend, { day: '2026-11-21', kind: 'weekend', whence: 'weekday' })
    assert.deepEqual(workday, { day: '2027-10-04', kind: 'workday', whence: 'weekday' })
  })

  it('days of its own win, each year or once', async () => {
    const specialDays = [own('11-11'), own('2026-10-01', 'workday')]
    const saved = await call('PUT', '?year=2027', { specialDays })
    assert.equal(saved.status, 200)
    assert.deepEqual(saved.body.calendar.specialDays, specialDays)
    assert.equal(saved.body.year.year, 2027)
    const name = { zh: '自定义', en: '自定义' }
    for (const [day, kind] of [
      ['2026-11-11', 'special'],
      ['2027-11-11', 'special'],
      ['2026-10-01', 'workday'],
    ] as const) {
      assert.deepEqual(await dayOf(day), { day, kind, whence: 'own', name })
    }
  })

  it('without holidays there is nothing that ends', async () => {
    const { year } = (await call('PUT', '', { holidays: 'none', zone: 'Europe/Berlin' })).body
    assert.equal(year.scheduledUntil, undefined)
    assert.deepEqual(
      new Set(year.days.map((one: Day) => one.kind)),
      new Set(['workday', 'weekend']),
    )
  })

  const refused: [string, unknown, string][] = [
    ['a day that does not exist', { specialDays: [own('2026-02-30')] }, 'specialDays/0/date'],
    ['a day twice', { specialDays: [own('11-11'), own('11-11')] }, 'specialDays/1/date'],
    ['no name', { specialDays: [{ date: '11-11', name: ' ' }] }, 'specialDays/0/name'],
    ['no zone', { zone: 'Mars/Base' }, 'zone'],
    ['an unknown field', { colour: 'red' }, 'colour'],
  ]
  for (const [name, body, field] of refused) {
    it(`is refused where it is wrong: ${name}`, async () => {
      const { status, body: answer } = await call('PUT', '', body)
      assert.deepEqual([status, answer.error.fields[0].field], [400, field])
    })
  }

  it('takes as many days as there may be, and no more', async () => {
    const many = Array.from({ length: 401 }, (_, at) => {
      return { ...own(new Date(Date.UTC(2026, 0, 1 + at)).toISOString().slice(0, 10)) }
    })
    const name = '长'.repeat(50)
    const specialDays = many.slice(1).map((day) => ({ ...day, name }))
    assert.equal((await call('PUT', '', { specialDays })).status, 200)
    assert.equal((await call('PUT', '', { specialDays: many })).status, 400)
  })

  it('is of an environment that there is', async () => {
    const path = '/api/v1/environments/al-nowhere/calendar'
    for (const [method, body] of [['GET', undefined] as const, ['PUT', {}] as const]) {
      assert.equal((await site.call(method, path, { cookie, body })).status, 404)
    }
  })
})
