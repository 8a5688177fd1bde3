import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { formRule } from '../../src/cloud/rules/form/form-rule.ts'
import { promqlRule } from '../../src/cloud/rules/form/own-rule.ts'
import { completions } from '../../src/web/known-services.ts'
import { zh } from '../../src/web/messages/zh.ts'
import { expectation } from '../../src/web/rule-expectation.ts'
import * as choices from '../../src/web/rule-fields.ts'
import { formBody, newForm, newPromql, promqlBody, turned } from '../../src/web/rule-fields.ts'
import { type Rule, standingOf } from '../../src/web/rules.ts'

const ABOVE = { kind: 'threshold', op: '>', value: 5 }
const active = { weekdays: [1, 7], from: '22:00', to: '06:00', zone: 'Asia/Tokyo' }

const forms: [string, Record<string, unknown>][] = [
  ['a threshold', { comparison: ABOVE, windowMinutes: 10, minCalls: 0.5 }],
  ['minutes before', { comparison: { kind: 'previous', op: '<', factor: 0.5, minutes: 30 } }],
  ['yesterday', { comparison: { kind: 'yesterday', op: '>', factor: 2 } }],
  ['last week', { comparison: { kind: 'last_week', op: '>', factor: 2 } }],
  [
    'what is normal',
    {
      level: 'interface',
      metric: { of: 'calls' },
      comparison: { kind: 'profile', op: '>', factor: 2, by: 'week' },
    },
  ],
  ['N of M', { comparison: { kind: 'repeated', op: '>', value: 1, times: 3, minutes: 5 } }],
  ['no data', { comparison: { kind: 'no_data', minutes: 10 } }],
  ['a property', { metric: { of: 'property', property: 'q*', policy: 'Max' }, comparison: ABOVE }],
  [
    'events',
    { metric: { of: 'events', all: ['a b'], any: ['c', 'd'], none: ['e'] }, comparison: ABOVE },
  ],
  [
    'a filter',
    { comparison: ABOVE, filter: { app: ['Pay'], node: ['10.*', '11.*'], returnCode: ['-1'] } },
  ],
  [
    'active times',
    {
      comparison: ABOVE,
      active,
      days: 'workdays',
      advice: '看日志\n再重启',
      adviceEn: 'See the log',
    },
  ],
]

describe('a rule in the console', () => {
  for (const [name, form] of forms) {
    it(`is the same after it was opened as a form: ${name}`, () => {
      const stored = formRule.parse({ name: 'mine', metric: { of: 'failure_ratio' }, ...form })
      const body = formBody(newForm(JSON.parse(JSON.stringify(stored))), true)
      assert.ok(body.kind === 'form')
      assert.deepEqual(formRule.parse(body.form), stored)
    })
  }

  it('is the same after it was opened as PromQL', () => {
    const stored = promqlRule.parse({ name: 'mine', expr: 'up == 0', description: '{{ $value }}' })
    const body = promqlBody(newPromql(stored), false)
    assert.ok(body.kind === 'promql' && !body.enabled)
    assert.deepEqual(promqlRule.parse(body.rule), stored)
  })

  it('offers nothing that the cloud refuses', () => {
    const valid = (form: Record<string, unknown>) =>
      formRule.safeParse({ name: 'x', metric: { of: 'calls' }, comparison: ABOVE, ...form }).success
    for (const of of choices.CALL_METRICS) assert.ok(valid({ metric: { of } }), of)
    for (const level of choices.LEVELS) assert.ok(valid({ level }), level)
    for (const severity of choices.SEVERITIES) assert.ok(valid({ severity }), severity)
    for (const days of choices.DAYS) assert.ok(valid({ days }), days)
    for (const policy of choices.POLICIES) {
      assert.ok(valid({ metric: { of: 'property', property: 'a', policy } }), policy)
    }
  })

  it('what a form does not show is not sent: whatever was typed before, it can be saved', () => {
    const typed = newForm({ name: 'mine', level: 'server', comparison: ABOVE, minCalls: 100 })
    typed.filter = { ...typed.filter, interface: 'pay', caller: 'A.B', returnCode: '-1', set: 'a' }
    for (const of of choices.METRICS) {
      for (const kind of choices.COMPARISONS.filter((one) => one !== 'profile')) {
        for (const windowMinutes of ['5', 'much']) {
          const isShown = choices.hasWindow({ of, kind })
          if (windowMinutes === 'much' && isShown) continue
          const fields = { ...typed, of, kind, property: 'queue', windowMinutes }
          const body = formBody(
            { ...fields, minCalls: choices.hasVolume(fields) ? '100' : 'x' },
            true,
          )
          assert.ok(body.kind === 'form')
          const { error } = formRule.safeParse(body.form)
          assert.equal(error, undefined, `${of} ${kind}`)
        }
      }
    }
  })

  it('another direction has another factor, unless one was typed', () => {
    assert.deepEqual(turned({ op: '>', factor: '2' }, '<'), { op: '<', factor: '0.5' })
    assert.deepEqual(turned({ op: '<', factor: '0.5' }, '>'), { op: '>', factor: '2' })
    assert.deepEqual(turned({ op: '>', factor: '3' }, '<'), { op: '<', factor: '3' })
    assert.equal(newForm({ comparison: { kind: 'threshold', op: '<', value: 5 } }).factor, '0.5')
    assert.equal(newForm({ comparison: { kind: 'yesterday', op: '<', factor: 2 } }).factor, '2')
  })

  const completed: [typed: string, string[]][] = [
    ['', ['App.Pay', 'App.Door', 'Web.Shop']],
    ['pay', ['App.Pay']],
    ['Web.Shop, app.', ['Web.Shop, App.Pay', 'Web.Shop, App.Door']],
    ['A*，d', ['A*，App.Door']],
    ['nobody', []],
  ]
  for (const [typed, expected] of completed) {
    it(`of a list the last word is completed: ${JSON.stringify(typed)}`, () => {
      assert.deepEqual(completions(typed, ['App.Pay', 'App.Door', 'Web.Shop']), expected)
    })
  }

  it('no more words are offered than anybody reads', () => {
    const many = Array.from({ length: 2000 }, (_, at) => `App.S${at}`)
    assert.equal(completions('', many).length, 50)
  })

  const ANY = { app: ['a'], node: ['a'], set: ['a'], caller: ['a'], returnCode: ['1'] }
  const PROFILE = { kind: 'profile', op: '>', factor: 2, by: 'day' }
  const refused: [string, Record<string, unknown>][] = [
    ['no name', { name: ' ' }],
    ['no number', { comparison: { ...ABOVE, value: null }, minCalls: null }],
    [
      'a ratio above 100 %',
      { metric: { of: 'failure_ratio' }, comparison: { ...ABOVE, value: 300 } },
    ],
    ['a factor of 0', { comparison: { kind: 'yesterday', op: '>', factor: 0 } }],
    ['a huge factor', { comparison: { kind: 'yesterday', op: '>', factor: 1e7 } }],
    ['a volume below 0', { minCalls: -1 }],
    ['a huge volume', { minCalls: 1e10 }],
    ['minutes that are none', { forMinutes: 1.5, keepFiringMinutes: -1, windowMinutes: 61 }],
    ['a time that is none', { active: { ...active, from: '9' } }],
    ['a zone with summer time', { active: { ...active, zone: 'Europe/Berlin' } }],
    ['filters of calls', { metric: { of: 'events' }, filter: { ...ANY, interface: ['a'] } }],
    ['volume of events', { metric: { of: 'events' }, minCalls: 1 }],
    ['a level of calls', { metric: { of: 'events' }, level: 'caller' }],
    ['an odd window', { windowMinutes: 7 }],
    ['odd minutes', { comparison: { kind: 'previous', op: '>', factor: 2, minutes: 7 } }],
    [
      'more times than minutes, in a window',
      { comparison: { ...ABOVE, kind: 'repeated', times: 9, minutes: 5 }, windowMinutes: 5 },
    ],
    ['a profile of what has none', { comparison: PROFILE, metric: { of: 'p95' } }],
    ['a profile of a server, with filters', { comparison: PROFILE, filter: ANY }],
    ['many words', { metric: { of: 'events', any: Array(11).fill('a') } }],
    ['a long word', { metric: { of: 'events', any: ['a'.repeat(101)] } }],
    ['long advice', { advice: 'a'.repeat(501), adviceEn: 'a\0' }],
    ['many servers', { filter: { server: Array(21).fill('a') } }],
  ]
  const wrongWords = (issues: readonly { message: string; path: readonly PropertyKey[] }[]) =>
    issues
      .filter(
        ({ message }) => !((expectation(message)?.key.split('.')[2] ?? '') in zh.rules.faults),
      )
      .map(({ message, path }) => `${path.join('/')}: ${message}`)

  const refusedPromql: [string, Record<string, unknown>][] = [
    ['no expression', { expr: ' ' }],
    ['long texts', { expr: 'a'.repeat(8001), description: 'a'.repeat(2001), name: 'a'.repeat(65) }],
    ['minutes that are none', { forMinutes: null, keepFiringMinutes: 1441 }],
  ]
  for (const [name, rule] of refusedPromql) {
    it(`PromQL is refused in the viewer's words: ${name}`, () => {
      const { error } = promqlRule.safeParse({ name: 'x', expr: 'up', ...rule })
      assert.deepEqual(wrongWords(error?.issues ?? []), [])
      assert.ok(error)
    })
  }

  for (const [name, form] of refused) {
    it(`is refused in the viewer's words: ${name}`, () => {
      const base = { name: 'x', metric: { of: 'calls' }, comparison: ABOVE }
      const { error } = formRule.safeParse({ ...base, ...form })
      assert.ok(error && error.issues.length > 0)
      assert.deepEqual(wrongWords(error.issues), [])
    })
  }
})

describe('how a rule stands', () => {
  const rule = (change: Partial<Rule>): Rule => ({
    ...{ name: 'R', kind: 'file', expr: 'up', severity: '', forMs: 0, title: 'R', titleEn: 'R' },
    ...{ state: 'inactive', alerts: { pending: 0, firing: 0 }, learning: [], ...change },
  })
  const evaluated = { evaluatedAtMs: 1 }
  for (const [change, standing] of [
    [evaluated, 'inactive'],
    // As in an environment without an agent: nothing says that all is well.
    [{}, 'never'],
    [{ lastError: 'too many series' }, 'failed'],
    [{ ...evaluated, lastError: 'too many series' }, 'failed'],
    [{ state: 'off' }, 'off'],
    [{ state: 'off', lastError: 'no PromQL' }, 'failed'],
    [{ state: 'firing', lastError: 'too many series' }, 'firing'],
    [{ state: 'pending' }, 'pending'],
  ] as const) {
    it(`${JSON.stringify(change)}: ${standing}`, () => {
      assert.equal(standingOf(rule(change)), standing)
    })
  }
})
