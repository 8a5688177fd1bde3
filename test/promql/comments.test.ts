import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parse, print } from '../../src/promql/index.ts'

/** `¦` is where a comment may stand. */
const EXPRESSIONS = [
  'a¦ unless¦ b',
  'a¦ +¦ on¦ (¦x¦)¦ group_left¦ (¦y¦)¦ b¦',
  '¦sum¦ by¦ (¦job¦,¦ x¦)¦ (¦rate¦(¦a{b¦=~¦"# none"¦,¦ c¦!=¦"d"¦}[5m]¦ offset¦ -¦1m¦)¦)',
  'sum¦(¦a¦)¦ without¦ (¦x¦)',
  '-¦1¦ *¦ -¦a¦ ^¦ 2',
  'a¦ >=¦ bool¦ 1',
  'a¦ @¦ -¦5',
  'a¦ @¦ start¦(¦)',
  '{¦"with space"¦,¦ x¦=~¦"b"¦}',
  'max_over_time¦(¦(¦a¦)¦[1h:5m]¦ @¦ 100¦)',
]

describe('a comment changes nothing', () => {
  for (const text of EXPRESSIONS) {
    const plain = text.replaceAll('¦', '')
    it(plain, () => {
      const expected = print(parse(plain))
      const parts = text.split('¦')
      for (let at = 1; at < parts.length; at++) {
        const [before, after] = [parts.slice(0, at), parts.slice(at)].map((some) => some.join(''))
        for (const comment of ['# + or 「注释」\n', '#\r\n', '# a # "b\n# }\n']) {
          const commented = `${before} ${comment} ${after}`
          assert.equal(print(parse(commented)), expected, commented)
        }
      }
    })
  }

  it('its operator is not the comment', () => {
    const expr = parse('a\n# x\nunless b')
    assert.equal(expr.kind === 'binary' && expr.op, 'unless')
  })

  it('places behind one count from the text as written', () => {
    assert.throws(() => parse('a # 注释\n + rate(b)'), /^PromqlError: 2:9: /)
  })
})
