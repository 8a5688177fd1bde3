import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type Console, START, startConsole } from './console.ts'

describe('the API of tokens', () => {
  let site: Console
  let cookie: string
  let ours: string
  let other: string
  before(async () => {
    site = await startConsole()
    cookie = await site.login()
    const create = async (name: string) =>
      (await site.store.createEnvironment({ name, framework: 'TARSFramework' }, START)).id
    ours = await create('ours')
    other = await create('other')
  })
  after(() => site.close())

  const call = (method: string, path: string, body?: unknown) =>
    site.call(method, `/api/v1/environments/${path}`, { cookie, body })

  it('makes one, tells it once, lists it, and revokes it', async () => {
    const made = await call('POST', `${ours}/tokens`, { name: ' Grafana ' })
    assert.equal(made.status, 201)
    const { token, secret } = made.body
    assert.match(secret, /^at_/)
    assert.deepEqual(token, { id: token.id, name: 'Grafana', scopes: ['read'], createdAtMs: START })

    const row = site.store.tokenRows[0]
    if (row) site.store.tokenRows[0] = { ...row, usedAt: START + 5 }
    const listed = await call('GET', `${ours}/tokens`)
    assert.deepEqual(listed.body.tokens, [{ ...token, usedAtMs: START + 5 }])
    assert.doesNotMatch(JSON.stringify(listed.body), /at_/)

    assert.equal((await call('DELETE', `${ours}/tokens/${token.id}`)).status, 200)
    assert.equal((await call('DELETE', `${ours}/tokens/${token.id}`)).status, 404)
    assert.deepEqual((await call('GET', `${ours}/tokens`)).body.tokens, [])
  })

  it('makes one that may what is asked for', async () => {
    for (const scopes of [['write'], ['read', 'write']]) {
      const { token } = (await call('POST', `${ours}/tokens`, { name: 'x', scopes })).body
      assert.deepEqual(token.scopes, scopes)
      assert.equal((await call('DELETE', `${ours}/tokens/${token.id}`)).status, 200)
    }
    for (const scopes of [[], ['all'], 'read', ['read', 'write', 'read']]) {
      const { status, body } = await call('POST', `${ours}/tokens`, { name: 'x', scopes })
      assert.equal(status, 400)
      assert.match(body.error.fields[0].field, /^scopes/)
    }
  })

  it('those of another environment are neither listed nor revoked', async () => {
    const { token } = (await call('POST', `${other}/tokens`, { name: 'theirs' })).body
    assert.deepEqual((await call('GET', `${ours}/tokens`)).body.tokens, [])
    assert.equal((await call('DELETE', `${ours}/tokens/${token.id}`)).status, 404)
    assert.equal((await call('GET', `${other}/tokens`)).body.tokens.length, 1)
  })

  it('needs a name of one line, and an environment', async () => {
    for (const body of [{}, { name: ' ' }, { name: 'a\nb' }, { name: 'x'.repeat(65) }]) {
      const { status, body: answer } = await call('POST', `${ours}/tokens`, body)
      assert.equal(status, 400)
      assert.equal(answer.error.fields[0].field, 'name')
    }
    assert.equal((await call('POST', 'al-nowhere000/tokens', { name: 'x' })).status, 404)
    assert.equal((await call('GET', 'al-nowhere000/tokens')).status, 404)
  })

  it('needs a session', async () => {
    const path = `/api/v1/environments/${ours}/tokens`
    assert.equal((await site.call('GET', path)).status, 401)
    assert.equal((await site.call('POST', path, { body: { name: 'x' } })).status, 401)
  })

  it('makes no more than 50, also when asked for many at once', async () => {
    const asked = Array.from({ length: 60 }, () => call('POST', `${ours}/tokens`, { name: 'x' }))
    const statuses = (await Promise.all(asked)).map(({ status }) => status)
    assert.equal(statuses.filter((status) => status === 201).length, 50)
    assert.equal(statuses.filter((status) => status === 409).length, 10)
  })
})
