import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { reachedBeyond, reachedTogether } from '../../../../src/cloud/rules/threshold/reached.ts'

const { NaN: none, POSITIVE_INFINITY: infinite } = Number
const MINUTE = 60_000

describe('how far an alarm went beyond a value', () => {
  const cases: [string, number[], '>' | '<', number, object][] = [
    ['the highest', [3, 5, 4], '>', 2, { outcome: 'proposed', reached: 5, proposed: 5.5 }],
    ['the lowest', [3, 5, 4], '<', 6, { outcome: 'proposed', reached: 3, proposed: 2.7 }],
    ['above, below 0', [-5, -9], '>', -10, { outcome: 'proposed', reached: -5, proposed: -4.5 }],
    ['below, below 0', [-5, -9], '<', -1, { outcome: 'proposed', reached: -9, proposed: -9.9 }],
    [
      'what is no number is none',
      [none, 5],
      '>',
      2,
      { outcome: 'proposed', reached: 5, proposed: 5.5 },
    ],
    ['as far as the value is not beyond', [2, 1], '>', 2, { outcome: 'quiet', reached: 2 }],
    [
      'in two digits',
      [0.21, 0.35],
      '>',
      0.2,
      { outcome: 'proposed', reached: 0.35, proposed: 0.39 },
    ],
    [
      'of large ones',
      [1234567],
      '>',
      1,
      { outcome: 'proposed', reached: 1234567, proposed: 1.4e6 },
    ],
    ['not as far, below', [7, 8], '<', 6, { outcome: 'quiet', reached: 7 }],
    ['0, of which there is no tenth', [0, 3], '<', 5, { outcome: 'none', reached: 0 }],
    ['no end', [infinite, 3], '>', 2, { outcome: 'none' }],
    ['no end on the other side', [infinite], '<', 2, { outcome: 'unknown' }],
    ['nothing', [none], '>', 2, { outcome: 'unknown' }],
  ]
  for (const [name, values, op, value, expected] of cases) {
    it(name, () => assert.deepEqual(reachedBeyond(values, { op, value }), expected))
  }

  it('where that is told, too, what is just as far is not quiet', () => {
    const at = (values: number[], op: '>' | '<') =>
      reachedBeyond(values, { op, value: 2, orAt: true })
    assert.deepEqual(at([2], '>'), { outcome: 'proposed', reached: 2, proposed: 2.2 })
    assert.deepEqual(at([2], '<'), { outcome: 'proposed', reached: 2, proposed: 1.8 })
    assert.deepEqual(at([1.9], '>'), { outcome: 'quiet', reached: 1.9 })
    assert.deepEqual(at([2.1], '<'), { outcome: 'quiet', reached: 2.1 })
  })

  it('what is proposed is beyond all values, by a tenth to a fifth of the farthest', () => {
    const value = fc.oneof(fc.double({ min: 1e-6, max: 1e9 }), fc.double({ min: -1e9, max: -1e-6 }))
    const numbers = fc.array(
      value.filter((one) => !Number.isNaN(one)),
      { minLength: 1, maxLength: 9 },
    )
    fc.assert(
      fc.property(numbers, fc.constantFrom('>' as const, '<' as const), (values, op) => {
        const sign = op === '>' ? 1 : -1
        const farthest = sign * Math.max(...values.map((one) => sign * one))
        const found = reachedBeyond(values, { op, value: -sign * 1e10 })
        assert.ok(found.outcome === 'proposed')
        const share = (sign * (found.proposed - farthest)) / Math.abs(farthest)
        assert.ok(share >= 0.0999 && share <= 0.21, `${farthest}: ${found.proposed}`)
      }),
    )
  })
})

describe('what so many of the minutes reach together', () => {
  const minutes = (values: readonly (number | undefined)[]) => {
    const known = values.flatMap((value, at) => (value === undefined ? [] : [{ at, value }]))
    return { times: known.map(({ at }) => at * MINUTE), values: known.map(({ value }) => value) }
  }
  const cases: [string, readonly (number | undefined)[], '>' | '<', number, number[], number[]][] =
    [
      ['the second of the last three', [9, 1, 5, 3], '>', 2, [3], [3]],
      ['the second lowest', [9, 1, 5, 3], '<', 2, [3], [3]],
      ['at each instant its own', [9, 1, 5, 3], '>', 1, [2, 3], [9, 5]],
      ['between minutes as of the last', [9, 1, 5, 3], '>', 1, [2.5], [9]],
      ['a minute without a value is none', [9, 1, undefined, 3], '>', 2, [3], [1]],
      ['nothing where there are too few', [undefined, undefined, 5, 3], '>', 3, [3], []],
    ]
  for (const [name, values, op, times, instants, expected] of cases) {
    it(name, () => {
      const at = instants.map((one) => one * MINUTE)
      assert.deepEqual(reachedTogether(minutes(values), { op, times, minutes: 3 }, at), expected)
    })
  }
})
