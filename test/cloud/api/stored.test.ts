/** The same API over the store the cloud really has. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { firstUser } from '../../../src/cloud/api/first-user.ts'
import { SESSION_MS } from '../../../src/cloud/api/sessions.ts'
import type { Store } from '../../../src/cloud/store/store.ts'
import { heartbeatOf } from '../ingest/heartbeat-sample.ts'
import { dataFolder, openIn } from '../store/data-folder.ts'
import { serveConsole } from './console.ts'

describe('the console API over the embedded store', () => {
  const folder = dataFolder({ after })
  let store: Store
  let site: Awaited<ReturnType<typeof serveConsole>>
  let cookie: string
  before(async () => {
    store = await openIn(folder)
    const { environments, contacts, reads: alerts, users, tokens } = store
    site = await serveConsole({ environments, contacts, alerts, users, tokens })
    cookie = await site.login()
  })
  after(async () => {
    await site.close()
    await store.close()
  })

  const call = (method: string, path: string, body?: unknown) =>
    site.call(method, `/api/v1${path}`, { cookie, body })

  it('an environment, its key and its contacts live and go', async () => {
    const made = await call('POST', '/environments', { name: '生产', framework: 'TARSFramework' })
    assert.equal(made.status, 201)
    const { id, envKey } = made.body.environment
    assert.equal(await store.environments.environmentOf(envKey), id)

    const sighting = { environment: id, agent: 'a', host: 'node-1', version: '1', address: '::1' }
    const seenAt = site.clock.now()
    await store.agents.seen({ ...sighting, startedAt: 1, seenAt, windowEndMs: undefined })
    const { environment } = (await call('GET', `/environments/${id}`)).body
    assert.equal(environment.agents[0].state, 'ok')

    const heartbeat = heartbeatOf('a', { lagMs: 40_000 })
    const lease = { ...heartbeat, term: 2, expiresAt: seenAt + 1 }
    const beat = { environment: id, address: '::1', heardAt: seenAt, heartbeat }
    await store.heartbeats.heard(beat, 0, () => ({ lease }))
    const { agent } = (await call('GET', `/environments/${id}/agents/${heartbeat.agent}`)).body
    assert.deepEqual([agent.trouble, agent.told.lagMs], ['lag', 40_000])
    assert.deepEqual(agent.lease, { term: 2, expiresAtMs: seenAt + 1 })

    const rotated = await call('POST', `/environments/${id}/rotate-key`)
    assert.equal(await store.environments.environmentOf(envKey), undefined)
    const newKey = rotated.body.environment.envKey
    assert.equal(await store.environments.environmentOf(newKey), id)

    const set = { rawDays: 30, hourlyDays: 90 }
    assert.equal((await call('PUT', `/environments/${id}/retention`, set)).status, 200)
    assert.deepEqual((await store.environments.environment(id))?.retention, set)

    const place = `/environments/${id}/contacts`
    const { contact } = (await call('POST', place, { name: '王', email: 'w@example.com' })).body
    const changed = { name: 'Wang', email: 'w@example.com', language: 'en', timeZone: 'UTC' }
    assert.equal((await call('PUT', `${place}/${contact.id}`, changed)).status, 200)
    assert.deepEqual((await call('GET', place)).body.contacts, [{ id: contact.id, ...changed }])
    assert.equal((await call('DELETE', `${place}/${contact.id}`)).status, 200)
    const token = await call('POST', `/environments/${id}/tokens`, { name: 'Grafana' })
    assert.equal((await store.tokens.ownerOf(token.body.secret, seenAt))?.environment, id)
    const [used] = (await call('GET', `/environments/${id}/tokens`)).body.tokens
    assert.deepEqual(used, { ...token.body.token, usedAtMs: seenAt })
    assert.deepEqual((await call('GET', `/environments/${id}/alarms`)).body.alarms, [])
    assert.equal((await call('DELETE', `/environments/${id}?name=%E7%94%9F%E4%BA%A7`)).status, 200)
    assert.equal((await call('GET', `/environments/${id}`)).status, 404)
  })

  it('the first user is made once, and its session ends', async () => {
    assert.equal(await firstUser(store.users, randomBytes), undefined)
    const started = site.clock.now()
    site.clock.moveTo(started + SESSION_MS - 1)
    assert.equal((await call('GET', '/session')).status, 200)
    site.clock.moveTo(started + SESSION_MS)
    assert.equal((await call('GET', '/session')).status, 401)
  })
})
