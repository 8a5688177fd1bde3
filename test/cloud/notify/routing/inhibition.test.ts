import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Inhibitor, type InhibitRule } from '../../../../src/cloud/notify/routing/inhibition.ts'
import { parseMatchers } from '../../../../src/cloud/notify/routing/matcher-text.ts'
import type { Labels } from '../../../../src/model/labels.ts'
import { alert } from '../support/nouns.ts'

function rule(source: string, target: string, ...equal: string[]): InhibitRule {
  return {
    ...{ sourceMatchers: parseMatchers(source), targetMatchers: parseMatchers(target), equal },
  }
}

const of = (id: string, labels: Labels) => alert(id, { labels, rule: 'A' })

/** What Alertmanager's own test of inhibition says, in our labels. */
const CASES: [name: string, rules: InhibitRule[], source: Labels, target: Labels, by?: true][] = [
  ['equal labels', [rule('s=1', 't=1', 'e')], { s: '1', e: 'x' }, { t: '1', e: 'x' }, true],
  ['another value of them', [rule('s=1', 't=1', 'e')], { s: '1', e: 'x' }, { t: '1', e: 'y' }],
  ['labels that both lack', [rule('s=1', 't=1', 'e')], { s: '1' }, { t: '1' }, true],
  ['a label that one lacks', [rule('s=1', 't=1', 'e')], { s: '1' }, { t: '1', e: 'x' }],
  ['a label that one has empty', [rule('s=1', 't=1', 'e')], { s: '1' }, { t: '1', e: '' }, true],
  ['no equal labels', [rule('s=1', 't=1')], { s: '1', a: '1' }, { t: '1', a: '2' }, true],
  ['what is no target', [rule('s=1', 't=1')], { s: '1' }, { t: '2' }],
  ['what is no source', [rule('s=1', 't=1')], { s: '2' }, { t: '1' }],
  ['both on both sides', [rule('s=1', 't=1')], { s: '1', t: '1' }, { s: '1', t: '1', a: '1' }],
  ['a target on both sides', [rule('s=1', 't=1')], { s: '1' }, { s: '1', t: '1' }, true],
  ['a source on both sides', [rule('s=1', 't=1')], { s: '1', t: '1' }, { t: '1' }, true],
  ['a drill as its source', [rule('s=1', 't=1')], { s: '1', watchdog: 'drill' }, { t: '1' }],
  ['a drill', [rule('s=1', 't=1')], { s: '1' }, { t: '1', watchdog: 'drill' }, true],
  ['the second rule', [rule('s=2', 't=1'), rule('s=1', 't=1')], { s: '1' }, { t: '1' }, true],
]

describe('what is inhibited', () => {
  for (const [name, rules, source, target, by] of CASES) {
    it(`${name}: ${by ? 'inhibited' : 'not inhibited'}`, () => {
      const firing = [of('source', source), of('target', target)]
      const found = new Inhibitor(rules, firing).of(of('target', target))
      assert.equal(found?.source, by && 'source')
    })
  }

  it('names the rule, and severity, service and app are labels too', () => {
    const rules = [rule('severity=ERROR,app="Shop"', 'severity=WARN', 'service')]
    const labels = { callee: 'Shop.Pay' }
    const inhibitor = new Inhibitor(rules, [alert('a', { labels, severity: 'ERROR' })])
    assert.deepEqual(inhibitor.of(alert('b', { labels, severity: 'WARN' })), {
      source: 'a',
      rule: '{app="Shop",severity="ERROR"} > {severity="WARN"} by service',
    })
    assert.equal(inhibitor.of(alert('c', { labels, severity: 'ERROR' })), undefined)
  })

  it('a source that is a target stands behind one that is not', () => {
    const both = of('both', { s: '1', t: '1' })
    const rules = [rule('s=1', 't=1')]
    assert.equal(new Inhibitor(rules, [both, of('s', { s: '1' })]).of(both)?.source, 's')
    assert.equal(new Inhibitor(rules, [both]).of(both), undefined)
  })
})
