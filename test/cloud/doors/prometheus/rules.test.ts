import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type Door, NOW, OURS, openDoor, type Parameters } from './door.ts'
import { RULE_FILE } from './recording.ts'
import { alertOf, ruleReads } from './rule-reads.ts'

describe('the list of rules', () => {
  let door: Door
  before(async () => {
    door = await openDoor({ rules: await ruleReads(RULE_FILE) })
  })
  after(() => door.close())

  // biome-ignore lint/suspicious/noExplicitAny: an assertion reads what it expects
  type Group = { name: string; rules: any[] }
  async function names(parameters: Parameters): Promise<string[]> {
    const { body } = await door.get('rules', parameters)
    const groups: Group[] = body.data.groups
    return groups.flatMap(({ name, rules }) => [name, ...rules.map((rule) => rule.name)])
  }

  const cases: [name: string, parameters: Parameters, shown: string[]][] = [
    ['alerting rules', { type: 'alert' }, ['first', 'Always', 'Slow', 'Never']],
    ['recording rules', { type: 'RECORD' }, ['first', 'some:rule', 'second', 'other:rule']],
    ['a group', { 'rule_group[]': 'second' }, ['second', 'other:rule']],
    ['rules by name', { 'rule_name[]': ['Slow', 'other:rule'] }, ['first', 'Slow', 'second', 'other:rule']], // biome-ignore format: a line a case
    ['a file', { 'file[]': 'rules.yaml', type: 'record', 'rule_group[]': 'second' }, ['second', 'other:rule']], // biome-ignore format: a line a case
    ['no such file', { 'file[]': 'other.yaml' }, []],
    ['rules by label', { 'match[]': '{severity="error"}' }, ['first', 'Always']],
    ['rules by either label', { 'match[]': ['{severity="error"}', '{kind=~"s.*"}'] }, ['first', 'Always', 'some:rule']], // biome-ignore format: a line a case
  ]
  for (const [name, parameters, shown] of cases) {
    it(`can be of ${name} alone`, async () => {
      assert.deepEqual(await names(parameters), shown)
    })
  }

  it('can leave out the alerts', async () => {
    const { body } = await door.get('rules', { exclude_alerts: 'true', 'rule_name[]': 'Always' })
    const [rule] = body.data.groups[0].rules
    assert.deepEqual([rule.state, rule.alerts], ['firing', null])
  })

  it('comes in pages of groups', async () => {
    const first = (await door.get('rules', { group_limit: '1' })).body.data
    assert.equal(first.groups[0].name, 'first')
    const token = first.groupNextToken
    const page = { group_limit: '1', group_next_token: token }
    const second = (await door.get('rules', page)).body.data
    assert.equal(second.groups[0].name, 'second')
    assert.equal('groupNextToken' in second, false)
    assert.equal(
      'groupNextToken' in (await door.get('rules', { group_limit: '2' })).body.data,
      false,
    )
  })

  const faults: [name: string, parameters: Parameters, error: RegExp][] = [
    ['a limit of 0', { group_limit: '0' }, /"group_limit": group_limit needs to be greater than 0/],
    ['a limit that is none', { group_limit: 'x' }, /needs to be a valid number: strconv.ParseInt/],
    ['a token without a limit', { group_next_token: 'x' }, /group_limit needs to be present/],
    ['an unknown token', { group_limit: '1', group_next_token: 'x' }, /were rule groups changed/],
    ['a choice that is none', { exclude_alerts: 'x' }, /strconv.ParseBool: parsing "x"/],
    ['an empty selector', { 'match[]': '{}' }, /at least one non-empty matcher/],
  ]
  for (const [name, parameters, error] of faults) {
    it(`refuses ${name}`, async () => {
      const { status, body } = await door.get('rules', parameters)
      assert.deepEqual([status, body.errorType], [400, 'bad_data'])
      assert.match(body.error, error)
    })
  }
})

describe('what is known of a rule', () => {
  it('before its first evaluation is nothing', async () => {
    const door = await openDoor({
      rules: { ...(await ruleReads(RULE_FILE, [])), progress: async () => [] },
    })
    const { body } = await door.get('rules', { 'rule_name[]': 'Always' })
    await door.close()
    const [group] = body.data.groups
    const { state, health, lastEvaluation } = group.rules[0]
    assert.deepEqual([state, health], ['inactive', 'unknown'])
    assert.deepEqual([lastEvaluation, group.lastEvaluation], Array(2).fill('0001-01-01T00:00:00Z'))
  })

  it('is why it failed, and how long it took', async () => {
    const rules = [{ tookMs: 2 }, { tookMs: 3, fault: 'too many samples' }, { tookMs: 0.5 }]
    const lastEvaluation = (environment: string, group: string) =>
      environment === OURS && group === 'rules.yaml;first' ? { tookMs: 7, rules } : undefined
    const door = await openDoor({ rules: { ...(await ruleReads(RULE_FILE)), lastEvaluation } })
    const { body } = await door.get('rules')
    await door.close()
    const [first, second] = body.data.groups
    const told = first.rules.map((rule: Record<string, unknown>) => [
      rule.health,
      rule.lastError,
      rule.evaluationTime,
    ])
    assert.deepEqual(told.slice(0, 3), [
      ['ok', undefined, 0.002],
      ['err', 'too many samples', 0.003],
      ['ok', undefined, 0.0005],
    ])
    assert.deepEqual([first.evaluationTime, second.evaluationTime], [0.007, 0])
  })

  it('is since when an alert is kept firing', async () => {
    const kept = alertOf(
      { alertname: 'Always' },
      { clearedAt: NOW - 5000, value: Number.POSITIVE_INFINITY },
    )
    const door = await openDoor({ rules: await ruleReads(RULE_FILE, [kept]) })
    const { body } = await door.get('alerts')
    await door.close()
    const [alert] = body.data.alerts
    assert.deepEqual([alert.keepFiringSince, alert.value], ['2026-03-02T01:59:55Z', '+Inf'])
  })

  it('does not hold alerts whose rule was taken away', async () => {
    const door = await openDoor({
      rules: await ruleReads(RULE_FILE, [alertOf({ alertname: 'Gone' })]),
    })
    assert.deepEqual((await door.get('alerts')).body.data.alerts, [])
    await door.close()
  })
})
