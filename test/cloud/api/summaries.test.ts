/** Summaries by API. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import type { Store } from '../../../src/cloud/store/store.ts'
import { dataFolder, openIn } from '../store/data-folder.ts'
import { START, serveConsole } from './console.ts'
import { memoryNotifyDesk } from './memory-desk.ts'

describe('summaries', () => {
  const folder = dataFolder({ after })
  let store: Store
  let site: Awaited<ReturnType<typeof serveConsole>>
  let cookie: string
  let ours: string
  let theirs: string
  let changes = 0

  before(async () => {
    store = await openIn(folder)
    const { environments, contacts, reads: alerts, users, tokens, policies, summaries } = store
    const desk = { store: summaries, changed: () => void changes++ }
    site = await serveConsole({
      ...{ environments, contacts, alerts, users, tokens },
      notifyDesk: { ...memoryNotifyDesk(), policies, summaries: desk },
    })
    cookie = await site.login()
    const made = async (name: string) => {
      const { id } = await environments.createEnvironment(
        { name, framework: 'TARSFramework' },
        START,
      )
      const local = { environment: id, language: 'zh', timeZone: 'Asia/Shanghai' } as const
      await contacts.saveContact({ ...local, id: `c-${name}`, name, email: `${name}@example.com` })
      return id
    }
    ours = await made('a')
    theirs = await made('b')
  })
  beforeEach(() => {
    changes = 0
  })
  after(async () => {
    await site.close()
    await store.close()
  })

  const call = (method: string, path = '', body?: unknown, environment = ours) =>
    site.call(method, `/api/v1/environments/${environment}/summaries${path}`, { cookie, body })

  it('one is made, changed and removed, and the clock hears of it', async () => {
    assert.deepEqual((await call('GET')).body.summaries, [])
    const made = await call('POST', '', { every: 'day', contacts: ['c-a'] })
    assert.equal(made.status, 201)
    const { id, ...rest } = made.body.summary
    const usual = {
      weekday: 1,
      at: '09:00',
      timeZone: 'Asia/Shanghai',
      groups: [],
      evenIfQuiet: true,
    }
    assert.deepEqual(rest, { every: 'day', contacts: ['c-a'], ...usual })
    const body = {
      every: 'week',
      weekday: 5,
      at: '18:30',
      timeZone: 'Europe/Berlin',
      contacts: ['c-a'],
    }
    assert.equal((await call('PUT', `/${id}`, { ...body, evenIfQuiet: false })).status, 200)
    assert.deepEqual((await call('GET')).body.summaries, [
      { id, ...body, groups: [], evenIfQuiet: false },
    ])
    assert.equal(changes, 2)
    assert.equal((await call('DELETE', `/${id}`)).status, 200)
    assert.equal((await call('DELETE', `/${id}`)).status, 404)
    assert.deepEqual((await call('GET')).body.summaries, [])
  })

  const faults: [string, object, string][] = [
    ['for nobody', { every: 'day' }, 'contacts'],
    ["for another environment's contact", { every: 'day', contacts: ['c-b'] }, 'contacts/0'],
    ['for a group that is not there', { every: 'day', groups: ['g'] }, 'groups/0'],
    ['at no time', { every: 'day', contacts: ['c-a'], at: '24:00' }, 'at'],
    ['by the month', { every: 'month', contacts: ['c-a'] }, 'every'],
    ['on no day', { every: 'week', weekday: 7, contacts: ['c-a'] }, 'weekday'],
    ['nowhere', { every: 'day', contacts: ['c-a'], timeZone: '+08:00' }, 'timeZone'],
  ]
  for (const [name, body, field] of faults) {
    it(`one ${name} is refused`, async () => {
      const { status, body: answer } = await call('POST', '', body)
      assert.equal(status, 400)
      assert.equal(answer.error.fields[0].field, field)
      assert.equal(changes, 0)
    })
  }

  it("another environment's stays its own", async () => {
    const { id } = (await call('POST', '', { every: 'day', contacts: ['c-a'] })).body.summary
    assert.deepEqual((await call('GET', '', undefined, theirs)).body.summaries, [])
    const body = { every: 'day', contacts: ['c-b'] }
    assert.equal((await call('PUT', `/${id}`, body, theirs)).status, 404)
    assert.equal((await call('DELETE', `/${id}`, undefined, theirs)).status, 404)
    assert.equal((await call('GET')).body.summaries.length, 1)
  })
})
