/**
 * What the alert generator compliance specification (prometheus/compliance) asks of whoever evaluates rules, sentence
 * by sentence. It speaks of alerts that are sent to an Alertmanager; people are told here by our own channels, so these
 * of its sentences have no subject:
 *
 * - a firing alert is sent again at the first evaluation that is `ResendDelay` (1 min) or more after the last time;
 * - an inactive one is sent again for 15 min, unless there is a new alert with the same labels;
 * - `startsAt`, `endsAt` and `generatorURL` of what is sent.
 *
 * Of a group without an interval it asks for 1 min by default: ours is 10 s, the length of a window of an agent.
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseRuleFile } from '../../../src/cloud/rules/parse.ts'
import { STALE } from '../../../src/promql/index.ts'
import { openDoor } from '../doors/prometheus/door.ts'
import { RuleWorld, rulesOf, STEP } from './rule-world.ts'

const up = (job: string, more = {}) => ({ __name__: 'up', job, ...more })

/** Steps as letters: `0` the condition holds, `1` it does not, `-` there is no sample. */
async function play(rules: string, timeline: string): Promise<RuleWorld> {
  const world = new RuleWorld(rulesOf(rules))
  for (const [step, mark] of [...timeline].entries()) {
    if (mark === '-') world.put(up('a'), step * STEP, STALE)
    else world.put(up('a'), step * STEP, Number(mark))
    await world.evaluate(step)
  }
  return world
}

const FAST = '{alert: A, expr: up == 0}'
const SLOW = '{alert: A, expr: up == 0, for: 20s}'

describe('the life of an alert', () => {
  // Sentence, rules, timeline, what is told.
  const cases = [
    ['fires at the first evaluation without `for`', FAST, '10', ['1 fired A a']],
    ['is pending until `for` is over, then fires', SLOW, '1000', ['3 fired A a']],
    ['that leaves while it is pending is told to nobody', SLOW, '10011', []],
    ['begins its wait anew when it was away', SLOW, '1001000', ['6 fired A a']],
    ['ends when its condition does', SLOW, '00001', ['2 fired A a', '4 resolved A a']],
    ['ends when its series do', FAST, '0-', ['0 fired A a', '1 resolved A a']],
    ['that comes back is another', FAST, '010', ['0 fired A a', '1 resolved A a', '2 fired A a']],
    [
      'fires as long as `keep_firing_for` says',
      '{alert: A, expr: up == 0, keep_firing_for: 20s}',
      '01111',
      ['0 fired A a', '3 resolved A a'],
    ],
  ] as const
  for (const [sentence, rules, timeline, told] of cases) {
    it(sentence, async () => assert.deepEqual((await play(rules, timeline)).told(), told))
  }

  it('shows in ALERTS, pending, then firing, then not at all', async () => {
    const world = await play(SLOW, '1000')
    const shown = async () => [
      await world.query('ALERTS', 1),
      await world.query('ALERTS', 3),
      await world.query('ALERTS_FOR_STATE', 3),
    ]
    const labels = (state: string) => `alertname=A,alertstate=${state},job=a`
    assert.deepEqual(await shown(), [
      [`ALERTS{${labels('pending')}} 1`],
      [`ALERTS{${labels('firing')}} 1`],
      ['ALERTS_FOR_STATE{alertname=A,job=a} 10'],
    ])
    world.put(up('a'), 4 * STEP, 1)
    await world.evaluate(4)
    assert.deepEqual(await world.query('{__name__=~"ALERTS.*"}', 4), [])
  })
})

describe('what an alert says', () => {
  it('has the labels of its element without the name, under those of its group, under those of its rule', async () => {
    const world = new RuleWorld(
      rulesOf(
        '{alert: A, expr: up == 0, labels: {rule: r, both: rule, job: mine}}',
        'labels: {group: g, both: group},',
      ),
    )
    world.put(up('a', { node: '1', group: 'series' }), 0, 0)
    await world.evaluate(0)
    const [alert] = world.store.alerts.values()
    const labels = { alertname: 'A', job: 'mine', node: '1', group: 'g', rule: 'r', both: 'rule' }
    assert.deepEqual(alert?.labels, labels)
  })

  it('has the value of its expression, and annotations as of the newest evaluation', async () => {
    const world = await play(
      '{alert: A, expr: "up < 5", annotations: {t: "{{ $labels.job }} {{ $value }}"}}',
      '023',
    )
    const [alert] = world.store.alerts.values()
    assert.deepEqual([alert?.value, alert?.annotations], [3, { t: 'a 3' }])
  })

  // The reference of 2.33: what makes sense only on pages of Prometheus may be empty, but is never refused.
  const templates = [
    ['{{ query "up" | first | value }}', '0'],
    ['{{ query "up" | first | label "job" }}', 'a'],
    ['{{ range query "up" | sortByLabel "job" }}{{ .Labels.job }}{{ end }}', 'a'],
    ['{{ humanize 1234.5 }} {{ humanize1024 1024 }}', '1.234k 1ki'],
    ['{{ humanizeDuration 3661 }} {{ humanizePercentage 0.5 }}', '1h 1m 1s 50%'],
    ['{{ humanizeTimestamp 0 }}', '1970-01-01 00:00:00 +0000 UTC'],
    ['{{ title "a b" }} {{ toUpper "a" }} {{ toLower "A" }}', 'A B A a'],
    ['{{ match "a.*" "abc" }} {{ reReplaceAll "b" "x" "abc" }}', 'true axc'],
    ['{{ parseDuration "1h" }} {{ stripPort "a:1" }}', '3600 a'],
    ['{{ with args 1 "a" }}{{ .arg0 }}{{ .arg1 }}{{ end }}', '1a'],
    ['{{ define "x" }}{{ . }}{{ end }}{{ tmpl "x" "a" }}{{ template "x" "b" }}', 'ab'],
    ['{{ graphLink "up" }}', /./],
    ['{{ tableLink "up" }}', /./],
    ['{{ pathPrefix }}{{ externalURL }}', ''],
    ['{{ safeHtml "<b>" }}', '<b>'],
    ['{{ query "up" | first | strvalue }}', ''],
    ['{{ $externalLabels.none }}{{ $externalURL }}', ''],
  ] as const
  for (const [template, text] of templates) {
    it(`may be ${template}`, async () => {
      const world = await play(`{alert: A, expr: up == 0, annotations: {t: '${template}'}}`, '0')
      const said = [...world.store.alerts.values()][0]?.annotations.t ?? ''
      if (typeof text === 'string') assert.equal(said, text)
      else assert.match(said, text)
      assert.doesNotMatch(said, /error expanding/)
    })
  }
})

describe('rules of one group', () => {
  it('see in the same cycle what those before them have found', async () => {
    const chain = ['{record: one, expr: up + 1}', '{record: two, expr: one + 1}']
    const alerts = [
      '{alert: A, expr: two == 2}',
      '{alert: B, expr: "ALERTS{alertname=\\"A\\"} == 1"}',
    ]
    const world = await play([...chain, ...alerts].join(', '), '0')
    assert.deepEqual(world.told(), ['0 fired A a', '0 fired B a'])
  })

  it('are evaluated in their order: one before sees the cycle before', async () => {
    const world = await play('{alert: A, expr: one == 1}, {record: one, expr: up + 1}', '00')
    assert.deepEqual(world.told(), ['1 fired A a'])
  })

  it('whose elements are the same after labelling fail, and nothing of them is told', async () => {
    const world = new RuleWorld(rulesOf('{alert: A, expr: up == 0, labels: {node: ""}}'))
    for (const node of ['1', '2']) world.put(up('a', { node }), 0, 0)
    await world.evaluate(0)
    assert.match(world.faults()[0] ?? '', /same labels/)
    assert.deepEqual(world.told(), [])
    assert.deepEqual(await world.query('ALERTS', 0), [])
  })

  it('may have one name, and are told of apart by their labels', async () => {
    const one = (severity: string) => `{alert: A, expr: up == 0, labels: {severity: ${severity}}}`
    const world = await play(`${one('warn')}, ${one('error')}`, '0')
    const severities = world.store.changes.map(({ alert }) => alert.labels.severity)
    assert.deepEqual(severities, ['warn', 'error'])
  })

  it('are in a group that has its name alone in its file', () => {
    const { faults } = parseRuleFile('a.yaml', 'groups: [{name: g}, {name: g}]')
    assert.match(faults[0]?.message ?? '', /"g"/)
  })
})

describe('what others ask', () => {
  const states = [
    ['inactive', '1', []],
    ['pending', '10', ['pending']],
    ['firing', '1000', ['firing']],
    ['inactive', '10001', []],
  ] as const
  for (const [state, timeline, alerts] of states) {
    it(`shows a rule as ${state} after ${timeline}, with as many alerts`, async (t) => {
      const world = await play(SLOW, timeline)
      const [rule] = world.rules.groups[0]?.rules ?? []
      assert.equal(rule?.kind, 'alerting')
      const living = (world.tracker.living('al-1') ?? []).map((alert) => ({ alert, rule }))
      const door = await openDoor({
        rules: { rules: () => world.rules, living: async () => living },
      })
      t.after(() => door.close())
      const { groups } = (await door.get('rules')).body.data
      assert.equal(groups[0].rules[0].state, state)
      const listed: { state: string }[] = (await door.get('alerts')).body.data.alerts
      assert.deepEqual(
        listed.map((alert) => alert.state),
        alerts,
      )
    })
  }
})
