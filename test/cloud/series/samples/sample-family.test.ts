import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { labelMatchers } from '../../../../src/cloud/series/block/label-matcher.ts'
import { SampleFamily } from '../../../../src/cloud/series/samples/sample-family.ts'
import { keyOf } from '../../../../src/cloud/series/samples/sample-flush.ts'
import { type Labels, labelsKey } from '../../../../src/model/labels.ts'
import { type SeriesSamples, sampleBatchOf } from '../../../../src/model/sample-batch.ts'
import { compileMatchers, type Matcher, type SeriesData } from '../../../../src/promql/index.ts'
import { bitsOf, floatsOf, seriesSamples } from '../sample-batches.ts'

const LIMITS = { maxSeries: 100, oldestMs: 0, floorMs: 0 }

/** What a family must be: of each series the first value of each time. */
class Model {
  readonly series = new Map<string, Map<number, bigint>>()

  append({ labels, times, values }: SeriesSamples, oldestMs: number): number {
    const key = labelsKey(labels)
    const known = this.series.get(key) ?? new Map<number, bigint>()
    let written = 0
    for (const [row, bits] of bitsOf(values).entries()) {
      const time = times[row] ?? 0
      if (time < oldestMs || (known.get(time) ?? bits) !== bits) continue
      known.set(time, bits)
      written++
    }
    if (known.size > 0) this.series.set(key, known)
    return written
  }

  select(matchers: readonly Matcher[], startMs: number, endMs: number): Shown {
    const matches = compileMatchers(matchers)
    const found = [...this.series].flatMap(([key, samples]): Shown => {
      if (!matches(Object.fromEntries(JSON.parse(key)))) return []
      const rows = [...samples].filter(([time]) => time >= startMs && time <= endMs)
      return rows.length > 0 ? [[key, rows.sort(([a], [b]) => a - b)]] : []
    })
    return sorted(found)
  }
}

type Shown = [key: string, samples: [time: number, bits: bigint][]][]

function shown(found: readonly SeriesData[]): Shown {
  return sorted(
    found.map(({ labels, times, values }) => {
      const bits = bitsOf(values)
      return [labelsKey(labels), Array.from(times, (time, row) => [time, bits[row] ?? 0n])]
    }),
  )
}

function sorted(shown: Shown): Shown {
  return shown.sort(([a], [b]) => (a < b ? -1 : 1))
}

function select(
  family: SampleFamily,
  matchers: readonly Matcher[],
  startMs: number,
  endMs: number,
) {
  return family.find(labelMatchers(matchers)).flatMap((id): SeriesData[] => {
    const rows = family.read(id, startMs, endMs)
    if (!rows) return []
    assert.ok(family.has(id, startMs, endMs))
    assert.equal(family.keyOf(id), keyOf(family.labelsOf(id)))
    return [{ labels: family.labelsOf(id), times: rows.times, values: rows.columns[0] }]
  })
}

/** Forgets what is before `time`, as if it were in a block. */
async function dropBefore(family: SampleFamily, time: number): Promise<void> {
  family.flush().end(true)
  await family.tidy(time)
}

const matcher: fc.Arbitrary<Matcher> = fc.record({
  name: fc.constantFrom('__name__', 'job', 'instance', 'absent'),
  op: fc.constantFrom('=', '!=', '=~', '!~'),
  value: fc.constantFrom('', 'a', 'up', 'a|b', '.+', '1.*', '|a', 'requests_total'),
})
const time = fc.integer({ min: 0, max: 600 }).map((step) => 1_700_000_000_437 + 15_000 * step)
const ask = fc.record({ matchers: fc.array(matcher, { maxLength: 3 }), from: time, to: time })

function ofOne(samples: readonly (readonly [time: number, value: number])[], labels: Labels = UP) {
  return sampleBatchOf([
    {
      labels,
      times: Float64Array.from(samples, ([time]) => time),
      values: Float64Array.from(samples, ([, value]) => value),
    },
  ])
}

const UP = { __name__: 'up', job: 'a' }
const ALL: readonly Matcher[] = []

describe('series of one value', () => {
  it('whatever comes, in whatever order: of each time the first value is kept, bit for bit', () => {
    const batches = fc.array(fc.array(seriesSamples(time), { maxLength: 6 }), { maxLength: 30 })
    fc.assert(
      fc.property(batches, fc.array(ask, { maxLength: 10 }), (all, asks) => {
        const family = new SampleFamily()
        const model = new Model()
        const oldestMs = 1_700_000_600_000
        for (const batch of all) {
          const { written, refused } = family.append(sampleBatchOf(batch), { ...LIMITS, oldestMs })
          const expected = batch.reduce((sum, each) => sum + model.append(each, oldestMs), 0)
          assert.equal(written, expected)
          const lost = refused.reduce((sum, { count }) => sum + count, 0)
          assert.equal(
            written + lost,
            batch.reduce((sum, { times }) => sum + times.length, 0),
          )
        }
        for (const { matchers, from, to } of asks) {
          const expected = model.select(matchers, from, to)
          assert.deepEqual(shown(select(family, matchers, from, to)), expected)
        }
        assert.deepEqual(shown(select(family, ALL, 0, Infinity)), model.select(ALL, 0, Infinity))
      }),
      { numRuns: 150 },
    )
  })

  it('thousands of samples of a series, backwards and shuffled, are packed as well', () => {
    const orders = {
      forwards: (at: number) => at,
      backwards: (at: number) => 2999 - at,
      shuffled: (at: number) => (at * 1009) % 3000,
      // An agent that was away for long catches up, after what is new.
      late: (at: number) => (at + 1000) % 3000,
    }
    const value = (step: number) => (step % 7 === 0 ? step / 3 : step)
    for (const [name, order] of Object.entries(orders)) {
      const family = new SampleFamily()
      for (let at = 0; at < 3000; at++) {
        const step = order(at)
        const { written } = family.append(ofOne([[1e12 + step * 15_000, value(step)]]), LIMITS)
        assert.equal(written, 1, name)
      }
      const [found] = select(family, ALL, 1e12 + 15_000, 1e12 + 2998 * 15_000)
      const steps = Array.from({ length: 2998 }, (_, at) => at + 1)
      assert.deepEqual(
        Array.from(found?.times ?? []),
        steps.map((step) => 1e12 + step * 15_000),
        name,
      )
      assert.deepEqual(Array.from(found?.values ?? []), steps.map(value), name)
    }
  })

  it('the same again counts as written; another value for its time is refused', () => {
    const family = new SampleFamily()
    const batch = ofOne([
      [1000, 1],
      [2000, 2],
    ])
    assert.equal(family.append(batch, LIMITS).written, 2)
    assert.deepEqual(family.append(batch, LIMITS).refused, [])
    const { written, refused } = family.append(
      ofOne([
        [1000, 7],
        [2000, 2],
        [2000.0, 3],
      ]),
      LIMITS,
    )
    assert.equal(written, 1)
    const first =
      'series {__name__="up", job="a"}: another value is stored for this time: 1970-01-01T00:00:01.000Z'
    assert.deepEqual(refused, [{ reason: 'duplicate', count: 2, first }])
  })

  it('a stale marker is not any NaN', () => {
    const family = new SampleFamily()
    const stale = floatsOf([0x7ff0_0000_0000_0002n])
    const nan = floatsOf([0x7ff8_0000_0000_0001n])
    const times = Float64Array.of(1000)
    const append = (values: Float64Array) =>
      family.append(sampleBatchOf([{ labels: UP, times, values }]), LIMITS)
    assert.equal(append(stale).written, 1)
    assert.equal(append(stale).written, 1)
    assert.equal(append(nan).refused[0]?.reason, 'duplicate')
    const [found] = select(family, ALL, 0, 2000)
    assert.deepEqual(bitsOf(found?.values ?? []), [0x7ff0_0000_0000_0002n])
  })

  it('takes no series past the limit, and more samples of those it has', () => {
    const family = new SampleFamily()
    const limits = { maxSeries: 2, oldestMs: 0, floorMs: 0 }
    const batchAt = (time: number) =>
      sampleBatchOf(
        ['a', 'b', 'c', 'd'].map((job) => ({
          labels: { __name__: 'up', job },
          times: Float64Array.of(time, time + 1),
          values: Float64Array.of(1, 1),
        })),
      )
    for (const time of [1000, 2000]) {
      const { written, refused } = family.append(batchAt(time), limits)
      assert.equal(written, 4)
      assert.deepEqual(
        refused.map(({ reason, count }) => ({ reason, count })),
        [{ reason: 'series-limit', count: 4 }],
      )
    }
    assert.equal(family.size, 2)
    assert.equal(select(family, [{ name: 'job', op: '=', value: 'c' }], 0, 9999).length, 0)
  })

  it('forgets what is old, and the series with it; numbers and labels are used again', async () => {
    const family = new SampleFamily()
    const limits = { maxSeries: 6000, oldestMs: 0, floorMs: 0 }
    for (let round = 1; round <= 5; round++) {
      const time = round * 10_000
      const job = (at: number) => ({ __name__: 'up', job: `${round}-${at}`, kind: `k${at % 2}` })
      const series = Array.from({ length: 3000 }, (_, at) => ({
        labels: at === 0 ? UP : job(at),
        times: Float64Array.of(time),
        values: Float64Array.of(at),
      }))
      assert.deepEqual(family.append(sampleBatchOf(series), limits).refused, [])
      await dropBefore(family, time)
      assert.equal(family.size, 3000)
      const old = select(family, [{ name: 'job', op: '=~', value: `${round - 1}-.*` }], 0, Infinity)
      assert.equal(old.length, 0)
      const even = select(family, [{ name: 'kind', op: '=', value: 'k0' }], 0, Infinity)
      assert.equal(even.length, 1499)
      assert.ok(even.every(({ labels, values }) => labels.job === `${round}-${values[0]}`))
      assert.equal(select(family, [{ name: 'job', op: '=', value: 'a' }], 0, Infinity).length, 1)
    }
  })

  it('numbers stay what they are while someone reads', async () => {
    const family = new SampleFamily()
    const limits = { maxSeries: 9999, oldestMs: 0, floorMs: 0 }
    const batchOf = (round: number, time: number) =>
      sampleBatchOf(
        Array.from({ length: 2000 }, (_, at) => ({
          labels: { __name__: 'up', job: `${round}-${at}` },
          times: Float64Array.of(time),
          values: Float64Array.of(at),
        })),
      )
    family.append(batchOf(1, 1000), limits)
    const [first = -1] = family.find([])
    const labels = family.labelsOf(first)
    await family.reading(async () => {
      await dropBefore(family, 5000)
      family.append(batchOf(2, 6000), limits)
      assert.deepEqual(family.labelsOf(first), labels)
      assert.equal(family.read(first, 0, 9999), undefined)
    })
    await dropBefore(family, 7000)
    family.append(batchOf(3, 8000), limits)
    const jobs = select(family, ALL, 0, 9999).map((series) => series.labels.job)
    assert.deepEqual(new Set(jobs), new Set(Array.from({ length: 2000 }, (_, at) => `3-${at}`)))
  })

  it('a series that comes back is the series it was', async () => {
    const family = new SampleFamily()
    family.append(ofOne([[1000, 1]]), LIMITS)
    await dropBefore(family, 5000)
    assert.equal(family.size, 0)
    assert.deepEqual(select(family, ALL, 0, Infinity), [])
    family.append(ofOne([[6000, 2]]), LIMITS)
    const [found] = select(family, ALL, 0, Infinity)
    assert.deepEqual([found?.labels, Array.from(found?.times ?? [])], [UP, [6000]])
  })

  it('knows the names and values of its labels', () => {
    const family = new SampleFamily()
    family.append(ofOne([[1000, 1]]), LIMITS)
    family.append(ofOne([[1000, 1]], { __name__: 'up', job: 'b', other: 'x' }), LIMITS)
    assert.deepEqual([...family.labelNames()], ['__name__', 'job', 'other'])
    assert.deepEqual([...family.labelValues('job')], ['a', 'b'])
    assert.deepEqual([...family.labelValues('absent')], [])
  })
})

describe('what blocks do not have of it', () => {
  const rowsOf = ({ family }: ReturnType<SampleFamily['flush']>) =>
    family.records.map((record) => [record.labels.job, [...(record.read(0, 9999)?.times ?? [])]])

  it('is records of one column of which the first counts', () => {
    const family = new SampleFamily()
    family.append(ofOne([[1000, 1], [2000, 2], [3000, 3]]), LIMITS) // biome-ignore format: pairs
    const flush = family.flush()
    assert.deepEqual([flush.startMs, flush.endMs], [1000, 3000])
    const [record, ...others] = flush.family.records
    assert.equal(others.length, 0)
    const key = '["__name__","up","job","a"]'
    assert.deepEqual([record?.key, record?.labels, record?.merges], [key, UP, ['first']])
    const rows = record?.read(2000, 3000)
    assert.deepEqual(rows, { times: Float64Array.of(2000, 3000), columns: [Float64Array.of(2, 3)] })
    assert.equal(record?.read(3001, 9999), undefined)
  })

  it('is what came since the last time, and all behind what came late', () => {
    const family = new SampleFamily()
    const other = { __name__: 'up', job: 'b' }
    family.append(ofOne([[1000, 1], [2000, 2], [3000, 3]]), LIMITS) // biome-ignore format: pairs
    family.append(ofOne([[1000, 1]], other), LIMITS)
    family.flush().end(true)
    const nothing = family.flush()
    assert.deepEqual(
      [nothing.family.records, nothing.startMs, nothing.endMs],
      [[], Infinity, -Infinity],
    )
    nothing.end(true)
    // What was there is no news.
    family.append(ofOne([[1000, 1]], other), LIMITS)
    family.append(ofOne([[1500, 1.5], [3000, 3]]), LIMITS) // biome-ignore format: pairs
    const flush = family.flush()
    assert.deepEqual(rowsOf(flush), [['a', [1500, 2000, 3000]]])
    assert.deepEqual([flush.startMs, flush.endMs], [1500, 3000])
  })

  it('is news again when it did not reach the disk, and stays until it does', async () => {
    const family = new SampleFamily()
    family.append(ofOne([[1000, 1]]), LIMITS)
    const first = family.flush()
    family.append(ofOne([[2000, 2]]), LIMITS)
    await family.tidy(5000)
    assert.equal(family.size, 1)
    first.end(false)
    await family.tidy(5000)
    const second = family.flush()
    assert.deepEqual(rowsOf(second), [['a', [1000, 2000]]])
    second.end(true)
    await family.tidy(5000)
    assert.equal(family.size, 0)
  })

  it('is taken by one at a time', () => {
    const family = new SampleFamily()
    family.flush()
    assert.throws(() => family.flush(), RangeError)
  })
})
