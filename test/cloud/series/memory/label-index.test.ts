/** Labels to things, by the plainest means and by the index. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { labelMatcher } from '../../../../src/cloud/series/block/label-matcher.ts'
import { LabelIndex } from '../../../../src/cloud/series/memory/label-index.ts'
import type { Matcher, MatchOp } from '../../../../src/promql/index.ts'

const value = fc.constantFrom('', 'a', 'ab', 'abc', 'b', 'App.A', 'App.B', 'b.App')
const labels = fc.record({ x: value, y: value })
const PATTERNS = ['a.*', 'ab|b', 'App\\..', 'a?b.*', '.*', 'App[.]A|a', '(?i)APP.*', 'ab.*|a.*', '']
const matcher: fc.Arbitrary<Matcher> = fc.oneof(
  fc.record({
    name: fc.constantFrom('x', 'y', 'z'),
    op: fc.constantFrom<MatchOp>('=', '!='),
    value,
  }),
  fc.record({
    name: fc.constantFrom('x', 'y', 'z'),
    op: fc.constantFrom<MatchOp>('=~', '!~'),
    value: fc.constantFrom(...PATTERNS),
  }),
)

function present(given: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(given).filter(([, text]) => text !== ''))
}

describe('the index of labels', () => {
  it('finds what satisfies all matchers, each once, whatever came and went', () => {
    const steps = fc.array(fc.record({ labels, goes: fc.boolean() }), { maxLength: 30 })
    fc.assert(
      fc.property(steps, fc.array(matcher, { maxLength: 3 }), (given, matchers) => {
        const index = new LabelIndex<{ readonly labels: Record<string, string> }>()
        const all = given.map((step) => ({ ...step, labels: present(step.labels) }))
        const tests = matchers.map(labelMatcher)
        for (const thing of all) {
          index.find(tests)
          index.add(thing, thing.labels)
        }
        index.find(tests)
        for (const thing of all) if (thing.goes) index.remove(thing, thing.labels)
        const expected = all.filter(
          (thing) =>
            !thing.goes && tests.every(({ name, matches }) => matches(thing.labels[name] ?? '')),
        )
        const found = index.find(tests)
        assert.equal(new Set(found).size, found.length)
        assert.deepEqual(new Set(found), new Set(expected))
      }),
      { numRuns: 500 },
    )
  })

  it('tries a pattern on those values only that its literal prefix does not exclude', () => {
    const index = new LabelIndex<{ readonly labels: Record<string, string> }>()
    for (let at = 0; at < 1000; at++) {
      const thing = { labels: { callee: `App${at}.Server` } }
      index.add(thing, thing.labels)
    }
    let tried = 0
    const given = labelMatcher({ name: 'callee', op: '=~', value: 'App99.*' })
    const matches = (text: string) => {
      tried++
      return given.matches(text)
    }
    assert.equal(index.find([{ ...given, matches }]).length, 11)
    // Once for the value of those who have none.
    assert.equal(tried, 12)
  })
})
