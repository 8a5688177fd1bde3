/** How long the data of one environment is kept, when that changes. */
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { inspectEnvironment } from '../../../src/cli/store-inspect.ts'
import { RAW_BORDER } from '../../../src/cloud/series/layout.ts'
import type { Retention } from '../../../src/cloud/series/limits.ts'
import type { SeriesStore } from '../../../src/cloud/series/series-store.ts'
import {
  batch,
  ENVIRONMENT,
  matchers,
  openStore,
  stat,
  T0,
  temporaryFolder,
  window,
} from './fixture.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const START = Math.ceil(T0 / DAY_MS) * DAY_MS
const ROWS_A_DAY = 24
const LIMITS = { hotMs: HOUR_MS, flushEveryMs: Infinity, retentionMs: 8 * DAY_MS }

const kept = (rawDays: number, hourlyDays = 400): Retention => ({
  ...{ retentionMs: rawDays * DAY_MS, rollUpRetentionMs: hourlyDays * DAY_MS },
})

/** Appends and flushes: a row an hour, of days `[from, to)`. */
async function fill(store: SeriesStore, from: number, to: number): Promise<void> {
  for (let half = from * 2; half < to * 2; half++) {
    const windows = Array.from({ length: 12 }, (_, at) =>
      window({
        endMs: START + (half * 12 + at + 1) * HOUR_MS,
        stats: [stat({}, { calls: 1 })],
      }),
    )
    await store.append(ENVIRONMENT, batch({ seq: half + 1 }, windows), START + to * DAY_MS)
    await store.flush(ENVIRONMENT)
  }
}

/** Of `days` whole ones, how many rows are raw and how many are hours. */
async function rows(store: SeriesStore, days: number): Promise<{ raw: number; hourly: number }> {
  const count = async (span: string) => {
    const wanted = matchers('__name__=tars_calls', `span=${span}`)
    const source = store.source(ENVIRONMENT)
    const found = await source.select(wanted, START + 1, START + days * DAY_MS)
    return found.reduce((sum, { times }) => sum + times.length, 0)
  }
  return { raw: await count('10s'), hourly: await count('1h') }
}

const inDays = (raw: number, hourly: number) => ({
  ...{ raw: raw * ROWS_A_DAY, hourly: hourly * ROWS_A_DAY },
})

async function opened(t: TestContext) {
  const folder = await temporaryFolder(t)
  const open = () => openStore(t, { folder, ...LIMITS })
  const filesOf = (kind: string) => readdirSync(join(folder, ENVIRONMENT, kind)).length
  return { store: await open(), open, filesOf, folder: join(folder, ENVIRONMENT) }
}

describe('the retention of one environment', () => {
  it('counts instead of that of all, from the next flush on', async (t) => {
    const { store, filesOf } = await opened(t)
    await fill(store, 0, 5)
    assert.equal(filesOf('blocks'), 10)
    store.setRetention(ENVIRONMENT, kept(2))
    assert.deepEqual(await rows(store, 5), inDays(5, 0))
    await store.flush(ENVIRONMENT)
    assert.deepEqual(await rows(store, 5), inDays(2, 3))
    // The flush made one more.
    assert.equal(filesOf('blocks'), 5)
  })

  it('decides where labels are told of, too', async (t) => {
    const { store } = await opened(t)
    await fill(store, 0, 5)
    const spans = async () => {
      const source = store.source(ENVIRONMENT)
      const wanted = matchers('__name__=tars_calls')
      return [...(await source.labelValues('span', wanted, START + 1, START + 5 * DAY_MS))].sort()
    }
    assert.deepEqual(await spans(), ['10s'])
    store.setRetention(ENVIRONMENT, kept(2))
    await store.flush(ENVIRONMENT)
    assert.deepEqual(await spans(), ['10s', '1h'])
  })

  it('drops hours, too', async (t) => {
    const { store, filesOf } = await opened(t)
    store.setRetention(ENVIRONMENT, kept(2))
    await fill(store, 0, 6)
    assert.equal(filesOf('hours'), 4)
    store.setRetention(ENVIRONMENT, kept(2, 3))
    await store.flush(ENVIRONMENT)
    assert.equal(filesOf('hours'), 2)
    assert.deepEqual(await rows(store, 6), inDays(2, 2))
  })

  it('made longer brings nothing back: hours answer for what was deleted, also after a start', async (t) => {
    const { store, open } = await opened(t)
    store.setRetention(ENVIRONMENT, kept(2))
    await fill(store, 0, 6)
    store.setRetention(ENVIRONMENT, kept(30))
    await fill(store, 6, 9)
    assert.deepEqual(await rows(store, 9), inDays(5, 4))
    await store.close()
    const again = await open()
    assert.deepEqual(await rows(again, 9), inDays(5, 4))
    again.setRetention(ENVIRONMENT, kept(30))
    await fill(again, 9, 10)
    assert.deepEqual(await rows(again, 10), inDays(6, 4))
  })

  it('that is longer than that of all loses nothing by a start before it is told', async (t) => {
    const { store, open } = await opened(t)
    store.setRetention(ENVIRONMENT, kept(30))
    await fill(store, 0, 11)
    await store.close()
    const again = await open()
    assert.deepEqual(await rows(again, 11), inDays(11, 0))
    again.setRetention(ENVIRONMENT, kept(30))
    await fill(again, 11, 12)
    assert.deepEqual(await rows(again, 12), inDays(12, 0))
  })

  it('leaves nothing on disk that a check would not know; a broken border counts as none', async (t) => {
    const { store, open, folder } = await opened(t)
    store.setRetention(ENVIRONMENT, kept(2))
    await fill(store, 0, 5)
    await store.close()
    const { findings } = await inspectEnvironment(folder, ENVIRONMENT, () => {})
    assert.deepEqual(findings, [])
    await writeFile(join(folder, RAW_BORDER), 'NaN')
    const again = await open()
    again.setRetention(ENVIRONMENT, kept(2))
    await again.flush(ENVIRONMENT)
    assert.deepEqual(await rows(again, 5), inDays(2, 3))
  })

  it('may be set before the first batch, and be given up again', async (t) => {
    const { store } = await opened(t)
    store.setRetention(ENVIRONMENT, kept(2))
    await fill(store, 0, 5)
    assert.deepEqual(await rows(store, 5), inDays(2, 3))
    store.setRetention(ENVIRONMENT, undefined)
    await fill(store, 5, 12)
    assert.deepEqual(await rows(store, 12), inDays(8, 4))
  })
})
