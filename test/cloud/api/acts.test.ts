/** What people do about alarms, by the API of the console. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type Console, START, startConsole } from './console.ts'
import { alertRow } from './rows.ts'

const HOUR_MS = 3_600_000

describe('the API of acts on alarms', () => {
  let site: Console
  let cookie: string
  let ours: string
  let theirs: string
  let numbers = 0
  before(async () => {
    site = await startConsole()
    cookie = await site.login()
    const { store } = site
    ours = (await store.createEnvironment({ name: 'a', framework: 'TARSFramework' }, START)).id
    theirs = (await store.createEnvironment({ name: 'b', framework: 'TARSFramework' }, START)).id
  })
  after(() => site.close())

  const call = (method: string, path: string, body?: unknown, of = ours) =>
    site.call(method, `/api/v1/environments/${of}/${path}`, { cookie, body })

  function alarm(state: 'firing' | 'resolved' = 'firing'): string {
    const row = alertRow(ours, START + ++numbers, { state })
    site.store.alertRows.push(row)
    return row.id
  }

  it('keeps who acted, when and why; an alarm says how it is handled', async () => {
    const id = alarm()
    assert.equal((await call('GET', `alarms/${id}`)).body.alarm.handling, undefined)
    const made = await call('POST', `alarms/${id}/acts`, { kind: 'acknowledge', note: '在回滚' })
    assert.equal(made.status, 201)
    const first = { kind: 'acknowledge', atMs: START, by: 'admin', byLink: false, note: '在回滚' }
    assert.deepEqual(made.body.act, first)
    const untilMs = START + HOUR_MS
    await call('POST', `alarms/${id}/acts`, { kind: 'snooze', untilMs })
    const second = { ...first, kind: 'snooze', note: '', untilMs }
    assert.deepEqual((await call('GET', `alarms/${id}/acts`)).body.acts, [second, first])
    const handling = { state: 'snoozed', by: 'admin', atMs: START, untilMs }
    assert.deepEqual((await call('GET', `alarms/${id}`)).body.alarm.handling, handling)
    const { alarms } = (await call('GET', 'alarms')).body
    const listed = alarms.find((one: { id: string }) => one.id === id)
    assert.deepEqual(listed.handling, handling)
  })

  const faults: [name: string, body: object, field: string][] = [
    ['no kind', {}, 'kind'],
    ['a kind there is not', { kind: 'forget' }, 'kind'],
    ['a close without a note', { kind: 'close' }, 'note'],
    ['a note of several lines', { kind: 'close', note: 'a\nb' }, 'note'],
    ['a note too long', { kind: 'close', note: 'x'.repeat(501) }, 'note'],
    ['a note that says nothing', { kind: 'note' }, 'note'],
    ['a snooze without an end', { kind: 'snooze' }, 'untilMs'],
    ['a snooze that is over', { kind: 'snooze', untilMs: START }, 'untilMs'],
    ['a snooze of more than 7 days', { kind: 'snooze', untilMs: START + 169 * HOUR_MS }, 'untilMs'],
  ]
  for (const [name, body, field] of faults) {
    it(`refuses ${name}`, async () => {
      const id = alarm()
      const answer = await call('POST', `alarms/${id}/acts`, body)
      assert.equal(answer.status, 400)
      assert.equal(answer.body.error.fields[0].field, field)
      assert.deepEqual((await call('GET', `alarms/${id}/acts`)).body.acts, [])
    })
  }

  it('refuses to act on what is over, or closed', async () => {
    const acknowledge = { kind: 'acknowledge' }
    const over = await call('POST', `alarms/${alarm('resolved')}/acts`, acknowledge)
    assert.deepEqual([over.status, over.body.error.reason], [409, 'over'])
    const id = alarm()
    await call('POST', `alarms/${id}/acts`, { kind: 'close', note: 'known' })
    const closed = await call('POST', `alarms/${id}/acts`, acknowledge)
    assert.deepEqual([closed.status, closed.body.error.reason], [409, 'over'])
  })

  it('takes back what was done, while it fires; a note may be added at any time', async () => {
    const id = alarm()
    const acts = `alarms/${id}/acts`
    const nothing = await call('POST', acts, { kind: 'undo' })
    assert.deepEqual([nothing.status, nothing.body.error.reason], [409, 'not-handled'])
    await call('POST', acts, { kind: 'close', note: 'known' })
    assert.equal((await call('POST', acts, { kind: 'note', note: 'ticket 7' })).status, 201)
    const handling = async () => (await call('GET', `alarms/${id}`)).body.alarm.handling
    assert.equal((await handling()).state, 'closed')
    assert.equal((await call('POST', acts, { kind: 'undo', note: '又出现了' })).status, 201)
    assert.equal(await handling(), undefined)
    const [newest, note] = (await call('GET', acts)).body.acts
    const by = { atMs: START, by: 'admin', byLink: false }
    assert.deepEqual(newest, { ...by, kind: 'undo', note: '又出现了' })
    assert.deepEqual(note, { ...by, kind: 'note', note: 'ticket 7' })
    assert.equal((await call('POST', acts, { kind: 'acknowledge' })).status, 201)
    const over = `alarms/${alarm('resolved')}/acts`
    assert.equal((await call('POST', over, { kind: 'note', note: 'was a deploy' })).status, 201)
    assert.equal((await call('POST', over, { kind: 'undo' })).status, 409)
  })

  it('of another environment nothing is seen and nothing changed', async () => {
    const id = alarm()
    const body = { kind: 'note', note: 'x' }
    assert.equal((await call('POST', `alarms/${id}/acts`, body, theirs)).status, 404)
    assert.equal((await call('GET', `alarms/${id}/acts`, undefined, theirs)).status, 404)
    assert.deepEqual((await call('GET', `alarms/${id}/acts`)).body.acts, [])
  })

  it('nobody acts who is not logged in', async () => {
    const path = `/api/v1/environments/${ours}/alarms/${alarm()}/acts`
    assert.equal((await site.call('POST', path, { body: { kind: 'acknowledge' } })).status, 401)
  })
})

describe('the API of escalations', () => {
  let site: Console
  let cookie: string
  let ours: string
  let wang: string
  before(async () => {
    site = await startConsole()
    cookie = await site.login()
    const wanted = { name: 'a', framework: 'TARSFramework' } as const
    ours = (await site.store.createEnvironment(wanted, START)).id
    const contact = { name: '王', email: 'wang@example.com' }
    wang = (await call('POST', 'contacts', contact)).body.contact.id
  })
  after(() => site.close())

  const call = (method: string, path: string, body?: unknown) =>
    site.call(method, `/api/v1/environments/${ours}/${path}`, { cookie, body })
  const policy = (escalation: unknown[]) => ({ name: 'p', services: ['*'], escalation })

  it('takes steps, tells them, and keeps who is named from being removed', async () => {
    const steps = [{ afterMinutes: 15, contacts: [wang] }]
    const { body } = await call('POST', 'policies', policy(steps))
    const nobody = { groups: [], rotas: [], receivers: [] }
    const step = { afterMinutes: 15, unless: 'acknowledged', contacts: [wang], ...nobody }
    assert.deepEqual(body.policy.escalation, [step])
    const used = await call('DELETE', `contacts/${wang}`)
    assert.deepEqual([used.status, used.body.error.reason], [409, 'in-use'])
    const none = (await call('PUT', `policies/${body.policy.id}`, policy([]))).body.policy
    assert.deepEqual(none.escalation, [])
  })

  const to = (afterMinutes: number) => ({ afterMinutes, contacts: ['*'] })
  const faults: [name: string, steps: unknown[], field: string][] = [
    ['a step that tells nobody', [{ afterMinutes: 5 }], 'escalation/0/contacts'],
    ['a step at once', [to(0)], 'escalation/0/afterMinutes'],
    ['a step after more than a day', [to(1441)], 'escalation/0/afterMinutes'],
    ['steps at the same time', [to(5), to(5)], 'escalation/1/afterMinutes'],
    ['six steps', [1, 2, 3, 4, 5, 6].map(to), 'escalation'],
    ['a contact that is not there', [to(5)], 'escalation/0/contacts/0'],
  ]
  for (const [name, steps, field] of faults) {
    it(`refuses ${name}`, async () => {
      const { status, body } = await call('POST', 'policies', policy(steps))
      assert.equal(status, 400)
      assert.equal(body.error.fields[0].field, field)
    })
  }
})
