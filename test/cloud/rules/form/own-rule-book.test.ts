import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { formRule } from '../../../../src/cloud/rules/form/form-rule.ts'
import { type OwnRule, promqlRule } from '../../../../src/cloud/rules/form/own-rule.ts'
import { OwnRuleBook } from '../../../../src/cloud/rules/form/own-rule-book.ts'
import { fileOf } from '../rule-world.ts'

const SHARED = fileOf('groups: [{name: g, rules: [{alert: Default, expr: vector(1)}]}]')

function promql(id: string, fields: Record<string, unknown>, enabled = true): OwnRule {
  const rule = promqlRule.parse({ name: id, expr: 'vector(1)', ...fields })
  return { environment: 'ours', id, body: { kind: 'promql', enabled, rule } }
}

function form(id: string): OwnRule {
  const comparison = { kind: 'threshold', op: '>', value: 1 }
  const body = formRule.parse({ name: id, metric: { of: 'calls' }, comparison })
  return { environment: 'ours', id, body: { kind: 'form', enabled: true, form: body } }
}

function bookOf(stored: OwnRule[] = []) {
  const rules = new Map(stored.map((rule) => [rule.id, rule]))
  const told: string[] = []
  const book = new OwnRuleBook({
    store: {
      ownRules: async () => [...rules.values()],
      saveOwnRule: async (rule) => void rules.set(rule.id, rule),
      removeOwnRule: async (_, id) => rules.delete(id),
    },
    others: () => SHARED.groups,
    changed(environment, groups) {
      const shown = groups.map(({ key, rules }) => `${key}: ${rules.map((one) => one.name)}`)
      told.push(`${environment} ${shown.join(' ')}`.trim())
    },
  })
  return { book, told, rules }
}

describe('rules that people made', () => {
  it('are handed on as they change; those by the clock wait for no agent', async () => {
    const { book, told } = bookOf()
    await book.save(form('a'), true)
    await book.save(promql('b', {}), true)
    await book.save(promql('c', { expr: 'sum_over_time(tars_notify_events[1m]) > 0' }), true)
    await book.save(promql('b', {}, false), false)
    await book.remove('ours', 'a')
    assert.deepEqual(told, [
      'ours own;data: a',
      'ours own;data: a own;clock: b',
      'ours own;data: a own;clock: b,c',
      'ours own;data: a own;clock: c',
      'ours own;clock: c',
    ])
  })

  it('are there after a start; one that is sound no more harms no other, and says why', async () => {
    const broken = promql('broken', { expr: 'sum(' })
    const { book, told } = bookOf([broken, form('a')])
    await book.load()
    assert.deepEqual(told, ['ours own;data: a'])
    assert.match(book.groups('ours').faults.get('broken') ?? '', /could not parse expression/)
    assert.deepEqual(book.groups('ours').places.get('a'), { group: 'own;data', index: 0 })
  })

  const refused: [string, OwnRule, string, RegExp][] = [
    ['no PromQL', promql('x', { expr: 'sum(' }), 'invalid', /^1:4: could not parse expression/],
    ['no vector', promql('x', { expr: 'up[5m]' }), 'invalid', /a matrix|range vector/],
    ['no template', promql('x', { description: '{{ $value' }), 'invalid', /annotation "desc/],
    ['the name of a rule file', promql('x', { name: 'Default' }), 'taken', /named "Default"/],
    ['the name of another', promql('x', { name: 'there' }), 'taken', /named "there"/],
  ]
  for (const [name, rule, reason, message] of refused) {
    it(`are refused, and nothing changes: ${name}`, async () => {
      const { book, told, rules } = bookOf([promql('there', {})])
      await book.load()
      await assert.rejects(book.save(rule, true), { reason, message })
      assert.deepEqual([told, [...rules.keys()]], [['ours own;clock: there'], ['there']])
    })
  }

  it('are not more than 200, also when two come at once', async () => {
    const { book } = bookOf(Array.from({ length: 199 }, (_, number) => promql(`r${number}`, {})))
    await book.load()
    const results = await Promise.allSettled([
      book.save(promql('x', {}), true),
      book.save(promql('y', {}), true),
    ])
    assert.deepEqual(
      results.map(({ status }) => status),
      ['fulfilled', 'rejected'],
    )
    await book.save(promql('x', { expr: 'vector(2)' }), false)
    await assert.rejects(book.save(promql('z', {}), false), { reason: 'not-found' })
  })
})
