import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { AgentSighting } from '../../../src/cloud/ingest/ports.ts'
import type { Store } from '../../../src/cloud/store/store.ts'
import {
  alert,
  change,
  claim,
  contact,
  convergence,
  convergenceIn,
  delivery,
  newEnvironment,
  type Open,
  T0,
  withStore,
} from './samples.ts'

function sighting(environment: string, fields: Partial<AgentSighting> = {}): AgentSighting {
  return {
    environment,
    agent: 'a'.repeat(32),
    host: 'node-1',
    version: '0.1.0',
    address: '10.0.0.1',
    startedAt: T0,
    seenAt: T0 + 1000,
    windowEndMs: T0,
    ...fields,
  }
}

export function environmentCases(open: Open): void {
  keyCases(open)
  retentionCases(open)
  removalCases(open)
  agentCases(open)
}

function keyCases(open: Open): void {
  it(
    'a new environment has an id, a key and a notification of everything to everybody',
    withStore(open, async (store, id) => {
      const found = await store.environments.environment(id)
      assert.match(id, /^al-[a-z0-9]{10}$/)
      assert.match(found?.envKey ?? '', /^ek_[A-Za-z0-9]{40}$/)
      assert.equal(found?.name, '生产')
      assert.equal(found?.createdAt, T0)
      assert.ok(found !== undefined && found.expiresAt > T0)
      const audience = await store.plans.audience(id)
      assert.equal(audience.environmentName, '生产')
      assert.deepEqual(
        audience.policies.map(({ services, contacts }) => ({ services, contacts })),
        [{ services: ['*'], contacts: 'all' }],
      )
    }),
  )

  it(
    'lists environments with their own keys, oldest first',
    withStore(open, async (store, first) => {
      const second = await store.environments.createEnvironment(
        { name: 'b', framework: 'K8SFramework' },
        T0 + 1,
      )
      const listed = await store.environments.environments()
      assert.deepEqual(
        listed.map(({ id }) => id),
        [first, second.id],
      )
      assert.deepEqual(listed[1], second)
      assert.notEqual(listed[0]?.envKey, second.envKey)
    }),
  )

  it(
    'a key leads to its environment until it is rotated',
    withStore(open, async (store, id) => {
      const old = (await store.environments.environment(id))?.envKey ?? ''
      assert.equal(await store.environments.environmentOf(old), id)
      const rotated = await store.environments.rotateKey(id)
      assert.equal(await store.environments.environmentOf(old), undefined)
      assert.equal(await store.environments.environmentOf(rotated?.envKey ?? ''), id)
      assert.deepEqual(await store.environments.environment(id), rotated)
      for (const wrong of ['', 'ek_', old.toLowerCase(), `${old} `]) {
        assert.equal(await store.environments.environmentOf(wrong), undefined)
      }
    }),
  )

  it(
    'there is nothing to find, rotate or remove of an unknown environment',
    withStore(open, async ({ environments }) => {
      assert.equal(await environments.environment('al-unknown'), undefined)
      assert.equal(await environments.rotateKey('al-unknown'), undefined)
      assert.equal(await environments.removeEnvironment('al-unknown'), false)
    }),
  )
}

function retentionCases(open: Open): void {
  it(
    'how long series are kept is said for each environment, or not',
    withStore(open, async ({ environments }, id) => {
      const other = await environments.createEnvironment(
        { name: 'other', framework: 'TARSFramework' },
        T0,
      )
      assert.deepEqual(other.retention, { rawDays: null, hourlyDays: null })
      for (const retention of [
        { rawDays: 30, hourlyDays: null },
        { rawDays: 2, hourlyDays: 3660 },
        { rawDays: null, hourlyDays: null },
      ]) {
        const changed = await environments.setRetention(id, retention)
        assert.deepEqual(changed?.retention, retention)
        assert.deepEqual(await environments.environment(id), changed)
      }
      assert.deepEqual(await environments.environment(other.id), other)
      const none = { rawDays: null, hourlyDays: null }
      assert.equal(await environments.setRetention('al-unknown', none), undefined)
    }),
  )
}

async function saveWhoIsTold(store: Store, environment: string): Promise<void> {
  await store.policies.saveGroup({ id: 'g', environment, name: '值班', contacts: [] })
  const reader = { name: '群', language: 'zh', timeZone: 'Asia/Shanghai' } as const
  const receiver = { id: 'r', environment, kind: 'webhook', ...reader, settings: {} } as const
  await store.receivers.saveReceiver(receiver, T0)
  const mute = { id: 'm', environment, matchers: [], from: T0, to: T0 + 1, createdAt: T0 }
  await store.mutes.saveMute({ ...mute, reason: '升级', author: 'anna' })
}

function removalCases(open: Open): void {
  it(
    'removing an environment removes all of it and nothing of another',
    withStore(open, async (store, removed) => {
      const kept = await newEnvironment(store, 'kept')
      for (const environment of [removed, kept]) {
        const own = alert(environment, { id: `alert ${environment}` })
        await store.alerts.saveEvaluation({
          progress: { environment, group: 'tars', evaluatedAt: T0 },
          alerts: [own],
          dropped: [],
          changes: [change(own)],
        })
        await store.plans.savePlans([
          {
            deliveries: [delivery(environment, { id: environment, alerts: [own.id] })],
            convergences: [convergence(environment, { held: [change(own)], heldCount: 1 })],
            traces: [{ environment, alert: own.id, at: T0, kind: 'fired', lines: [] }],
          },
        ])
        await saveWhoIsTold(store, environment)
        await store.contacts.saveContact(contact(environment))
        await store.agents.seen(sighting(environment))
      }
      const { envKey = '' } = (await store.environments.environment(removed)) ?? {}
      assert.equal(await store.environments.removeEnvironment(removed), true)
      assert.equal(await store.environments.environmentOf(envKey), undefined)

      const left = async (environment: string) => [
        (await store.alerts.livingAlerts(environment)).length,
        (await store.alerts.progress(environment)).length,
        (await store.environments.agents(environment)).length,
        (await store.contacts.contacts(environment)).length,
        (await store.reads.deliveries({ environment, limit: 9 })).length,
        (await store.plans.audience(environment)).policies.length,
        (await store.plans.toldOf([`alert ${environment}`])).length,
        (await convergenceIn(store.plans, convergence(environment).kind)) ? 1 : 0,
        (await store.policies.groups(environment)).length,
        (await store.receivers.receivers(environment)).length,
        (await store.mutes.mutes(environment)).length,
        (await store.traces.trace(environment, `alert ${environment}`, 9)).length,
      ]
      assert.deepEqual(await left(removed), [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
      assert.deepEqual(await left(kept), [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1])
      const pending = await store.plans.pendingChanges(9, 0)
      assert.deepEqual(
        pending.map((one) => one.change.alert.environment),
        [kept],
      )
      const claimed = await claim(store, T0, 1000, 9)
      assert.deepEqual(
        claimed.map(({ environment }) => environment),
        [kept],
      )
    }),
  )

  it(
    'what belongs to a removed environment is refused',
    withStore(open, async (store, id) => {
      await store.environments.removeEnvironment(id)
      const gone = { name: 'StoreFailure', reason: 'gone', retryable: false }
      await assert.rejects(store.agents.seen(sighting(id)), gone)
      await assert.rejects(store.contacts.saveContact(contact(id)), gone)
      await assert.rejects(
        store.plans.savePlans([{ deliveries: [delivery(id)], convergences: [] }]),
        gone,
      )
    }),
  )
}

function agentCases(open: Open): void {
  it(
    'keeps the newest sighting of an agent and its newest window',
    withStore(open, async (store, environment) => {
      const seen = (fields: Partial<AgentSighting>) =>
        store.agents.seen(sighting(environment, fields))
      await seen({ seenAt: T0 + 1, windowEndMs: undefined })
      assert.equal(
        'windowEndMs' in ((await store.environments.agents(environment))[0] ?? {}),
        false,
      )
      await seen({ seenAt: T0 + 2, windowEndMs: T0 + 20_000 })
      await seen({ seenAt: T0 + 3, windowEndMs: T0 + 10_000 })
      await seen({ seenAt: T0 + 4, windowEndMs: undefined, host: 'renamed', startedAt: T0 + 4 })
      await seen({ seenAt: T0, windowEndMs: T0 + 90_000, host: 'late' })
      const { windowEndMs: _, ...rest } = sighting(environment)
      assert.deepEqual(await store.environments.agents(environment), [
        { ...rest, host: 'renamed', startedAt: T0 + 4, seenAt: T0 + 4, windowEndMs: T0 + 20_000 },
      ])
    }),
  )

  it(
    'agents belong to their environment, also with the same id',
    withStore(open, async (store, environment) => {
      const other = await newEnvironment(store, 'other')
      await store.agents.seen(sighting(environment, { host: 'b' }))
      await store.agents.seen(sighting(environment, { host: 'a', agent: 'second' }))
      await store.agents.seen(sighting(other, { host: 'elsewhere' }))
      const hosts = (await store.environments.agents(environment)).map(({ host }) => host)
      assert.deepEqual(hosts, ['a', 'b'])
    }),
  )
}
