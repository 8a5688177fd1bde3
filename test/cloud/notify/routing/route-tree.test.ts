/** Who is told, as `amtool config routes test` says it: through Debian's amtool, too, where it is installed. */
import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { describe, it } from 'node:test'
import { promisify } from 'node:util'
import { parseRouteTree } from '../../../../src/cloud/notify/routing/parse-route-tree.ts'
import {
  groupLabels,
  matching,
  nodesOf,
  rootOf,
} from '../../../../src/cloud/notify/routing/route-tree.ts'
import { contact } from '../support/nouns.ts'
import { importedTree, TEAMS } from './alertmanager-file.ts'

const noAmtool = spawnSync('amtool', ['--version']).status !== 0
const root = rootOf(importedTree())

/** As amtool 0.25 answers. */
const CASES: [name: string, labels: Record<string, string>, receivers: string[]][] = [
  ['what nothing matches is the root’s', { service: 'paying' }, ['pay-mails']],
  ['what no child matches is the node’s', { service: 'pay' }, ['pay-mails']],
  ['a child goes before its node', { service: 'pay', severity: 'ERROR' }, ['pay-pager']],
  [
    'continue asks the next sibling too',
    { service: 'pay', severity: 'ERROR', node: 'a' },
    ['pay-pager', 'nodes'],
  ],
  ['a missing label is an empty one', { service: 'stock', severity: 'WARN', node: 'a' }, ['nodes']],
  ['the older match', { service: 'files', severity: 'ERROR' }, ['files-pager']],
  ['the first without continue ends it', { service: 'database', owner: 'files' }, ['files-pager']],
  ['a child that continues alone', { service: 'database', owner: 'pay' }, ['pay-pager']],
  [
    'all matchers must match',
    { service: 'database', owner: 'pay', night: 'yes' },
    ['pay-pager', 'database-pager'],
  ],
  ['a node without receiver has its parent’s', { team: 'd' }, ['pay-mails']],
  ['a node that continues, and one after it', { team: 'c' }, ['pay-mails', 'files-mails']],
  ['what !~ leaves out', { team: 'a' }, ['pay-mails']],
]

describe('which routes tell of an alert', () => {
  for (const [name, labels, receivers] of CASES) {
    it(name, () => {
      const found = matching(root, labels).map(({ receiver }) => receiver)
      assert.deepEqual(found, receivers)
    })
  }

  it('amtool answers the same', { skip: noAmtool && 'amtool is not installed' }, async () => {
    const asked = CASES.map(async ([name, labels, receivers]) => {
      const args = Object.entries(labels).map(([label, value]) => `${label}=${value}`)
      const command = ['config', 'routes', 'test', `--config.file=${TEAMS}`, ...args]
      const { stdout } = await promisify(execFile)('amtool', command)
      assert.deepEqual(stdout.trim().split(','), receivers, name)
    })
    await Promise.all(asked)
  })
})

describe('what a route inherits', () => {
  const nodeAt = (path: string) => {
    const found = nodesOf(root).find((node) => node.path === path)
    assert.ok(
      found,
      nodesOf(root)
        .map((node) => node.path)
        .join('\n'),
    )
    return found
  }

  it('the way of grouping and the receiver are the parent’s', () => {
    const { grouping, receiver, depth } = nodeAt('{}/{service="files"}')
    assert.deepEqual(grouping, {
      groupBy: ['alertname', 'cluster', 'service'],
      ...{ groupWaitMs: 30_000, groupIntervalMs: 300_000, repeatIntervalMs: 3 * 3_600_000 },
    })
    assert.deepEqual([receiver, depth], ['files-mails', 1])
    const other = nodeAt('{}/{service="database"}/{owner="pay"}')
    assert.deepEqual(other.grouping.groupBy, ['alertname', 'cluster', 'database'])
  })

  it('time intervals are not', () => {
    const { muteTimeIntervals, nodes } = nodeAt(
      '{}/{service="database"}/{night=~"y.*",owner="pay"}',
    )
    assert.deepEqual([muteTimeIntervals, nodes], [['workdays'], []])
  })

  it('without anything said it is as Alertmanager does by default', () => {
    const route = { matchers: [], continue: false, receiver: 'a', routes: [] }
    const bare = rootOf({ route: { ...route, muteTimeIntervals: [], activeTimeIntervals: [] } })
    assert.deepEqual(bare.grouping, {
      groupBy: [],
      ...{ groupWaitMs: 30_000, groupIntervalMs: 300_000, repeatIntervalMs: 4 * 3_600_000 },
    })
  })

  it('siblings alike have paths of their own, which other siblings do not change', () => {
    const child = (value: string) => ({
      ...{ matchers: [{ name: 'a', op: '=' as const, value }], continue: true },
      ...{ muteTimeIntervals: [], activeTimeIntervals: [], routes: [] },
    })
    const paths = (...values: string[]) => {
      const route = { ...child(''), matchers: [], receiver: 'r', routes: values.map(child) }
      return rootOf({ route }).nodes.map(({ path }) => path)
    }
    assert.deepEqual(paths('1', '1'), ['{}/{a="1"}', '{}/{a="1"}#2'])
    assert.deepEqual(paths('0', '1').at(-1), '{}/{a="1"}')
  })
})

describe('a short text that says much by anchors', () => {
  const many = (what: string, n: number) => Array.from({ length: n }, (_, at) => `${what}${at}`)
  const cases: [string, string, RegExp][] = [
    [
      'matchers',
      `route: {receiver: a, routes: [{matchers: &m ["${many('x=', 101).join('", "')}"]}, {matchers: *m}]}`,
      /matchers: expected 100 at the most/,
    ],
    [
      'routes below themselves',
      'route: {receiver: a, routes: &r [{matchers: [x=1], routes: *r}, {matchers: [x=2], routes: *r}]}',
      /expected 1000 routes at the most, 20 deep/,
    ],
    [
      'names of a receiver',
      `route: {receiver: a}\nreceivers: [{name: b, contacts: &c [${many('p', 201).join()}]}, {name: d, contacts: *c}]`,
      /contacts: expected 200 at the most/,
    ],
    [
      'labels that are equal',
      `route: {receiver: a}\ninhibit_rules: [{source_matchers: [x=1], target_matchers: [x=2], equal: [${many('l', 51).join()}]}]`,
      /equal: expected 50 at the most/,
    ],
  ]
  for (const [what, text, fault] of cases) {
    it(`has a bound: ${what}`, () => {
      const { faults } = parseRouteTree(`${text}\n`, {
        ...{ contacts: [contact('a')], groups: [], receivers: [] },
      })
      assert.ok(
        faults.some(({ message }) => fault.test(message)),
        JSON.stringify(faults.slice(0, 3)),
      )
    })
  }
})

describe('the labels of a group', () => {
  const { grouping } = root
  const labels = { service: 'pay', alertname: 'x', node: 'a' }
  it('are those it groups by, without the empty ones', () => {
    assert.deepEqual(groupLabels(grouping, labels), [
      ['alertname', 'x'],
      ['service', 'pay'],
    ])
  })
  it('are all where it groups by all', () => {
    assert.equal(groupLabels({ ...grouping, groupBy: 'all' }, labels).length, 3)
  })
})
