/** Whether rows are in memory, in blocks or in both, nobody can tell from what is answered. */
import assert from 'node:assert/strict'
import { existsSync, readdirSync } from 'node:fs'
import { readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { SeriesFailure } from '../../../../src/cloud/series/failure.ts'
import type { SeriesStore } from '../../../../src/cloud/series/series-store.ts'
import { labelsKey } from '../../../../src/model/labels.ts'
import type { Reading } from '../../../../src/model/polled.ts'
import { type SampleBatch, sampleBatchOf } from '../../../../src/model/sample-batch.ts'
import type { Batch, Window } from '../../../../src/wire/batch.ts'
import { FakeClock } from '../../../support/fake-clock.ts'
import {
  batch,
  ENVIRONMENT,
  event,
  matchers,
  openStore,
  select,
  stat,
  T0,
  temporaryFolder,
  window,
} from '../fixture.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS
const BUCKET_MS = 300_000
const SLICE_MS = 2 * HOUR_MS
const B0 = Math.ceil(T0 / BUCKET_MS) * BUCKET_MS

/** A day and more, in order of labels: which come first is left open. */
async function all(store: SeriesStore, ...texts: readonly string[]): Promise<unknown[]> {
  const wanted = matchers(...texts)
  const found = await store.source(ENVIRONMENT).select(wanted, T0 - DAY_MS, T0 + DAY_MS)
  return found
    .map(
      ({ labels, times, values }) =>
        [labelsKey(labels), Array.from(times), Array.from(values)] as const,
    )
    .sort(([a], [b]) => (a < b ? -1 : 1))
}

/** One thing that happens to a store. */
type Step =
  | { readonly kind: 'flush' | 'restart' }
  | {
      readonly kind: 'heard'
      readonly agent: number
      readonly at: number
      readonly rows: readonly Row[]
    }
  | {
      readonly kind: 'polled'
      readonly bucket: number
      readonly read: number
      readonly rows: readonly Row[]
    }
  | { readonly kind: 'event'; readonly at: number }
  | {
      readonly kind: 'samples'
      readonly key: number
      readonly samples: readonly { readonly at: number; readonly value: number }[]
    }

interface Row {
  readonly key: number
  readonly calls: number
}

const rowsArbitrary = fc.uniqueArray(fc.record({ key: fc.nat(5), calls: fc.nat(1000) }), {
  selector: ({ key }) => key,
  maxLength: 4,
})

/** Times reach 24 h back: in windows of 10 min, so that some meet. */
const atArbitrary = fc.oneof(fc.nat(6), fc.nat(144))

const stepArbitrary: fc.Arbitrary<Step> = fc.oneof(
  { weight: 2, arbitrary: fc.constant<Step>({ kind: 'flush' }) },
  { weight: 1, arbitrary: fc.constant<Step>({ kind: 'restart' }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('heard' as const),
      agent: fc.nat(1),
      at: atArbitrary,
      rows: rowsArbitrary,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('polled' as const),
      bucket: fc.nat(3),
      read: fc.integer({ min: 1, max: 4 }),
      rows: rowsArbitrary,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('samples' as const),
      key: fc.nat(2),
      samples: fc.uniqueArray(
        fc.record({ at: atArbitrary, value: fc.constantFrom(0, -0, 1.5, Number.NaN) }),
        { selector: ({ at }) => at, minLength: 1, maxLength: 4 },
      ),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('event' as const), at: atArbitrary }) },
)

function batchOfStep(step: Step, seq: number): Batch | undefined {
  if (step.kind === 'event') {
    return batch({ seq }, [], {
      events: [event({ at: T0 - step.at * 10 * MINUTE_MS, text: `${seq}` })],
    })
  }
  if (step.kind === 'heard') {
    const stats = step.rows.map(({ key, calls }) => stat({ interface: `i${key}` }, { calls }))
    const endMs = T0 - step.at * 10 * MINUTE_MS
    return batch({ seq, agent: String(step.agent).repeat(32) }, [window({ endMs, stats })])
  }
  if (step.kind === 'polled') return batch({ seq }, [bucket(step.bucket, step.read, step.rows)])
  return undefined
}

function samplesOf({ key, samples }: Extract<Step, { kind: 'samples' }>): SampleBatch {
  const sorted = samples.toSorted((a, b) => b.at - a.at)
  const times = Float64Array.from(sorted, ({ at }) => T0 - at * 10 * MINUTE_MS)
  const values = Float64Array.from(sorted, ({ value }) => value)
  return sampleBatchOf([{ labels: { __name__: 'up', job: `j${key}` }, times, values }])
}

function bucket(number: number, read: number, rows: readonly Row[]): Window {
  const reading: Reading = { kind: 'stat', feed: 'query', term: 1, read }
  return window({
    endMs: B0 - number * BUCKET_MS,
    lengthMs: BUCKET_MS,
    stats: rows.map(({ key, calls }) =>
      stat(
        {
          callee: 'Polled.Server',
          caller: 'Polled.Client',
          interface: `p${key}`,
          spanMs: BUCKET_MS,
        },
        { calls },
      ),
    ),
    reading,
  })
}

describe('a store that flushes and starts anew', () => {
  it('answers as one that keeps all in memory', { timeout: 300_000 }, async (t) => {
    await fc.assert(
      fc.asyncProperty(fc.array(stepArbitrary, { minLength: 4, maxLength: 24 }), async (steps) => {
        const folder = await temporaryFolder(t)
        const options = { folder, flushEveryMs: Infinity, hotMs: 20 * MINUTE_MS }
        let store = await openStore(t, options)
        const plain = await openStore(t, { flushEveryMs: Infinity })
        for (const [at, step] of steps.entries()) {
          const next = batchOfStep(step, at + 1)
          if (next) {
            await store.append(ENVIRONMENT, next, T0)
            await plain.append(ENVIRONMENT, next, T0)
          } else if (step.kind === 'samples') {
            await store.appendSamples(ENVIRONMENT, samplesOf(step), T0)
            await plain.appendSamples(ENVIRONMENT, samplesOf(step), T0)
          } else if (step.kind === 'flush') await store.flush(ENVIRONMENT)
          else {
            await store.close()
            store = await openStore(t, options)
          }
        }
        assert.deepEqual(await all(store), await all(plain))
        const texts = (each: SeriesStore) =>
          each.events(ENVIRONMENT, {}, 0, T0 + 1).map(({ text }) => text)
        assert.deepEqual(texts(store), texts(plain))
        assert.deepEqual(store.reporters(ENVIRONMENT, 9), plain.reporters(ENVIRONMENT, 9))
        assert.equal(store.reached(ENVIRONMENT), plain.reached(ENVIRONMENT))
        await Promise.all([store.close(), plain.close()])
        await rm(folder, { recursive: true })
      }),
      { numRuns: 60 },
    )
  })
})

/** A batch of one row for each of the minutes. */
function minutes(seq: number, from: number, to: number): Batch {
  const windows = Array.from({ length: to - from }, (_, at) =>
    window({ endMs: T0 + (from + at) * MINUTE_MS, stats: [stat({}, { calls: from + at })] }),
  )
  return batch({ seq }, windows)
}

describe('a flush', () => {
  it('comes by itself after ten minutes of data, and the log begins anew', async (t) => {
    const folder = await temporaryFolder(t)
    const clock = new FakeClock(T0)
    const store = await openStore(t, { folder, clock })
    for (let minute = 0; minute <= 10; minute++) {
      await store.append(ENVIRONMENT, minutes(minute + 1, minute, minute + 1), T0 + HOUR_MS)
    }
    await store.settled()
    assert.deepEqual(readdirSync(join(folder, ENVIRONMENT)).sort(), [
      '000000000001.state',
      'blocks',
      'hours',
    ])
    assert.equal(store.stats(ENVIRONMENT)?.blocks, 1)
    await store.append(ENVIRONMENT, minutes(12, 11, 12), T0 + HOUR_MS)
    assert.ok(existsSync(join(folder, ENVIRONMENT, '000000000002.log')))
    await store.close()
    const again = await openStore(t, { folder, clock })
    assert.deepEqual([again.report.blocks, again.report.records], [1, 1])
    const [[, ...samples] = ['']] = await select(again, '__name__=tars_calls')
    assert.deepEqual(
      samples.map(([, value]) => value),
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
    )
    assert.deepEqual(await again.append(ENVIRONMENT, minutes(3, 2, 3), T0), { applied: false })
  })

  const border = Math.ceil(T0 / SLICE_MS) * SLICE_MS
  for (const [what, startMs, meanwhile] of [
    ['in one slice', border + MINUTE_MS, false],
    ['on both sides of the border of a slice', border - 2 * MINUTE_MS, false],
    ['some of which change meanwhile', border + MINUTE_MS, true],
  ] as const) {
    it(`of more records than a group has, ${what}`, async (t) => {
      const folder = await temporaryFolder(t)
      const store = await openStore(t, { folder })
      const append = (at: number, first = 0) => {
        const stats = Array.from({ length: 2200 - first }, (_, record) =>
          stat({ calleePort: 10_000 + first + record }, { calls: record * 10 + at }),
        )
        const minute = window({ endMs: startMs + at * MINUTE_MS, lengthMs: MINUTE_MS, stats })
        return store.append(ENVIRONMENT, batch({ seq: at + 1 }, [minute]), startMs + HOUR_MS)
      }
      for (let at = 0; at < 5; at++) await append(at)
      const flushed = store.flush(ENVIRONMENT)
      if (meanwhile) await append(5, 2000)
      await flushed
      const before = await all(store, '__name__=tars_calls')
      await store.close()
      const after = await all(await openStore(t, { folder }), '__name__=tars_calls')
      assert.equal(after.length, 2200)
      assert.deepEqual(after, before)
    })
  }

  it('that the disk does not take loses nothing, and is made up for', async (t) => {
    const folder = await temporaryFolder(t)
    const store = await openStore(t, { folder, hotMs: 0 })
    await store.append(ENVIRONMENT, minutes(1, 0, 5), T0 + HOUR_MS)
    await store.flush(ENVIRONMENT)
    const late = batch({ seq: 2 }, [window({ endMs: T0, stats: [stat({}, { calls: 100 })] })])
    await store.append(ENVIRONMENT, late, T0)
    await store.append(ENVIRONMENT, minutes(3, 5, 8), T0 + HOUR_MS)
    const before = await all(store)
    const blocked = join(folder, ENVIRONMENT, 'blocks', '000000000002-0.block.part')
    await symlink('/dev/full', blocked)
    await assert.rejects(store.flush(ENVIRONMENT), (error) => {
      return error instanceof SeriesFailure && error.reason === 'no-space'
    })
    assert.deepEqual(await all(store), before)
    await store.append(ENVIRONMENT, { ...late, id: { ...late.id, seq: 4 } }, T0)
    await rm(blocked, { force: true })
    await store.flush(ENVIRONMENT)
    const calls = await select(store, '__name__=tars_calls')
    assert.deepEqual(calls[0]?.slice(1, 3), [
      [0, 200],
      [6, 1],
    ])
    const flushed = await all(store)
    await store.close()
    assert.deepEqual(await all(await openStore(t, { folder })), flushed)
  })

  it('under way changes no answer, and what comes meanwhile is in the next', async (t) => {
    const folder = await temporaryFolder(t)
    const store = await openStore(t, { folder, hotMs: 0 })
    const many = Array.from({ length: 3000 }, (_, at) =>
      stat({ interface: `i${at}` }, { calls: 1 }),
    )
    const windowOf = (minute: number) => window({ endMs: T0 + minute * MINUTE_MS, stats: many })
    await store.append(ENVIRONMENT, batch({ seq: 1 }, [windowOf(0), windowOf(1)]), T0 + HOUR_MS)
    await store.flush(ENVIRONMENT)
    await store.append(ENVIRONMENT, batch({ seq: 2 }, [windowOf(1), windowOf(2)]), T0 + HOUR_MS)
    const flushing = store.flush(ENVIRONMENT)
    const sums: number[] = []
    const isDone = flushing.then(() => true)
    for (let seq = 3; !(await Promise.race([isDone, Promise.resolve(false)])) || seq < 6; seq++) {
      await store.append(ENVIRONMENT, batch({ seq }, [windowOf(1)]), T0 + HOUR_MS)
      sums.push((await sumsOf(store))[1] ?? 0)
    }
    assert.deepEqual(
      sums,
      sums.map((_, at) => (at + 3) * 3000),
    )
    const last = await sumsOf(store)
    await store.flush(ENVIRONMENT)
    assert.deepEqual(await sumsOf(store), last)
    await store.close()
    assert.deepEqual(await sumsOf(await openStore(t, { folder })), last)
  })

  it('whose state is lost is told, and nothing counts twice', async (t) => {
    const folder = await temporaryFolder(t)
    const store = await openStore(t, { folder })
    await store.append(ENVIRONMENT, minutes(1, 0, 5), T0 + HOUR_MS)
    await store.flush(ENVIRONMENT)
    await store.append(ENVIRONMENT, minutes(2, 5, 6), T0 + HOUR_MS)
    const before = await all(store)
    await store.close()
    await writeFile(join(folder, ENVIRONMENT, '000000000001.state'), '{"log":')
    const again = await openStore(t, { folder })
    assert.equal(again.report.broken, 1)
    assert.deepEqual(await all(again), before)
  })
})

async function sumsOf(store: SeriesStore): Promise<number[]> {
  const found = await store
    .source(ENVIRONMENT)
    .select(matchers('__name__=tars_calls'), T0, T0 + HOUR_MS)
  const sums: number[] = []
  for (const { times, values } of found) {
    for (let row = 0; row < times.length; row++) {
      const minute = ((times[row] ?? 0) - T0) / MINUTE_MS
      sums[minute] = (sums[minute] ?? 0) + (values[row] ?? 0)
    }
  }
  return sums
}

describe('blocks of one environment', () => {
  /** Days of one row every quarter of an hour, flushed every three hours. */
  async function days(t: Parameters<typeof openStore>[0], count: number) {
    const folder = await temporaryFolder(t)
    const limits = {
      hotMs: HOUR_MS,
      flushEveryMs: Infinity,
      retentionMs: 3 * DAY_MS,
      rollUpRetentionMs: 400 * DAY_MS,
    }
    const store = await openStore(t, { folder, ...limits })
    const start = Math.ceil(T0 / DAY_MS) * DAY_MS
    for (let step = 1; step <= count * 8; step++) {
      const windows = Array.from({ length: 12 }, (_, at) =>
        window({
          endMs: start + ((step - 1) * 12 + at + 1) * 15 * MINUTE_MS,
          stats: [stat({}, { calls: 1 })],
        }),
      )
      await store.append(ENVIRONMENT, batch({ seq: step }, windows), start + count * DAY_MS)
      await store.flush(ENVIRONMENT)
    }
    return { store, start, folder, DAY_MS, limits }
  }

  it('are merged; raw rows past the retention give way to hours that say the same', async (t) => {
    const { store, start, folder, DAY_MS, limits } = await days(t, 8)
    const names = readdirSync(join(folder, ENVIRONMENT, 'blocks'))
    assert.ok(names.length < 16 && names.some((name) => name.endsWith('-1.block')), String(names))
    const sumOf = async (each: SeriesStore, from: number, to: number, span: string) => {
      const source = each.source(ENVIRONMENT)
      const found = await source.select(
        matchers('__name__=tars_calls', `span=${span}`),
        from + 1,
        to,
      )
      return found.flatMap(({ values }) => Array.from(values)).reduce((a, b) => a + b, 0)
    }
    const check = async (each: SeriesStore) => {
      assert.equal(await sumOf(each, start, start + 5 * DAY_MS, '1h'), 5 * 96)
      assert.equal(await sumOf(each, start + 5 * DAY_MS, start + 8 * DAY_MS, '10s'), 3 * 96)
      assert.equal(await sumOf(each, start, start + 8 * DAY_MS, '10s'), 3 * 96)
      assert.equal(await sumOf(each, start + 5 * DAY_MS, start + 8 * DAY_MS, '1h'), 0)
    }
    await check(store)
    await store.close()
    await check(await openStore(t, { folder, ...limits }))
  })

  it('of events and single values go on in hours as the same series, with no label more', async (t) => {
    const limits = { hotMs: HOUR_MS, flushEveryMs: Infinity, retentionMs: 2 * DAY_MS }
    const store = await openStore(t, limits)
    const start = Math.ceil(T0 / DAY_MS) * DAY_MS
    for (let step = 1; step <= 6 * 4; step++) {
      const at = start + step * 6 * HOUR_MS
      const events = [event({ at: at - 1 }), event({ at: at - HOUR_MS })]
      await store.append(ENVIRONMENT, batch({ seq: step }, [], { events }), at)
      const values = { times: Float64Array.of(at - 1), values: Float64Array.of(step) }
      const labels = { __name__: 'up', span: 'mine' }
      await store.appendSamples(ENVIRONMENT, sampleBatchOf([{ labels, ...values }]), at)
      await store.flush(ENVIRONMENT)
    }
    const source = store.source(ENVIRONMENT)
    const read = async (name: string) => {
      const found = await source.select(matchers(`__name__=${name}`), start, start + 6 * DAY_MS)
      return found.map(({ labels, values }) => [labels.span, sum(values)])
    }
    assert.deepEqual(await read('tars_notify_events'), [[undefined, 48]])
    assert.deepEqual(await read('up'), [['mine', (24 * 25) / 2]])
  })

  it('that are damaged are told of by queries that need them, the rest is answered', async (t) => {
    const { store, start, folder, DAY_MS, limits } = await days(t, 2)
    await store.close()
    const path = join(folder, ENVIRONMENT, 'blocks', '000000000012-1.block')
    const bytes = await readFile(path)
    for (let at = 40; at < bytes.length / 2; at += 16) bytes[at] = (bytes[at] ?? 0) ^ 0xff
    await writeFile(path, bytes)
    const again = await openStore(t, { folder, ...limits })
    const missing: string[] = []
    const source = again.source(ENVIRONMENT, (what) => missing.push(what))
    const found = await source.select(matchers('__name__=tars_calls'), start, start + 2 * DAY_MS)
    const rows = found.flatMap(({ values }) => Array.from(values)).length
    assert.ok(rows >= 48 && rows < 192, `${rows} rows`)
    assert.match(missing[0] ?? '', /000000000012-1\.block/)
    missing.length = 0
    await source.select(
      matchers('__name__=tars_calls'),
      start + 2 * DAY_MS - HOUR_MS,
      start + 2 * DAY_MS,
    )
    assert.deepEqual(missing, [])
  })
})

function sum(values: ArrayLike<number>): number {
  return Array.from(values).reduce((a, b) => a + b, 0)
}
