import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { SeriesFailure } from '../../../src/cloud/series/failure.ts'
import { LocalSeries } from '../../../src/cloud/series/local-series.ts'
import { ThreadSeries } from '../../../src/cloud/series/thread/thread-series.ts'
import { systemClock } from '../../../src/support/clock.ts'
import { silentLog } from '../../../src/support/log.ts'
import { encodeBatch } from '../../../src/wire/index.ts'
import { appendDays, giveWay, seriesContract, TWO_DAYS } from '../../contract/series.ts'
import { batch, closedAfter, ENVIRONMENT, stat, T0, temporaryFolder, window } from './fixture.ts'

async function inThread(context: TestContext): Promise<ThreadSeries> {
  const folder = await temporaryFolder(context)
  return closedAfter(context, await ThreadSeries.open({ folder, log: silentLog }))
}

seriesContract('a store in this thread', async (context) => {
  const folder = await temporaryFolder(context)
  const options = { folder, clock: systemClock, log: silentLog }
  return closedAfter(context, await LocalSeries.open(options))
})
seriesContract('a store in a thread of its own', inThread)

describe('a thread that ends by itself', () => {
  it('fails what was on its way, comes back with what was acknowledged, and says how far it is', async (t) => {
    const series = await inThread(t)
    await series.append(ENVIRONMENT, encodeBatch(batch({}, [window()])), T0)
    const { promise: back, resolve } = Promise.withResolvers<unknown>()
    series.onApplied(resolve)
    const asked = series.instant(ENVIRONMENT, 'tars_calls', T0)
    series.crash()
    await assert.rejects(asked, { name: 'SeriesFailure', reason: 'restarting', retryable: true })
    const feeds = [{ feed: 'subscribe', newestMs: T0, receivedAt: T0 }]
    assert.deepEqual(await back, { environment: ENVIRONMENT, reached: T0, receivedAt: T0, feeds })
    const repeat = await series.append(ENVIRONMENT, encodeBatch(batch({}, [window()])), T0)
    assert.deepEqual([repeat.applied, series.crashes], [false, 1])
  })

  it('loses no batch that was acknowledged, and applies none twice', async (t) => {
    const series = await inThread(t)
    const bytesOf = (seq: number) =>
      encodeBatch(batch({ seq }, [window({ endMs: T0 + seq * 10_000 })]))
    const appendSurely = async (seq: number): Promise<void> => {
      const failed = await series.append(ENVIRONMENT, bytesOf(seq), T0 + seq * 10_000).then(
        () => undefined,
        (error: unknown) => error,
      )
      if (failed === undefined) return
      assert.ok(failed instanceof SeriesFailure && failed.reason === 'restarting')
      // A rule waits for the thread, and so do we.
      await series.instant(ENVIRONMENT, '1', T0, { forRule: true })
      await appendSurely(seq)
    }
    for (let from = 1; from <= 31; from += 15) {
      const appended = Array.from({ length: 15 }, (_, at) => appendSurely(from + at))
      await appended[from % 3]
      void series.crash()
      await Promise.all(appended)
    }
    const text = 'sum(sum_over_time(tars_calls[1h])) + count(tars_calls)'
    const value = await series.instant(ENVIRONMENT, text, T0 + 450_000, { forRule: true })
    assert.deepEqual(value.type === 'vector' && value.samples[0]?.value, 45 * 130 + 1)
    assert.ok(series.crashes > 0)
  })

  it('is told again how long data of an environment is kept', async (t) => {
    const series = await inThread(t)
    await appendDays(series, 1, 2)
    await series.setRetention(ENVIRONMENT, { ...TWO_DAYS, retentionMs: Infinity })
    await series.crash()
    // While there is no thread, too.
    await series.setRetention(ENVIRONMENT, TWO_DAYS)
    await series.instant(ENVIRONMENT, '1', T0, { forRule: true })
    await appendDays(series, 2, 4)
    assert.ok(await giveWay(series))
  })

  it('leaves no rule without an answer', async (t) => {
    const series = await inThread(t)
    const asked = ['1', '2', '3'].map((text) =>
      series.instant(ENVIRONMENT, text, T0, { forRule: true }),
    )
    void series.crash()
    const values = await Promise.all(asked)
    assert.deepEqual(
      values.map((value) => value.type === 'scalar' && value.value),
      [1, 2, 3],
    )
  })
})

/** Longest stretch this thread works at while `work` goes on, waits for a core not counted, milliseconds. */
async function held(work: () => Promise<unknown>): Promise<number> {
  const usedMs = () => {
    const { user, system } = process.threadCpuUsage()
    return (user + system) / 1000
  }
  let isOver = false
  let sinceMs = usedMs()
  let longestMs = 0
  const look = () => {
    const nowMs = usedMs()
    longestMs = Math.max(longestMs, nowMs - sinceMs)
    sinceMs = nowMs
    if (!isOver) setImmediate(look)
  }
  setImmediate(look)
  await work()
  await new Promise((resolve) => setImmediate(resolve))
  isOver = true
  return longestMs
}

const LIMIT_MS = 50

describe('the thread that asks', () => {
  it(`is not held ${LIMIT_MS} ms by whole windows of 14,500 records and large answers`, async (t) => {
    const series = await inThread(t)
    const stats = Array.from({ length: 14_500 }, (_, at) => stat({ interface: `f${at}` }))
    const batches = [0, 1, 2].map((at) =>
      encodeBatch(batch({ seq: at + 1 }, [window({ endMs: T0 + at * 10_000, stats })])),
    )
    const longestMs = await held(async () => {
      const appended = batches.map((bytes, at) =>
        series.append(ENVIRONMENT, bytes, T0 + at * 10_000),
      )
      await appended[0]
      const large = series.instant(ENVIRONMENT, 'sort({__name__=~"tars_(calls|timeouts)"})', T0)
      const [value] = await Promise.all([large, ...appended])
      assert.ok(value.type === 'vector' && value.samples.length === 29_000)
    })
    assert.ok(longestMs < LIMIT_MS, `held for ${longestMs} ms`)
  })
})
