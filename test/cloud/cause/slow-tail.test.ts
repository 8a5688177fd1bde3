import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { beginningOf } from '../../../src/cloud/cause/beginning.ts'
import { bucketsOf, slowTailOf } from '../../../src/cloud/cause/slow-tail.ts'

const BOUNDS = [10, 100, 1000, 3000, Number.POSITIVE_INFINITY]

/** Calls in each bucket, before and now. */
function buckets(before: readonly number[], now: readonly number[]) {
  return BOUNDS.map((le, n) => ({ le, now: now[n] ?? 0, before: before[n] ?? 0 }))
}

describe('a few calls take very long', () => {
  const usual = [900, 100, 0, 0, 0]
  const cases = [
    ['where a high bucket holds most of the time', [880, 100, 0, 20, 0], 3000],
    ['beyond all bounds', [880, 100, 0, 0, 20], Number.POSITIVE_INFINITY],
    ['not where all are slower', [100, 400, 500, 0, 0], undefined],
    ['not where there are hardly any', [898, 100, 0, 2, 0], undefined],
    ['not where all is as ever', [900, 100, 0, 0, 0], undefined],
  ] as const
  for (const [name, now, le] of cases) {
    it(name, () => assert.equal(slowTailOf(buckets(usual, now))?.le, le))
  }

  it('not where nothing was called before', () => {
    assert.equal(slowTailOf(buckets([], [0, 0, 0, 50, 0])), undefined)
  })

  it('counted from cumulative buckets in any order', () => {
    const cumulative = [
      { le: 1000, now: 12, before: 10 },
      { le: Number.POSITIVE_INFINITY, now: 15, before: 10 },
      { le: 10, now: 8, before: 9 },
    ]
    assert.deepEqual(
      bucketsOf(cumulative).map(({ now }) => now),
      [8, 4, 3],
    )
  })
})

describe('a trouble began', () => {
  const cases = [
    ['with the first point of the raised end', '..xxx', 2],
    ['before a lull of one point', '..x.xx', 2],
    ['not before a longer lull', 'x..xx', 3],
    ['at the last point when that is the first', '....x', 4],
    ['a point ago when it has just paused', '...x.', 3],
    ['nobody knows when, if it was always so', 'xxxx', undefined],
    ['never, when it is over', 'xx..', undefined],
    ['never without points', '', undefined],
  ] as const
  for (const [name, line, expected] of cases) {
    it(name, () => {
      const points = [...line].map((mark, at) => ({ at, value: mark === 'x' ? 1 : 0 }))
      assert.equal(
        beginningOf(points, (value) => value > 0),
        expected,
      )
    })
  }
})
