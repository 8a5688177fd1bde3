import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { LocalSeries } from '../../../src/cloud/series/local-series.ts'
import { ThreadSeries } from '../../../src/cloud/series/thread-series.ts'
import { systemClock } from '../../../src/support/clock.ts'
import { silentLog } from '../../../src/support/log.ts'
import { encodeBatch } from '../../../src/wire/index.ts'
import { seriesContract } from '../../contract/series.ts'
import { batch, ENVIRONMENT, T0, temporaryFolder, window } from './fixture.ts'

async function inThread(context: TestContext): Promise<ThreadSeries> {
  const folder = await temporaryFolder(context)
  const series = await ThreadSeries.open({ folder, log: silentLog })
  context.after(() => series.close())
  return series
}

seriesContract('a store in this thread', async (context) => {
  const folder = await temporaryFolder(context)
  const series = await LocalSeries.open({ folder, clock: systemClock, log: silentLog })
  context.after(() => series.close())
  return series
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
    assert.deepEqual(await back, { environment: ENVIRONMENT, reached: T0, receivedAt: T0 })
    const repeat = await series.append(ENVIRONMENT, encodeBatch(batch({}, [window()])), T0)
    assert.deepEqual([repeat.applied, series.crashes], [false, 1])
  })
})
