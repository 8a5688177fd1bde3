import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { openCitizen } from '../../src/agent/citizen.ts'
import type { AgentConfig } from '../../src/agent/config.ts'
import { ConfigSource } from '../../src/agent/config-source.ts'
import { hostingOf } from '../../src/agent/hosting.ts'
import { soloIdentity } from '../../src/agent/solo.ts'
import { createFileLog } from '../../src/support/log.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { mainOf } from './peers/agent-files.ts'
import { tempFolder } from './support/temp-folder.ts'

/** An agent that only notes what it is told, started with what tarsconfig had. */
async function running(lines: readonly string[]) {
  const folder = tempFolder()
  const log = createFileLog('agent', { write: () => {} })
  const pulled = { text: mainOf(lines) }
  const file = join(folder, 'beside.conf')
  writeFileSync(file, mainOf([]))
  const puller = { pull: async () => pulled.text }
  const source = new ConfigSource({ puller, dataPath: folder, file, log })
  const configs: AgentConfig[] = []
  const reconfigure = (config: AgentConfig) => {
    if (config.allowInsecure) throw new Error('allow_insecure is not for you')
    configs.push(config)
    return config.dataPath === undefined ? [] : ['data_path']
  }
  const identity = soloIdentity('tcp -h 127.0.0.1 -p 0', folder)
  const clock = new FakeClock()
  let asked = 0
  const status = () => {
    asked++
    throw new Error('nobody should ask')
  }
  const citizen = openCitizen({
    agent: { status, reconfigure },
    identity,
    hosting: hostingOf(identity),
    source,
    found: await source.find(),
    panel: { tell: async () => {}, close: () => {} },
    clock,
    log,
  })
  const load = () => citizen.run({ name: 'tars.loadconfig', data: 'AgentServer.conf' })
  const copy = () => readFileSync(join(folder, 'AgentServer.conf'), 'utf8')
  return { pulled, load, citizen, clock, asked: () => asked, configs, copy, log }
}

describe('a config that is loaded at run time', () => {
  it('is handed to the agent, kept as the last good copy, and sets the log level', async () => {
    const { pulled, load, configs, copy, log } = await running(['env_key=one'])
    pulled.text = mainOf(['env_key=two', 'log_level=warn'])
    assert.equal(await load(), 'AgentServer.conf is loaded from tarsconfig:AgentServer.conf')
    assert.equal(configs[0]?.envKey, 'two')
    assert.equal(copy(), pulled.text)
    assert.equal(log.level, 'warn')
  })

  it('says what needs a restart', async () => {
    const { pulled, load } = await running(['env_key=one'])
    pulled.text = mainOf(['env_key=one', 'data_path=/elsewhere'])
    assert.match(await load(), /; after a restart only: data_path$/)
  })

  const bad: [name: string, line: string, why: RegExp][] = [
    ['has a fault', 'window=7s', /:2: window: '7s' does not divide a minute/],
    ['the agent refuses', 'allow_insecure=true', /allow_insecure is not for you/],
  ]
  for (const [name, line, why] of bad) {
    it(`changes nothing when it is one that ${name}`, async () => {
      const { pulled, load, configs, copy, log } = await running(['env_key=one'])
      pulled.text = mainOf([line, 'log_level=error'])
      assert.match(await load(), why)
      assert.deepEqual(configs, [])
      assert.equal(log.level, 'info')
      assert.throws(copy, { code: 'ENOENT' })
    })
  }
})

it('the log level is set at run time', async () => {
  const { citizen, log } = await running([])
  await citizen.run({ name: 'tars.setloglevel', data: 'ERROR' })
  assert.equal(log.isLevelEnabled('warn'), false)
})

it('looks for drops every 10 s, until it is closed', async () => {
  const { citizen, clock, asked } = await running([])
  assert.throws(() => clock.advance(10_000), /nobody should ask/)
  const again = await running([])
  again.citizen.close()
  again.clock.advance(60_000)
  citizen.close()
  assert.deepEqual([asked(), again.asked()], [1, 0])
})
