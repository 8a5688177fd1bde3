import assert from 'node:assert/strict'
import type { AddressInfo } from 'node:net'
import { describe, it, type TestContext } from 'node:test'
import fastify from 'fastify'
import { pino } from 'pino'
import type { AdmissionLimits } from '../../../src/cloud/ingest/admission.ts'
import { heartbeatRoutes } from '../../../src/cloud/ingest/heartbeat-routes.ts'
import type { HeartbeatRegister } from '../../../src/cloud/ingest/ports.ts'
import { StoreFailure } from '../../../src/cloud/store/failure.ts'
import {
  BATCH_VERSION,
  batchRefusal,
  HEARTBEAT_PATH,
  type Heartbeat,
  heartbeatAnswer,
} from '../../../src/wire/index.ts'
import { T0 } from '../../contract/store/samples.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { dataFolder, openIn } from '../store/data-folder.ts'
import { heartbeatOf } from './heartbeat-sample.ts'

interface Setup {
  /** Instead of the store's. */
  readonly heard?: HeartbeatRegister['heard']
  readonly limits?: Partial<AdmissionLimits>
}

async function serve(context: TestContext, { heard, limits = {} }: Setup = {}) {
  const clock = new FakeClock(T0)
  const counters = { taken: 0, refused: {} }
  const lines: string[] = []
  const folder = dataFolder(context)
  const store = await openIn(folder)
  const log = pino({ base: null }, { write: (line: string) => lines.push(line) })
  const server = fastify({ loggerInstance: log })
  const register = heard ? { heard } : store.heartbeats
  const { environments: keys } = store
  await server.register(heartbeatRoutes({ keys, register, clock, log, limits, counters }))
  await server.listen({ port: 0, host: '127.0.0.1' })
  context.after(async () => {
    await server.close()
    await store.close()
  })
  const { id, envKey } = await keys.createEnvironment({ name: 'e', framework: 'K8SFramework' }, T0)
  const { port } = server.server.address() as AddressInfo

  const post = (body: string, headers: Record<string, string> = {}) =>
    fetch(`http://127.0.0.1:${port}${HEARTBEAT_PATH}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${envKey}`,
        'content-type': 'application/json',
        ...headers,
      },
      body,
    })
  const terms: number[] = []
  /** Which term the agent was given: the first, the second …; 0 none. */
  async function term(agent: string, fields: Partial<Heartbeat> = {}): Promise<number> {
    const response = await post(JSON.stringify(heartbeatOf(agent, fields)))
    const { lease } = heartbeatAnswer.parse(await response.json())
    if (lease && lease.term > (terms.at(-1) ?? 0)) terms.push(lease.term)
    return lease ? terms.indexOf(lease.term) + 1 : 0
  }
  return { id, envKey, clock, counters, lines, store, post, term }
}

const SAMPLE = JSON.stringify(heartbeatOf('a'))

describe('a heartbeat is answered', () => {
  it('with the time, the framework, the lease and the batches that are taken', async (t) => {
    const { post, counters } = await serve(t)
    const response = await post(SAMPLE)
    assert.equal(response.status, 200)
    assert.deepEqual(heartbeatAnswer.parse(await response.json()), {
      serverTimeMs: T0,
      framework: 'K8SFramework',
      lease: { term: T0 / 1000, ttlMs: 20_000 },
      batchVersions: [BATCH_VERSION],
    })
    assert.deepEqual(counters, { taken: 1, refused: {} })
  })

  it('and kept with where it came from, what a later version adds left out', async (t) => {
    const { post, store, id } = await serve(t)
    await post(JSON.stringify({ ...heartbeatOf('a', { trouble: 'key' }), later: 1 }))
    const [agent] = await store.environments.agents(id)
    assert.deepEqual([agent?.host, agent?.address, agent?.seenAt], ['node-a', '127.0.0.1', T0])
    const { agent: _, epoch, host, version, startedAt, ...told } = heartbeatOf('a')
    assert.deepEqual(agent?.told, { ...told, trouble: 'key', toldAt: T0 })
    assert.deepEqual(agent?.lease, { term: T0 / 1000, expiresAt: T0 + 20_000 })
  })

  it('the lease moves within 30 s when its holder dies', async (t) => {
    const { term, clock, lines } = await serve(t)
    assert.deepEqual([await term('a'), await term('b')], [1, 0])
    clock.advance(9_999)
    assert.deepEqual([await term('b'), await term('a')], [0, 1])
    clock.advance(10_000)
    assert.equal(await term('b'), 0)
    clock.advance(10_000)
    assert.deepEqual([await term('b'), await term('a')], [2, 0])
    const said = lines.filter((line) => line.includes('runs the polling feeds'))
    assert.deepEqual(
      said.map((line) => JSON.parse(line).host),
      ['node-a', 'node-b'],
    )
  })

  it('the lease moves on when its holder reads nothing for 60 s and another could', async (t) => {
    const { term, clock } = await serve(t)
    const why = 'no registry'
    const off = { feed: 'query', state: 'off', why, reachedMs: 0, records: 0 } as const
    const terms: number[][] = []
    for (let second = 0; second <= 100; second += 10) {
      terms.push([await term('a', { feeds: [off] }), second < 30 ? 0 : await term('b')])
      clock.advance(10_000)
    }
    assert.deepEqual(terms.at(6), [1, 0])
    assert.deepEqual(terms.at(7), [0, 0])
    assert.deepEqual(terms.at(-1), [0, 2])
  })
})

describe('a heartbeat that is not taken is answered with a reason', () => {
  const throwing = (error: Error): Setup => ({ heard: () => Promise.reject(error) })
  const without = { authorization: '' }
  const cases: readonly {
    readonly name: string
    readonly status: number
    readonly reason: string
    readonly body?: string
    readonly headers?: Record<string, string>
    readonly setup?: Setup
    readonly message?: RegExp
    readonly retryAfter?: string
  }[] = [
    { name: 'no key', status: 401, reason: 'unauthorized', headers: without },
    {
      name: 'a key nobody has',
      status: 401,
      reason: 'unauthorized',
      headers: { authorization: 'Bearer ek_other' },
    },
    { name: 'broken JSON', status: 400, reason: 'malformed', body: '{"agent":' },
    {
      name: 'a field that is wrong, which is named',
      status: 400,
      reason: 'malformed',
      body: JSON.stringify({ ...heartbeatOf('a'), lagMs: -1 }),
      message: /^the request is no heartbeat: lagMs: /,
    },
    { name: 'no object', status: 400, reason: 'malformed', body: '[]', message: /body: / },
    {
      name: 'another media type',
      status: 415,
      reason: 'wrong-type',
      headers: { 'content-type': 'text/plain' },
    },
    { name: 'more than 64 KB', status: 413, reason: 'too-large', body: ' '.repeat(65_537) },
    {
      name: 'more than the rate',
      status: 429,
      reason: 'too-many',
      retryAfter: '1',
      setup: { limits: { requestsPerSecond: 0 } },
    },
    {
      name: 'an environment that was removed just now',
      status: 401,
      reason: 'unauthorized',
      setup: throwing(new StoreFailure('gone', 'secret detail')),
    },
    {
      name: 'a store that fails',
      status: 503,
      reason: 'no-space',
      retryAfter: '5',
      setup: throwing(new StoreFailure('no-space', 'secret detail', { retryable: true })),
    },
    {
      name: 'a fault of ours',
      status: 500,
      reason: 'internal',
      setup: throwing(new TypeError('secret detail')),
    },
  ]
  for (const { name, status, reason, body, headers, setup, message, retryAfter } of cases) {
    it(`${name}: ${status} ${reason}`, async (t) => {
      const { post, counters, lines, envKey } = await serve(t, setup)
      const response = await post(body ?? SAMPLE, headers)
      assert.equal(response.status, status)
      const text = await response.text()
      const { error } = batchRefusal.parse(JSON.parse(text))
      assert.equal(error.reason, reason)
      if (message) assert.match(error.message, message)
      assert.equal(response.headers.get('retry-after'), retryAfter ?? null)
      assert.deepEqual(counters, { taken: 0, refused: { [reason]: 1 } })
      assert.doesNotMatch(text, /secret detail/)
      assert.equal(lines.join('').includes(envKey), false)
    })
  }

  it('and nothing of it is kept', async (t) => {
    const { post, store, id } = await serve(t)
    await post(JSON.stringify({ ...heartbeatOf('a'), feeds: 'all' }))
    assert.deepEqual(await store.environments.agents(id), [])
  })

  it('after a key was replaced', async (t) => {
    const { post, store, id } = await serve(t)
    await store.environments.rotateKey(id)
    assert.equal((await post(SAMPLE)).status, 401)
  })

  it('the rate comes back with time, and is each environment its own', async (t) => {
    const { post, store, clock } = await serve(t, { limits: { requestsPerSecond: 1 } })
    const status = async (headers = {}) => (await post(SAMPLE, headers)).status
    const other = await store.environments.createEnvironment(
      { name: 'other', framework: 'TARSFramework' },
      T0,
    )
    assert.deepEqual([await status(), await status()], [200, 429])
    assert.equal(await status({ authorization: `Bearer ${other.envKey}` }), 200)
    clock.advance(1000)
    assert.equal(await status(), 200)
  })
})
