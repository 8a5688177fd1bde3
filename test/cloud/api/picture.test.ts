import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Picture } from '../../../src/cloud/picture/picture.ts'
import { FAILING } from '../picture/support/pictures.ts'
import { START, serveConsole } from './console.ts'
import { MemoryStore } from './memory-store.ts'
import { alertRow } from './rows.ts'

describe('the picture of an alarm over the API', () => {
  const store = new MemoryStore()
  const asked: [string, number][] = []
  let picture: Picture | undefined = FAILING
  let site: Awaited<ReturnType<typeof serveConsole>>
  let cookie: string
  before(async () => {
    site = await serveConsole({
      ...{ environments: store, contacts: store, alerts: store, users: store },
      pictures: {
        async of({ id }, asOf) {
          asked.push([id, asOf])
          return picture
        },
      },
    })
    cookie = await site.login()
    store.alertRows.push(alertRow('al-1', START - 900_000))
  })
  after(() => site.close())

  const get = (query = '', alarm = `alert-${START - 900_000}`) =>
    site.call('GET', `/api/v1/environments/al-1/alarms/${alarm}/picture${query}`, { cookie })

  it('holds what is drawn as numbers, in words and drawn', async () => {
    const { status, body } = await get('?language=en&timeZone=UTC&width=400')
    assert.equal(status, 200)
    const { lines, svg, words, ...rest } = body.picture
    assert.deepEqual(
      lines.map(({ role, name }: { role: string; name: string }) => [role, name]),
      [
        ['now', 'Failures'],
        ['calls', 'Calls'],
        ['reference', 'reference day 2026-11-19'],
      ],
    )
    assert.deepEqual(lines[0].points, FAILING.lines[0]?.points)
    assert.equal(lines[1].texts[60], '1,000')
    assert.match(svg, /^<svg xmlns[^>]* width="400"/)
    assert.match(svg, /fired 09:32/)
    assert.match(words, /^Failures \(a minute\): 320 when it fired/)
    assert.deepEqual(
      [rest.title, rest.unit, rest.firedAtMs, rest.resolvedAtMs, rest.referenceDay],
      ['Failures (a minute)', 'perMinute', FAILING.firedAt, FAILING.resolvedAt, '2026-11-19'],
    )
  })

  it('in Chinese and as of Shanghai, where nothing else is asked for', async () => {
    const { body } = await get()
    assert.equal(body.picture.width, 640)
    assert.match(body.picture.svg, /告警 17:32/)
  })

  it('reaches as far as data surely have come', async () => {
    asked.length = 0
    await get()
    assert.deepEqual(asked, [[`alert-${START - 900_000}`, START - 60_000]])
  })

  it('there may be none', async () => {
    picture = undefined
    const { status, body } = await get()
    assert.deepEqual([status, body.picture], [200, undefined])
    picture = FAILING
  })

  const refused: [string, string, number][] = [
    ['an alarm that is not there', 'no-such', 404],
    ['a width that no picture has', '?width=20000', 400],
    ['a time zone that does not exist', '?timeZone=Mars/Olympus', 400],
    ['a language that is not spoken', '?language=fr', 400],
  ]
  for (const [sentence, what, status] of refused) {
    it(`refuses ${sentence}`, async () => {
      const answer = what.startsWith('?') ? await get(what) : await get('', what)
      assert.equal(answer.status, status)
    })
  }

  it('is for who is logged in', async () => {
    const path = `/api/v1/environments/al-1/alarms/alert-${START - 900_000}/picture`
    assert.equal((await site.call('GET', path)).status, 401)
  })
})
