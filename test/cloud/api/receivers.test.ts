import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type Console, START, startConsole } from './console.ts'

describe('the API of receivers', () => {
  let site: Console
  let cookie: string
  let ours: string
  before(async () => {
    site = await startConsole()
    cookie = await site.login()
    const { store } = site
    ours = (await store.createEnvironment({ name: 'a', framework: 'TARSFramework' }, START)).id
  })
  after(() => site.close())

  const call = (method: string, path: string, body?: unknown) =>
    site.call(method, `/api/v1/environments/${ours}/${path}`, { cookie, body })
  const SECRET = 'https://hook.example.com/T0P-SECRET'
  const HOOK = { kind: 'webhook', name: '值班群', settings: { url: SECRET } }

  it('takes secrets and never shows them, and keeps them where their mask comes back', async () => {
    const made = await call('POST', 'receivers', HOOK)
    assert.equal(made.status, 201)
    const { receiver } = made.body
    const list = await call('GET', 'receivers')
    assert.deepEqual(list.body.receivers, [receiver])
    const settings = { ...receiver.settings, headers: { authorization: 'Bearer T0P-TOKEN' } }
    const { id, ...body } = receiver
    const changed = await call('PUT', `receivers/${id}`, { ...body, name: '新', settings })
    assert.equal(changed.status, 200)
    for (const { body } of [made, list, changed]) {
      assert.doesNotMatch(JSON.stringify(body), /T0P-/)
    }
    const kept = await site.notifyDesk.receivers.receiver(ours, id)
    assert.deepEqual(kept?.settings, { url: SECRET, headers: settings.headers })
    assert.equal(kept?.name, '新')
  })

  it('sends a test, and says what was said', async () => {
    const { receiver } = (await call('POST', 'receivers', HOOK)).body
    const { body } = await call('POST', `receivers/${receiver.id}/test`)
    assert.deepEqual(body.test, { taken: true, dialogue: ['> POST to 值班群'] })
    assert.equal((await call('POST', 'receivers/none/test')).status, 404)
  })

  const faults: [name: string, change: object, field: string][] = [
    ['another kind', { kind: 'pigeon' }, 'kind'],
    ['settings of another kind', { kind: 'dingtalk' }, 'settings/robots'],
    ['an address that is none', { settings: { url: 'ftp://x' } }, 'settings/url'],
    ['a name of two lines', { name: 'a\nb' }, 'name'],
  ]
  for (const [name, change, field] of faults) {
    it(`refuses ${name}`, async () => {
      const { status, body } = await call('POST', 'receivers', { ...HOOK, ...change })
      assert.equal(status, 400)
      assert.ok(body.error.fields.some((fault: { field: string }) => fault.field === field))
    })
  }

  it('the kind can never be changed', async () => {
    const { receiver } = (await call('POST', 'receivers', HOOK)).body
    const other = { kind: 'feishu', name: 'x', settings: {} }
    assert.equal((await call('PUT', `receivers/${receiver.id}`, other)).status, 400)
  })

  it('one that a policy names stays', async () => {
    const { receiver } = (await call('POST', 'receivers', HOOK)).body
    const named = { name: 'p', services: ['*'], receivers: [receiver.id] }
    const { policy } = (await call('POST', 'policies', named)).body
    assert.equal((await call('DELETE', `receivers/${receiver.id}`)).status, 409)
    await call('DELETE', `policies/${policy.id}`)
    assert.equal((await call('DELETE', `receivers/${receiver.id}`)).status, 200)
    assert.equal((await call('POST', 'policies', named)).status, 400)
  })
})
