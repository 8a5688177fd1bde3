import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { MATCH_OPS } from '../../../../src/cloud/notify/mute.ts'
import {
  MatcherFailure,
  matchersText,
  matcherText,
  parseMatchers,
} from '../../../../src/cloud/notify/routing/matcher-text.ts'
import { anyText } from '../../../support/any-text.ts'

/** What Alertmanager 0.34 makes of it (`matcher/compat`, its default), as it prints it. */
const READ: [text: string, printed: string[]][] = [
  ['foo="bar"', ['foo="bar"']],
  ['foo=bar', ['foo="bar"']],
  ['{foo = "bar", dings != "bums", }', ['foo="bar"', 'dings!="bums"']],
  ['foo=bar,dings!=bums', ['foo="bar"', 'dings!="bums"']],
  ['statuscode=~"5.."', ['statuscode=~"5.."']],
  ['a!~b|c', ['a!~"b|c"']],
  ['quote="She said: \\"Hi, ladies!\\""', ['quote="She said: \\"Hi, ladies!\\""']],
  ['a="x\\ny"', ['a="x\\ny"']],
  ['a=\\d', ['a="\\\\d"']],
  ['a=', ['a=""']],
  ['a="{"', ['a="{"']],
  ['', []],
  ['{}', []],
  ['"a b"="c"', ['"a b"="c"']],
  ['服务=支付', ['服务="支付"']],
  ['{"a.b"=~"c", d=e}', ['"a.b"=~"c"', 'd="e"']],
]

const REFUSED = [
  'foo',
  '=bar',
  'foo=="bar',
  'foo="bar',
  'a="b"c"',
  'a=b,,c=d',
  '"a=b',
  '{"a b"="c"',
]

describe('matchers as Alertmanager writes them', () => {
  for (const [text, printed] of READ) {
    it(`${JSON.stringify(text)} is read`, () => {
      // A name of dots is quoted by ours only where it must be.
      const expected = printed.map((one) => one.replace('"a.b"', 'a.b'))
      assert.deepEqual(parseMatchers(text).map(matcherText), expected)
    })
  }

  for (const text of REFUSED) {
    it(`${JSON.stringify(text)} is refused`, () => {
      assert.throws(() => parseMatchers(text), MatcherFailure)
    })
  }

  it('what is printed is read as the same, whatever the value', () => {
    const matcher = fc
      .tuple(
        fc.stringMatching(/^[a-zA-Z_][a-zA-Z0-9_]{0,9}$/),
        fc.constantFrom(...MATCH_OPS),
        anyText(20),
      )
      .map(([name, op, value]) => ({ name, op, value }))
    fc.assert(
      fc.property(fc.array(matcher, { maxLength: 4 }), (matchers) => {
        const text = matchers.map(matcherText).join(',')
        assert.deepEqual(parseMatchers(text), matchers)
      }),
    )
  })

  it('the same matchers have the same text in any order', () => {
    const [a, b] = ['a="1",b=~"2"', 'b=~"2",a="1"'].map((text) => matchersText(parseMatchers(text)))
    assert.equal(a, b)
    assert.equal(a, '{a="1",b=~"2"}')
  })
})
