import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { tarsAlarm } from './command.ts'

const folder = mkdtempSync(join(tmpdir(), 'tars-alarm-cli-'))
after(() => rmSync(folder, { recursive: true, force: true }))

function file(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

describe('tars-alarm env', () => {
  const config = ['--config', file('env.yaml', 'data: env-data\n')]

  it('creates, lists and gives a new key, which is shown each time', async () => {
    const created = await tarsAlarm(['env', 'create', '生产', ...config])
    assert.equal(created.code, 0, created.stderr)
    const [, id = '', key = ''] =
      /^(al-\w{10}) .*\nenv_key=(ek_\w{40})$/m.exec(created.stdout) ?? []
    const listed = await tarsAlarm(['env', 'list', ...config])
    assert.match(listed.stdout, new RegExp(`^${id}  TARSFramework .* 生产$`, 'm'))
    assert.ok(!listed.stdout.includes(key), 'a list shows no keys')
    const rotated = await tarsAlarm(['env', 'rotate-key', id, ...config])
    assert.match(rotated.stdout, /^env_key=ek_\w{40}$/m)
    assert.ok(!rotated.stdout.includes(key), 'it is another key')
  })

  it('creates none that the console would refuse', async () => {
    await tarsAlarm(['env', 'create', 'taken', ...config])
    const cases = [
      ['', /name: expected 1 to 64 characters on one line/],
      ['a\r\nBcc: x', /name: expected 1 to 64 characters on one line/],
      ['taken', /an environment "taken" exists/],
    ] as const
    for (const [name, expected] of cases) {
      const { code, stderr, stdout } = await tarsAlarm(['env', 'create', name, ...config])
      assert.equal(code, 1, stdout)
      assert.match(stderr, expected)
    }
  })

  it('says which environment there is not', async () => {
    const { code, stderr } = await tarsAlarm(['env', 'rotate-key', 'al-0000000000', ...config])
    assert.equal(code, 1)
    assert.match(stderr, /there is no environment 'al-0000000000'/)
  })
})

describe('tars-alarm rules check', () => {
  it('accepts the rules that come with it', async () => {
    const { code, stdout } = await tarsAlarm(['rules', 'check', 'conf/rules'])
    assert.equal(code, 0)
    assert.match(stdout, /tars\.yaml: 21 rules found/)
  })

  it('names file, line and column of what is wrong, and exits with 1', async () => {
    const path = file(
      'broken.yaml',
      'groups:\n  - name: g\n    rules:\n      - alert: A\n        expr: sum(\n',
    )
    const { code, stdout, stderr } = await tarsAlarm(['rules', 'check', path])
    assert.equal(code, 1)
    assert.match(stdout + stderr, /broken\.yaml:5:\d+: /)
  })
})

describe('tars-alarm tars decode', () => {
  it('prints a line for each packet, and exits with 1 when a file is none', async () => {
    const packet = 'test/fixtures/captures/cpp-notify-restart.bin'
    const { code, stdout, stderr } = await tarsAlarm(['tars', 'decode', 'package.json', packet])
    assert.equal(code, 1)
    assert.equal(JSON.parse(stdout).header.sFuncName, 'reportNotifyInfo')
    assert.match(stderr, /package\.json/)
  })
})

describe('tars-alarm', () => {
  it('says what there is when asked for what there is not', async () => {
    const { code, stderr } = await tarsAlarm(['clout'])
    assert.equal(code, 1)
    assert.match(stderr, /unknown command 'clout'/)
    assert.match(stderr, /Did you mean cloud\?/)
  })
})
