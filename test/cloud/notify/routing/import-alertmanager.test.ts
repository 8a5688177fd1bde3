import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { importAlertmanager } from '../../../../src/cloud/notify/routing/import-alertmanager.ts'
import { parseRouteTree } from '../../../../src/cloud/notify/routing/parse-route-tree.ts'
import { treeText } from '../../../../src/cloud/notify/routing/tree-text.ts'
import { added, importedTree, NOBODY, TEAMS } from './alertmanager-file.ts'

const ROUTE = 'route: {receiver: a}\n'

function imported(text: string, directory: Parameters<typeof importAlertmanager>[1] = NOBODY) {
  const report = importAlertmanager(text, directory)
  assert.ok('text' in report, JSON.stringify(report.faults))
  return report
}

describe('an alertmanager.yml is imported', () => {
  const report = imported(readFileSync(TEAMS, 'utf8'))

  it('mails become contacts and webhooks channels, each once', () => {
    assert.deepEqual(
      report.additions.contacts.map(({ email }) => email),
      ['pay+alerts@example.com', 'pay+night@example.com', 'boss@example.com', 'Files@example.com'],
    )
    assert.deepEqual(report.additions.webhooks, [
      { name: 'files-pager-webhook', url: 'https://hooks.example.com/files?token=secret' },
      { name: 'nodes-webhook', url: 'https://hooks.example.com/nodes' },
      { name: 'nodes-webhook-2', url: 'https://hooks.example.com/nodes/all' },
    ])
  })

  it('all that is not taken over is listed with its place and why', () => {
    const lines = report.left.map(
      ({ line, column, what, reason }) => `${line}:${column} ${what}: ${reason}`,
    )
    assert.deepEqual(lines, [
      '3:3 global.smtp_smarthost: own-mail-server',
      '4:3 global.smtp_from: own-mail-server',
      '6:1 templates: own-texts',
      '70:9 receiver "pay-pager", email_configs.headers: own-texts',
      '72:5 receiver "pay-pager", pagerduty_configs: no-such-channel',
      '77:9 receiver "files-mails", email_configs.send_resolved: over-is-told',
      '81:9 receiver "files-pager", webhook_configs.http_config: own-http',
      '84:5 receiver "database-pager", wechat_configs: wecom-app',
    ])
  })

  it('what it makes is read as the same tree, and shows no secret', () => {
    const { tree } = parseRouteTree(report.text, added(report.additions))
    assert.deepEqual(tree, importedTree())
    assert.doesNotMatch(report.text, /token|secret/)
    assert.deepEqual(tree?.receivers['pay-pager'], {
      contacts: ['id of pay+night@example.com', 'id of boss@example.com'],
      ...{ groups: [], receivers: [] },
    })
    assert.deepEqual(tree?.receivers['database-pager'], NOBODY)
  })

  it('an older file with mute_time_intervals, match and levels of others', () => {
    const { text, left } = imported(`
route:
  receiver: a
  routes:
    - match: {severity: critical}
      mute_time_intervals: [holidays]
      labels: {team: x}
receivers: [{name: a}]
mute_time_intervals:
  - name: holidays
    time_intervals: [{days_of_month: ['-3:-1', 1], months: ['december', '1:2'], years: [2030]}]
inhibit_rules:
  - source_match: {severity: ERROR}
    target_match_re: {severity: WARN|INFO}
    name: levels
`)
    assert.deepEqual(
      left.map(({ what }) => what),
      ['severity="critical"', 'labels'],
    )
    const { tree } = parseRouteTree(text, NOBODY)
    assert.ok(tree)
    assert.deepEqual(tree.timeIntervals.holidays, [
      {
        timeZone: 'UTC',
        daysOfMonth: [
          { from: -3, to: -1 },
          { from: 1, to: 1 },
        ],
        months: [
          { from: 12, to: 12 },
          { from: 1, to: 2 },
        ],
        years: [{ from: 2030, to: 2030 }],
      },
    ])
    assert.equal(treeText(tree, { a: { contacts: [], groups: [], channels: [] } }), text)
    assert.match(text, /target_matchers:\n\s+- severity=~"WARN\|INFO"/)
  })

  it('who has the name of a receiver already is told instead', () => {
    const there = { ...NOBODY, groups: [{ id: 'g1', name: 'a' }] }
    const file = `${ROUTE}receivers: [{name: a, email_configs: [{to: x@y.z}]}]`
    const { text, left, additions } = imported(file, there)
    assert.deepEqual(additions.contacts, [])
    assert.equal(left.length, 1)
    const { tree } = parseRouteTree(text, there)
    assert.deepEqual(tree?.receivers.a, { contacts: [], groups: ['g1'], receivers: [] })
  })

  it('a contact with the address, and a channel of an import before, are used', () => {
    const contacts = [{ id: 'c1', name: '张三', email: 'X@y.z' }]
    const receivers = [{ id: 'r1', name: 'a-webhook' }]
    const there = { contacts, groups: [], receivers }
    const file = `${ROUTE}receivers:\n - name: a
   email_configs: [{to: '"Zhang" <x@y.z>'}]\n   webhook_configs: [{url: 'https://h/1'}]`
    const { text, additions } = imported(file, there)
    assert.deepEqual(additions, { contacts: [], webhooks: [] })
    const { tree } = parseRouteTree(text, there)
    assert.deepEqual(tree?.receivers.a, { contacts: ['c1'], groups: [], receivers: ['r1'] })
  })
})

describe('what Alertmanager would not take is refused, with its place', () => {
  const faults: [name: string, file: string, place: string, message: RegExp][] = [
    ['no route', 'receivers: []', '1:1', /expected a route/],
    [
      'an unknown field',
      `${ROUTE}receivers: [{name: a}]\nrecievers: []`,
      '3:1',
      /unknown field "recievers"/,
    ],
    ['an unknown field of a receiver', `${ROUTE}receivers: [{name: a, email: x}]`, '2:23', /email/],
    ['an unknown field of global', `global: {smtpfrom: x}\n${ROUTE}`, '1:10', /smtpfrom/],
    ['a receiver that is not there', `${ROUTE}receivers: []`, '1:19', /undefined receiver "a"/],
    [
      'a receiver that is there twice',
      `${ROUTE}receivers: [{name: a}, {name: a}]`,
      '2:24',
      /twice/,
    ],
    ['a root with matchers', 'route: {receiver: a, matchers: [b=c]}', '1:8', /root must not have/],
    ['an interval that is not there', child('mute_time_intervals: [x]'), '1:58', /interval "x"/],
    ['a broken matcher', child("matchers: ['a']"), '1:47', /bad matcher format/],
    [
      'a broken expression',
      child('match_re: {a: "("}'),
      '1:50',
      /missing closing \)|error parsing/,
    ],
    ['an expression that is nothing', child('match_re: {a: }'), '1:47', /invalid regexp value/],
    ['a wrong duration', child('group_wait: 5'), '1:48', /duration/],
    ['no time between messages', child('group_interval: 0s'), '1:52', /1s at least/],
    ['labels beside all', child('group_by: [..., a]'), '1:36', /no others beside it/],
    ['a label twice', child('group_by: [a, a]'), '1:36', /twice/],
    ['no YAML', 'route: {', '1:9', /./],
    [
      'an address that is missing',
      `${ROUTE}receivers: [{name: a, email_configs: [{html: x}]}]`,
      '2:39',
      /expected to/,
    ],
  ]
  function child(fields: string) {
    return `route: {receiver: a, routes: [    {${fields}}]}\nreceivers: [{name: a}]`
  }
  for (const [name, file, place, message] of faults) {
    it(name, () => {
      const [fault] = importAlertmanager(file, NOBODY).faults
      assert.match(fault?.message ?? '', message)
      assert.equal(`${fault?.line}:${fault?.column}`, place)
    })
  }

  const interval = (fields: string) => `${ROUTE}receivers: [{name: a}]
time_intervals: [{name: x, time_intervals: [{${fields}}]}]`
  const intervals = [
    ...['weekdays: [monay]', 'weekdays: ["friday:monday"]', 'days_of_month: [0]'],
    ...['days_of_month: ["-1:1"]', 'days_of_month: ["20:-15"]', 'days_of_month: [32]'],
    ...['months: [13]', 'months: ["3:2"]', 'years: ["2021:2020"]', 'location: Nowhere/City'],
    ...['times: [{start_time: "17:00", end_time: "09:00"}]', 'times: [{start_time: "9:00"}]'],
    ...['times: [{start_time: "25:00", end_time: "26:00"}]', 'hours: []', 'years: ["1:2:3"]'],
  ]
  for (const fields of intervals) {
    it(`a time interval with ${fields}`, () => {
      const { faults: found } = importAlertmanager(interval(fields), NOBODY)
      assert.deepEqual([found.length, found[0]?.line], [1, 3], JSON.stringify(found))
    })
  }
})

describe('a tree as people write it', () => {
  const there = {
    contacts: [{ id: 'c1', name: '张三', email: 'zhang@example.com' }],
    groups: [{ id: 'g1', name: '值班' }],
    rotas: [{ id: 't1', name: '轮值' }],
    receivers: [{ id: 'r1', name: '钉钉群' }],
  }

  it('names contacts, groups and channels, or a receiver is who has its name', () => {
    const { tree } = parseRouteTree(
      `route: {receiver: 支付, routes: [{receiver: 钉钉群, matchers: [a=b]}]}
receivers: [{name: 支付, contacts: [张三, Zhang@example.com], groups: [值班], channels: [钉钉群]}]`,
      there,
    )
    assert.deepEqual(tree?.receivers, {
      支付: { contacts: ['c1', 'c1'], groups: ['g1'], receivers: ['r1'] },
      钉钉群: { contacts: [], groups: [], receivers: ['r1'] },
    })
  })

  it('names rotas, too', () => {
    const { tree } = parseRouteTree(
      'route: {receiver: 轮值, routes: [{receiver: a, matchers: [a=b]}]}\nreceivers: [{name: a, rotas: [轮值]}]',
      there,
    )
    const rota = { contacts: [], groups: [], receivers: [], rotas: ['t1'] }
    assert.deepEqual(tree?.receivers, { 轮值: rota, a: rota })
  })

  it('names that nobody has are faults', () => {
    const text = 'route: {receiver: a}\nreceivers: [{name: a, groups: [夜班]}]'
    const { faults } = parseRouteTree(text, there)
    assert.deepEqual(
      faults.map(({ line, column, message }) => [line, column, message]),
      [[2, 32, 'groups: there is no "夜班"']],
    )
  })

  it('names of JavaScript’s own are names as others', () => {
    const text = 'route: {receiver: constructor}\nreceivers: [{name: __proto__}]'
    assert.match(parseRouteTree(text, there).faults[0]?.message ?? '', /"constructor"/)
    const { tree } = parseRouteTree(
      'route: {receiver: __proto__}\nreceivers: [{name: __proto__}]',
      there,
    )
    assert.deepEqual(Object.entries(tree?.receivers ?? {}), [['__proto__', NOBODY]])
  })

  it('more routes than a bound are refused', () => {
    const routes = Array.from({ length: 1_001 }, () => '{receiver: 值班}').join(',')
    const [fault] = parseRouteTree(`route: {receiver: 值班, routes: [${routes}]}`, there).faults
    assert.match(fault?.message ?? '', /1000 routes at the most/)
    const deep = `${'{receiver: 值班, routes: ['.repeat(30)}${']}'.repeat(30)}`
    assert.match(parseRouteTree(`route: ${deep}`, there).faults[0]?.message ?? '', /20 deep/)
  })
})
