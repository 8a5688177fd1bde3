import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, beforeEach, describe, it } from 'node:test'
import { formatUnread, loadRules } from '../../../src/cloud/rules/load.ts'
import type { RuleSet } from '../../../src/cloud/rules/rule.ts'
import { RuleBook, reloadLines } from '../../../src/cloud/rules/rule-book.ts'
import { silentLog } from '../../../src/support/log.ts'

const root = mkdtempSync(join(tmpdir(), 'tars-alarm-rule-book-'))
after(() => rmSync(root, { recursive: true }))

const group = (name: string, expr = 'up') =>
  `groups: [{name: ${name}, rules: [{alert: A, expr: '${expr}'}]}]\n`

describe('RuleBook', () => {
  let folder = ''
  const replaced: RuleSet[] = []
  beforeEach(() => {
    folder = mkdtempSync(join(root, 'rules-'))
    replaced.length = 0
    put('alerting_rule_1.yaml', group('a'))
    put('recording_rule_1.yaml', group('b'))
  })
  const put = (name: string, text: string) => writeFileSync(join(folder, name), text)
  const open = () =>
    RuleBook.open({
      log: silentLog,
      load: () => loadRules(folder, ['alerting_rule*.yaml', 'recording_rule*.yaml']),
      replaced: (rules) => replaced.push(rules),
    })

  it('tells what a reload added, changed and removed, by group', async () => {
    const book = await open()
    put('alerting_rule_1.yaml', group('a', 'up == 0'))
    put('alerting_rule_2.yaml', group('c'))
    rmSync(join(folder, 'recording_rule_1.yaml'))
    const { added, changed, removed } = await book.reload()
    assert.deepEqual(
      { added, changed, removed },
      {
        added: ['alerting_rule_2.yaml;c'],
        changed: ['alerting_rule_1.yaml;a'],
        removed: ['recording_rule_1.yaml;b'],
      },
    )
    assert.deepEqual(replaced, [book.rules])
  })

  it('finds nothing different where only lines moved', async () => {
    const book = await open()
    put('alerting_rule_1.yaml', `# why\n\n${group('a')}`)
    assert.deepEqual(reloadLines(await book.reload()), [
      'rules reloaded: 2 in 2 groups of 2 files',
      'nothing is different',
    ])
  })

  it('changes nothing when one file of many is wrong, and says all that is wrong', async () => {
    const book = await open()
    const before = book.rules
    put('alerting_rule_1.yaml', group('a', 'up('))
    put('recording_rule_1.yaml', 'rules: []')
    put('alerting_rule_2.yaml', group('c'))
    await assert.rejects(book.reload(), {
      message: /_1\.yaml:1:48: .*parenthesis\n.*unknown field "rules"/,
    })
    assert.equal(book.rules, before)
    assert.deepEqual(replaced, [])
  })

  it('names the files that match no pattern, with what was meant', async () => {
    put('alertng_rule_2.yaml', group('c'))
    put('README.md', '')
    const { unread } = await (await open()).reload()
    assert.deepEqual(
      unread.map((each) => formatUnread(each).replace(folder, 'DIR')),
      [
        'DIR/README.md: matches no pattern, not read',
        'DIR/alertng_rule_2.yaml: matches no pattern, not read; did you mean alerting_rule_2.yaml?',
      ],
    )
  })

  it('takes reloads one after the other, and goes on after one that failed', async () => {
    const book = await open()
    put('alerting_rule_2.yaml', 'rules: []')
    const failing = assert.rejects(book.reload())
    await failing
    put('alerting_rule_2.yaml', group('c'))
    const reports = await Promise.all([book.reload(), book.reload()])
    assert.deepEqual(
      reports.map(({ added }) => added.length),
      [1, 0],
    )
  })
})
