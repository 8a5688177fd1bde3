/** Where Prometheus 3.14 sees what is wrong, and how it says so. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parse, print } from '../../src/promql/index.ts'

const cases = [
  ['(1))', `1:5: parse error: unexpected right parenthesis ')'`],
  ['topk(x,)', '1:7: parse error: trailing commas not allowed in function call args'],
  ['round(x,,1)', '1:8: parse error: trailing commas not allowed in function call args'],
  ['(1,)', '1:3: parse error: unexpected ","'],
  ['abs(x) + g(', '1:12: parse error: unclosed left parenthesis'],
  ['f(g(x))', '1:3: parse error: unknown function with name "g"'],
  ['MIN keep_common (x)', '1:5: parse error: unexpected identifier "keep_common"'],
  ['sum(x y)', '1:7: parse error: unexpected identifier "y" in aggregation'],
  ['sum by (a) (rate(x y))', '1:20: parse error: unexpected identifier "y" in aggregation'],
  ['abs(x y)', '1:7: parse error: unexpected identifier "y"'],
  ['sum(x) by a', '1:11: parse error: unexpected identifier "a" in grouping opts, expected "("'],
  [
    'sum(x) by (a b)',
    '1:14: parse error: unexpected identifier "b" in grouping opts, expected "," or ")"',
  ],
  [
    'sum(x) by (without)',
    '1:12: parse error: unexpected <without> in grouping opts, expected label',
  ],
  ['a - on(b) ignoring(c) d', '1:11: parse error: unexpected <ignoring>'],
  [
    'x{a"b"}',
    '1:4: parse error: unexpected string "\\"b\\"" in label matching, expected label matching operator',
  ],
  [
    'x{a="b",=~"c"}',
    '1:9: parse error: unexpected <op:=~> in label matching, expected identifier or "}"',
  ],
  [
    'x[]',
    '1:3: parse error: unexpected "]" in subquery or range selector, expected number, duration, step(), or range()',
  ],
  ['x["5m"]', `1:3: parse error: unexpected character in duration expression: '"'`],
  ['x[5m y]', `1:6: parse error: unexpected character: 'y', expected ':'`],
  ['x[5m1]', '1:3: parse error: bad number or duration syntax: "5m1"'],
  ['x[5y1hs]', '1:3: parse error: unknown unit "hs" in duration "5y1hs"'],
  ['100..4', '1:1: parse error: bad number or duration syntax: "100.."'],
  ['0deadbeef', '1:1: parse error: bad number or duration syntax: "0de"'],
  ['1 + atan2', '1:5: parse error: unexpected <op:atan2>'],
  ['x @ ()', '1:5: parse error: unexpected "(" in @, expected timestamp'],
  [
    'x offset [',
    '1:10: parse error: unexpected "[" in offset, expected number, duration, step(), or range()',
  ],
  ['x[5s/0d]', '1:5: parse error: division by zero'],
  ['x offset (4d%0)', '1:13: parse error: modulo by zero'],
  ['x[0]', '1:3: parse error: duration must be greater than 0'],
  [
    'a + on(b) group_left fill_left(0) c',
    '1:22: parse error: binop fill modifiers are experimental and not enabled',
  ],
] as const

describe('a fault is told as Prometheus tells it', () => {
  for (const [text, message] of cases) {
    it(text, () => assert.throws(() => parse(text), { message }))
  }
})

describe('arithmetic of durations is printed as Prometheus prints it', () => {
  const printed = [
    ['x[ 5m*2 ]', 'x[5m * 2]'],
    ['x[200-min_of(-step()^+step(),1)]', 'x[200 - min_of(-step() ^ step(), 1)]'],
    [
      'x offset -min_of(10s, +max_of(step() ^ 2, 2))',
      'x offset -min_of(10s, max_of(step() ^ 2, 2))',
    ],
    ['x offset -(step())', 'x offset -(step())'],
    ['x[(Range()):STEP()/2] offset (1h)', 'x[(range()):step() / 2] offset 1h'],
    ['x offset -2 ^ 2', 'x offset -2s ^ 2'],
  ] as const
  for (const [text, expected] of printed) {
    it(text, () => {
      assert.equal(print(parse(text)), expected)
      assert.equal(print(parse(expected)), expected)
    })
  }
})
