import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { checkRetention } from '../../../src/cloud/api/retention.ts'
import { type Console, START, startConsole } from './console.ts'

describe('the API of retention and usage', () => {
  let site: Console
  let cookie: string
  let id: string
  before(async () => {
    site = await startConsole()
    cookie = await site.login()
    id = (await site.store.createEnvironment({ name: 'ours', framework: 'TARSFramework' }, START))
      .id
  })
  after(() => site.close())

  const call = (method: string, path: string, body?: unknown) =>
    site.call(method, `/api/v1/environments/${path}`, { cookie, body })
  const put = (body: unknown) => call('PUT', `${id}/retention`, body)
  const shown = async () => (await call('GET', id)).body.environment.retention
  const raw = (days: number, isDefault = false) => ({ days, isDefault, defaultDays: 8 })
  const hourly = (days: number, isDefault = false) => ({ days, isDefault, defaultDays: 400 })

  it('shows what counts, and whether it is the default of the cloud', async () => {
    assert.deepEqual(await shown(), { raw: raw(8, true), hourly: hourly(400, true) })
    const { status, body } = await put({ rawDays: 30, hourlyDays: 730 })
    assert.equal(status, 200)
    assert.deepEqual(body.environment.retention, { raw: raw(30), hourly: hourly(730) })
    assert.deepEqual(await shown(), body.environment.retention)
    await put({ rawDays: 8, hourlyDays: null })
    assert.deepEqual(await shown(), { raw: raw(8), hourly: hourly(400, true) })
    await put({ rawDays: null, hourlyDays: null })
    assert.deepEqual(await shown(), { raw: raw(8, true), hourly: hourly(400, true) })
  })

  const whole = (max: number) =>
    `a whole number of days from 2 to ${max}, or null for the cloud's default`
  const refused: [string, unknown, string, string][] = [
    ['less than two days', { rawDays: 1, hourlyDays: null }, 'rawDays', whole(400)],
    ['more than 400 days raw', { rawDays: 401, hourlyDays: 500 }, 'rawDays', whole(400)],
    ['parts of days', { rawDays: 2.5, hourlyDays: null }, 'rawDays', whole(400)],
    ['words', { rawDays: '30', hourlyDays: null }, 'rawDays', whole(400)],
    ['one alone', { rawDays: 30 }, 'hourlyDays', whole(3660)],
    ['hours beyond ten years', { rawDays: null, hourlyDays: 3661 }, 'hourlyDays', whole(3660)],
    [
      'hours that go before raw rows',
      { rawDays: 30, hourlyDays: 29 },
      'hourlyDays',
      'at least the 30 days that raw data is kept, not 29',
    ],
    [
      'hours that go before raw rows kept by default',
      { rawDays: null, hourlyDays: 7 },
      'hourlyDays',
      'at least the 8 days that raw data is kept, not 7',
    ],
  ]
  for (const [what, body, field, expected] of refused) {
    it(`refuses ${what}, and changes nothing`, async () => {
      const before = await shown()
      const { status, body: answer } = await put(body)
      assert.equal(status, 400)
      assert.deepEqual(answer.error.fields, [{ field, expected }])
      assert.deepEqual(await shown(), before)
    })
  }

  it('takes the bounds themselves', async () => {
    for (const days of [2, 400]) {
      assert.equal((await put({ rawDays: days, hourlyDays: days })).status, 200)
    }
    assert.equal((await put({ rawDays: 400, hourlyDays: 3660 })).status, 200)
  })

  it('the default can be gone back to, whatever it is', () => {
    checkRetention({ rawDays: null, hourlyDays: null }, { rawDays: 9, hourlyDays: 5 })
  })

  it('tells what the series take, and nothing of who never sent any', async () => {
    const usage = async () => (await call('GET', `${id}/usage`)).body.usage
    assert.deepEqual(await usage(), { records: 0, bytes: 0 })
    site.store.usageOf.set(id, { records: 14_500, bytes: 62_000_000 })
    assert.deepEqual(await usage(), { records: 14_500, bytes: 62_000_000 })
  })

  it('needs a session and an environment', async () => {
    const body = { rawDays: 30, hourlyDays: null }
    const path = `/api/v1/environments/${id}`
    assert.equal((await site.call('PUT', `${path}/retention`, { body })).status, 401)
    assert.equal((await site.call('GET', `${path}/usage`)).status, 401)
    assert.equal((await call('PUT', 'al-nowhere000/retention', body)).status, 404)
    assert.equal((await call('GET', 'al-nowhere000/usage')).status, 404)
  })
})
