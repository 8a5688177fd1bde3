import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { rulesCheck } from '../../../src/cloud/rules/check-command.ts'
import { RuleFileError } from '../../../src/cloud/rules/fault.ts'
import { lint } from '../../../src/cloud/rules/lint.ts'
import { loadRules } from '../../../src/cloud/rules/load.ts'

const folders: string[] = []
after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true })
})

function folderOf(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'rules-'))
  folders.push(folder)
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  return folder
}

const group = (name: string, expr: string) =>
  `groups: [{name: ${name}, rules: [{alert: A, expr: '${expr}'}]}]\n`

/** What a failed load says, with the folder as `DIR`. */
async function refusal(folder: string, paths: string | string[] = folder): Promise<string> {
  const error = await loadRules(paths).then(
    () => undefined,
    (failure: unknown) => failure,
  )
  assert.ok(error instanceof RuleFileError)
  return `${error.reason}: ${error.message.replaceAll(folder, 'DIR')}`
}

describe('loadRules', () => {
  it('reads *.yaml and *.yml of a folder in order of name', async () => {
    const folder = folderOf({
      'b.yml': group('b', 'up'),
      'a.yaml': group('a', 'up'),
      'c.txt': 'no rules',
      '.d.yaml': 'hidden: true',
    })
    const { files, groups } = await loadRules(folder)
    assert.deepEqual(files, [join(folder, 'a.yaml'), join(folder, 'b.yml')])
    assert.deepEqual(
      groups.map(({ key }) => key),
      ['a.yaml;a', 'b.yml;b'],
    )
  })

  it('names the faults of all files, and loads none', async () => {
    const folder = folderOf({
      'a.yaml': group('a', 'up'),
      'b.yaml': group('b', 'up('),
      'c.yaml': 'rules: []\n',
    })
    assert.equal(
      await refusal(folder),
      'invalid: DIR/b.yaml:1:48: group "b", rule 1, "A": could not parse expression: parse error: unclosed left parenthesis\n' +
        'DIR/c.yaml:1:1: unknown field "rules", known are groups',
    )
  })

  it('refuses what is not there, and folders without rules', async () => {
    const folder = folderOf({ 'a.txt': '' })
    assert.match(
      await refusal(folder, [folder, join(folder, 'none')]),
      /^unreadable: DIR: no \*\.yaml or \*\.yml in this folder\nDIR\/none: cannot read rules: ENOENT/,
    )
  })

  it('refuses the same group in two files of the same name', async () => {
    const one = folderOf({ 'a.yaml': group('g', 'up') })
    const two = folderOf({ 'a.yaml': group('g', 'up') })
    const message = await refusal(one, [one, two])
    assert.equal(
      message.replace(two, 'TWO'),
      'unreadable: TWO/a.yaml: group "g" is in DIR/a.yaml, too: rename the file or the group',
    )
  })
})

describe('lint', () => {
  const DELTAS = 'tars_calls has deltas'
  // Expression, the warning it gets.
  const cases = [
    [
      'tars_calls > 5',
      `${DELTAS}: its newest window says little; use sum_over_time(tars_calls[1m])`,
    ],
    ['rate(tars_calls[1m]) > 5', `${DELTAS}, no counters: use sum_over_time instead of rate`],
    [
      'sum(increase(tars_calls[1m])) > 5',
      `${DELTAS}, no counters: use sum_over_time instead of increase`,
    ],
    [
      'max_over_time(tars_calls[5m:1m]) > 5',
      `${DELTAS}: its newest window says little; use sum_over_time(tars_calls[1m])`,
    ],
    ['sum_over_time(tars_calls{span="$span"}[1m]) > 5', undefined],
    ['tars_agent_up == 0', undefined],
    ['rate(http_requests_total[1m]) > up', undefined],
  ] as const
  for (const [expr, warning] of cases) {
    it(`${warning ? 'warns of' : 'takes'} ${expr}`, async () => {
      const folder = folderOf({ 'a.yaml': group('g', expr) })
      const messages = lint(await loadRules(folder)).map(({ message }) => message)
      assert.deepEqual(messages, warning ? [`group "g", rule 1, "A": ${warning}`] : [])
    })
  }

  it('warns of rules of the same name and labels', async () => {
    const rule = '{alert: A, expr: up}'
    const folder = folderOf({ 'a.yaml': `groups: [{name: g, rules: [${rule}, ${rule}]}]` })
    const [warning] = lint(await loadRules(folder))
    assert.equal(warning?.message, 'group "g", "A": another rule has the same name and labels')
  })
})

describe('rules check', () => {
  async function check(files: Readonly<Record<string, string>>) {
    const folder = folderOf(files)
    const lines: string[] = []
    const code = await rulesCheck([folder], (line) => lines.push(line.replaceAll(folder, 'DIR')))
    return { code, lines }
  }

  it('counts rules, warns, and ends with 0 when nothing is wrong', async () => {
    assert.deepEqual(await check({ 'a.yaml': group('g', 'tars_calls') }), {
      code: 0,
      lines: [
        'DIR/a.yaml: 1 rule found',
        'warning: DIR/a.yaml:1:45: group "g", rule 1, "A": tars_calls has deltas: its newest window says little; use sum_over_time(tars_calls[1m])',
      ],
    })
  })

  it('shows errors and ends with 1', async () => {
    assert.deepEqual(await check({ 'a.yaml': group('g', 'up'), 'b.yaml': 'x: 1\n' }), {
      code: 1,
      lines: [
        'DIR/a.yaml: 1 rule found',
        'error: DIR/b.yaml:1:1: unknown field "x", known are groups',
      ],
    })
  })
})

describe('the default rules', () => {
  it('load without a warning', { skip: !existsSync('conf/rules') && 'no conf/rules' }, async () => {
    const rules = await loadRules('conf/rules')
    assert.deepEqual(lint(rules), [])
    const alarms = rules.groups.flatMap((one) => {
      return one.rules.filter(({ kind }) => kind === 'alerting').map(({ name }) => name)
    })
    assert.deepEqual(
      [...new Set(alarms)],
      [
        'NotifyError',
        'ServiceDown',
        'NodeSilent',
        'FailureRatio',
        'RequestQueueBlocked',
        'AsyncQueueBlocked',
        'HandlingDelay',
        'LatencyHigh',
        'TrafficFluctuation',
        'ServiceSilent',
        'LatencyDayOverDay',
        'TrafficDayOverDay',
      ],
    )
    const ofEvents = rules.groups
      .flatMap((one) => one.rules)
      .filter((rule) => rule.kind === 'alerting' && rule.ofEvents)
    assert.deepEqual(
      ofEvents.map(({ name }) => name),
      ['NotifyError'],
    )
  })
})
