import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ruleValue } from '../../../src/cloud/picture/rule-value.ts'
import { parse } from '../../../src/promql/index.ts'

describe('the value of a rule, without its comparison', () => {
  const cases: [string, string, string, number?][] = [
    ['what is compared with a number', 'up > 5', 'up', 5],
    ['a number on the left', '5 < up', 'up', 5],
    ['a negative number, in brackets', '(up <= (-2.5))', 'up', -2.5],
    ['what is compared with another series', 'a > 2 * b', 'a'],
    ['conditions behind it do not count', 'a > 5 and b > 6 unless c', 'a', 5],
    ['readings for each report interval', 'a > 5 or b > 5', '(a) or (b)', 5],
    ['the same in both readings', '(a >= 2 unless t) or a >= t', 'a'],
    ['different numbers are no threshold', 'a > 5 or b > 6', '(a) or (b)'],
    ['arithmetic stays whole', 'sum(a) / sum(b) > 0.2', 'sum(a) / sum(b)', 0.2],
    ['a condition alone is its own value', 'absent(up)', 'absent(up)'],
    ['a bool is a value', 'up > bool 5', 'up > bool 5'],
    [
      'an inner condition stays',
      'count_over_time((a > 5)[10m:1m]) >= 3',
      'count_over_time((a > 5)[10m:1m])',
      3,
    ],
  ]
  for (const [sentence, expr, query, threshold] of cases) {
    it(sentence, () => {
      const expected = { query, ...(threshold !== undefined && { threshold }) }
      assert.deepEqual(ruleValue(parse(expr)), expected)
    })
  }
})
