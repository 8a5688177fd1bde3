import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { lineDifference } from '../../src/cli/line-difference.ts'

describe('the difference of lines', () => {
  it('marks what goes and what comes', () => {
    assert.deepEqual(lineDifference(['a', 'b', 'c'], ['a', 'x', 'c', 'd']), [
      '  a',
      '- b',
      '+ x',
      '  c',
      '+ d',
    ])
  })

  it('leads from the one to the other, and keeps as much as can be kept', () => {
    const lines = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 8 })
    fc.assert(
      fc.property(lines, lines, (before, after) => {
        const difference = lineDifference(before, after)
        const those = (marks: string) =>
          difference.filter((line) => marks.includes(line[0] ?? '')).map((line) => line.slice(2))
        assert.deepEqual(those(' -'), before)
        assert.deepEqual(those(' +'), after)
        assert.equal(those(' ').length, mostInCommon(before, after))
      }),
    )
  })

  it('of long texts is all of both', () => {
    const many = new Array<string>(2000).fill('a')
    assert.equal(lineDifference(many, many).length, 4000)
  })
})

function mostInCommon([a, ...before]: readonly string[], after: readonly string[]): number {
  if (a === undefined || after.length === 0) return 0
  const at = after.indexOf(a)
  const without = mostInCommon(before, after)
  return at < 0 ? without : Math.max(without, 1 + mostInCommon(before, after.slice(at + 1)))
}
