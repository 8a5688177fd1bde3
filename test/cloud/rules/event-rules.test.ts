import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { eventRules } from '../../../src/cloud/rules/event-rules.ts'
import { readRule } from '../../../src/cloud/rules/form/compile.ts'
import { formRule } from '../../../src/cloud/rules/form/form-rule.ts'
import type { AlertingRule } from '../../../src/cloud/rules/rule.ts'
import type { NotifyEvent } from '../../../src/model/event.ts'
import { rulesOf } from './rule-world.ts'

const EVENT: NotifyEvent = {
  ...{ at: 0, module: 'Pay.Order', level: 'error', kind: 'business', node: '10.0.0.1', set: '' },
  ...{ title: 'Database of orders: connection refused', text: 'as it came' },
}

function ruleOf(expr: string): AlertingRule {
  const rule = rulesOf(JSON.stringify({ alert: 'A', expr })).groups[0]?.rules[0]
  assert.ok(rule?.kind === 'alerting' && rule.ofEvents)
  return rule
}

describe('events that a rule counts', () => {
  const cases: [string, string, boolean][] = [
    ['all without a matcher', 'tars_notify_events > 0', true],
    ['those of its level', 'sum(tars_notify_events{level=~"error|alarm"}) > 0', true],
    ['not those of another', 'tars_notify_events{level="normal"} > 0', false],
    [
      'those of one of its selectors',
      'tars_notify_events{kind="exit"} or tars_notify_events',
      true,
    ],
    ['not those of none', 'tars_notify_events{kind="exit"} or tars_notify_events{set="a"}', false],
    ['whatever else it matches', 'tars_notify_events{span="10s", module="Pay.Order"} > 0', true],
  ]
  for (const [name, expr, expected] of cases) {
    it(name, () => assert.equal(eventRules.takes(ruleOf(expr), EVENT), expected))
  }

  const words: [string, object, boolean][] = [
    ['all of its words', { all: ['DATABASE', 'refused'] }, true],
    ['not with one of them missing', { all: ['database', 'timeout'] }, false],
    ['any of its words', { any: ['timeout', 'Refused'] }, true],
    ['not with none of them', { any: ['timeout', 'reset'] }, false],
    ['not with a word it shall not have', { any: ['refused'], none: ['orders'] }, false],
    ['all AND any AND NOT', { all: ['database'], any: ['refused'], none: ['users'] }, true],
    ['a word is no pattern', { any: ['connection.refused', '.*'] }, false],
  ]
  for (const days of ['always', 'workdays'] as const) {
    for (const [name, keywords, expected] of words) {
      it(`of a form, told ${days}: ${name}`, () => {
        const form = formRule.parse({
          ...{ name: 'mine', days, metric: { of: 'events', ...keywords }, windowMinutes: 10 },
          comparison: { kind: 'threshold', op: '>', value: 3 },
        })
        const { rule } = readRule({ kind: 'form', enabled: true, form })
        assert.ok(rule?.kind === 'alerting' && rule.ofEvents)
        assert.equal(eventRules.takes(rule, EVENT), expected)
      })
    }
  }

  const backs: [string, string, number][] = [
    ['as its range', 'sum_over_time(tars_notify_events[10m]) > 3', 600],
    [
      'not what was before',
      'sum_over_time(tars_notify_events[2m]) > 2 * sum_over_time(tars_notify_events[30m] offset 2m)',
      120,
    ],
    ['nothing without a range', 'tars_notify_events > 0', 0],
    ['an hour at the most', 'sum(sum_over_time(tars_notify_events[1d])) > 3', 3600],
  ]
  for (const [name, expr, seconds] of backs) {
    it(`are of so long ago: ${name}`, () => {
      assert.equal(eventRules.backMs(ruleOf(expr)), seconds * 1000)
    })
  }
})
