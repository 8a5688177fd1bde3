import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { toColumn } from '../../../src/cloud/store/column.ts'

describe('toColumn', () => {
  const bytes = new Uint8Array([1])
  const cases: [name: string, value: unknown, column: unknown][] = [
    ['text stays', 'a', 'a'],
    ['an integer stays', -7, -7],
    ['null stays', null, null],
    ['bytes stay', bytes, bytes],
    ['true is 1', true, 1],
    ['false is 0', false, 0],
    ['a fraction of a millisecond is cut off', 1_700_000_000_000.9, 1_700_000_000_000],
    ['NUL, which PostgreSQL refuses, is replaced', 'a\0b\0', 'a\uFFFDb\uFFFD'],
    ['half a character is replaced', 'a\uD83D', 'a\uFFFD'],
  ]
  for (const [name, value, column] of cases) {
    it(name, () => assert.equal(toColumn(value), column))
  }

  const refused: [name: string, value: unknown][] = [
    ['a Date', new Date(0)],
    ['an object', { a: 1 }],
    ['a list', ['a']],
    ['undefined', undefined],
    ['NaN', Number.NaN],
    ['infinity', Number.POSITIVE_INFINITY],
    ['a number beyond exact integers', 2 ** 53],
    ['a big integer', 1n],
    ['a function', () => 1],
  ]
  for (const [name, value] of refused) {
    it(`refuses ${name}`, () => assert.throws(() => toColumn(value), RangeError))
  }
})
