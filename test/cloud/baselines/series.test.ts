/** Over the series themselves, as the cloud has them. */
import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { Baseliner } from '../../../src/cloud/baselines/baseliner.ts'
import { ThresholdWriter } from '../../../src/cloud/baselines/threshold-writer.ts'
import { DEFAULT_CALENDAR } from '../../../src/cloud/calendar/special-day.ts'
import type { SeriesPort } from '../../../src/cloud/series/port.ts'
import { ThreadSeries } from '../../../src/cloud/series/thread/thread-series.ts'
import { silentLog } from '../../../src/support/log.ts'
import { encodeBatch } from '../../../src/wire/index.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import {
  batch,
  closedAfter,
  ENVIRONMENT,
  stat,
  temporaryFolder,
  window,
} from '../series/fixture.ts'
import { MINUTE_MS } from './traffic.ts'

const NOON = Date.parse('2026-11-19T12:00+08:00')

async function openSeries(context: TestContext, folder: string): Promise<SeriesPort> {
  return closedAfter(context, await ThreadSeries.open({ folder, log: silentLog }))
}

/** A minute of one interface that 10.0.0.1 calls, and that tells of it itself. */
async function appendMinute(series: SeriesPort, seq: number): Promise<void> {
  const endMs = NOON - (70 - seq) * MINUTE_MS
  const spanMs = MINUTE_MS
  const calls = seq > 65 ? 1000 : 100
  const buckets = [calls - 10, 0, 0, 0, 0, 0, 0, 0, 0, 0]
  const told = { calls, timeouts: 4, exceptions: 6, durationSumMs: 30 * (calls - 10), buckets }
  const stats = [stat({ spanMs }, told), stat({ spanMs, side: 'server' }, told)]
  const bytes = encodeBatch(batch({ seq }, [window({ endMs, lengthMs: spanMs, stats })]))
  await series.append(ENVIRONMENT, bytes, endMs)
}

async function baselined(series: SeriesPort): Promise<Baseliner> {
  const baseliner = new Baseliner({
    ...{ series, clock: new FakeClock(NOON), log: silentLog },
    calendars: { calendar: async () => DEFAULT_CALENDAR },
  })
  baseliner.advance(ENVIRONMENT, NOON)
  await baseliner.idle()
  return baseliner
}

async function found(series: SeriesPort, expr: string): Promise<Record<string, number>> {
  const value = await series.instant(ENVIRONMENT, expr, NOON)
  assert.ok(value.type === 'vector')
  return Object.fromEntries(
    value.samples.map(({ labels, value: number }) => [Object.values(labels).join(' '), number]),
  )
}

describe('over the series of an environment', () => {
  it('an hour of traffic has a baseline, and a rule joins it; a restart changes nothing', async (t) => {
    const folder = await temporaryFolder(t)
    const series = await openSeries(t, folder)
    for (let seq = 1; seq <= 70; seq++) await appendMinute(series, seq)
    const { appended } = (await baselined(series)).counters
    assert.ok(appended > 0, `${appended}`)
    const medians = 'sum by (of) (tars_baseline{by="recent", stat="median"})'
    const expected = { calls: 100, failures: 10, duration: 30 }
    assert.deepEqual(await found(series, medians), expected)
    const rule = `sum by (callee, interface) (sum_over_time(tars_calls{side="client"}[1m]))
      > on (callee, interface) group_left ()
      (2 * tars_baseline{of="calls", by="recent", stat="median"})`
    assert.deepEqual(await found(series, rule), { 'App.HelloServer testHello': 1000 })

    await series.close()
    const again = await openSeries(t, folder)
    const { counters } = await baselined(again)
    assert.equal(counters.refused, 0)
    assert.deepEqual(await found(again, medians), expected)
  })

  it('thresholds are there, and gone when they were taken back', async (t) => {
    const series = await openSeries(t, await temporaryFolder(t))
    await appendMinute(series, 69)
    const set = { level: 'app', app: 'App', rule: 'FailureRatio', value: 0.5 } as const
    let all = [set]
    const thresholds = { thresholds: async () => all }
    const options = { series, thresholds, clock: new FakeClock(NOON), log: silentLog }
    const writer = new ThresholdWriter(options)
    writer.advance(ENVIRONMENT, NOON - MINUTE_MS)
    await writer.idle()
    const expr = 'sum by (interface) (tars_threshold{rule="FailureRatio"})'
    assert.deepEqual(await found(series, expr), { '': 0.5, testHello: 0.5 })
    all = []
    writer.advance(ENVIRONMENT, NOON)
    await writer.idle()
    assert.deepEqual(await found(series, expr), {})
  })
})
