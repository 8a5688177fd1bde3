import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { compose, OP, settle } from '../../../../src/cloud/series/block/record-rows.ts'
import { type PlainRow, plainRows, rowsOf } from './fixture.ts'

const MERGES = ['add', 'max', 'last'] as const
const row = fc.record({
  minute: fc.nat(2),
  op: fc.constantFrom(OP.add, OP.set, OP.gone),
  values: fc.tuple(fc.nat(9), fc.nat(9), fc.nat(9)),
})
const part = fc
  .uniqueArray(row, { selector: ({ minute }) => minute, maxLength: 3 })
  .map((rows) => rowsOf(rows.sort(byMinute), MERGES.length))

function byMinute(a: PlainRow, b: PlainRow): number {
  return a.minute - b.minute
}

/** Values of a row that is gone say nothing. */
function told(rows: Parameters<typeof plainRows>[0]) {
  return plainRows(rows).map(({ minute, op, values }) => [minute, op, op === OP.gone ? [] : values])
}

const at1 = (op: number, value: number) => rowsOf([{ minute: 1, op, values: [value] }], 1)

describe('rows of several blocks', () => {
  const cases: [name: string, parts: [op: number, value: number][], met: unknown[]][] = [
    [
      'contributions add up',
      [
        [OP.add, 1],
        [OP.add, 2],
      ],
      [OP.add, [3]],
    ],
    [
      'what is set replaces',
      [
        [OP.add, 1],
        [OP.set, 2],
      ],
      [OP.set, [2]],
    ],
    [
      'what is added to it stays set',
      [
        [OP.set, 1],
        [OP.add, 2],
      ],
      [OP.set, [3]],
    ],
    [
      'what is gone is gone',
      [
        [OP.add, 1],
        [OP.gone, 0],
      ],
      [OP.gone, []],
    ],
    [
      'what comes after that does not meet what was',
      [
        [OP.gone, 0],
        [OP.add, 2],
      ],
      [OP.set, [2]],
    ],
  ]
  for (const [name, parts, [op, values]] of cases) {
    it(name, () => {
      const met = compose(
        parts.map((each) => at1(...each)),
        ['add'],
      )
      assert.deepEqual(told(met), [[1, op, values]])
    })
  }

  it('meet the same whichever neighbours meet first', () => {
    fc.assert(
      fc.property(part, part, part, (a, b, c) => {
        const all = told(compose([a, b, c], MERGES))
        assert.deepEqual(told(compose([compose([a, b], MERGES), c], MERGES)), all)
        assert.deepEqual(told(compose([a, compose([b, c], MERGES)], MERGES)), all)
      }),
      { numRuns: 500 },
    )
  })

  it('settled have no row that is gone', () => {
    const rows = rowsOf(
      [
        { minute: 0, op: OP.gone, values: [0] },
        { minute: 1, op: OP.set, values: [7] },
      ],
      1,
    )
    assert.deepEqual(told(settle(rows)), [[1, OP.add, [7]]])
  })
})
