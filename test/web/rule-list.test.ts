import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { listedRules } from '../../src/web/rule-list.ts'
import type { Rule } from '../../src/web/rules.ts'

const rule = (name: string, change: Partial<Rule> = {}): Rule => ({
  ...{ name, kind: 'file', expr: 'up', severity: '', forMs: 0, title: name, titleEn: name },
  ...{ state: 'inactive', alerts: { pending: 0, firing: 0 }, learning: [], ...change },
})
const own = (name: string) =>
  rule(name, { own: { id: `id-${name}`, body: { kind: 'promql', enabled: true, rule: {} } } })

describe('the list of rules', () => {
  const failures = { title: '调用失败率高', titleEn: 'failure ratio' }
  const all = [
    rule('ServiceDown', { title: '服务宕机', titleEn: 'service down', when: '至少一半失败' }),
    rule('FailureRatio', { ...failures, severity: 'ERROR' }),
    rule('FailureRatio', { ...failures, severity: 'WARN', whenEn: 'Over three minutes.' }),
    own('Pay slow'),
  ]

  for (const [search, names] of [
    ['', ['Pay slow', 'ServiceDown', 'FailureRatio', 'FailureRatio']],
    ['失败', ['ServiceDown', 'FailureRatio', 'FailureRatio']],
    ['RATIO', ['FailureRatio', 'FailureRatio']],
    ['ratio three', ['FailureRatio']],
    ['slow', ['Pay slow']],
    ['nothing', []],
  ] as const) {
    it(`searched for '${search}': ${names.length}, own rules first`, () => {
      const found = listedRules(all, search).map(({ name }) => name)
      assert.deepEqual(found, names)
    })
  }

  it('no two rows have one key, and it stays the same whatever is searched for', () => {
    const keys = listedRules(all, '').map(({ key }) => key)
    assert.equal(new Set(keys).size, all.length)
    const keyOf = (search: string) => listedRules(all, search).at(-1)?.key
    assert.equal(keyOf('three'), keyOf(''))
  })
})
