import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type Console, START, startConsole } from './console.ts'

describe('the API of notifications and contact groups', () => {
  let site: Console
  let cookie: string
  let ours: string
  let anna: string
  before(async () => {
    site = await startConsole()
    cookie = await site.login()
    const { store } = site
    ours = (await store.createEnvironment({ name: 'a', framework: 'TARSFramework' }, START)).id
    const contact = { name: 'anna', email: 'anna@example.com' }
    anna = (await call('POST', 'contacts', contact)).body.contact.id
  })
  after(() => site.close())

  const call = (method: string, path: string, body?: unknown) =>
    site.call(method, `/api/v1/environments/${ours}/${path}`, { cookie, body })
  const POLICY = { name: '夜间', services: ['Shop', 'Pay.*/do*'], contacts: 'all' }

  it('says everything of a policy, also what is as usual', async () => {
    const made = await call('POST', 'policies', POLICY)
    assert.equal(made.status, 201)
    const { id, ...policy } = made.body.policy
    assert.deepEqual(policy, {
      ...POLICY,
      ...{ enabled: true, alarms: 'all', severities: ['ERROR', 'WARN', 'INFO'] },
      ...{ groups: [], rotas: [], receivers: [], escalation: [], mode: 'both', hours: null },
    })
    assert.deepEqual((await call('GET', 'policies')).body.policies, [made.body.policy])
    const hours = {
      timeZone: 'Asia/Shanghai',
      times: [{ days: ['workday'], from: '09:00', to: '24:00' }],
      ...{ outside: 'errors', holidays: 'hold' },
    }
    const changed = { ...policy, enabled: false, mode: 'digest', severities: ['ERROR'], hours }
    const answer = await call('PUT', `policies/${id}`, { ...changed, alarms: ['Failure*'] })
    assert.deepEqual(answer.body.policy, { id, ...changed, alarms: ['Failure*'] })
    assert.equal((await call('DELETE', `policies/${id}`)).status, 200)
    assert.equal((await call('DELETE', `policies/${id}`)).status, 404)
    assert.equal((await call('PUT', `policies/${id}`, POLICY)).status, 404)
  })

  const hours = (from: string, to: string) => ({ times: [{ days: ['workday'], from, to }] })
  const faults: [name: string, change: object, field: string][] = [
    ['no service', { services: [] }, 'services'],
    ['a service with a space', { services: ['a b'] }, 'services/0'],
    ['no level', { severities: [] }, 'severities'],
    ['another mode', { mode: 'never' }, 'mode'],
    ['a contact that is not there', { contacts: ['nobody'] }, 'contacts/0'],
    ['a group that is not there', { groups: ['none'] }, 'groups/0'],
    ['times that never hold', { hours: hours('09:00', '09:00') }, 'hours/times/0'],
    ['a time that is none', { hours: hours('9:00', '25:00') }, 'hours/times/0/from'],
    ['an unknown zone', { hours: { timeZone: 'Mars' } }, 'hours/timeZone'],
    ['an unknown field', { more: 1 }, 'more'],
  ]
  for (const [name, change, field] of faults) {
    it(`refuses ${name}`, async () => {
      const { status, body } = await call('POST', 'policies', { ...POLICY, ...change })
      assert.equal(status, 400)
      assert.equal(body.error.fields[0].field, field)
    })
  }

  it('keeps whom a group or a policy names until it does no more', async () => {
    const group = { name: '值班', contacts: [anna] }
    const made = (await call('POST', 'contact-groups', group)).body.group
    assert.deepEqual((await call('GET', 'contact-groups')).body.groups, [made])
    const refused = await call('DELETE', `contacts/${anna}`)
    assert.deepEqual([refused.status, refused.body.error.reason], [409, 'in-use'])
    assert.match(refused.body.error.message, /值班/)

    const naming = { ...POLICY, contacts: [], groups: [made.id] }
    const { policy } = (await call('POST', 'policies', naming)).body
    assert.equal((await call('DELETE', `contact-groups/${made.id}`)).status, 409)
    assert.equal((await call('DELETE', `policies/${policy.id}`)).status, 200)
    assert.equal((await call('DELETE', `contact-groups/${made.id}`)).status, 200)
    assert.equal((await call('DELETE', `contacts/${anna}`)).status, 200)
  })

  it('takes 100 of each', async () => {
    const statuses = await Promise.all(
      Array.from({ length: 101 }, (_, n) => call('POST', 'policies', { ...POLICY, name: `${n}` })),
    )
    const refused = statuses.filter(({ status }) => status !== 201)
    assert.deepEqual(
      refused.map(({ body }) => body.error.reason),
      ['limit-reached'],
    )
  })

  it('knows nothing of another environment', async () => {
    const other = '/api/v1/environments/al-none/policies'
    assert.equal((await site.call('GET', other, { cookie })).status, 404)
    assert.equal((await site.call('POST', other, { cookie, body: POLICY })).status, 404)
  })
})
