import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { promql, wordsOf } from '../../src/cli/promql.ts'
import { english } from '../../src/cli/promql-words.ts'
import { chinese } from '../../src/cli/promql-words-zh.ts'
import { SIGNATURES } from '../../src/promql/index.ts'
import { tarsAlarm } from './command.ts'

async function run(text: string, { explain = false, words = english } = {}) {
  const [out, err]: [string[], string[]] = [[], []]
  const code = await promql(text, { explain }, (line) => out.push(line), {
    err: (line) => err.push(line),
    words,
  })
  return { code, out, err }
}

describe('tars-alarm promql', () => {
  it('prints the expression as Prometheus writes it, and its type', async () => {
    const { code, stdout } = await tarsAlarm(['promql', 'sum(rate(x[300s]))by(a)>1'], {
      LC_ALL: 'C',
    })
    assert.equal(code, 0)
    assert.equal(
      stdout,
      'sum by (a) (rate(x[5m])) > 1\ntype: instant vector (a value for each series)\n',
    )
  })

  const faults = [
    ['in a line', 'sum(rate(up))', ['  sum(rate(up))', '           ^'], /^1:10: parse error: /],
    [
      'in a later line',
      'sum(\n  up{a="b"} +\n)',
      ['  )', '  ^'],
      /^3:1: parse error: unexpected "\)" in aggregation$/,
    ],
    [
      'behind wide characters',
      'x{a="网关"} + rate(up)',
      ['  x{a="网关"} + rate(up)', `  ${' '.repeat(19)}^`],
      /^1:22: parse error: /,
    ],
    ['behind a tab', '\tup +', ['  \tup +', '  \t    ^'], /^1:6: parse error: /],
  ] as const
  for (const [name, text, shown, message] of faults) {
    it(`points at a fault ${name}, and answers 1`, async () => {
      const { code, out, err } = await run(text)
      assert.equal(code, 1)
      assert.deepEqual(out, [])
      assert.match(err[0] ?? '', message)
      assert.deepEqual(err.slice(1), shown)
    })
  }
})

describe('tars-alarm promql --explain', () => {
  const text =
    'sum by (callee) (rate(calls{ret!="0"}[5m] offset 1d)) / on (callee) group_left (zone) avg_over_time((a unless b)[1h:5m] @ end()) > 0.1'

  it('tells the tree in words', async () => {
    assert.deepEqual((await run(text, { explain: true })).out.slice(3), [
      '>: keeps what has left > right, with the left value',
      '  /: computes left / right, series paired by callee alone, many on the left for one on the right, which gives its zone',
      '    sum: the sum, for each callee',
      '      rate: growth of a counter per second, mean over the window',
      '        all values of each series calls where ret!="0" in the last 5m, 1d earlier',
      '    avg_over_time: mean over the window',
      "      the following at every 5m of the last 1h, as of the query's end",
      '        unless: what is left and has no partner right, series paired by all labels',
      '          the newest value of each series a, at most 5 minutes old',
      '          the newest value of each series b, at most 5 minutes old',
      '  the number 0.1',
    ])
  })

  it('tells it in Chinese where LANG says so', async () => {
    const { stdout } = await tarsAlarm(['promql', '--explain', '1 < bool time()'], {
      LC_ALL: '',
      LC_MESSAGES: '',
      LANG: 'zh_CN.UTF-8',
    })
    assert.deepEqual(stdout.split('\n').slice(1), [
      '类型: 标量（一个数）',
      '',
      '<: 满足 左 < 右 得 1，否则得 0',
      '  数 1',
      '  time: 计算时刻（Unix 秒）',
      '',
    ])
  })

  it('takes the language that goes before', () => {
    assert.equal(wordsOf({ LC_ALL: 'en_US.UTF-8', LANG: 'zh_CN.UTF-8' }), english)
    assert.equal(wordsOf({ LC_ALL: '', LC_MESSAGES: 'zh_TW', LANG: 'C' }), chinese)
    assert.equal(wordsOf({}), english)
  })

  it('has words for every function in both languages', () => {
    const functions = [...SIGNATURES.keys()].sort()
    assert.deepEqual(Object.keys(english.functions).sort(), functions)
    assert.deepEqual(Object.keys(chinese.functions).sort(), functions)
  })
})
