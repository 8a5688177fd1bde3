import assert from 'node:assert/strict'
import { it } from 'node:test'
import { ALIVE_MS, decideLease } from '../../../src/cloud/ingest/lease.ts'
import type { Lease } from '../../../src/cloud/ingest/ports.ts'
import type { Store } from '../../../src/cloud/store/store.ts'
import type { Heartbeat } from '../../../src/wire/index.ts'
import { heartbeatOf } from '../../cloud/ingest/heartbeat-sample.ts'
import { newEnvironment, type Open, T0, withStore } from './samples.ts'

export const LEASE: Lease = {
  ...{ agent: 'a', epoch: 'e', startedAt: T0, term: 7, expiresAt: T0 + 5, idleSince: T0 - 9 },
}

interface Beat {
  readonly environment: string
  readonly agent?: string
  readonly at?: number
  readonly fields?: Partial<Heartbeat>
  /** Kept, whatever was kept before. */
  readonly lease?: Lease
}

/** Hands it over, and returns what `decide` was asked with. */
async function hear(store: Store, { environment, agent = 'a', at = T0, fields, lease }: Beat) {
  const heartbeat = heartbeatOf(agent, fields)
  const beat = { environment, address: '10.0.0.1', heardAt: at, heartbeat }
  const { decision, framework } = await store.heartbeats.heard(
    beat,
    at - ALIVE_MS,
    (kept, othersPoll) => ({ lease: lease ?? kept, asked: { kept, othersPoll } }),
  )
  return { ...decision.asked, framework }
}

/** The term that the agent is given, as the cloud decides. */
export async function termOf(store: Store, { environment, agent = 'a', at = T0, fields }: Beat) {
  const heartbeat = heartbeatOf(agent, fields)
  const beat = { environment, address: '10.0.0.1', heardAt: at, heartbeat }
  const { decision } = await store.heartbeats.heard(beat, at - ALIVE_MS, (kept, others) =>
    decideLease(kept, heartbeat, at, others),
  )
  return decision.granted ? (decision.lease?.term ?? 0) : 0
}

export function heartbeatCases(open: Open): void {
  keepingCases(open)
  leaseCases(open)
}

function keepingCases(open: Open): void {
  it(
    'keeps what an agent told last, beside its newest window',
    withStore(open, async (store, environment) => {
      const { agent, epoch, host, version, startedAt, ...told } = heartbeatOf('a')
      const seen = { environment, agent, host: 'old', version, address: '::1', startedAt }
      await store.agents.seen({ ...seen, seenAt: T0, windowEndMs: T0 - 10 })
      await hear(store, { environment, at: T0 + 1, fields: { trouble: 'key' } })
      await hear(store, { environment, at: T0 + 2 })
      assert.deepEqual(await store.environments.agents(environment), [
        {
          ...{ environment, agent, host, version, startedAt, address: '10.0.0.1' },
          ...{ seenAt: T0 + 2, windowEndMs: T0 - 10, told: { ...told, toldAt: T0 + 2 } },
        },
      ])
      await store.agents.seen({ ...seen, seenAt: T0 + 3, windowEndMs: T0 })
      const [kept] = await store.environments.agents(environment)
      assert.deepEqual(kept?.told, { ...told, toldAt: T0 + 2 })
    }),
  )

  it(
    'an agent that was seen later by a batch is not older for its heartbeat',
    withStore(open, async (store, environment) => {
      const { agent, host, version, startedAt } = heartbeatOf('a')
      const seen = { environment, agent, host, version, address: '::1', startedAt }
      await store.agents.seen({ ...seen, seenAt: T0 + 9, windowEndMs: undefined })
      await hear(store, { environment, at: T0 })
      assert.equal((await store.environments.agents(environment))[0]?.seenAt, T0 + 9)
    }),
  )

  it(
    'of 1000 agents the one silent longest makes place for a new one, in its environment only',
    withStore(open, async (store, environment) => {
      const other = await newEnvironment(store, 'other')
      await hear(store, { environment: other, at: T0 - 1 })
      for (let n = 0; n < 1000; n++) await hear(store, { environment, agent: `${n}`, at: T0 + n })
      await hear(store, { environment, agent: '0', at: T0 + 1000 })
      await hear(store, { environment, agent: 'new', at: T0 })
      const agents = await store.environments.agents(environment)
      const hosts = new Set(agents.map(({ host }) => host))
      assert.equal(agents.length, 1000)
      assert.deepEqual(
        ['node-0', 'node-1', 'node-2', 'node-new'].map((host) => hosts.has(host)),
        [true, false, true, true],
      )
      assert.equal((await store.environments.agents(other)).length, 1)
    }),
  )
}

function leaseCases(open: Open): void {
  it(
    'tells the framework and the lease as it was kept, of this environment only',
    withStore(open, async (store, environment) => {
      const other = await newEnvironment(store, 'other')
      const first = await hear(store, { environment, lease: LEASE })
      assert.deepEqual(first, { kept: undefined, othersPoll: false, framework: 'TARSFramework' })
      assert.deepEqual((await hear(store, { environment })).kept, LEASE)
      const { idleSince: _, ...busy } = LEASE
      await hear(store, { environment, lease: busy })
      assert.deepEqual((await hear(store, { environment })).kept, busy)
      assert.equal((await hear(store, { environment: other })).kept, undefined)
    }),
  )

  it(
    'shows the lease with the agent that has it',
    withStore(open, async (store, environment) => {
      const { agent } = heartbeatOf('b')
      await hear(store, { environment, agent: 'a', lease: { ...LEASE, agent } })
      await hear(store, { environment, agent: 'b' })
      const leases = (await store.environments.agents(environment)).map(({ lease }) => lease)
      assert.deepEqual(leases, [undefined, { term: 7, expiresAt: T0 + 5 }])
    }),
  )

  it(
    'tells of others that could poll while they are heard, and say so',
    withStore(open, async (store, environment) => {
      const others = async (at: number) => (await hear(store, { environment, at })).othersPoll
      assert.equal(await others(T0), false)
      await hear(store, { environment: await newEnvironment(store, 'other'), agent: 'b' })
      assert.equal(await others(T0), false)
      await hear(store, { environment, agent: 'b' })
      assert.equal(await others(T0 + 29_999), true)
      assert.equal(await others(T0 + 30_000), false)
      await hear(store, { environment, agent: 'b', at: T0 + 30_000, fields: { polls: false } })
      assert.equal(await others(T0 + 30_000), false)
    }),
  )

  it(
    'of many that ask at once one gets the lease',
    withStore(open, async (store, environment) => {
      const ask = (at: number, names: string) =>
        Promise.all([...names].map((agent) => termOf(store, { environment, agent, at })))
      const first = await ask(T0, 'abcdefgh')
      assert.deepEqual([...first].sort(), [0, 0, 0, 0, 0, 0, 0, Math.floor(T0 / 1000)])
      const later = await ask(T0 + 20_000, 'ABCDEFGH')
      assert.deepEqual([...later].sort(), [0, 0, 0, 0, 0, 0, 0, Math.floor(T0 / 1000) + 20])
    }),
  )

  it(
    'nothing is kept when the decision fails',
    withStore(open, async (store, environment) => {
      const beat = { environment, address: '', heardAt: T0, heartbeat: heartbeatOf('a') }
      const failing = store.heartbeats.heard(beat, 0, () => {
        throw new RangeError('no decision')
      })
      await assert.rejects(failing, { message: 'no decision' })
      assert.deepEqual(await store.environments.agents(environment), [])
    }),
  )

  it(
    'an environment that was removed takes its lease along, and is gone',
    withStore(open, async (store, environment) => {
      await hear(store, { environment, lease: LEASE })
      await store.environments.removeEnvironment(environment)
      const gone = { name: 'StoreFailure', reason: 'gone', retryable: false }
      await assert.rejects(hear(store, { environment }), gone)
    }),
  )
}
