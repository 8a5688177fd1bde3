/** Aggregations straight from the samples come to what they come to the long way, bit for bit. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  evaluateRange,
  PromqlError,
  type SeriesData,
  type Source,
  STALE,
} from '../../src/promql/index.ts'

const SECOND = 1000

const labels = fc.record({
  __name__: fc.constantFrom('m_total', 'm_total', 'm_total', 'other'),
  a: fc.constantFrom('', 'x', 'y'),
  b: fc.constantFrom('1', '2', '3'),
  c: fc.constantFrom('', 'p', 'q'),
  __type__: fc.constantFrom('', '', '', '', '', '', '', 'gauge'),
})

const value = fc.oneof(
  { weight: 8, arbitrary: fc.double({ noDefaultInfinity: true, noNaN: true }) },
  { weight: 4, arbitrary: fc.integer({ min: -5, max: 100 }) },
  { weight: 1, arbitrary: fc.constantFrom(Number.NaN, Infinity, -Infinity, -0, 1e308, 1e-300) },
  { weight: 1, arbitrary: fc.constant(STALE) },
)

/** Series of one record: the same times, one object. */
const record = fc
  .tuple(
    fc.array(labels, { minLength: 1, maxLength: 4 }),
    fc.uniqueArray(fc.integer({ min: 0, max: 60 }), { maxLength: 12 }),
  )
  .chain(([names, seconds]) => {
    const times = Float64Array.from(
      seconds.sort((x, y) => x - y),
      (each) => each * SECOND,
    )
    const values = fc.array(value, { minLength: times.length, maxLength: times.length })
    return fc.tuple(...names.map((each) => values.map((row) => seriesOf(each, times, row))))
  })

function seriesOf(given: Record<string, string>, times: Float64Array, row: number[]): SeriesData {
  const kept = Object.entries(given).filter(([, text]) => text !== '')
  return { labels: Object.fromEntries(kept), times, values: Float64Array.from(row) }
}

const data = fc.array(record, { maxLength: 6 }).map((records) => {
  const byLabels = new Map<string, SeriesData>()
  for (const series of records.flat()) byLabels.set(JSON.stringify(series.labels), series)
  return [...byLabels.values()]
})

const selector = fc.constantFrom('m_total', 'm_total{b="1"}', '{b=~".+"}', '{__name__="m_total"}')
const modifiers = fc.constantFrom('', '', '', ' offset 7s', ' offset -5s', ' @ 30', ' @ end()')
const range = fc.constantFrom('[5s]', '[13s]', '[1m]')
const func = fc.constantFrom(
  ...'rate increase delta irate idelta sum_over_time avg_over_time count_over_time present_over_time absent_over_time first_over_time last_over_time max_over_time min_over_time stdvar_over_time stddev_over_time changes resets deriv'.split(
    ' ',
  ),
)
const inner = fc.oneof(
  fc.tuple(selector, modifiers).map(([of, at]) => of + at),
  fc.tuple(func, selector, range, modifiers).map(([call, ...of]) => `${call}(${of.join('')})`),
  fc.tuple(selector, range, modifiers).map((of) => `quantile_over_time(1.5, ${of.join('')})`),
  fc.tuple(selector, range, modifiers).map((of) => `predict_linear((${of.join('')}), time())`),
)
const aggregation = fc
  .tuple(
    fc.constantFrom('sum', 'avg', 'count', 'group', 'min', 'max', 'stdvar', 'stddev'),
    fc.constantFrom('by', 'without'),
    fc.array(fc.constantFrom('a', 'b', 'c', '__name__', '__type__', 'none'), { maxLength: 4 }),
    inner,
  )
  .map(([op, how, names, of]) => `${op} ${how} (${names.join(', ')}) (${of})`)
const expression = fc.oneof(
  { weight: 5, arbitrary: aggregation },
  { weight: 1, arbitrary: fc.tuple(aggregation, aggregation).map((sides) => sides.join(' / ')) },
)

/** All that a query says, with what JSON does not tell apart. */
async function outcome(expr: string, source: Source, options: object): Promise<unknown> {
  const { steps, ...rest } = options as { steps: number }
  try {
    const endMs = (steps - 1) * 4 * SECOND + 20 * SECOND
    return await evaluateRange(expr, 20 * SECOND, endMs, 4 * SECOND, source, rest)
  } catch (error) {
    if (!(error instanceof PromqlError)) throw error
    return [error.reason, error.message]
  }
}

describe('straight from the samples', () => {
  it('tells of the last place of what is asked twice', async () => {
    const asked = 'sum(quantile_over_time(1.5, m[1m]))'
    const source = {
      select: () => [
        { labels: { __name__: 'm' }, times: Float64Array.of(0), values: Float64Array.of(1) },
      ],
    }
    for (const straight of [true, false]) {
      const { annotations } = await evaluateRange(`${asked} / ${asked}`, 0, 0, 1, source, {
        straight,
      })
      assert.match(annotations.warnings.join(), /\(1:62\)$/)
    }
  })

  it('comes to the same, and is as dear', async () => {
    let answered = 0
    let refused = 0
    await fc.assert(
      fc.asyncProperty(
        data,
        expression,
        fc.record({
          steps: fc.constantFrom(1, 2, 7),
          delayedNameRemoval: fc.boolean(),
          lookbackMs: fc.constantFrom(5 * SECOND, 300 * SECOND),
          limits: fc.constantFrom({}, {}, {}, { maxSamples: 40 }, { maxSamples: 150 }),
        }),
        async (series, expr, options) => {
          const source = { select: () => series }
          const straight = await outcome(expr, source, options)
          const long = await outcome(expr, source, { ...options, straight: false })
          assert.deepEqual(straight, long)
          if (Array.isArray(straight)) refused++
          else answered++
        },
      ),
      { numRuns: 1200 },
    )
    assert.ok(answered > 300 && refused > 30, `${answered} answered, ${refused} refused`)
  })
})
