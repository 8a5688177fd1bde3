import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { instantOf, localText, matchersOf, matcherText } from '../../src/web/mutes.ts'

const matcher = fc.record(
  {
    name: fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,9}$/),
    op: fc.constantFrom('=', '!=', '=~', '!~'),
    value: fc.string({
      unit: fc.oneof(fc.constantFrom('"', '\\', '\n', '\u2028', ' ', '=', '~'), fc.string()),
    }),
  },
  { noNullPrototype: true },
)

describe('matchers as they are typed', () => {
  it('are the same when read again, whatever is in a value', () => {
    fc.assert(
      fc.property(fc.array(matcher, { maxLength: 5 }), (all) =>
        assert.deepEqual(matchersOf(all.map(matcherText).join('\n')), all),
      ),
    )
  })

  const typed: [string, string, string, string][] = [
    ['callee = Shop.Pay', 'callee', '=', 'Shop.Pay'],
    ['callee=~"Shop\\\\..*"', 'callee', '=~', 'Shop\\..*'],
    ['callee=~"Shop\\..*|A"', 'callee', '=~', 'Shop\\..*|A'],
    ['callee!~a=b', 'callee', '!~', 'a=b'],
    ['empty=', 'empty', '=', ''],
    ['no matcher', 'no matcher', '=', ''],
  ]
  for (const [text, name, op, value] of typed) {
    it(text, () => assert.deepEqual(matchersOf(text), [{ name, op, value }]))
  }
})

describe('times of a zone as they are typed', () => {
  it('are the same minute when read again, but for the hour that clocks show twice', () => {
    const zone = fc.constantFrom('Asia/Shanghai', 'UTC', 'America/St_Johns', 'Asia/Kathmandu')
    const minute = fc.integer({ min: 29_000_000, max: 31_000_000 })
    fc.assert(
      fc.property(minute, zone, (minutes, name) => {
        const local = localText(minutes * 60_000, name)
        assert.equal(localText(instantOf(local, name), name), local)
      }),
    )
  })

  it('what is no time is none', () => assert.ok(Number.isNaN(instantOf('', 'UTC'))))
})
