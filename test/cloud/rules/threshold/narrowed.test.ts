import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { narrowed } from '../../../../src/cloud/rules/threshold/narrowed.ts'
import { labelsKey } from '../../../../src/model/labels.ts'
import { evaluateInstant, MemorySource } from '../../../../src/promql/index.ts'

const AT = 1_000_000_000
const ONLY = { name: 'callee', op: '=', value: 'App.A' } as const
const A = 'callee="App.A"'

const CASES: [string, string, string][] = [
  ['a selector', 'x', `x{${A}}`],
  ['one with matchers, spaces and an offset', 'x {b="1"} offset 1m', `x {${A}, b="1"} offset 1m`],
  ['one without a name', '{__name__="x"}', `{${A}, __name__="x"}`],
  ['empty braces', 'x{}', `x{${A}, }`],
  ['a range', 'sum by (callee) (rate(x[5m]))', `sum by (callee) (rate(x{${A}}[5m]))`],
  ['what is summed up without it is left', 'sum(x) + sum without (callee) (x)', ''],
  ['a scalar beside it', '1 - -x > 0.5', `1 - -x{${A}} > 0.5`],
  ['both sides of a join', 'x * on (callee) y', `x{${A}} * on (callee) y{${A}}`],
  ['not of a join by other labels', 'x * on (caller) group_left () y', ''],
  ['nor of one that takes its callee from there', 'x * on (n) group_left (callee) y', ''],
  ['a join by all labels', 'x and y unless z', `x{${A}} and y{${A}} unless z{${A}}`],
  ['not what becomes a callee', 'x unless on (callee) label_join(y, "callee", "", "m")', `x{${A}}`],
  ['not what is there when nothing is', 'x or on (callee) absent(y)', `x{${A}} or`],
]

/** Of what may stand in a rule; `x`, `y` have callees, `z` has none. */
const QUERIES = [
  ...CASES.map(([, query]) => query),
  'sum by (callee, i) (x) / on (callee) group_left () sum by (callee) (y) > 0.5',
  'topk by (callee) (1, x) or on (callee) 2 * y',
  'x > on (callee, i) (y or on (callee, i) 0 * x + 3)',
  'max_over_time(sum by (callee) (x)[2m:1m]) unless on (callee) z',
  'count by (callee) (x) == count without (i) (y)',
  'x * on () group_left () sum(z)',
  'sum by (callee) (x) > scalar(sum(y))',
  'quantile by (callee) (0.5, x) >= bool 3',
]

describe('a query narrowed to a callee', () => {
  for (const [name, query, expected] of CASES) {
    it(name, () => {
      const text = narrowed(query, ONLY)
      if (expected === '') assert.equal(text, query)
      else assert.ok(text.startsWith(expected), text)
    })
  }

  const sample = fc.record({
    __name__: fc.constantFrom('x', 'y', 'z'),
    callee: fc.constantFrom('App.A', 'App.B', ''),
    i: fc.constantFrom('f', 'g'),
    m: fc.constantFrom('App.A', ''),
    value: fc.integer({ min: 0, max: 6 }),
  })

  async function foundBy(query: string, source: MemorySource): Promise<string[] | undefined> {
    try {
      const value = await evaluateInstant(query, AT, source)
      const samples = value.type === 'vector' ? value.samples : []
      return samples
        .filter(({ labels }) => labels.callee === 'App.A')
        .map(({ labels, value }) => `${labelsKey(labels)} ${value}`)
        .toSorted()
    } catch {
      // Elements that match twice: of less there may be fewer.
      return undefined
    }
  }

  it('says of that callee what it says as a whole', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(sample, { maxLength: 14 }), async (samples) => {
        const source = new MemorySource()
        for (const { value, callee, m, ...labels } of samples) {
          const some = { ...labels, ...(callee && { callee }), ...(m && { m }) }
          for (const at of [AT - 60_000, AT]) source.add(some, at, value)
        }
        for (const query of QUERIES) {
          const whole = await foundBy(query, source)
          if (whole) assert.deepEqual(await foundBy(narrowed(query, ONLY), source), whole, query)
        }
      }),
      { numRuns: 200 },
    )
  })
})
