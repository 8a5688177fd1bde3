/** A real Prometheus, where one is on PATH, writes to the door what it scrapes: of itself and of a target. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import fastify from 'fastify'
import type { SampleSink } from '../../../../src/cloud/doors/remote-write/ports.ts'
import { remoteWriteRoutes } from '../../../../src/cloud/doors/remote-write/remote-write-routes.ts'
import { SeriesFailure } from '../../../../src/cloud/series/failure.ts'
import { type Labels, labelsKey } from '../../../../src/model/labels.ts'
import {
  type SampleBatch,
  type SeriesSamples,
  seriesOf,
} from '../../../../src/model/sample-batch.ts'
import { evaluateInstant, parse } from '../../../../src/promql/index.ts'
import { systemClock } from '../../../../src/support/clock.ts'
import { silentLog } from '../../../../src/support/log.ts'
import { FamilySink } from './family-sink.ts'

const PROGRAM = (process.env.PATH ?? '')
  .split(delimiter)
  .map((folder) => join(folder, 'prometheus'))
  .find((file) => existsSync(file))
const skip = PROGRAM === undefined && 'no prometheus on PATH (Debian: apt-get install prometheus)'

const TOKEN = 'token-of-the-test-0123456789'
const STALE_BITS = 0x7ff0_0000_0000_0002n

/** Refuses as it is told, and remembers all that came. */
class Sink implements SampleSink {
  readonly requests: { readonly key: string; readonly answer: Answer }[] = []
  readonly #samples = new Map<string, SeriesSamples[]>()
  readonly #waiting: { readonly done: () => boolean; readonly resolve: () => void }[] = []
  answers: Answer[] = []

  async append(_: string, batch: SampleBatch) {
    const samples = [...seriesOf(batch)]
    const answer = this.answers.shift() ?? 'taken'
    this.requests.push({ key: keyOf(samples), answer })
    if (answer === 'taken') for (const one of samples) this.#take(one)
    for (const { done, resolve } of this.#waiting) if (done()) resolve()
    if (answer === 'full') throw new SeriesFailure('no-space', 'append: ENOSPC')
    const count = batch.times.length
    if (answer === 'taken') return { written: count, refused: [] }
    return { written: 0, refused: [{ reason: 'series-limit', count, first: 'all' }] as const }
  }

  newest(): undefined {}

  /** All samples of the series `name`, by when they came. */
  samples(name: string): readonly SeriesSamples[] {
    return this.#samples.get(name) ?? []
  }

  async until(done: () => boolean): Promise<void> {
    if (!done()) await new Promise<void>((resolve) => this.#waiting.push({ done, resolve }))
  }

  #take(samples: SeriesSamples): void {
    const name = samples.labels.__name__ ?? ''
    this.#samples.set(name, [...this.samples(name), samples])
  }
}

/** `full`: 503. `refused`: 400. */
type Answer = 'taken' | 'full' | 'refused'

function keyOf(samples: readonly SeriesSamples[]): string {
  return samples.map(({ labels, times }) => `${labelsKey(labels)}@${times.join()}`).join('\n')
}

const QUERIES = [
  '{job="self"}',
  'count by (__name__) ({job="self"})',
  'sum by (handler) (increase(prometheus_http_requests_total[1s]))',
  'histogram_quantile(0.9, rate(prometheus_http_request_duration_seconds_bucket[1s]))',
]

describe('what a real Prometheus writes', { skip, timeout: 300_000 }, () => {
  const sink = new Sink()
  const family = new FamilySink()
  const servers = [sink, family].map((each) => fastify().register(door(each)))
  const target = createServer((_, response) => {
    // What goes away becomes stale: after the batch that is refused for ever, or nobody would hear of it.
    const gone = sink.requests.length < 6 ? 'test_gone{code="200"} 7\n' : ''
    response.setHeader('content-type', 'text/plain; version=0.0.4')
    response.end(`${gone}test_value{text="温度"} 1.5\ntest_nan NaN\ntest_inf -Inf\n`)
  })
  let folder = ''
  /** Of Prometheus. */
  let own = ''
  let prometheus: ChildProcess | undefined

  before(async () => {
    const listening = servers.map((server) => server.listen({ port: 0, host: '127.0.0.1' }))
    const urls = await Promise.all(listening)
    target.listen(0, '127.0.0.1')
    await once(target, 'listening')
    folder = await mkdtemp(join(tmpdir(), 'remote-write-'))
    // What comes first is refused: once for a while, and once for ever.
    sink.answers = ['full', 'full', 'taken', 'refused']
    const { port } = target.address() as AddressInfo
    const started = await startPrometheus(folder, urls, port)
    prometheus = started.child
    own = started.url
  })

  after(async () => {
    await end(prometheus)
    target.close()
    target.closeAllConnections()
    await Promise.all(servers.map((server) => server.close()))
    await rm(folder, { recursive: true, force: true })
  })

  it('comes again with the same after 503, and not after 400', async () => {
    await sink.until(() => sink.requests.length >= 8)
    const [first, second, third, fourth, ...later] = sink.requests
    assert.deepEqual([first?.answer, second?.answer, third?.answer], ['full', 'full', 'taken'])
    assert.equal(second?.key, first?.key)
    assert.equal(third?.key, first?.key)
    assert.equal(fourth?.answer, 'refused')
    assert.ok(later.length >= 4)
    assert.ok(later.every(({ key, answer }) => key !== fourth?.key && answer === 'taken'))
  })

  it('what it scrapes of itself arrives', async () => {
    await sink.until(() => sink.samples('prometheus_build_info').length > 0)
    const [info] = sink.samples('prometheus_build_info')
    assert.match(info?.labels.version ?? '', /^\d+\.\d+/)
    assert.equal(info?.labels.job, 'self')
    assert.equal(info?.values[0], 1)
    const ageMs = systemClock.now() - (info?.times[0] ?? 0)
    assert.ok(ageMs >= 0 && ageMs < 60_000, `${ageMs} ms`)
    await sink.until(() => sink.samples('up').some(({ values }) => values[0] === 1))
  })

  it('so do texts, NaN, infinities, and the stale marker of what is gone, bit for bit', async () => {
    const last = () => sink.samples('test_gone').at(-1)
    const isGone = () => bitsOf(last()).at(-1) === STALE_BITS
    // On a busy machine a scrape may come too late: then all that was there is stale for once.
    const told = (name: string) =>
      sink.samples(name).find((samples) => bitsOf(samples)[0] !== STALE_BITS)
    await sink.until(() => isGone() && ['test_value', 'test_nan', 'test_inf'].every(told))
    assert.deepEqual(last()?.labels.code, '200')
    assert.equal(told('test_value')?.labels.text, '温度')
    assert.equal(told('test_value')?.values[0], 1.5)
    assert.equal(bitsOf(told('test_nan'))[0], 0x7ff8_0000_0000_0001n)
    assert.equal(told('test_inf')?.values[0], -Infinity)
  })

  it('what it knows of itself is the same here', async () => {
    await family.until(0)
    // No end of a range is on a scrape: Prometheus 2 and 3 differ there.
    const first = (family.newest() ?? 0) + 1077
    await family.until(first + 1400)
    for (const query of QUERIES) {
      for (const at of [first, first + 600]) {
        const asked = new URLSearchParams({ query, time: (at / 1000).toFixed(3) })
        const answer = await fetch(`${own}/api/v1/query?${asked}`)
        const { data } = (await answer.json()) as { data: { result: PrometheusSample[] } }
        const theirs = data.result.map(({ metric, value }) => [labelsKey(metric), Number(value[1])])
        const value = await evaluateInstant(parse(query), at, family)
        assert.equal(value.type, 'vector')
        const ours = value.type === 'vector' ? value.samples : []
        assert.ok(ours.length > 0, query)
        assert.deepEqual(
          sorted(ours.map(({ labels, value }) => [labelsKey(labels), value])),
          sorted(theirs),
          query,
        )
      }
    }
    assert.equal(family.refused, 0)
  })
})

function door(sink: SampleSink) {
  const owner = { environment: 'al-test', scopes: ['write'], expiresAt: Infinity } as const
  return remoteWriteRoutes({
    keys: { ownerOf: async (token) => (token === TOKEN ? owner : undefined) },
    sink,
    admission: { enter: () => () => {} },
    ...{ clock: systemClock, log: silentLog },
  })
}

async function end(child: ChildProcess | undefined): Promise<void> {
  if (child?.exitCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}

function bitsOf(samples: SeriesSamples | undefined): bigint[] {
  if (!samples) return []
  const { buffer, byteOffset, length } = samples.values
  return [...new BigUint64Array(buffer, byteOffset, length)]
}

interface PrometheusSample {
  readonly metric: Labels
  readonly value: readonly [time: number, value: string]
}

function sorted(samples: (string | number)[][]): (string | number)[][] {
  return samples.sort(([a = ''], [b = '']) => (a < b ? -1 : 1))
}

/** Scrapes itself and `targetPort` five times a second, over one connection to each of the doors at `urls`. */
async function startPrometheus(
  folder: string,
  urls: readonly string[],
  targetPort: number,
): Promise<{ readonly child: ChildProcess; readonly url: string }> {
  const port = await freePort()
  const job = (name: string, at: number) =>
    `  - job_name: ${name}\n    static_configs: [{targets: ['127.0.0.1:${at}']}]\n`
  const writeTo = (url: string) => `  - url: ${url}/prometheus/al-test/api/v1/write
    authorization: {credentials: ${TOKEN}}
    queue_config: {max_shards: 1, batch_send_deadline: 100ms, min_backoff: 10ms, max_backoff: 50ms}
    metadata_config: {send_interval: 1s}
`
  const config = `global: {scrape_interval: 200ms, scrape_timeout: 200ms}
scrape_configs:
${job('self', port)}${job('target', targetPort)}remote_write:
${urls.map(writeTo).join('')}`
  const file = join(folder, 'prometheus.yml')
  await writeFile(file, config)
  const child = spawn(
    PROGRAM ?? '',
    [
      `--config.file=${file}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { stdio: 'ignore' },
  )
  await once(child, 'spawn')
  return { child, url: `http://127.0.0.1:${port}` }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
