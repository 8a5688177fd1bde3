import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import { describe, it, type TestContext } from 'node:test'
import fastify from 'fastify'
import { pino } from 'pino'
import { compressSync } from 'snappy'
import { newRemoteWriteCounters } from '../../../../src/cloud/doors/remote-write/counters.ts'
import type { SampleSink } from '../../../../src/cloud/doors/remote-write/ports.ts'
import {
  type RemoteWriteLimits,
  remoteWriteRoutes,
} from '../../../../src/cloud/doors/remote-write/remote-write-routes.ts'
import type { TokenScope } from '../../../../src/cloud/doors/visitor/admit.ts'
import { Admission } from '../../../../src/cloud/ingest/admission.ts'
import { SeriesFailure } from '../../../../src/cloud/series/failure.ts'
import { seriesOf } from '../../../../src/model/sample-batch.ts'
import { FakeClock } from '../../../support/fake-clock.ts'
import { type Sent, version1, version2 } from './encoder.ts'

const T0 = 1_795_000_000_000
const TOKEN = 'token-of-the-test-0123456789'
const TYPE_2 = 'application/x-protobuf;proto=io.prometheus.write.v2.Request'
const HEADERS_1 = {
  authorization: `Bearer ${TOKEN}`,
  'content-encoding': 'snappy',
  'content-type': 'application/x-protobuf',
  'x-prometheus-remote-write-version': '0.1.0',
}
const HEADERS_2 = {
  ...HEADERS_1,
  'content-type': TYPE_2,
  'x-prometheus-remote-write-version': '2.0.0',
}
const UP: Sent = { labels: [['__name__', 'up'], ['job', 'a']], samples: [[T0, 1]] } // biome-ignore format: a line
const BODY_1 = compressSync(version1([UP]))
const BODY_2 = compressSync(version2([UP]))

interface Setup {
  readonly append?: SampleSink['append']
  readonly limits?: Partial<RemoteWriteLimits>
  readonly perSecond?: number
  readonly expiresAt?: number
  readonly newest?: number
  readonly scopes?: readonly TokenScope[]
}

async function serve(context: TestContext, setup: Setup = {}) {
  const { append, limits = {}, perSecond = 1000, expiresAt = Number.POSITIVE_INFINITY } = setup
  const { scopes = ['write'] } = setup
  const clock = new FakeClock(T0)
  const counters = newRemoteWriteCounters()
  const appended: Parameters<SampleSink['append']>[] = []
  const lines: string[] = []
  const log = pino({ base: null }, { write: (line: string) => lines.push(line) })
  const server = fastify({ loggerInstance: log })
  await server.register(
    remoteWriteRoutes({
      keys: {
        ownerOf: async (token) =>
          token === TOKEN ? { environment: 'al-test', scopes, expiresAt } : undefined,
      },
      sink: {
        async append(...given) {
          appended.push(given)
          if (append) return append(...given)
          return { written: given[1].times.length, refused: [] }
        },
        newest: () => setup.newest,
      },
      admission: new Admission(
        { requestsPerSecond: perSecond, maxBodies: 99, maxBodiesInAll: 99 },
        clock,
      ),
      ...{ clock, log, limits, counters },
    }),
  )
  await server.listen({ port: 0, host: '127.0.0.1' })
  context.after(() => server.close())
  const { port } = server.server.address() as AddressInfo
  const post = (
    headers: Record<string, string> = HEADERS_1,
    body: Buffer = BODY_1,
    instance = 'al-test',
  ) =>
    fetch(`http://127.0.0.1:${port}/prometheus/${instance}/api/v1/write`, {
      method: 'POST',
      headers,
      body: new Uint8Array(body),
    })
  return { post, clock, counters, appended, lines, port }
}

function written(response: Response): (string | null)[] {
  return ['samples', 'histograms', 'exemplars'].map((what) =>
    response.headers.get(`x-prometheus-remote-write-${what}-written`),
  )
}

describe('what is durable is answered 204', () => {
  it('of 1.0: with its environment and the time it came', async (t) => {
    const { post, appended, counters } = await serve(t)
    const response = await post()
    assert.deepEqual([response.status, await response.text()], [204, ''])
    const samples = [
      {
        labels: { __name__: 'up', job: 'a' },
        times: Float64Array.of(T0),
        values: Float64Array.of(1),
      },
    ]
    const told = appended.map(([to, batch, at]) => [to, [...seriesOf(batch)], at])
    assert.deepEqual(told, [['al-test', samples, T0]])
    assert.deepEqual([counters.taken, counters.samples, counters.bytes], [1, 1, BODY_1.length])
  })

  it('of 2.0: with how many of each were written', async (t) => {
    const { post } = await serve(t)
    const response = await post(HEADERS_2, BODY_2)
    assert.deepEqual([response.status, written(response)], [204, ['1', '0', '0']])
  })

  it('exemplars are counted and left out', async (t) => {
    const { post, counters, appended } = await serve(t)
    const body = compressSync(version2([{ ...UP, exemplars: 3 }]))
    const response = await post(HEADERS_2, body)
    assert.deepEqual([response.status, written(response)], [204, ['1', '0', '0']])
    assert.deepEqual([counters.exemplars, appended.length], [3, 1])
  })

  it('metadata alone troubles nobody', async (t) => {
    const { post, appended } = await serve(t)
    const statuses = [
      await post(HEADERS_1, compressSync(version1([]))),
      await post(HEADERS_2, compressSync(version2([{ labels: [['__name__', 'up']] }]))),
    ].map(({ status }) => status)
    assert.deepEqual([statuses, appended], [[204, 204], []])
  })

  it('a sample that came twice in a request is written', async (t) => {
    const { post } = await serve(t)
    const body = compressSync(version2([{ ...UP, samples: [[T0, 1], [T0, 1]] }])) // biome-ignore format: a line
    const response = await post(HEADERS_2, body)
    assert.deepEqual([response.status, written(response)[0]], [204, '2'])
  })

  it('with the token as the password of Basic', async (t) => {
    const { post } = await serve(t)
    const basic = Buffer.from(`al-test:${TOKEN}`).toString('base64')
    assert.equal((await post({ ...HEADERS_1, authorization: `Basic ${basic}` })).status, 204)
  })

  const spellings = [
    { ...HEADERS_1, 'content-type': 'application/x-protobuf;proto=prometheus.WriteRequest' },
    { ...HEADERS_1, 'content-type': 'Application/X-Protobuf; Proto="prometheus.WriteRequest"' },
    { ...HEADERS_1, 'content-type': 'application/x-protobuf; charset=utf-8' },
    { ...HEADERS_1, 'content-encoding': 'Snappy' },
    { ...HEADERS_1, 'x-prometheus-remote-write-version': '1.0' },
    { ...HEADERS_1, 'x-prometheus-remote-write-version': '' },
    { ...HEADERS_2, 'x-prometheus-remote-write-version': '2.0.0-rc.4' },
    { ...HEADERS_2, 'content-type': `${TYPE_2}; charset=utf-8` },
  ]
  for (const headers of spellings) {
    const { authorization: _, ...said } = headers
    it(`said as ${JSON.stringify(said)}`, async (t) => {
      const { post } = await serve(t)
      const body = said['content-type'].startsWith(TYPE_2) ? BODY_2 : BODY_1
      assert.equal((await post(headers, body)).status, 204)
    })
  }
})

describe('what will never be taken is answered 400, and the rest is written', () => {
  const nameless: Sent = { labels: [['job', 'a\nb']], samples: [[T0, 1], [T0 + 1, 2]] } // biome-ignore format: a line
  const ours: Sent = { labels: [['__name__', 'tars_calls']], samples: [[T0, 1]] }
  const cases: readonly (readonly [name: string, sent: Sent, message: RegExp, setup?: Setup])[] = [
    ['labels that are none', nameless, /^2 samples are not taken \(invalid-labels 2\), 1 are; the first: series {job="a\\nb"}: no metric name.*\n$/], // biome-ignore format: a line a case
    [
      'names that are ours',
      ours,
      /series {__name__="tars_calls"}: metric names that begin with tars_ /,
    ],
    ['what is too old', { ...UP, samples: [[T0 - 90_000_001, 1]] }, /too-old 1.*more than 25 h older than the newest sample here: 2026-/], // biome-ignore format: a line a case
    ['what is too new', { ...UP, samples: [[T0 + 600_001, 1]] }, /too-new 1.*more than 10 min in the future: 2026-/], // biome-ignore format: a line a case
    ['two values of one time', { ...UP, samples: [[T0 + 1, 1], [T0 + 1, 2]] }, /\(duplicate 1\), 2 are/], // biome-ignore format: a line a case
    ['native histograms', { labels: UP.labels, histograms: 2 }, /native-histogram 2\), 1 are.*{__name__="up", job="a"}: native histograms are not kept/], // biome-ignore format: a line a case
  ]
  for (const [name, sent, message, setup] of cases) {
    it(name, async (t) => {
      const { post, appended } = await serve(t, setup)
      const bodies = [
        [HEADERS_1, compressSync(version1([sent, UP]))],
        [HEADERS_2, compressSync(version2([UP, sent]))],
      ] as const
      for (const [headers, body] of bodies) {
        const response = await post(headers, body)
        assert.equal(response.status, 400)
        assert.match(response.headers.get('content-type') ?? '', /^text\/plain/)
        assert.match(await response.text(), message)
        const taken = [...(appended.at(-1)?.[1].times ?? [])]
        assert.ok(taken.includes(T0))
        assert.equal(response.headers.get('retry-after'), null)
        if (headers === HEADERS_2)
          assert.deepEqual(written(response), [`${taken.length}`, '0', '0'])
      }
    })
  }

  it('late is measured against the newest sample of the environment', async (t) => {
    const { post } = await serve(t, { newest: T0 - 9e9 })
    const late = { ...UP, samples: [[T0 - 9e9 - 90_000_000, 1] as const] }
    assert.equal((await post(HEADERS_1, compressSync(version1([late])))).status, 204)
  })

  it('what the store refuses: series past the limit', async (t) => {
    const refused = [
      { reason: 'series-limit', count: 1, first: 'series {x}: 200000 are kept' },
    ] as const
    const { post, counters } = await serve(t, { append: async () => ({ written: 4, refused }) })
    const response = await post(HEADERS_2, BODY_2)
    assert.deepEqual([response.status, written(response)], [400, ['4', '0', '0']])
    assert.match(
      await response.text(),
      /^1 samples .*series-limit 1\), 4 are; .*200000 are kept\n$/,
    )
    assert.deepEqual(counters.refusedSamples, { 'series-limit': 1 })
  })

  it('the store, too, is cut short', async (t) => {
    const refused = [{ reason: 'too-old', count: 1, first: 'x'.repeat(9999) }] as const
    const { post } = await serve(t, { append: async () => ({ written: 0, refused }) })
    assert.ok((await (await post()).text()).length < 500)
  })

  it('several reasons, each counted', async (t) => {
    const { post, counters } = await serve(t)
    const response = await post(HEADERS_1, compressSync(version1([nameless, ours, UP])))
    assert.match(await response.text(), /^3 samples are not taken \(invalid-labels 3\), 1 are/)
    assert.deepEqual(counters.refusedSamples, { 'invalid-labels': 3 })
  })

  it('one line, however long the labels are', async (t) => {
    const { post } = await serve(t)
    const labels = Array.from({ length: 60 }, (_, i) => [`l${i}\n`, '\n'.repeat(200)] as const)
    const response = await post(HEADERS_1, compressSync(version1([{ labels, samples: [[T0, 1]] }])))
    const text = await response.text()
    assert.match(text, /^[^\n]+no metric name[^\n]+\n$/)
    assert.ok(text.length < 600)
  })
})

describe('what is no request is refused with a reason', () => {
  const { authorization, ...tokenless } = HEADERS_1
  const bomb = Buffer.from([0x80, 0x80, 0x80, 0x80, 0x01, 0x00])
  const cases: readonly {
    readonly name: string
    readonly status: number
    readonly reason: string
    readonly headers?: Record<string, string>
    readonly body?: Buffer
    readonly instance?: string
    readonly setup?: Setup
    readonly retryAfter?: string
    readonly says?: RegExp
  }[] = [
    { name: 'no token', status: 401, reason: 'unauthorized', headers: tokenless },
    { name: 'an unknown token', status: 401, reason: 'unauthorized', headers: { ...HEADERS_1, authorization: `${authorization}x` } }, // biome-ignore format: a line a case
    { name: 'the token of another environment', status: 403, reason: 'forbidden', instance: 'al-other' }, // biome-ignore format: a line a case
    { name: 'a token that may not write', status: 403, reason: 'forbidden', setup: { scopes: ['read'] }, says: /^this API token may only read: to write, make one in the console that may\n$/ }, // biome-ignore format: a line a case
    { name: 'an environment that has expired', status: 403, reason: 'expired', setup: { expiresAt: T0 } }, // biome-ignore format: a line a case
    { name: 'another Content-Type', status: 415, reason: 'unsupported', headers: { ...HEADERS_1, 'content-type': 'application/json' }, says: /'application\/json' is not known: send application\/x-protobuf/ }, // biome-ignore format: a line a case
    { name: 'another message', status: 415, reason: 'unsupported', headers: { ...HEADERS_1, 'content-type': 'application/x-protobuf;proto=io.prometheus.write.v3.Request' } }, // biome-ignore format: a line a case
    { name: 'a message named as a property of objects', status: 415, reason: 'unsupported', headers: { ...HEADERS_1, 'content-type': 'application/x-protobuf;proto=constructor', 'x-prometheus-remote-write-version': '' } }, // biome-ignore format: a line a case
    { name: 'another encoding', status: 415, reason: 'unsupported', headers: { ...HEADERS_1, 'content-encoding': 'gzip' }, says: /Content-Encoding 'gzip'/ }, // biome-ignore format: a line a case
    { name: 'no encoding', status: 415, reason: 'unsupported', headers: { ...HEADERS_1, 'content-encoding': '' } }, // biome-ignore format: a line a case
    { name: 'a version that is not known', status: 415, reason: 'unsupported', headers: { ...HEADERS_1, 'x-prometheus-remote-write-version': '3.0.0' } }, // biome-ignore format: a line a case
    { name: 'a version that is not that of its type', status: 415, reason: 'unsupported', headers: { ...HEADERS_1, 'x-prometheus-remote-write-version': '2.0.0' } }, // biome-ignore format: a line a case
    {
      name: 'what is not snappy',
      status: 400,
      reason: 'corrupt',
      body: Buffer.from([5, 200, 1, 2]),
    },
    { name: 'the framed format', status: 400, reason: 'corrupt', body: Buffer.from('\xff\x06\x00\x00sNaPpY', 'latin1') }, // biome-ignore format: a line a case
    { name: 'nothing', status: 400, reason: 'corrupt', body: Buffer.alloc(0) },
    { name: 'what is not the message', status: 400, reason: 'malformed', body: BODY_2, says: /version 2\.0 \(byte \d+\)/ }, // biome-ignore format: a line a case
    { name: 'a message cut off', status: 400, reason: 'truncated', body: compressSync(version1([UP]).subarray(0, 40)) }, // biome-ignore format: a line a case
    { name: 'a body past the limit', status: 413, reason: 'too-large', setup: { limits: { maxBodyBytes: 10 } } }, // biome-ignore format: a line a case
    { name: 'what says it is larger when decompressed', status: 413, reason: 'too-large', body: bomb, says: /^268435456 bytes/ }, // biome-ignore format: a line a case
    { name: 'more series than the limit', status: 413, reason: 'too-large', setup: { limits: { maxSeries: 0 } } }, // biome-ignore format: a line a case
    { name: 'a rate past the limit', status: 429, reason: 'too-many', setup: { perSecond: 0 }, retryAfter: '1' }, // biome-ignore format: a line a case
    { name: 'more bodies than there are places in all', status: 503, reason: 'busy', setup: { limits: { maxBodiesInAll: 0 } }, retryAfter: '1' }, // biome-ignore format: a line a case
    { name: 'more bodies than there are places', status: 503, reason: 'busy', setup: { limits: { maxBodies: 0 } }, retryAfter: '1' }, // biome-ignore format: a line a case
    { name: 'more bodies than there are places, too fast as well', status: 503, reason: 'busy', setup: { perSecond: 0, limits: { maxBodies: 0 } }, retryAfter: '1' }, // biome-ignore format: a line a case
    { name: 'a full disk', status: 503, reason: 'no-space', setup: { append: () => Promise.reject(new SeriesFailure('no-space', 'append: ENOSPC')) }, retryAfter: '5', says: /^the samples are not stored: come again\n$/ }, // biome-ignore format: a line a case
    { name: 'a fault of ours', status: 500, reason: 'internal', setup: { append: () => Promise.reject(new TypeError('secret')) }, says: /^internal error; the log of the cloud says more\n$/ }, // biome-ignore format: a line a case
  ]
  for (const { name, status, reason, headers, body, instance, setup, retryAfter, says } of cases) {
    it(name, async (t) => {
      const { post, counters, appended } = await serve(t, setup)
      const response = await post(headers, body, instance)
      const text = await response.text()
      assert.deepEqual([response.status, counters.refused], [status, { [reason]: 1 }], text)
      assert.equal(response.headers.get('retry-after'), retryAfter ?? null)
      assert.match(text, says ?? /^[^\n]+\n$/)
      assert.doesNotMatch(text, new RegExp(TOKEN))
      if (setup?.append === undefined) assert.deepEqual(appended, [])
    })
  }

  it('of 2.0: with nothing written', async (t) => {
    const { post } = await serve(t)
    const response = await post(HEADERS_2, BODY_1)
    assert.deepEqual([response.status, written(response)], [400, ['0', '0', '0']])
  })

  it('a fault of ours is logged once until something is taken', async (t) => {
    let works = false
    const append: SampleSink['append'] = async () => {
      if (!works) throw new SeriesFailure('no-space', 'append: ENOSPC')
      return { written: 1, refused: [] }
    }
    const { post, lines } = await serve(t, { append })
    for (const now of [false, false, true, false]) {
      works = now
      await post()
    }
    const told = lines.filter((line) => line.includes('a remote write was not taken'))
    assert.equal(told.length, 2)
    assert.match(told[0] ?? '', /"environment":"al-test","reason":"no-space".*ENOSPC/)
    assert.doesNotMatch(lines.join(''), new RegExp(TOKEN))
  })
})

describe('a place', () => {
  it('is free again when the sender hangs up half-way', async (t) => {
    const { post, port } = await serve(t, { limits: { maxBodies: 1 } })
    const head = Object.entries(HEADERS_1).map(([name, value]) => `${name}: ${value}\r\n`)
    const socket = connect(port, '127.0.0.1')
    const path = '/prometheus/al-test/api/v1/write'
    socket.write(`POST ${path} HTTP/1.1\r\nhost: x\r\n${head.join('')}content-length: 99\r\n\r\nx`)
    let status = 204
    while (status !== 503) status = (await post()).status
    socket.destroy()
    await once(socket, 'close')
    while (status !== 204) status = (await post()).status
  })
})
