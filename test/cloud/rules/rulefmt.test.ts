/**
 * Which rule files are taken: what Prometheus 3 takes (`model/rulefmt`), and where we differ. Where Debian's
 * promtool is installed it is asked, too; it is of 2.42, and does not know some fields yet.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { parseRuleFile } from '../../../src/cloud/rules/parse.ts'

type Verdict = 'taken' | 'refused'

interface Case {
  readonly what: string
  readonly text: string
  readonly ours: Verdict
  /** Of promtool 2.42. */
  readonly theirs: Verdict
}

const file = (text: string) => `groups:\n${text}`
const group = (fields: string) => file(`  - {name: g, ${fields}}\n`)
const alert = (fields: string) => group(`rules: [{alert: A, expr: up, ${fields}}]`)
const record = (fields: string) => group(`rules: [{record: a, expr: up, ${fields}}]`)

const same =
  (verdict: Verdict) =>
  (what: string, text: string): Case => {
    return { what, text, ours: verdict, theirs: verdict }
  }
const taken = same('taken')
const refused = same('refused')
/** Prometheus 3 takes it as we do, 2.42 does not. */
const newer = (what: string, text: string): Case => {
  return { what, text, ours: 'taken', theirs: 'refused' }
}
/** Prometheus takes it, but it cannot be meant, or asks too much. */
const stricter = (what: string, text: string): Case => {
  return { what, text, ours: 'refused', theirs: 'taken' }
}

const CASES: readonly Case[] = [
  taken('an empty file', ''),
  taken('groups with nothing', 'groups:\n'),
  taken('a group without rules', group('rules: []')),
  taken('two groups', file('  - name: a\n  - name: b\n')),
  refused('two groups of one name', file('  - name: a\n  - name: a\n')),
  refused('a group without a name', file('  - rules: []\n')),
  stricter('a group of nothing', file('  -\n')),
  refused('a list of groups at the top', '- name: a\n'),
  refused('an unknown field at the top', 'groups: []\nother: 1\n'),
  refused('an unknown field of a group', group('other: 1')),
  refused('an unknown field of a rule', alert('other: 1')),
  refused('a field given twice', group('name: h')),
  taken('an interval', group('interval: 1m30s')),
  taken('an interval of nothing', group('interval: ')),
  taken('an interval of 0', group('interval: 0s')),
  refused('an interval that is empty', group('interval: ""')),
  refused('an interval without unit', group('interval: 5')),
  refused('an interval with units upside down', group('interval: 1s1m')),
  refused('an interval of 300 years', group('interval: 300y')),
  stricter('an interval under a second', group('interval: 100ms')),
  taken('a limit', group('limit: 3')),
  taken('a limit below 0', group('limit: -1')),
  stricter('a limit with a fraction', group('limit: 1.5')),
  refused('a limit in words', group('limit: three')),
  newer('a query offset', group('query_offset: 1m')),
  newer('labels of a group', group('labels: {team: pay}, rules: [{alert: A, expr: up}]')),
  refused('__name__ as label of a group', group('labels: {__name__: pay}')),
  stricter('a rule of nothing', group('rules: [null]')),
  refused('a rule that is both', group('rules: [{alert: A, record: a, expr: up}]')),
  refused('a rule that is neither', group('rules: [{expr: up}]')),
  refused('a rule without expression', group('rules: [{alert: A}]')),
  refused('an expression of nothing', group('rules: [{alert: A, expr: }]')),
  refused('an expression of blanks', group('rules: [{alert: A, expr: " "}]')),
  refused('an expression that is wrong', group('rules: [{alert: A, expr: "sum("}]')),
  taken('an expression of a number', group('rules: [{alert: A, expr: 1}]')),
  stricter('an expression of a text', group(`rules: [{alert: A, expr: '"a"'}]`)),
  stricter('an expression of a range', group('rules: [{alert: A, expr: "a[5m]"}]')),
  taken('a rule for a while', alert('for: 1h5m')),
  taken('a rule for 0', alert('for: 0')),
  refused('a rule for a number', alert('for: 5')),
  taken('keep_firing_for', alert('keep_firing_for: 5m')),
  refused('a recording rule for a while', record('for: 5m')),
  taken('a recording rule for 0 s', record('for: 0s')),
  refused('a recording rule that keeps firing', record('keep_firing_for: 5m')),
  refused('a recording rule with annotations', record('annotations: {a: b}')),
  taken('a recording rule with no annotations', record('annotations: {}')),
  taken('a recording rule with labels', record('labels: {a: "{{ not a template"}')),
  taken('colons in the name of a metric', group('rules: [{record: "a:b:c", expr: up}]')),
  newer('dots in the name of a metric', group('rules: [{record: a.b, expr: up}]')),
  newer('the name of a metric in Chinese', group('rules: [{record: 调用量, expr: up}]')),
  refused('braces in the name of a metric', group(`rules: [{record: 'a{b="c"}', expr: up}]`)),
  stricter('a metric of ours', group('rules: [{record: tars_calls, expr: up}]')),
  taken(
    'labels of all kinds',
    alert('labels: {a: 1.0, b: true, c: , d: "", 服: x}').replace(', 服: x', ''),
  ),
  newer('labels with any name', alert('labels: {a.b: x, 服务: y}')),
  refused('a label without a name', alert('labels: {"": x}')),
  refused('__name__ as label', alert('labels: {__name__: x}')),
  taken('__name__ as annotation', alert('annotations: {__name__: x}')),
  newer('annotations with any name', alert('annotations: {a-b: x}')),
  refused('a list as label', alert('labels: {a: [b]}')),
  refused('labels in a list', alert('labels: [a]')),
  taken('templates', alert('annotations: {a: "{{ $labels.x | toUpper }} {{ $value }}"}')),
  refused('a template of a label that is wrong', alert('labels: {a: "{{ $labels.x"}')),
  refused('a template of an annotation that is wrong', alert('annotations: {a: "{{ end }}"}')),
  refused('a template with an unknown function', alert('annotations: {a: "{{ shout 1 }}"}')),
  refused('a template with an unknown variable', alert('annotations: {a: "{{ $x }}"}')),
  taken('rules of one name', group('rules: [{alert: A, expr: up}, {alert: A, expr: up}]')),
  taken(
    'an alias',
    file(
      '  - name: a\n    rules:\n      - {alert: A, expr: &e up}\n      - {alert: B, expr: *e}\n',
    ),
  ),
  taken(
    'maps merged from a list',
    file(
      '  - name: a\n    rules:\n      - {alert: A, expr: up, labels: &l {a: b}, annotations: &n {c: d}}\n      - {alert: B, expr: up, labels: {<<: [*l, *n], e: f}}\n',
    ),
  ),
  taken('a second document', 'groups: []\n---\nother: 1\n'),
  refused('no YAML', 'groups: [\n'),
]

describe('rule files', () => {
  for (const { what, text, ours } of CASES) {
    it(`${ours}: ${what}`, () => {
      const { faults } = parseRuleFile('a.yaml', text)
      assert.equal(faults.length > 0 ? 'refused' : 'taken', ours, JSON.stringify(faults))
      for (const { line, column } of faults) assert.ok(line > 0 && column > 0)
    })
  }
})

describe('rule files as promtool sees them', () => {
  const missing = spawnSync('promtool', ['--version']).status !== 0 && 'promtool is not installed'
  let folder = ''
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'rulefmt-'))
  })
  after(() => rmSync(folder, { recursive: true }))

  it('they are the same', { skip: missing }, () => {
    const files = CASES.map(({ text }, i) => {
      const path = join(folder, `${String(i).padStart(3, '0')}.yaml`)
      writeFileSync(path, text)
      return path
    })
    const args = ['check', 'rules', '--lint=none', ...files]
    const { stderr } = spawnSync('promtool', args, { encoding: 'utf8' })
    const failed = CASES.filter((_, i) => stderr.includes(files[i] ?? ''))
    assert.deepEqual(
      failed.map(({ what }) => what),
      CASES.filter(({ theirs }) => theirs === 'refused').map(({ what }) => what),
    )
  })
})
