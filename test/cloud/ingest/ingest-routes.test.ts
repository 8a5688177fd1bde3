import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import { describe, it, type TestContext } from 'node:test'
import fastify from 'fastify'
import { pino } from 'pino'
import { newCounters } from '../../../src/cloud/ingest/counters.ts'
import { type IngestLimits, ingestRoutes } from '../../../src/cloud/ingest/ingest-routes.ts'
import type { AgentSighting, BatchIntake } from '../../../src/cloud/ingest/ports.ts'
import { SeriesFailure } from '../../../src/cloud/series/failure.ts'
import { StoreFailure } from '../../../src/cloud/store/failure.ts'
import {
  BATCH_MEDIA_TYPE,
  BATCH_PATH,
  batchAnswer,
  batchRefusal,
  decodeBatch,
  encodeBatch,
} from '../../../src/wire/index.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { AGENT } from '../../wire/traffic.ts'
import { batch, event, T0, window } from '../series/fixture.ts'

const KEY = 'env-key-of-the-test-0123456789'
const SAMPLE = batch({}, [window()], { events: [event()] })
const BYTES = encodeBatch(SAMPLE)
const HEADERS = { authorization: `Bearer ${KEY}`, 'content-type': BATCH_MEDIA_TYPE }

interface Setup {
  readonly append?: BatchIntake['append']
  readonly limits?: Partial<IngestLimits>
  readonly seen?: () => Promise<void>
}

async function serve(context: TestContext, { append, limits = {}, seen }: Setup = {}) {
  const clock = new FakeClock(T0)
  const counters = newCounters()
  const appended: Parameters<BatchIntake['append']>[] = []
  const sightings: AgentSighting[] = []
  const lines: string[] = []
  const log = pino({ base: null }, { write: (line: string) => lines.push(line) })
  const server = fastify({ loggerInstance: log })
  await server.register(
    ingestRoutes({
      keys: { environmentOf: async (key) => (key === KEY ? 'al-test' : undefined) },
      sink: {
        async append(...given) {
          const { id, agent, windows, events } = decodeBatch(given[1])
          appended.push(given)
          if (append) return append(...given)
          return {
            ...{ applied: appended.length === 1, agent: { ...agent, id: id.agent } },
            windowEndMs: Math.max(...windows.map(({ endMs }) => endMs)),
            ...{ stats: windows.length, properties: 0, events: events.length },
          }
        },
      },
      agents: {
        async seen(sighting) {
          sightings.push(sighting)
          await seen?.()
        },
      },
      ...{ clock, log, limits, counters },
    }),
  )
  await server.listen({ port: 0, host: '127.0.0.1' })
  context.after(() => server.close())
  const { port } = server.server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}${BATCH_PATH}`
  const post = (headers: Record<string, string> = HEADERS, body: Buffer | string = BYTES) =>
    fetch(url, { method: 'POST', headers, body: Buffer.from(body) })
  return { post, clock, counters, appended, sightings, lines, port }
}

describe('a batch that is durable is answered 200', () => {
  it('the store gets it as it came, with its environment and the time it came', async (t) => {
    const { post, appended, counters } = await serve(t)
    const response = await post()
    assert.equal(response.status, 200)
    assert.deepEqual(batchAnswer.parse(await response.json()), { applied: true, serverTimeMs: T0 })
    assert.deepEqual(appended, [['al-test', BYTES, T0]])
    const { applied, stats, events, bytes } = counters
    assert.deepEqual([applied, stats, events, bytes], [1, 1, 1, BYTES.length])
  })

  it('a repeat as well, and says so', async (t) => {
    const { post, counters } = await serve(t)
    await post()
    const answer = batchAnswer.parse(await (await post()).json())
    assert.equal(answer.applied, false)
    assert.deepEqual([counters.applied, counters.repeated, counters.stats], [1, 1, 1])
  })

  it('the register hears of the agent, once a second at most, with its newest window', async (t) => {
    const { post, sightings, clock } = await serve(t)
    await post()
    await post(HEADERS, encodeBatch(batch({ seq: 2 }, [window({ endMs: T0 + 10_000 })])))
    clock.advance(1000)
    await post(HEADERS, encodeBatch(batch({ seq: 3 }, [window({ endMs: T0 - 10_000 })])))
    assert.deepEqual(
      sightings.map(({ windowEndMs }) => windowEndMs),
      [T0, T0 + 10_000],
    )
    assert.deepEqual(sightings[0], {
      ...{ environment: 'al-test', agent: AGENT, address: '127.0.0.1', seenAt: T0 },
      ...{ windowEndMs: T0, ...SAMPLE.agent },
    })
  })

  it('also when the register fails', async (t) => {
    const { post } = await serve(t, { seen: () => Promise.reject(new Error('no disk')) })
    assert.equal((await post()).status, 200)
  })
})

describe('what is not taken is answered with a reason', () => {
  const throwing = (error: Error): Setup => ({ append: () => Promise.reject(error) })
  const { authorization: _, ...keyless } = HEADERS
  const cases: readonly {
    readonly name: string
    readonly status: number
    readonly reason: string
    readonly headers?: Record<string, string>
    readonly body?: Buffer | string
    readonly setup?: Setup
    readonly retryAfter?: string
  }[] = [
    { name: 'no key', status: 401, reason: 'unauthorized', headers: keyless },
    {
      name: 'a key nobody has',
      status: 401,
      reason: 'unauthorized',
      headers: { ...HEADERS, authorization: 'Bearer other' },
    },
    {
      name: 'a key in another scheme',
      status: 401,
      reason: 'unauthorized',
      headers: { ...HEADERS, authorization: `Basic ${KEY}` },
    },
    {
      name: 'another media type',
      status: 415,
      reason: 'wrong-type',
      headers: { ...HEADERS, 'content-type': 'application/json' },
      body: '{}',
    },
    {
      name: 'no body',
      status: 415,
      reason: 'wrong-type',
      headers: { authorization: HEADERS.authorization },
      body: '',
    },
    {
      name: 'a body past the limit',
      status: 413,
      reason: 'too-large',
      setup: { limits: { maxBodyBytes: 50 } },
    },
    { name: 'bytes that are no batch', status: 400, reason: 'not-a-batch', body: 'hello' },
    {
      name: 'a batch that ends early',
      status: 400,
      reason: 'truncated',
      body: BYTES.subarray(0, 60),
    },
    { name: 'a later version', status: 400, reason: 'version', body: 'TALB\x02\x01' },
    {
      name: 'data too old',
      status: 422,
      reason: 'too-old',
      setup: throwing(new SeriesFailure('too-old', 'all of it is 26 h behind')),
    },
    {
      name: 'a full disk',
      status: 503,
      reason: 'no-space',
      retryAfter: '5',
      setup: throwing(new SeriesFailure('no-space', 'disk', { retryable: true })),
    },
    {
      name: 'a database that needs a person: the agent keeps the batch',
      status: 503,
      reason: 'corrupt',
      retryAfter: '5',
      setup: throwing(new StoreFailure('corrupt', 'secret detail')),
    },
    {
      name: 'more than the rate',
      status: 429,
      reason: 'too-many',
      retryAfter: '1',
      setup: { limits: { requestsPerSecond: 0 } },
    },
    {
      name: 'more bodies than memory is for',
      status: 429,
      reason: 'too-many',
      retryAfter: '1',
      setup: { limits: { maxBodies: 0 } },
    },
    {
      name: 'a fault of ours',
      status: 500,
      reason: 'internal',
      setup: throwing(new TypeError('secret detail')),
    },
  ]
  for (const { name, status, reason, headers, body, setup, retryAfter } of cases) {
    it(`${name}: ${status} ${reason}`, async (t) => {
      const { post, counters, appended, lines } = await serve(t, setup)
      const response = await post(headers, body)
      assert.equal(response.status, status)
      const text = await response.text()
      assert.equal(batchRefusal.parse(JSON.parse(text)).error.reason, reason)
      assert.equal(response.headers.get('retry-after'), retryAfter ?? null)
      assert.deepEqual(counters.refused, { [reason]: 1 })
      assert.equal(appended.length, status < 422 || status === 429 ? 0 : 1)
      assert.doesNotMatch(text, /secret detail/)
      assert.doesNotMatch(lines.join(''), new RegExp(KEY))
    })
  }

  it('missing, malformed and unknown keys get the same answer to the byte', async (t) => {
    const { post } = await serve(t)
    const answers = await Promise.all(
      [
        '',
        'Bearer',
        'Bearer a b',
        'Bearer other',
        'Bearer env-key-of-the-test',
        `Bearer ${'x'.repeat(9000)}`,
      ].map(async (authorization) => {
        const response = await post({ ...HEADERS, authorization })
        const { date: _, ...headers } = Object.fromEntries(response.headers)
        return JSON.stringify([response.status, headers, await response.text()])
      }),
    )
    assert.equal(new Set(answers).size, 1, answers.join('\n'))
  })

  it('the rate comes back with time', async (t) => {
    const { post, clock } = await serve(t, { limits: { requestsPerSecond: 2 } })
    const status = async () => (await post()).status
    assert.deepEqual([await status(), await status(), await status()], [200, 200, 429])
    clock.advance(500)
    assert.deepEqual([await status(), await status()], [200, 429])
  })

  it('a fault that lasts is logged once', async (t) => {
    const { post, lines } = await serve(
      t,
      throwing(new SeriesFailure('no-space', 'disk', { retryable: true })),
    )
    await post()
    await post()
    assert.equal(lines.filter((line) => line.includes('a batch was not taken')).length, 1)
  })

  it('an agent that hangs up in the middle of a body leaves its place to others', async (t) => {
    const { post, port } = await serve(t, { limits: { maxBodies: 1 } })
    const socket = connect(port, '127.0.0.1')
    const head = [
      `POST ${BATCH_PATH} HTTP/1.1`,
      'Host: x',
      `Authorization: Bearer ${KEY}`,
      `Content-Type: ${BATCH_MEDIA_TYPE}`,
      'Content-Length: 1000',
      'Expect: 100-continue',
    ]
    socket.write(`${head.join('\r\n')}\r\n\r\n`)
    // The server has seen the head.
    await once(socket, 'data')
    socket.write('TALB')
    await until(async () => (await post()).status === 429)
    socket.destroy()
    await until(async () => (await post()).status === 200)
  })
})

/** Asks until it is so; the runner's time limit ends it otherwise. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setImmediate(resolve))
}
