/** What the language promises beyond results: errors with their place, limits, what it asks of its source. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  evaluateInstant,
  evaluateRange,
  type Matcher,
  metricNames,
  PromqlError,
  parse,
  print,
  type SeriesData,
  type Source,
  STALE,
} from '../../src/promql/index.ts'

const MINUTE = 60_000

/** A source of these series, which remembers the spans it was asked for. */
function sourceOf(series: readonly SeriesData[]) {
  const asked: { matchers: readonly Matcher[]; startMs: number; endMs: number }[] = []
  const source: Source = {
    select(matchers, startMs, endMs) {
      asked.push({ matchers, startMs, endMs })
      return series
    },
  }
  return { source, asked }
}

const up = (values: readonly number[]): SeriesData => ({
  labels: { __name__: 'up', job: 'a' },
  times: values.map((_, i) => i * MINUTE),
  values,
})

async function numbers(expr: string, at: number, series: readonly SeriesData[]) {
  const value = await evaluateInstant(parse(expr), at, sourceOf(series).source)
  return value.type === 'vector' ? value.samples.map((sample) => sample.value) : value.type
}

describe('time', () => {
  it('a range is left-open: [2m] at a window end holds exactly the windows within', async () => {
    assert.deepEqual(
      await numbers('sum_over_time(up[2m])', 4 * MINUTE, [up([1, 2, 4, 8, 16])]),
      [24],
    )
  })

  it('a series is seen for five minutes after its last sample, and not at the end of them', async () => {
    assert.deepEqual(await numbers('up', 5 * MINUTE - 1, [up([7])]), [7])
    assert.deepEqual(await numbers('up', 5 * MINUTE, [up([7])]), [])
  })

  it('a stale marker ends it at once', async () => {
    assert.deepEqual(await numbers('up', 2 * MINUTE, [up([7, STALE])]), [])
  })

  it('asks its source once for each selector, for no more than it needs', async () => {
    const { source, asked } = sourceOf([])
    const expr = parse('sum_over_time(a[10m] offset 1h) + on () b')
    await evaluateRange(expr, 100 * MINUTE, 110 * MINUTE, MINUTE, source)
    const spans = asked.map(({ startMs, endMs }) =>
      [startMs / MINUTE, endMs / MINUTE].map(Math.round),
    )
    assert.deepEqual(spans, [
      [30, 50],
      [95, 110],
    ])
  })
})

describe('what is wrong is named with its place', () => {
  const cases = [
    ['sum(', /1:5: parse error: /],
    ['up ==', /1:6: parse error: /],
    [
      'rate(up)',
      /1:6: parse error: expected type range vector in call to function "rate", got instant vector/,
    ],
    ['nope(up)', /1:1: parse error: unknown function with name "nope"/],
    [
      'up{a="b"} and 1',
      /1:1: parse error: set operator "and" not allowed in binary scalar expression|1:\d+: parse error: /,
    ],
    ['{}', /parse error: vector selector must contain at least one non-empty matcher/],
  ] as const
  for (const [text, expected] of cases) {
    it(text, () => {
      assert.throws(
        () => parse(text),
        (error: Error) => error instanceof PromqlError && expected.test(error.message),
      )
    })
  }

  it('many-to-many matching, when the data show it', async () => {
    const twice = [up([1]), { ...up([2]), labels: { __name__: 'up', job: 'a', x: 'y' } }]
    await assert.rejects(
      evaluateInstant(parse('up * on (job) up'), 0, sourceOf(twice).source),
      /many-to-many matching not allowed|found duplicate series/,
    )
  })
})

describe('limits', () => {
  const many = Array.from({ length: 50 }, (_, i) => ({
    ...up([i]),
    labels: { __name__: 'up', i: `${i}` },
  }))

  it('too many samples end the query with their number', async () => {
    const options = { limits: { maxSamples: 10 } }
    await assert.rejects(
      evaluateInstant(parse('up + up'), 0, sourceOf(many).source, options),
      PromqlError,
    )
  })

  it('an aborted query ends', async () => {
    const options = { signal: AbortSignal.abort() }
    await assert.rejects(evaluateInstant(parse('up'), 0, sourceOf(many).source, options))
  })
})

describe('printing', () => {
  const texts = [
    'sum by (job) (rate(up{job=~"a.*"}[5m] offset 1h)) > 0.5',
    'a / on (x) group_left (y) b',
    'max_over_time(up[1h:1m] @ 10)',
    '-(a + b) ^ 2 unless ignoring (z) c',
    'quantile without (le) (0.9, d)',
    '{"with space", __name__!="x"}',
  ]
  for (const text of texts) {
    it(`reads back what it prints: ${text}`, () => {
      const printed = print(parse(text))
      assert.equal(print(parse(printed)), printed)
    })
  }

  it('never takes longer than it should, or anything but its own error, whatever the text', () => {
    const piece = fc.constantFrom(
      'up',
      '{',
      '}',
      '(',
      ')',
      '[5m]',
      'sum',
      'by',
      ' ',
      '"a"',
      '==',
      '1e9',
      'offset',
      '@',
      ',',
      '-',
      '=~',
      '文',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        try {
          const text = print(parse(pieces.join('')))
          assert.equal(print(parse(text)), text)
        } catch (error) {
          assert.ok(error instanceof PromqlError, String(error))
        }
      }),
      { numRuns: 2000 },
    )
  })
})

it('metricNames finds what an expression asks for', () => {
  assert.deepEqual(metricNames(parse('a + sum(rate(b[1m])) / a + {x="y"}')), ['a', 'b'])
})
