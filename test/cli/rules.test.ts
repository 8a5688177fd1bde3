import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { rulesFormat } from '../../src/cli/rules-format.ts'
import { rulesTest } from '../../src/cli/rules-test.ts'
import { chinese } from '../../src/cli/rules-words-zh.ts'
import { rulesCheck } from '../../src/cloud/rules/check-command.ts'
import { tarsAlarm } from './command.ts'

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

type Told = { code: number; lines: string[] }

async function told(
  folder: string,
  run: (out: (line: string) => void) => Promise<number>,
): Promise<Told> {
  const lines: string[] = []
  const code = await run((line) => lines.push(line.replaceAll(folder, 'DIR')))
  return { code, lines }
}

const rules = (name: string) =>
  `groups:\n  - name: ${name}\n    rules:\n      - record: a\n        expr: up\n`

describe('tars-alarm rules check --pattern', () => {
  it('checks the files that match, and names those that nearly do', async () => {
    const folder = folderOf({
      'alerting_rules.yaml': rules('a'),
      'recoding_rules-x.yaml': 'broken: [',
      'other.yml': 'broken: [',
      'README.md': '',
    })
    const patterns = ['alerting_rule*.yaml', 'recording_rule*.yaml']
    assert.deepEqual(await told(folder, (out) => rulesCheck([folder], out, patterns)), {
      code: 0,
      lines: [
        'warning: DIR/other.yml: matches no pattern, not read',
        'warning: DIR/recoding_rules-x.yaml: matches no pattern, not read; did you mean recording_rules-x.yaml?',
        'DIR/alerting_rules.yaml: 1 rule found',
      ],
    })
  })

  it('says when nothing matches; a file that is named itself always counts', async () => {
    const folder = folderOf({ 'a.yaml': rules('a') })
    assert.deepEqual(await told(folder, (out) => rulesCheck([folder], out, ['x*.yaml', 'y*'])), {
      code: 1,
      lines: [
        'warning: DIR/a.yaml: matches no pattern, not read',
        'error: DIR: no x*.yaml or y* in this folder',
      ],
    })
    const file = join(folder, 'a.yaml')
    assert.deepEqual(await told(folder, (out) => rulesCheck([file], out, ['x*.yaml'])), {
      code: 0,
      lines: ['DIR/a.yaml: 1 rule found'],
    })
  })

  it('may be given twice', async () => {
    const folder = folderOf({ 'a.yaml': rules('a'), 'b.yaml': rules('b') })
    const args = ['rules', 'check', folder, '--pattern', 'a*', '--pattern', 'b.yaml']
    const { code, stdout } = await tarsAlarm(args)
    assert.equal(code, 0)
    assert.match(stdout, /a\.yaml: 1 rule found\n.*b\.yaml: 1 rule found\n$/)
  })
})

const TESTS = `rule_files: [rules.yaml, none.yaml]
tests:
  - name: right
    input_series: [{series: up, values: 1}]
    promql_expr_test: [{expr: a, exp_samples: [{labels: a, value: 1}]}]
  - name: wrong
    input_series: [{series: up, values: 1}]
    promql_expr_test: [{expr: a, exp_samples: [{labels: a, value: 2}]}]
  - promql_expr_test: [{expr: sum(}]
`

describe('tars-alarm rules test', () => {
  const folder = folderOf({ 'rules.yaml': rules('a'), 'test.yaml': TESTS, 'empty.yaml': '' })
  const file = join(folder, 'test.yaml')

  it('tells what was expected, what there is, and where', async () => {
    assert.deepEqual(await told(folder, (out) => rulesTest([file], {}, out)), {
      code: 1,
      lines: [
        'DIR/test.yaml: FAILED',
        '  DIR/test.yaml:1:26: no file matches none.yaml',
        '  DIR/test.yaml:8:24: test "wrong": a at 0s',
        '      - expected, + got',
        '      - a 2',
        '      + a 1',
        '  DIR/test.yaml:9:24: test 3: expression failed at 0s: sum(: 1:5: parse error: unclosed left parenthesis',
        '',
        'FAILED: 2 of 3 tests failed',
      ],
    })
  })

  it('tells it in Chinese', async () => {
    const { lines } = await told(folder, (out) => rulesTest([file, 'none.yaml'], {}, out, chinese))
    assert.deepEqual(lines, [
      'DIR/test.yaml: FAILED',
      '  DIR/test.yaml:1:26: 没有文件匹配 none.yaml',
      '  DIR/test.yaml:8:24: 测试“wrong”: 0s 时的 a',
      '      - 期望，+ 实际',
      '      - a 2',
      '      + a 1',
      '  DIR/test.yaml:9:24: 第 3 个测试: 表达式执行失败（0s 时）: sum(: 1:5: parse error: unclosed left parenthesis',
      'none.yaml: FAILED',
      "  none.yaml: ENOENT: no such file or directory, open 'none.yaml'",
      '',
      'FAILED: 3 个测试中 2 个失败, 1 个文件无法运行',
    ])
  })

  const runs: [string[], string][] = [
    [['right'], 'SUCCESS: 1 test passed'],
    [['^rig', 'xyz'], 'SUCCESS: 1 test passed'],
    [['w.*g'], 'FAILED: 1 of 1 test failed'],
    [['xyz'], 'SUCCESS: 0 tests passed'],
    // A test without a name has the name ''.
    [['^$'], 'FAILED: 1 of 1 test failed'],
  ]
  for (const [run, last] of runs) {
    it(`--run ${run.join(' --run ')}: ${last}`, async () => {
      const { lines } = await told(folder, (out) => rulesTest([file], { run }, out))
      assert.equal(lines.at(-1), last)
    })
  }

  it('speaks the language of its surroundings, and ends with 0 or 1', async () => {
    const empty = await tarsAlarm(['rules', 'test', join(folder, 'empty.yaml')], {
      LC_ALL: 'zh_CN',
    })
    assert.equal(empty.code, 0)
    assert.match(empty.stdout, /\nSUCCESS: 0 个测试通过\n$/)
    const failed = await tarsAlarm(['rules', 'test', '--run', 'wrong', file], { LC_ALL: 'C' })
    assert.equal(failed.code, 1)
    assert.match(failed.stdout, /\nFAILED: 1 of 1 test failed\n$/)
  })
})

describe('tars-alarm rules format', () => {
  const UGLY = rules('a').replace('expr: up', "expr:   'up  '")

  it('prints, and changes nothing', async () => {
    const folder = folderOf({ 'a.yaml': UGLY })
    const { code, stdout } = await tarsAlarm(['rules', 'format', folder])
    assert.deepEqual([code, stdout], [0, rules('a')])
    assert.equal(readFileSync(join(folder, 'a.yaml'), 'utf8'), UGLY)
  })

  it('--check names what would change and changes nothing, --write changes it', async () => {
    const folder = folderOf({ 'a.yaml': UGLY, 'b.yaml': rules('b') })
    const file = join(folder, 'a.yaml')
    const format = (options: object) => told(folder, (out) => rulesFormat([folder], options, out))
    assert.deepEqual(await format({ check: true, write: true }), {
      code: 1,
      lines: ['DIR/a.yaml: is not formatted'],
    })
    assert.equal(readFileSync(file, 'utf8'), UGLY)
    assert.deepEqual(await format({ write: true }), { code: 0, lines: ['DIR/a.yaml: formatted'] })
    assert.equal(readFileSync(file, 'utf8'), rules('a'))
    assert.deepEqual(await format({ check: true }), { code: 0, lines: [] })
  })

  it('leaves files with faults alone, and links and modes as they are', async () => {
    const folder = folderOf({ 'a.yaml': 'groups: 1\n', 'to.txt': UGLY })
    const target = join(folder, 'to.txt')
    symlinkSync(target, join(folder, 'b.yaml'))
    const { mode } = statSync(target)
    assert.deepEqual(await told(folder, (out) => rulesFormat([folder], { write: true }, out)), {
      code: 1,
      lines: ['error: DIR/a.yaml:1:9: expected a list, found a text', 'DIR/b.yaml: formatted'],
    })
    assert.equal(readFileSync(target, 'utf8'), rules('a'))
    assert.equal(statSync(target).mode, mode)
    assert.equal(readFileSync(join(folder, 'a.yaml'), 'utf8'), 'groups: 1\n')
  })
})
