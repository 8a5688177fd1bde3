import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { shownTitle } from '../../../src/cloud/api/rule-views.ts'
import { keptFormRule } from '../../../src/cloud/rules/form/form-rule.ts'
import type { AlertingRule } from '../../../src/cloud/rules/rule.ts'
import { type Console, START, startConsole } from './console.ts'

const FORM = {
  ...{ name: 'mine', metric: { of: 'calls' } },
  comparison: { kind: 'threshold', op: '>', value: 5 },
}
const RATIO = { ...FORM, metric: { of: 'failure_ratio' } }
const REPEATED = { kind: 'repeated', op: '>', times: 1, minutes: 5 }

describe('the API of rules', () => {
  let site: Console
  let cookie: string
  let ours: string
  let other: string
  before(async () => {
    site = await startConsole()
    cookie = await site.login()
    const create = async (name: string) =>
      (await site.store.createEnvironment({ name, framework: 'TARSFramework' }, START)).id
    ours = await create('ours')
    other = await create('other')
  })
  after(() => site.close())

  const call = (method: string, path: string, body?: unknown) =>
    site.call(method, `/api/v1/environments/${path}`, { cookie, body })

  it('shows those of files with how they went', async () => {
    const { rules } = (await call('GET', `${ours}/rules`)).body
    assert.deepEqual(rules, [
      {
        ...{ name: 'FailureRatio', group: 'a.yaml;tars', kind: 'file', severity: 'ERROR' },
        expr: 'sum by (callee) (sum_over_time(tars_exceptions{span="$span"}[$window])) > 10',
        ...{ title: '调用失败率高', titleEn: 'failure ratio', forMs: 60_000, state: 'inactive' },
        ...{ alerts: { pending: 0, firing: 0 }, learning: [], lastError: 'too many series' },
        ...{ evaluatedAtMs: START, tookMs: 1.25 },
      },
    ])
  })

  it('those of another environment are neither shown, changed nor removed', async () => {
    const body = { kind: 'form', form: FORM }
    const { id } = (await call('POST', `${other}/rules`, body)).body
    assert.equal((await call('GET', `${ours}/rules`)).body.rules.length, 1)
    assert.equal((await call('PUT', `${ours}/rules/${id}`, body)).status, 404)
    assert.equal((await call('DELETE', `${ours}/rules/${id}`)).status, 404)
    assert.equal((await call('GET', `${other}/rules`)).body.rules.length, 2)
  })

  const refused: [string, unknown, string][] = [
    ['no kind', {}, 'kind'],
    ['an unknown field', { kind: 'form', form: { ...FORM, colour: 'red' } }, 'colour'],
    ['no number', { kind: 'form', form: { ...FORM, minCalls: null } }, 'form/minCalls'],
    [
      'a contradiction',
      { kind: 'form', form: { ...FORM, metric: { of: 'events' }, filter: { caller: ['a'] } } },
      'form/filter/caller',
    ],
    [
      'a ratio that none reaches',
      { kind: 'form', form: { ...RATIO, comparison: { kind: 'threshold', op: '>', value: 300 } } },
      'form/comparison/value',
    ],
    [
      'a ratio that all pass',
      { kind: 'form', form: { ...RATIO, comparison: { ...REPEATED, value: -3 } } },
      'form/comparison/value',
    ],
    ['no PromQL', { kind: 'promql', rule: { name: 'x', expr: 'sum(' } }, 'rule/expr'],
  ]
  for (const [name, body, field] of refused) {
    it(`is refused where it is wrong: ${name}`, async () => {
      const answer = await call('POST', `${ours}/rules`, body)
      assert.equal(answer.status, 400)
      assert.equal(answer.body.error.fields[0].field, field)
    })
  }

  it('a name that is there is refused, those of files as well', async () => {
    for (const name of ['FailureRatio', 'twice']) {
      const make = () => call('POST', `${ours}/rules`, { kind: 'form', form: { ...FORM, name } })
      await make()
      const { status, body } = await make()
      assert.deepEqual([status, body.error.reason], [409, 'taken'])
      assert.equal(body.error.fields[0].field, 'ruleName')
    }
  })

  it('a preview tells how many services a form is for, unless that is too expensive', async () => {
    const { found } = site.ruleDesk
    const preview = async (body: object) =>
      (await call('POST', `${ours}/rules/preview`, body)).body.preview
    const form = { kind: 'form', form: { ...FORM, filter: { server: ['Pay.Nobody'] } } }
    const findings = { found: 3, examples: [] }
    const asked: string[] = []
    const isServices = (query: string) => query.includes('present_over_time')
    Object.assign(site.ruleDesk, {
      async found(_: string, query: string) {
        asked.push(query)
        return isServices(query) ? { ...findings, found: 0 } : findings
      },
    })
    const told = await preview(form)
    assert.deepEqual([told.found, told.services], [3, 0])
    assert.match(asked.find(isServices) ?? '', /callee="Pay.Nobody", span="5m"/)
    const typed = { kind: 'promql', rule: { name: 'x', expr: 'present_over_time(up[1m])' } }
    assert.equal((await preview(typed)).services, undefined)
    Object.assign(site.ruleDesk, {
      async found(_: string, query: string) {
        if (isServices(query)) throw new Error('too many samples')
        return findings
      },
    })
    const quiet = await preview(form)
    Object.assign(site.ruleDesk, { found })
    assert.deepEqual([quiet.found, quiet.services, quiet.fault], [3, undefined, undefined])
  })

  it('a preview warns of what is hardly meant, and explains variables', async () => {
    const rule = { name: 'x', expr: 'tars_calls{span="$span"} > 5' }
    const { preview } = (await call('POST', `${ours}/rules/preview`, { kind: 'promql', rule })).body
    assert.match(preview.warnings.join(), /^tars_calls has deltas/)
    assert.deepEqual(preview.variables, { $span: ['10s', '1m', '5m'] })
    assert.equal(preview.found, 2)
    const wrong = { kind: 'promql', rule: { ...rule, expr: 'up and\n )' } }
    const { fault } = (await call('POST', `${ours}/rules/preview`, wrong)).body.preview
    assert.match(fault, /^2:2: could not parse expression/)
    const { error } = (await call('POST', `${ours}/rules`, wrong)).body
    assert.deepEqual(error.fields, [{ field: 'rule/expr', expected: fault }])
  })

  it('one that compares with what nobody has seen yet says that it is learning', async () => {
    const expr = 'tars_baseline{by="recent"} > 5 or tars_baseline{by="week"} > 5'
    await call('POST', `${ours}/rules`, { kind: 'promql', rule: { name: 'learns', expr } })
    const { rules } = (await call('GET', `${ours}/rules`)).body
    const rule = rules.find((one: { name: string }) => one.name === 'learns')
    assert.deepEqual(rule.learning, ['week'])
  })

  it('one that was saved when it was no contradiction yet is shown, and can be removed', async () => {
    const comparison = { kind: 'threshold', op: '>', value: 300 }
    const form = keptFormRule.parse({ ...RATIO, name: 'of old', comparison })
    const body = { kind: 'form', enabled: true, form } as const
    await site.ruleDesk.book.save({ environment: ours, id: 'old', body }, true)
    const { status, body: shown } = await call('GET', `${ours}/rules`)
    assert.equal(status, 200)
    assert.ok(shown.rules.some((one: { name: string }) => one.name === 'of old'))
    assert.equal((await call('DELETE', `${ours}/rules/old`)).status, 200)
  })

  it('one that is off says so', async () => {
    const form = { ...FORM, name: 'off' }
    await call('POST', `${ours}/rules`, { kind: 'form', enabled: false, form })
    const { rules } = (await call('GET', `${ours}/rules`)).body
    const rule = rules.find((one: { name: string }) => one.name === 'off')
    assert.deepEqual([rule.state, rule.own.body.enabled], ['off', false])
  })
})

describe('titles of rules, without what only an alarm can say', () => {
  const cases: [text: string, shown: string][] = [
    ['有服务的告警无人接收（应用 {{ $labels.app }}）', '有服务的告警无人接收'],
    ['告警消息送不到 {{ $labels.to }}（{{ $labels.channel }}）', '告警消息送不到'],
    ['not delivered to {{ $labels.to }} ({{ $labels.channel }})', 'not delivered'],
    ['agent on {{ $labels.host }} is silent', 'agent is silent'],
    ['latency of {{ $labels.interface }}, day over day', 'latency, day over day'],
    ['（测试）{{ $labels.a }}', '（测试）'],
    ['{{ $labels.a }}', 'Rule'],
  ]
  const titleOf = (text: string) => {
    const annotations = [{ name: 'title', template: { text } }]
    return shownTitle({ name: 'Rule', annotations } as unknown as AlertingRule, 'title')
  }
  for (const [text, shown] of cases) it(text, () => assert.equal(titleOf(text), shown))

  it('of rules that come with the cloud nothing is left open', () => {
    const files = ['collection', 'watchdog', 'drill', 'rules/tars']
    const texts = files.map((name) => readFileSync(`conf/${name}.yaml`, 'utf8')).join('\n')
    const titles = [...texts.matchAll(/ title(?:_en)?: (.*)/g)].map(([, text = '']) => text)
    assert.ok(titles.length > 30)
    for (const text of titles) assert.doesNotMatch(titleOf(text), /[{}]|\(\)|（）| {2}| $/)
  })
})
