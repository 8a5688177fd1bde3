/** A source may leave values where they are in a larger piece of memory: that changes no answer. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  evaluateInstant,
  evaluateRange,
  type SeriesData,
  type Source,
  STALE,
} from '../../src/promql/index.ts'

const MINUTE = 60_000
const END_MS = 100 * MINUTE
const EXPRESSIONS = [
  ...['rate', 'increase', 'delta', 'irate', 'idelta', 'deriv', 'sum_over_time', 'avg_over_time'],
  ...['count_over_time', 'last_over_time', 'max_over_time', 'stddev_over_time', 'resets'],
].map((name) => `${name}(m[10m] offset 2m)`)
const ALL = [...EXPRESSIONS, 'm', 'timestamp(m)', 'sum(m)', 'predict_linear(m[10m], 60)']

const samples = fc.array(
  fc.record({
    gap: fc.integer({ min: 1, max: 240_000 }),
    value: fc.oneof({ weight: 9, arbitrary: fc.nat(1000) }, fc.constant(STALE)),
  }),
  { minLength: 1, maxLength: 30 },
)

/** All values one behind the other, other numbers between them; `values` is not to be asked for unless it must. */
function inOnePiece(all: readonly SeriesData[]): SeriesData[] {
  const piece = Float64Array.from(all.flatMap(({ values }) => [12345, ...Array.from(values), 678]))
  const words = new BigUint64Array(piece.buffer)
  let from = 1
  return all.map(({ labels, times, values }) => {
    const own = values as Float64Array
    words.set(new BigUint64Array(own.buffer, own.byteOffset, own.length), from)
    const series = { labels, times, piece, from, values: own }
    from += own.length + 2
    return series
  })
}

function sourceOf(series: readonly SeriesData[]): Source {
  return { select: () => series }
}

describe('values in a larger piece', () => {
  it('give the same answers at an instant and over a range', async () => {
    const property = fc.asyncProperty(
      fc.array(samples, { minLength: 1, maxLength: 4 }),
      fc.constantFrom(...ALL, 'm[10m]'),
      async (all, expr) => {
        const plain = all.map((rows, at): SeriesData => {
          let atMs = END_MS - 30 * MINUTE
          const times = Float64Array.from(rows, ({ gap }) => {
            atMs += gap
            return atMs
          })
          const values = Float64Array.from(rows, ({ value }) => value)
          return { labels: { __name__: 'm', at: String(at) }, times, values }
        })
        const [one, other] = [sourceOf(plain), sourceOf(inOnePiece(plain))]
        const expected = await evaluateInstant(expr, END_MS, one)
        assert.deepEqual(await evaluateInstant(expr, END_MS, other), expected)
        if (expr.startsWith('m[')) return
        const range = [END_MS - 20 * MINUTE, END_MS, 90_000] as const
        const wanted = await evaluateRange(expr, ...range, one)
        assert.deepEqual(await evaluateRange(expr, ...range, other), wanted)
      },
    )
    await fc.assert(property, { numRuns: 300 })
  })
})
