import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { planOf } from '../../../src/cloud/backtest/plan.ts'
import { fileOf } from '../rules/rule-world.ts'

const R = '{record: r, expr: sum(x)}'
const READS_R = '{alert: A, expr: r > 1}'

/** Why each group is evaluated instant by instant; `-` for those evaluated as ranges. */
function reasons(...groups: readonly string[]): string[] {
  const yaml = groups.map((group, i) => `{name: g${i}, ${group}}`).join(', ')
  return planOf(fileOf(`groups: [${yaml}]`).groups).groups.map(({ slow }) => slow ?? '-')
}

describe('rules are evaluated as ranges', () => {
  const LATER = 'reads-what-comes-later'
  for (const [sentence, groups, expected] of [
    ['when they read nothing that rules write', ['rules: [{alert: A, expr: x > 1}]'], ['-']],
    ['when they read what a rule before them records', [`rules: [${R}, ${READS_R}]`], ['-']],
    [
      'when that is in a group before',
      [`rules: [${R}]`, `rules: [${READS_R}]`, 'rules: [{alert: B, expr: y}]'],
      ['-', '-', '-'],
    ],
    [
      'when they read ALERTS of a group before',
      ['rules: [{alert: A, expr: x}]', 'rules: [{alert: B, expr: \'ALERTS{alertname="A"}\'}]'],
      ['-', '-'],
    ],
    [
      'but not when they read what comes later',
      [`rules: [${READS_R}]`, `rules: [${R}]`, 'rules: [{alert: B, expr: y}]'],
      [LATER, LATER, '-'],
    ],
    ['nor what they record themselves', ['rules: [{record: r, expr: r + 1}]'], [LATER]],
    [
      'nor what is recorded as of an earlier time than they look at',
      [`query_offset: 1m, rules: [${R}]`, `rules: [${READS_R}]`],
      [LATER, LATER],
    ],
    [
      'nor when any name may be meant',
      ['rules: [{alert: A, expr: \'{job="x"}\'}, {alert: B, expr: y}]'],
      ['reads-alerts-of-itself'],
    ],
    [
      'nor when they read a group that is not',
      [`rules: [{record: r, expr: r + 1}]`, `rules: [${READS_R}]`],
      [LATER, LATER],
    ],
    [
      'nor when they name start or end of the range',
      ["rules: [{alert: A, expr: 'x @ end()'}]", 'rules: [{alert: B, expr: y}]'],
      ['names-its-range', '-'],
    ],
    [
      'nor when another group has a rule of the same name, that may find the same alert',
      [
        `rules: [${R}, ${READS_R}]`,
        'rules: [{alert: A, expr: y, labels: {to: ops}}]',
        'rules: [{alert: B, expr: y}]',
      ],
      ['shares-alerts', 'shares-alerts', '-'],
    ],
    [
      'but when their labels tell them apart',
      [
        'rules: [{alert: A, expr: x, labels: {severity: WARN}}]',
        'rules: [{alert: A, expr: y, labels: {severity: ERROR}}]',
      ],
      ['-', '-'],
    ],
    [
      'and when a template asks for what is recorded before',
      ["rules: [{record: d:x, expr: x}, {alert: A, expr: y, labels: {n: '{{ query `d:x` }}'}}]"],
      ['-'],
    ],
    [
      'but not when the template of a label asks for what is recorded later',
      ["rules: [{alert: A, expr: y, labels: {n: '{{ query `d:x` }}'}}, {record: d:x, expr: x}]"],
      [LATER],
    ],
  ] as const) {
    it(sentence, () => assert.deepEqual(reasons(...groups), expected))
  }
})

describe('recording rules', () => {
  const unread = (rules: string) => {
    const { groups, unread } = planOf(fileOf(`groups: [{name: g, rules: [${rules}]}]`).groups)
    const left = groups.flatMap(({ group }) => group.rules.map(({ name }) => name))
    return { left, unread: unread.map(({ name }) => name) }
  }

  it('are left out when nobody reads what they record', () => {
    assert.deepEqual(unread(`${R}, {alert: B, expr: y}`), { left: ['B'], unread: ['r'] })
  })

  it('stay when a template may ask for it', () => {
    const asks = '{alert: B, expr: y, annotations: {t: "{{ query `r` | first | value }}"}}'
    assert.deepEqual(unread(`${R}, ${asks}`), { left: ['r', 'B'], unread: [] })
  })
})
