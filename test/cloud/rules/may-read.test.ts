import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { mayRead } from '../../../src/cloud/rules/may-read.ts'
import { parseRuleFile } from '../../../src/cloud/rules/parse.ts'

const CASES: readonly (readonly [what: string, expr: string, expected: boolean])[] = [
  ['by name', 'a > on (callee) tars_baseline{of="calls"}', true],
  ['by a pattern', '{__name__=~"tars_base.+"} > 1', true],
  ['whatever there is', '{callee="A.B"} > 1', true],
  ['another metric', 'sum_over_time(tars_calls[1m]) > 1', false],
  ['a name that only begins so', 'tars_baseline_dayly > 1', false],
]

describe('rules may read a metric', () => {
  for (const [what, expr, expected] of CASES) {
    it(`${what}: ${expr}`, () => {
      const text = `groups: [{name: g, rules: [{alert: A, expr: '${expr}'}]}]`
      const { groups } = parseRuleFile('rules.yaml', text)
      const rules = { files: ['rules.yaml'], groups }
      // Also when it is asked again.
      for (const _ of [1, 2]) {
        assert.equal(mayRead(rules, ['tars_baseline', 'tars_baseline_day']), expected)
      }
    })
  }
})
