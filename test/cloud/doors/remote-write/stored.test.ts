/** Both doors on one server, before the series the cloud really has. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import fastify, { type FastifyInstance } from 'fastify'
import { compressSync } from 'snappy'
import { prometheusRoutes } from '../../../../src/cloud/doors/prometheus/prometheus-routes.ts'
import { remoteWriteRoutes } from '../../../../src/cloud/doors/remote-write/remote-write-routes.ts'
import type { TokenKeys } from '../../../../src/cloud/doors/visitor/admit.ts'
import { SourceQueries } from '../../../../src/cloud/series/read/source-queries.ts'
import { SeriesStore } from '../../../../src/cloud/series/series-store.ts'
import { seriesReads } from '../../../../src/cloud/series-reads.ts'
import { silentLog } from '../../../../src/support/log.ts'
import { FakeClock } from '../../../support/fake-clock.ts'
import { dataFolder } from '../../store/data-folder.ts'
import { type Sent, version1, version2 } from './encoder.ts'

const T0 = 1_795_000_000_437
const OURS = 'al-ours'
const TYPES = {
  1: 'application/x-protobuf',
  2: 'application/x-protobuf;proto=io.prometheus.write.v2.Request',
} as const

const KEYS: TokenKeys = {
  async ownerOf(token) {
    const owner = { environment: OURS, expiresAt: Number.POSITIVE_INFINITY }
    if (token === 'reads') return { ...owner, scopes: ['read'] }
    return token === 'writes' ? { ...owner, scopes: ['write'] } : undefined
  },
}

function series(job: string, samples: Sent['samples'] = [[T0, 1]]): Sent {
  return { labels: [['__name__', 'up'], ['job', job]], samples } // biome-ignore format: a line
}

describe('what is written is read again', () => {
  const folder = dataFolder({ after })
  const clock = new FakeClock(T0)
  let store: SeriesStore
  let server: FastifyInstance

  before(open)
  after(close)

  async function open() {
    store = await SeriesStore.open({ folder, clock, log: silentLog, maxRecords: 3 })
    server = fastify()
    const door = { keys: KEYS, clock, log: silentLog }
    await server.register(
      prometheusRoutes({
        ...door,
        reads: seriesReads(new SourceQueries({ sourceOf: (id) => store.source(id) })),
        rules: {
          rules: () => ({ files: [], groups: [] }),
          progress: async () => [],
          living: async () => [],
        },
      }),
    )
    await server.register(
      remoteWriteRoutes({
        ...door,
        sink: {
          append: (...given) => store.appendSamples(...given),
          newest: (environment) => store.newest(environment),
        },
        admission: { enter: () => () => {} },
      }),
    )
  }

  async function close() {
    await server.close()
    await store.close()
  }

  async function write(sent: readonly Sent[], version: 1 | 2 = 1, token = 'writes') {
    const { statusCode, body, headers } = await server.inject({
      method: 'POST',
      url: `/prometheus/${OURS}/api/v1/write`,
      headers: {
        authorization: `Bearer ${token}`,
        'content-encoding': 'snappy',
        'content-type': TYPES[version],
      },
      payload: compressSync(version === 1 ? version1(sent) : version2(sent)),
    })
    return { status: statusCode, text: body, headers }
  }

  async function read(path: string, query: Record<string, string> = {}, token = 'reads') {
    const answer = await server.inject({
      url: `/prometheus/${OURS}/api/v1/${path}`,
      headers: { authorization: `Bearer ${token}` },
      query,
    })
    return { code: answer.statusCode, data: answer.json().data }
  }

  async function values(query: string): Promise<[string, string][]> {
    const { data } = await read('query', { query, time: String((T0 + 500) / 1000) })
    return data.result.map(({ metric, value }: { metric: { job: string }; value: string[] }) => [
      metric.job,
      value[1],
    ])
  }

  it('of either version', async () => {
    assert.equal((await write([series('a')])).status, 204)
    assert.equal((await write([series('b', [[T0, 2]])], 2)).status, 204)
    assert.deepEqual(await values('up'), [['a', '1'], ['b', '2']]) // biome-ignore format: a line
    assert.deepEqual((await read('label/job/values')).data, ['a', 'b'])
    assert.deepEqual((await read('series', { 'match[]': 'up{job="a"}' })).data, [
      { __name__: 'up', job: 'a' },
    ])
  })

  it('once, when it comes again', async () => {
    assert.equal((await write([series('a')])).status, 204)
    assert.deepEqual(await values('count_over_time(up{job="a"}[5m])'), [['a', '1']])
  })

  it('but not another value for a time, which the sender is told', async () => {
    const { status, text, headers } = await write([series('a', [[T0, 7], [T0 + 1, 8]])], 2) // biome-ignore format: a line
    assert.deepEqual([status, headers['x-prometheus-remote-write-samples-written']], [400, '1'])
    assert.match(
      text,
      /^1 samples are not taken \(duplicate 1\), 1 are; .*{__name__="up", job="a"}/,
    )
    assert.match(text, /another value is stored for this time: 2026-11-18T\d\d:\d\d:\d\d\.437Z\n$/)
    assert.deepEqual(await values('up{job="a"}'), [['a', '8']])
  })

  it('nor more series than there may be', async () => {
    const { status, text } = await write([series('c'), series('d'), series('a', [[T0 + 2, 9]])])
    assert.equal(status, 400)
    assert.match(
      text,
      /^1 samples are not taken \(series-limit 1\), 2 are; .*job="d".*as many series/,
    )
    assert.deepEqual(await values('up{job=~"[ad]"}'), [['a', '9']])
  })

  it('with a token that may', async () => {
    assert.equal((await write([series('a')], 1, 'reads')).status, 403)
    assert.equal((await read('labels', {}, 'writes')).code, 403)
    assert.equal((await write([series('a')], 1, 'nobody')).status, 401)
  })

  it('after a restart, out of the log and out of blocks', async () => {
    const all = await values('last_over_time(up[5m])')
    await close()
    await open()
    assert.deepEqual(await values('last_over_time(up[5m])'), all)
    await store.flush(OURS)
    await write([series('a', [[T0 + 3, 10]])])
    await close()
    await open()
    const [, ...others] = all
    assert.deepEqual(await values('last_over_time(up[5m])'), [['a', '10'], ...others])
    assert.deepEqual((await read('label/job/values')).data, ['a', 'b', 'c'])
  })

  it('only with POST', async () => {
    const { statusCode, headers } = await server.inject({ url: `/prometheus/${OURS}/api/v1/write` })
    assert.deepEqual([statusCode, headers.allow], [405, 'POST'])
  })
})
