/** What the console says of rules besides their names. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { ruleOf } from '../../../src/cloud/alerts/judge.ts'
import { viewRules } from '../../../src/cloud/api/rule-views.ts'
import { expand } from '../../../src/cloud/rules/template/expand.ts'
import { adjustableRules } from '../../../src/cloud/rules/threshold/adjustable.ts'
import { fileOf } from '../rules/rule-world.ts'
import { alertRow } from './rows.ts'
import { memoryDesk } from './rule-desk.ts'

async function viewsOf(text: string) {
  const desk = memoryDesk()
  const rules = fileOf(text)
  return viewRules({ ...desk, reads: { ...desk.reads, rules: () => rules } }, 'al-1')
}

const DEFAULTS = readFileSync('conf/rules/tars.yaml', 'utf8')

describe('the texts of rules', () => {
  it('each default alarm says in both languages when it fires', async () => {
    const views = await viewsOf(DEFAULTS)
    assert.ok(views.length > 10)
    for (const { name, when = '', whenEn = '' } of views) {
      assert.match(when, /\p{Script=Han}.*。$/u, name)
      assert.match(whenEn, /^[A-Z][ -~]+\.$/, name)
    }
  })

  it('those of one title say it in other words', async () => {
    const views = await viewsOf(DEFAULTS)
    const said = views.map(({ title, severity, when }) => `${title} ${severity} ${when}`)
    assert.equal(new Set(said).size, views.length)
  })

  it('those of one name have each their own alerts', async () => {
    const desk = memoryDesk()
    const rules = fileOf(DEFAULTS)
    const living = async (environment: string) =>
      (['ERROR', 'WARN', 'WARN'] as const).map((severity, at) => {
        const alert = alertRow(environment, at, { labels: { severity } })
        return { alert, rule: ruleOf(alert, rules) }
      })
    const reads = { ...desk.reads, rules: () => rules, living }
    const views = await viewRules({ ...desk, reads }, 'al-1')
    const firing = views.flatMap(({ name, alerts }) =>
      name === 'FailureRatio' ? alerts.firing : [],
    )
    assert.deepEqual(firing, [1, 2])
  })

  it('each that reads a threshold people can set names it', async () => {
    const views = await viewsOf(DEFAULTS)
    const named = new Set(views.flatMap(({ threshold }) => threshold ?? []))
    assert.deepEqual(named, new Set(adjustableRules(fileOf(DEFAULTS)).map(({ name }) => name)))
    const both = views.filter(({ threshold }) => threshold === 'FailureRatio')
    assert.deepEqual(
      both.map(({ severity }) => severity),
      ['ERROR', 'WARN'],
    )
  })

  for (const [value, text] of [
    [1, 'App.D reported once in the last 60 s: down'],
    [3, 'App.D reported 3 times in the last 60 s: down'],
  ] as const) {
    it(`a notify that came ${value} times reads well`, async () => {
      const rules = fileOf(DEFAULTS).groups.flatMap((group) => group.rules)
      const rule = rules.find(({ name }) => name === 'NotifyError')
      assert.ok(rule?.kind === 'alerting')
      const said = rule.annotations.find(({ name }) => name === 'description_en')
      assert.ok(said)
      const labels = { module: 'App.D', title: 'down' }
      const data = { labels, value, atMs: 0, externalUrl: '', query: async () => [] }
      assert.equal(await expand(said.template, data), text)
    })
  }

  it('of other rule files it is what they say; English where there is but one language; no template', async () => {
    const rule = (alert: string, annotations: object) => ({ alert, expr: 'up', annotations })
    const rules = [
      rule('Silent', {}),
      rule('One', { when: 'It is up.' }),
      rule('Template', { when: '{{ $labels.job }} is up.' }),
    ]
    const views = await viewsOf(JSON.stringify({ groups: [{ name: 'g', rules }] }))
    assert.deepEqual(
      views.map(({ when, whenEn }) => [when, whenEn]),
      [
        [undefined, undefined],
        ['It is up.', 'It is up.'],
        [undefined, undefined],
      ],
    )
  })
})
