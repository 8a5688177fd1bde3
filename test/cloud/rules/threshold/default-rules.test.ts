/** The thresholds of the default alarms. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import {
  adjustableRules,
  THRESHOLD_UNITS,
} from '../../../../src/cloud/rules/threshold/adjustable.ts'
import { withThresholds } from '../../../../src/cloud/rules/threshold/with-thresholds.ts'
import { selectors } from '../../../../src/promql/index.ts'
import { fileOf } from '../rule-world.ts'

const PLACES = [
  { level: 'global' },
  { level: 'app', app: 'App' },
  { level: 'server', server: 'App.A' },
  { level: 'interface', server: 'App.A', interface: 'f' },
] as const

describe('the thresholds of the default alarms', () => {
  const rules = fileOf(readFileSync('conf/rules/tars.yaml', 'utf8'))
  const adjustable = adjustableRules(rules)
  const readers = rules.groups
    .flatMap((group) => group.rules)
    .filter(({ expr }) => selectors(expr).some(({ name }) => name === 'tars_threshold'))

  it('of all that read one it is known what holds where people set none', () => {
    const known = adjustable.flatMap(({ groups }) => groups.flatMap((group) => group.rules))
    assert.deepEqual(new Set(known), new Set(readers))
    for (const { name, rule } of adjustable) {
      const said = rule.annotations.find((one) => one.name === 'threshold_unit')?.template.text
      assert.ok(
        THRESHOLD_UNITS.some((unit) => unit === said),
        name,
      )
    }
  })

  it('all of them tell what is above', () => {
    assert.deepEqual(
      adjustable.filter(({ isAbove }) => !isAbove),
      [],
    )
  })

  it('what is below is told by whose comparison says so, whichever side the threshold is on', () => {
    for (const [expr, isAbove] of [
      ['rate > on (callee) tars_threshold{rule="R"}', true],
      ['tars_threshold{rule="R"} <= on (callee) rate', true],
      ['rate < on (callee) (2 * tars_threshold{rule="R"} or 0 * rate + 1) and rate > 3', false],
      ['tars_threshold{rule="R"} > on (callee) rate', false],
    ] as const) {
      const rule = { alert: 'R', expr, annotations: { threshold: '1' } }
      const [found] = adjustableRules(
        fileOf(JSON.stringify({ groups: [{ name: 'g', rules: [rule] }] })),
      )
      assert.equal(found?.isAbove, isAbove, expr)
    }
  })

  for (const one of adjustable) {
    it(`those of ${one.name} can be put into its rules, wherever they hold`, () => {
      for (const place of PLACES) {
        const threshold = { ...place, rule: one.name, value: 0.5 }
        const changed = withThresholds(one, [threshold], place).flatMap((group) => group.rules)
        assert.ok(changed.length > 0)
        for (const { query } of changed) {
          assert.ok(!query.includes('tars_threshold'), query)
          assert.ok(query.includes('0.5 * group by'))
        }
      }
    })
  }
})
