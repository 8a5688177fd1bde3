/** What the series must do behind their port, wherever they live. */
import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import type { Retention } from '../../src/cloud/series/limits.ts'
import type { SeriesPort } from '../../src/cloud/series/port.ts'
import { sampleBatchOf } from '../../src/model/sample-batch.ts'
import type { Value } from '../../src/promql/index.ts'
import { encodeBatch, type Window } from '../../src/wire/index.ts'
import { batch, ENVIRONMENT, event, matchers, stat, T0, window } from '../cloud/series/fixture.ts'

/** A new one on an empty folder; closed by the context. */
export type OpenSeries = (context: TestContext) => Promise<SeriesPort>

const bytesOf = (seq: number, windows: readonly Window[] = [window()]) =>
  encodeBatch(batch({ seq }, windows, { events: seq === 1 ? [event()] : [] }))

const EVERYTHING = { matchers: [matchers('callee=~.+')], startMs: T0 - 1e7, endMs: T0 + 1e7 }

function wide(rows: number, endMs: number): Window {
  const stats = Array.from({ length: rows }, (_, at) => stat({ interface: `f${at}` }))
  return window({ endMs, stats })
}

const numbers = (value: Value) =>
  value.type === 'vector' ? value.samples.map((sample) => sample.value) : value.type

const DAY_MS = 86_400_000

export const TWO_DAYS: Retention = { retentionMs: 2 * DAY_MS, rollUpRetentionMs: 400 * DAY_MS }

/** A row every six hours, of days `from` to `to`. */
export async function appendDays(series: SeriesPort, from: number, to: number): Promise<void> {
  for (let seq = from * 4; seq < to * 4; seq++) await appendAt(series, seq, T0 + (seq * DAY_MS) / 4)
}

/** Whether hours take the place of the oldest rows; that is done behind the back of who appends. */
export async function giveWay(series: SeriesPort): Promise<boolean> {
  const hours = { ...EVERYTHING, matchers: [matchers('span=1h')], endMs: T0 + 2 * DAY_MS }
  for (let seq = 1; seq < 480; seq++) {
    if ((await series.select(ENVIRONMENT, hours)).length > 0) return true
    await setImmediate()
    await appendAt(series, 1000 + seq, T0 + 4 * DAY_MS + seq * 660_000)
  }
  return false
}

const appendAt = (series: SeriesPort, seq: number, endMs: number) =>
  series.append(ENVIRONMENT, bytesOf(seq, [window({ endMs })]), endMs)

export function seriesContract(name: string, open: OpenSeries): void {
  describe(`${name} keeps the contract of the series`, () => {
    it('takes a batch once and tells what it was', async (t) => {
      const series = await open(t)
      const first = await series.append(ENVIRONMENT, bytesOf(1), T0 + 5)
      const { agent, ...counts } = first
      assert.deepEqual(counts, {
        ...{ applied: true, windowEndMs: T0, stats: 1, properties: 0, events: 1 },
      })
      assert.equal(agent.id, batch({}, []).id.agent)
      assert.equal((await series.append(ENVIRONMENT, bytesOf(1), T0 + 9)).applied, false)
    })

    it('tells how far the data are before the append resolves', async (t) => {
      const series = await open(t)
      const told: { readonly oldestMs?: number }[] = []
      series.onApplied((progress) => told.push(progress))
      await series.append(ENVIRONMENT, bytesOf(1), T0 + 5)
      const feeds = [{ feed: 'subscribe', newestMs: T0, receivedAt: T0 + 5 }]
      const progress = { environment: ENVIRONMENT, reached: T0, receivedAt: T0 + 5, feeds }
      const [{ oldestMs = 0, ...rest } = {}] = told
      assert.deepEqual([rest, oldestMs <= T0 && oldestMs > T0 - 10_000], [progress, true])
      assert.deepEqual(await series.environments(), [progress])
    })

    const failures = [
      ['bytes that are no batch', Buffer.from('hello'), 'WireError', 'not-a-batch', false],
      [
        'data from the future',
        bytesOf(2, [window({ endMs: T0 + 3_600_000 })]),
        'SeriesFailure',
        'too-new',
        false,
      ],
    ] as const
    for (const [what, bytes, type, reason, retryable] of failures) {
      it(`refuses ${what} with ${reason}`, async (t) => {
        const series = await open(t)
        await assert.rejects(series.append(ENVIRONMENT, Buffer.from(bytes), T0), {
          ...{ name: type, reason, retryable },
        })
      })
    }

    it('answers at an instant and over a range, with annotations', async (t) => {
      const series = await open(t)
      await series.append(ENVIRONMENT, bytesOf(1), T0)
      await series.append(ENVIRONMENT, bytesOf(2, [window({ endMs: T0 + 10_000 })]), T0 + 10_000)
      const value = await series.instant(ENVIRONMENT, 'rate(tars_calls[1m])', T0 + 10_000)
      assert.equal(value.annotations.infos.length, 1)
      assert.deepEqual(numbers(await series.instant(ENVIRONMENT, 'tars_calls', T0)), [130])
      const range = { startMs: T0, endMs: T0 + 20_000, stepMs: 10_000 }
      const matrix = await series.range(ENVIRONMENT, 'sum by (callee) (tars_calls)', range)
      assert.ok(matrix.type === 'matrix')
      assert.deepEqual(
        matrix.series.map(({ labels, times, values }) => ({
          ...{ labels, times: Array.from(times), values: Array.from(values) },
        })),
        [
          {
            labels: { callee: 'App.HelloServer' },
            times: [T0, T0 + 10_000, T0 + 20_000],
            values: [130, 130, 130],
          },
        ],
      )
      const scalar = await series.instant(ENVIRONMENT, '1 + 1', T0, { forRule: true })
      assert.deepEqual(scalar.type === 'scalar' && scalar.value, 2)
    })

    it('takes samples of single values, bit for bit', async (t) => {
      const series = await open(t)
      assert.equal(await series.newest(ENVIRONMENT), undefined)
      const one = { times: Float64Array.of(T0, T0 + 1000), values: Float64Array.of(1.5, -0) }
      const samples = sampleBatchOf([{ labels: { __name__: 'up', job: 'a' }, ...one }])
      const appended = await series.appendSamples(ENVIRONMENT, samples, T0 + 1000)
      assert.deepEqual(appended, { written: 2, refused: [] })
      assert.equal(await series.newest(ENVIRONMENT), T0 + 1000)
      const selector = { ...EVERYTHING, matchers: [matchers('job=a')] }
      const [found] = await series.select(ENVIRONMENT, selector)
      assert.deepEqual(Array.from(found?.values ?? []), [1.5, -0])
    })

    it('a fault in an expression comes with its place', async (t) => {
      const series = await open(t)
      await assert.rejects(series.instant(ENVIRONMENT, 'sum(', T0), {
        ...{ name: 'PromqlError', reason: 'parse', line: 1, column: 5 },
      })
    })

    it('an environment that never sent anything has nothing', async (t) => {
      const series = await open(t)
      assert.deepEqual(numbers(await series.instant('al-none', 'tars_calls', T0)), [])
      assert.deepEqual(await series.select('al-none', EVERYTHING), [])
      assert.equal(await series.stats('al-none'), undefined)
      assert.deepEqual(await series.environments(), [])
    })

    it('selects, and names what it would select, within bounds', async (t) => {
      const series = await open(t)
      await series.append(ENVIRONMENT, bytesOf(1, [wide(3, T0)]), T0)
      const selector = { ...EVERYTHING, matchers: [matchers('__name__=tars_calls')] }
      const found = await series.select(ENVIRONMENT, selector)
      assert.deepEqual(
        found.map(({ labels, values }) => [labels.interface, ...Array.from(values)]),
        ['f0', 'f1', 'f2'].map((name) => [name, 130]),
      )
      await assert.rejects(series.select(ENVIRONMENT, selector, { limits: { maxSeries: 2 } }), {
        reason: 'too_many_series',
      })
      assert.deepEqual(
        (await series.labelSets(ENVIRONMENT, selector)).map((labels) => labels.interface),
        ['f0', 'f1', 'f2'],
      )
      await assert.rejects(series.labelSets(ENVIRONMENT, selector, { limits: { maxSeries: 2 } }), {
        reason: 'too_many_series',
      })
      const values = await series.labelValues(ENVIRONMENT, 'interface', selector)
      assert.deepEqual(values, ['f0', 'f1', 'f2'])
      const names = await series.labelNames(ENVIRONMENT, EVERYTHING)
      assert.ok(names.includes('__name__') && names.includes('le'))
      assert.deepEqual(await series.labelValues(ENVIRONMENT, 'none', EVERYTHING), [])
    })

    it('hands out events, reporters and sizes', async (t) => {
      const series = await open(t)
      await series.append(ENVIRONMENT, bytesOf(1), T0)
      const labels = [{ module: 'App.HelloServer' }, { module: 'App.Other' }]
      const [ours, others] = await series.events(ENVIRONMENT, labels, T0 - 10_000, T0)
      assert.deepEqual([ours, others], [[event()], []])
      const [reporter] = await series.reporters(ENVIRONMENT, 10)
      assert.equal(reporter?.module, 'App.GateServer')
      assert.equal((await series.stats(ENVIRONMENT))?.dropped, 0)
    })

    it('a query that is cancelled rejects, and others go on', async (t) => {
      const series = await open(t)
      await series.append(ENVIRONMENT, bytesOf(1, [wide(500, T0)]), T0)
      const stop = new AbortController()
      const range = { startMs: T0 - 1e7, endMs: T0, stepMs: 100 }
      const asked = series.range(ENVIRONMENT, 'sum_over_time(tars_calls[1h])', range, {
        signal: stop.signal,
      })
      stop.abort()
      await assert.rejects(asked, { name: 'PromqlError', reason: 'canceled' })
      assert.deepEqual(numbers(await series.instant(ENVIRONMENT, 'count(tars_calls)', T0)), [500])
    })

    it('never shows half a batch', async (t) => {
      const series = await open(t)
      await series.append(ENVIRONMENT, bytesOf(1, [wide(3000, T0)]), T0)
      const text =
        'count(sum_over_time(tars_calls[10s])) - count(sum_over_time(tars_timeouts[10s]))'
      const counts = new Set<unknown>()
      for (let seq = 2; seq < 6; seq++) {
        const at = T0 + (seq - 1) * 10_000
        const appended = series.append(ENVIRONMENT, bytesOf(seq, [wide(3000, at)]), at)
        const seen = ['count(sum_over_time(tars_calls[10s]))', `(${text}) or vector(0)`].map(
          (expr) => series.instant(ENVIRONMENT, expr, at),
        )
        for (const value of await Promise.all(seen)) counts.add(JSON.stringify(numbers(value)))
        await appended
      }
      for (const count of counts)
        assert.ok(['[]', '[0]', '[3000]'].includes(String(count)), `${count}`)
    })

    it('keeps raw rows of an environment as long as is set for it', async (t) => {
      const series = await open(t)
      await series.setRetention(ENVIRONMENT, TWO_DAYS)
      await appendDays(series, 1, 4)
      assert.ok(await giveWay(series))
      const { bytes = 0 } = (await series.stats(ENVIRONMENT)) ?? {}
      assert.ok(bytes > 0)
    })

    it('a removed environment is gone and takes no more', async (t) => {
      const series = await open(t)
      await series.append(ENVIRONMENT, bytesOf(1), T0)
      await series.removeEnvironment(ENVIRONMENT)
      assert.deepEqual(await series.environments(), [])
      await assert.rejects(series.append(ENVIRONMENT, bytesOf(2), T0), { reason: 'closed' })
    })

    it('once closed it takes nothing', async (t) => {
      const series = await open(t)
      await series.close()
      await assert.rejects(series.append(ENVIRONMENT, bytesOf(1), T0), {
        ...{ name: 'SeriesFailure', reason: 'closed', retryable: true },
      })
    })
  })
}
