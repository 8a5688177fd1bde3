/** A few hundred random queries against a real Prometheus; `npm run promql-differential` has many more. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isSame, type Outcome, show } from '../../scripts/promql-differential/compare.ts'
import { noPrometheus } from '../../scripts/promql-differential/prometheus.ts'
import { runDifferential } from '../../scripts/promql-differential/run.ts'

describe('random queries over random data', () => {
  it('have the answers of a real Prometheus', { skip: noPrometheus }, async () => {
    const { compared, withSamples, bothFailed, differences } = await runDifferential({
      seed: 20,
      queries: 1000,
    })
    const unknown = differences
      .filter(({ known }) => !known)
      .map(
        ({ smallest, ours, theirs }) =>
          `${smallest.expr}\n  ours: ${show(ours, theirs)}\n  prometheus: ${show(theirs, ours)}`,
      )
    assert.deepEqual(unknown, [])
    assert.equal(compared, 1000)
    assert.ok(withSamples > 300, `only ${withSamples} answers have samples`)
    assert.ok(bothFailed > 30, `only ${bothFailed} queries are refused`)
  })
})

describe('answers are told apart', () => {
  const row = (job: string, value: number) => ({ labels: { job }, times: [500], values: [value] })
  const vector = (...rows: ReturnType<typeof row>[]): Outcome => ({
    kind: 'rows',
    type: 'vector',
    rows,
  })
  const failed = (parse: boolean): Outcome => ({ kind: 'failed', parse, message: '' })
  const cases: readonly (readonly [string, Outcome, Outcome, boolean])[] = [
    [
      'rows in another order',
      vector(row('a', 1), row('b', 2)),
      vector(row('b', 2), row('a', 1)),
      true,
    ],
    ['1e-10 more', vector(row('a', 1e6)), vector(row('a', 1e6 * (1 + 1e-10))), true],
    ['1e-8 more', vector(row('a', 1e6)), vector(row('a', 1e6 * (1 + 1e-8))), false],
    ['NaN and NaN', vector(row('a', Number.NaN)), vector(row('a', Number.NaN)), true],
    ['NaN and 0', vector(row('a', Number.NaN)), vector(row('a', 0)), false],
    ['Inf and -Inf', vector(row('a', Infinity)), vector(row('a', -Infinity)), false],
    ['a row less', vector(row('a', 1), row('b', 2)), vector(row('a', 1)), false],
    ['another label', vector(row('a', 1)), vector(row('b', 1)), false],
    ['an error and nothing', failed(false), vector(), false],
    ['errors of parsing and of evaluating', failed(true), failed(false), false],
  ]
  for (const [name, a, b, same] of cases) {
    it(`${name}: ${same ? 'the same' : 'different'}`, () => {
      assert.equal(isSame(a, b), same)
      assert.equal(isSame(b, a), same)
    })
  }
})
