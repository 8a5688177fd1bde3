import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { comparedWith } from '../../../src/cloud/rules/learning.ts'
import { parse } from '../../../src/promql/index.ts'

describe('what a rule compares with', () => {
  for (const [expr, by] of [
    ['up == 0', []],
    ['calls > 2 * tars_baseline{by="recent",of="calls"}', ['recent']],
    ['calls > tars_baseline{by=~"day|week"}', ['day', 'week']],
    ['calls unless tars_baseline{by!="week"}', ['recent', 'day']],
    ['calls > tars_baseline', ['recent', 'day', 'week']],
    ['tars_baseline_day{by="day"} > 0', []],
  ] as const) {
    it(expr, () => assert.deepEqual(comparedWith(parse(expr)), by))
  }
})
