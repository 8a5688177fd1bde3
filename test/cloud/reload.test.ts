/** `POST /-/reload` of a real cloud: who may, what it says, and that alerts live on. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type Cloud, startCloud } from '../../src/cloud/cloud.ts'
import { parseCloudConfig } from '../../src/cloud/config.ts'
import { systemClock } from '../../src/support/clock.ts'
import { silentLog } from '../../src/support/log.ts'

const CLI = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
const group = (expr: string) => `groups: [{name: g, rules: [{alert: A, expr: '${expr}'}]}]\n`

describe('a reload of the rules', () => {
  const root = mkdtempSync(join(tmpdir(), 'tars-alarm-reload-'))
  const rules = join(root, 'rules')
  let cloud: Cloud
  let basic = ''
  before(async () => {
    mkdirSync(rules)
    writeFileSync(join(rules, 'alerting_rule_1.yaml'), group('up == 0'))
    const config = `listen: 127.0.0.1:0\ndata: ${root}/data\nrules: [${rules}]\nrule_patterns: [alerting_rule*.yaml]\n`
    const parsed = parseCloudConfig(config, 'cloud.yaml')
    cloud = await startCloud({ config: parsed, clock: systemClock, log: silentLog })
    basic = `Basic ${Buffer.from(`admin:${cloud.firstPassword}`).toString('base64')}`
  })
  after(async () => {
    await cloud.stop()
    rmSync(root, { recursive: true })
  })

  const reload = async (headers: Record<string, string>, method = 'POST') => {
    const answer = await fetch(`${cloud.url}/-/reload`, { method, headers })
    return { status: answer.status, text: (await answer.text()).replaceAll(rules, 'DIR') }
  }

  const strangers = [
    ['nobody', {}, 403],
    ['another site', { cookie: 'tars_alarm_session=guess' }, 403],
    [
      'an ended session',
      { cookie: 'tars_alarm_session=guess', 'x-requested-with': 'tars-alarm' },
      401,
    ],
    [
      'a wrong password',
      { authorization: `Basic ${Buffer.from('admin:guess').toString('base64')}` },
      401,
    ],
    ['an API token', { authorization: 'Bearer tat_guess' }, 403],
  ] as const
  for (const [who, headers, status] of strangers) {
    it(`is refused to ${who}`, async () => assert.equal((await reload(headers)).status, status))
  }

  it('is done for name and password, by POST and PUT, and tells what is different', async () => {
    writeFileSync(join(rules, 'alerting_rule_2.yaml'), group('up == 1'))
    writeFileSync(join(rules, 'alertng_rule_3.yaml'), group('up == 1'))
    assert.deepEqual(await reload({ authorization: basic }), {
      status: 200,
      text:
        'rules reloaded: 10 in 6 groups of 5 files\nadded: alerting_rule_2.yaml;g\n' +
        'DIR/alertng_rule_3.yaml: matches no pattern, not read; did you mean alerting_rule_3.yaml?\n',
    })
    assert.match((await reload({ authorization: basic }, 'PUT')).text, /nothing is different/)
  })

  it('is done for a session of the console', async () => {
    const ours = { 'x-requested-with': 'tars-alarm' }
    const login = await fetch(`${cloud.url}/api/v1/login`, {
      method: 'POST',
      headers: { ...ours, 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'admin', password: cloud.firstPassword }),
    })
    const cookie = login.headers.get('set-cookie')?.split(';')[0] ?? ''
    assert.equal((await reload({ ...ours, cookie })).status, 200)
  })

  it('with a fault anywhere changes nothing and says every fault', async () => {
    writeFileSync(join(rules, 'alerting_rule_1.yaml'), group('up('))
    writeFileSync(join(rules, 'alerting_rule_2.yaml'), 'rules: []\n')
    assert.deepEqual(await reload({ authorization: basic }), {
      status: 422,
      text:
        'nothing changed:\nDIR/alerting_rule_1.yaml:1:48: group "g", rule 1, "A": could not parse expression: parse error: unclosed left parenthesis\n' +
        'DIR/alerting_rule_2.yaml:1:1: unknown field "rules", known are groups\n',
    })
    writeFileSync(join(rules, 'alerting_rule_1.yaml'), group('up == 0'))
    writeFileSync(join(rules, 'alerting_rule_2.yaml'), group('up == 1'))
    assert.match((await reload({ authorization: basic })).text, /nothing is different/)
  })
})

describe('a SIGHUP', () => {
  it('reads the rules anew, and changes nothing when one is wrong', async () => {
    const root = mkdtempSync(join(tmpdir(), 'tars-alarm-sighup-'))
    const [rules, config] = [join(root, 'rules.yaml'), join(root, 'cloud.yaml')]
    writeFileSync(rules, group('up == 0'))
    writeFileSync(config, `listen: 127.0.0.1:0\ndata: data\nrules: [rules.yaml]\n`)
    const child = spawn(process.execPath, [CLI, 'cloud', '--config', config], {
      env: { ...process.env, NODE_TEST_CONTEXT: '' },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const closed = once(child, 'close')
    let said = ''
    const heard = new EventEmitter()
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        said += text
        heard.emit('more')
      })
    }
    const until = async (what: RegExp) => {
      while (!what.test(said)) await once(heard, 'more', { signal: AbortSignal.timeout(120_000) })
    }
    try {
      await until(/tars-alarm cloud: http/)
      writeFileSync(rules, group('up == 1'))
      child.kill('SIGHUP')
      await until(/"changed":\["rules.yaml;g"\].*rules reloaded/)
      writeFileSync(rules, group('up('))
      child.kill('SIGHUP')
      await until(/unclosed left parenthesis.*rules not reloaded: nothing changed/)
    } finally {
      child.kill('SIGTERM')
      await closed
      rmSync(root, { recursive: true })
    }
  })
})
