import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { calmerThreshold } from '../../../../src/cloud/rules/threshold/calmer.ts'

describe('the threshold that would have kept an alarm quiet', () => {
  const cases: [
    string,
    number[],
    '>' | '<',
    number,
    readonly [number, number | undefined] | undefined,
  ][] = [
    ['is a tenth above what was reached', [0.21, 0.35, 0.3], '>', 0.2, [0.35, 0.39]],
    ['is rounded away from it', [100], '>', 50, [100, 110]],
    ['stays what it is where it has two digits', [10], '>', 5, [10, 11]],
    ['is a tenth below where a fall is told', [0.4, 0.3], '<', 0.5, [0.3, 0.27]],
    ['is of values that are numbers', [Number.NaN, 3, Infinity], '>', 2, [3, 3.3]],
    ['is large as well', [1_234_567], '>', 1, [1_234_567, 1_400_000]],
    ['is that of now when it is above already', [0.3], '>', 0.39, [0.3, undefined]],
    ['is that of now when it is below already', [0.3], '<', 0.27, [0.3, undefined]],
    ['is none when it fell to nothing', [0.2, 0], '<', 0.5, undefined],
    ['is none without values', [], '>', 0.5, undefined],
  ]
  for (const [name, values, op, threshold, expected] of cases) {
    it(name, () => {
      const found = calmerThreshold(values, { threshold, isAbove: op === '>' })
      assert.deepEqual(found && [found.reached, found.proposed], expected)
    })
  }

  it('is always beyond what was reached, by a tenth to a fifth', () => {
    const value = fc.double({ min: 1e-6, max: 1e9, noNaN: true })
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 9 }), (values) => {
        const most = Math.max(...values)
        const { proposed = 0 } =
          calmerThreshold(values, { threshold: most / 2, isAbove: true }) ?? {}
        assert.ok(proposed >= most * 1.0999 && proposed <= most * 1.21, `${most}: ${proposed}`)
      }),
    )
  })
})
