import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { literalPrefixes } from '../../../../src/cloud/series/block/literal-prefix.ts'
import { GoRegexp } from '../../../../src/support/go-regexp.ts'

const CASES: [pattern: string, prefixes: string[]][] = [
  ['', ['']],
  ['App.Server', ['App']],
  ['App\\.Server.*', ['App.Server']],
  ['^App$', ['App']],
  ['App\\.(A|B)Server', ['App.']],
  ['App\\.A|Shop\\.B.*', ['App.A', 'Shop.B']],
  ['ab*', ['a']],
  ['ab?c', ['a']],
  ['ab{2}', ['a']],
  ['ab+c', ['ab']],
  ['a[bc|]|d', ['a', 'd']],
  ['a[]|]|d', ['a', 'd']],
  ['a\\d', ['a']],
  ['(?i)abc', ['']],
  ['a(?i)?', ['']],
  ['a|(?i)b|c', ['']],
  ['a(?:bc)?', ['a']],
  ['.*', ['']],
  ['\\Qa|b\\E', ['']],
  ['a[[:alpha:]]|b', ['']],
  ['a[\\]|]|b', ['']],
  ['a|', ['a', '']],
  ['好😀?', ['好']],
]

describe('the literal prefixes of a regular expression', () => {
  for (const [pattern, prefixes] of CASES) {
    it(`of ${JSON.stringify(pattern)} are ${JSON.stringify(prefixes)}`, () => {
      assert.deepEqual(literalPrefixes(pattern), prefixes)
    })
  }

  it('exclude nothing that matches', () => {
    const piece = fc.constantFrom(
      ...'aab.*+?|()[]^$\\{}1,-QEdi:😀'.split(''),
      '(?i)',
      '(?:',
      '\\.',
      '\\Q',
      '\\E',
      '😀',
    )
    const pattern = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(''))
    const texts = fc.array(
      fc.string({ unit: fc.constantFrom('a', 'b', 'A', '.', '|', 'd', '1', '😀', ']', '\\', '^') }),
      {
        minLength: 20,
      },
    )
    fc.assert(
      fc.property(pattern, texts, (source, values) => {
        const regexp = compiled(source)
        if (!regexp) return
        const prefixes = literalPrefixes(source)
        for (const value of values) {
          if (!regexp.testWhole(value)) continue
          assert.ok(
            prefixes.some((prefix) => value.startsWith(prefix)),
            `${source} takes ${value}`,
          )
        }
      }),
      { numRuns: 1000 },
    )
  })
})

function compiled(source: string): GoRegexp | undefined {
  try {
    return GoRegexp.matcher(source)
  } catch {
    return undefined
  }
}
