/** A start that cannot succeed: one clear line for each fault on stderr, exit code 1, nothing half started. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { tarsConfig } from '../../scripts/demo/app/tars-config.ts'
import { tarsAlarm } from './command.ts'

const folder = mkdtempSync(join(tmpdir(), 'tars-alarm-start-'))
let taken: Server
let port = 0

before(async () => {
  taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  port = (taken.address() as AddressInfo).port
})
after(() => {
  taken.close()
  rmSync(folder, { recursive: true, force: true })
})

function file(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

describe('the cloud refuses to start', () => {
  const cases = [
    ['with a taken port', () => `listen: 127.0.0.1:${port}\n`, /port \d+ on 127\.0\.0\.1 is taken/],
    ['with an unknown key', () => 'lissten: 127.0.0.1:1\n', /cloud\.yaml:1: lissten: unknown key/],
    [
      'with a wrong duration',
      () => '# one\nconvergence: ten minutes\n',
      /cloud\.yaml:2: convergence: 'ten minutes'/,
    ],
    ['with text that is no YAML', () => 'listen: [\n', /cloud\.yaml:\d+: /],
    ['with a data folder that is a file', () => `data: ${file('in-the-way', '')}\n`, /in-the-way/],
    ['with a data folder that cannot be made', () => 'data: /proc/alarm/data\n', /\/proc\/alarm/],
    ['with rules that are not there', () => 'rules: [nowhere]\n', /nowhere/],
    [
      'with a broken rule',
      () =>
        `rules: [${file('rules.yaml', 'groups:\n  - name: g\n    rules:\n      - alert: A\n        expr: up ==\n')}]\n`,
      /rules\.yaml:5:\d+: .*A/,
    ],
    [
      'with a certificate that is not there',
      () => 'tls: { cert: no.pem, key: no.pem }\n',
      /no\.pem/,
    ],
  ] as const
  for (const [name, text, expected] of cases) {
    it(name, async () => {
      const data = join(folder, name.replaceAll(' ', '-'))
      mkdirSync(data)
      const config = join(data, 'cloud.yaml')
      writeFileSync(config, text())
      const { code, stdout, stderr } = await tarsAlarm(['cloud', '--config', config])
      assert.equal(code, 1, stdout + stderr)
      const said = stderr.split('\n').filter((line) => line && !line.startsWith('{'))
      assert.match(said.join('\n'), expected)
      assert.equal(said.length, 1, `one line, not:\n${said.join('\n')}`)
    })
  }
})

describe('the agent refuses to start', () => {
  const tarsFile = (stat: number) =>
    file(
      `agent-${stat}.conf`,
      tarsConfig({
        app: 'Alarm',
        server: 'AgentServer',
        folder: join(folder, 'agent-data'),
        ports: { stat: 1, property: 1, notify: 1 },
        reportIntervalMs: 60_000,
        adapters: { 'Alarm.AgentServer.StatObj': stat },
      }),
    )
  const conf = (text: string) => file('AgentServer.conf', `<main>\n${text}\n</main>\n`)
  const cases = [
    ['without a TARS config', () => ({ conf: conf('env_key=ek_x') }), /TARS_CONFIG is not set/],
    [
      'with a taken port',
      () => ({ conf: conf('env_key=ek_x'), tars: tarsFile(port) }),
      /port \d+ .*taken/,
    ],
    [
      'with an unknown key',
      () => ({ conf: conf('env_kee=ek_x'), tars: tarsFile(1) }),
      /AgentServer\.conf:2: .*env_kee.*env_key/,
    ],
    [
      'with a data path that is a file',
      () => ({ conf: conf(`data_path=${file('blocked', '')}`), tars: tarsFile(1) }),
      /blocked/,
    ],
    [
      'with a data path that cannot be made',
      () => ({ conf: conf('data_path=/proc/alarm/data'), tars: tarsFile(1) }),
      /\/proc\/alarm/,
    ],
  ] as const
  for (const [name, make, expected] of cases) {
    it(name, async () => {
      const made: { conf: string; tars?: string } = make()
      const env = { TARS_CONFIG: made.tars ?? '' }
      const { code, stderr } = await tarsAlarm(['agent', '--config', made.conf], env)
      assert.equal(code, 1, stderr)
      const said = stderr.split('\n').filter((line) => line && !line.startsWith('{'))
      assert.match(said.join('\n'), expected)
      assert.equal(said.length, 1, `one line, not:\n${said.join('\n')}`)
    })
  }
})
