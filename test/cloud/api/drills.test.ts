/** Drills by API. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Drill } from '../../../src/cloud/drill/drill.ts'
import type { Store } from '../../../src/cloud/store/store.ts'
import { dataFolder, openIn } from '../store/data-folder.ts'
import { START, serveConsole } from './console.ts'
import { memoryNotifyDesk } from './memory-desk.ts'

describe('drills', () => {
  const folder = dataFolder({ after })
  let store: Store
  let site: Awaited<ReturnType<typeof serveConsole>>
  let cookie: string
  let ours: string
  let theirs: string
  let changes = 0

  before(async () => {
    store = await openIn(folder)
    const { environments, contacts, reads: alerts, users, tokens, calendars, drills } = store
    const desk = {
      store: drills,
      async begin(environment: string, id: string) {
        const drill: Drill = { id, environment, begunAt: START, channels: [] }
        return (await drills.begin(drill)) ? drill : undefined
      },
      changed: () => void changes++,
    }
    site = await serveConsole({
      ...{ environments, contacts, alerts, users, tokens, calendars },
      notifyDesk: { ...memoryNotifyDesk(), drills: desk },
    })
    cookie = await site.login()
    const made = async (name: string) => {
      const body = { name, framework: 'TARSFramework' } as const
      const { id } = await environments.createEnvironment(body, START)
      const local = { environment: id, language: 'zh', timeZone: 'Asia/Shanghai' } as const
      await contacts.saveContact({ ...local, id: `c-${name}`, name, email: `${name}@example.com` })
      return id
    }
    ours = await made('a')
    theirs = await made('b')
  })
  after(async () => {
    await site.close()
    await store.close()
  })

  const call = (method: string, path = '', body?: unknown, environment = ours) =>
    site.call(method, `/api/v1/environments/${environment}/drills${path}`, { cookie, body })

  it('are off until somebody turns them on, in the zone of the calendar', async () => {
    const { plan, drills } = (await call('GET')).body
    const usual = { day: 'first-workday', at: '10:00', contacts: [] }
    assert.deepEqual([plan, drills], [{ enabled: false, ...usual, timeZone: 'Asia/Shanghai' }, []])
    await store.calendars.saveCalendar(ours, {
      ...{ zone: 'Europe/Berlin', holidays: 'none', specialDays: [] },
    })
    const body = { enabled: true, day: 15, at: '09:30', contacts: ['c-a'] }
    const saved = await call('PUT', '/plan', body)
    const nextAtMs = Date.parse('2026-03-15T09:30:00+01:00')
    assert.deepEqual(saved.body.plan, { ...body, timeZone: 'Europe/Berlin', nextAtMs })
    assert.equal(changes, 1)
    assert.deepEqual((await call('GET')).body.plan, saved.body.plan)
    assert.equal((await call('GET', '', undefined, theirs)).body.plan.enabled, false)
  })

  const right = { enabled: true, day: 1, at: '10:00' }
  const faults: [string, object, string][] = [
    ['neither on nor off', { ...right, enabled: undefined }, 'enabled'],
    ['on a day that not each month has', { ...right, day: 29 }, 'day'],
    ['on no day', { ...right, day: 'monday' }, 'day'],
    ['at no time', { ...right, at: '24:00' }, 'at'],
    ["for another environment's contact", { ...right, contacts: ['c-b'] }, 'contacts/0'],
  ]
  for (const [name, body, field] of faults) {
    it(`a plan ${name} is refused`, async () => {
      const { status, body: answer } = await call('PUT', '/plan', body)
      assert.equal(status, 400)
      assert.equal(answer.error.fields[0].field, field)
      assert.equal(changes, 1)
    })
  }

  it('one is begun at once, one at a time, each environment its own', async () => {
    const { status, body } = await call('POST')
    assert.equal(status, 202)
    const { id, ...drill } = body.drill
    const none = { takenUp: false, why: [], channels: [] }
    assert.deepEqual(drill, { begunAtMs: START, outcome: 'under-way', ...none })
    assert.equal((await call('POST')).status, 409)
    assert.deepEqual((await call('GET', '', undefined, theirs)).body.drills, [])
    assert.equal((await call('POST', '', undefined, theirs)).status, 202)
    assert.equal((await call('POST', '', undefined, 'al-none')).status, 404)
    assert.deepEqual((await call('GET')).body.drills[0].id, id)
  })

  it('what one found is told in ms since its fault', async () => {
    const [drill] = await store.drills.drills(ours)
    assert.ok(drill)
    const at = START + 1000
    const mail = {
      channel: 'mail',
      planned: 2,
      accepted: 1,
      firstAt: at + 90,
      lastAt: at + 90,
    } as const
    const missing = [{ to: '李四', answer: '550' }]
    const steps = { storedAt: at + 20, firedAt: at - 1, plannedAt: at + 30, alert: 'a' }
    const end = { at: at + 95, outcome: 'failed', step: 'accepted', why: ['550'] } as const
    const ended: Drill = {
      ...{ ...drill, faultAt: at, ...steps, takenUp: true, channels: [{ ...mail, missing }], end },
    }
    await store.drills.save(ended, [])
    assert.deepEqual((await call('GET')).body.drills, [
      {
        ...{ id: drill.id, begunAtMs: START, endedAtMs: at + 95, outcome: 'failed' },
        ...{ step: 'accepted', why: ['550'], takenUp: true, alarm: 'a' },
        ...{ storedMs: 20, firedMs: 0, plannedMs: 30 },
        channels: [{ channel: 'mail', planned: 2, accepted: 1, firstMs: 90, lastMs: 90, missing }],
      },
    ])
  })
})
