import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { spreadOf } from '../../../src/cloud/baselines/spread.ts'

/** The mean of the values that have as many values below as above, found by counting. */
function naiveMedian(values: readonly number[]): number {
  const half = values.length / 2
  const middles = values.filter((value) => {
    const below = values.filter((other) => other < value).length
    const above = values.filter((other) => other > value).length
    return below <= half && above <= half
  })
  return (Math.min(...middles) + Math.max(...middles)) / 2
}

const value = fc.double({ min: -1e6, max: 1e6, noNaN: true })
const values = fc.array(value, { minLength: 1, maxLength: 80 })
const close = (a: number, b: number) => Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a))

describe('median and MAD', () => {
  const cases = [
    ['of one value', [7], 7, 0],
    ['of two values lie between them', [1, 4], 2.5, 1.5],
    ['of an odd number', [5, 1, 100], 5, 4],
    ['of an even number', [1, 2, 3, 100], 2.5, 1],
    ['of the same value over and over', [3, 3, 3, 3], 3, 0],
    ['of zeros', [0, 0, 0], 0, 0],
  ] as const
  for (const [name, of, median, mad] of cases) {
    it(name, () => assert.deepEqual(spreadOf(Float64Array.from(of)), { median, mad }))
  }

  it('are those found by counting', () => {
    fc.assert(
      fc.property(values, (of) => {
        const { median, mad } = spreadOf(Float64Array.from(of))
        assert.ok(close(median, naiveMedian(of)))
        assert.ok(close(mad, naiveMedian(of.map((each) => Math.abs(each - median)))))
      }),
    )
  })

  it('stay among the good values while less than half are bad', () => {
    fc.assert(
      fc.property(values, fc.array(fc.constantFrom(-1e12, 1e12)), (good, bad) => {
        const some = bad.slice(0, good.length - 1)
        const { median, mad } = spreadOf(Float64Array.from([...good, ...some]))
        const [least, most] = [Math.min(...good), Math.max(...good)]
        assert.ok(median >= least && median <= most && mad <= most - least + 1e-6)
      }),
    )
  })

  it('of nothing are a bug', () => {
    assert.throws(() => spreadOf(new Float64Array(0)), RangeError)
  })
})
