import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, it } from 'node:test'
import { packetOf } from '../tars/captured-packets.ts'
import { type AgentFiles, mainOf, writeAgentFiles } from './peers/agent-files.ts'
import { FrameworkDouble } from './peers/framework-double.ts'
import { batchesOf, batchWith } from './peers/received-batches.ts'
import { answer, CloudDouble } from './support/cloud-double.ts'
import { type Cleanup, tempFolder } from './support/temp-folder.ts'

/** An agent as a process, with a TARS config and, beside it, its `AgentServer.conf`. */
function spawnAgent(test: Cleanup, files: AgentFiles, args: readonly string[] = []): ChildProcess {
  const child = spawn(process.execPath, ['src/agent/main.ts', ...args], {
    env: { ...process.env, TARS_CONFIG: writeAgentFiles(files), TARS_MONITOR: 'true' },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  test.after(() => child.kill('SIGKILL'))
  return child
}

/** What an agent that cannot start says on stderr. */
async function refusal(test: Cleanup, files: AgentFiles): Promise<string> {
  const child = spawnAgent(test, files)
  const [said, [code]] = await Promise.all([
    text(child.stderr ?? assert.fail()),
    once(child, 'exit'),
  ])
  assert.equal(code, 1)
  return said
}

/** The port it takes reports at, read from its log. */
async function portOf(child: ChildProcess): Promise<number> {
  let said = ''
  for await (const chunk of child.stderr?.iterator({ destroyOnReturn: false }) ?? []) {
    said += chunk
    const started = said.split('\n').find((line) => line.includes('agent: started'))
    if (started) return JSON.parse(started).addresses[2].port
  }
  assert.fail(`the agent ended: ${said}`)
}

describe('the agent’s process: what is wrong at start is one line, exit code 1', () => {
  it('a key of the config is unknown', async (t) => {
    const said = await refusal(t, { folder: tempFolder(), lines: ['env_kee=x'] })
    assert.match(
      said,
      /^agent: .*AgentServer\.conf:2: unknown key 'env_kee', did you mean 'env_key'\?\n$/,
    )
  })

  it('a port is taken', async (t) => {
    const other = createServer().listen(0, '127.0.0.1')
    t.after(() => other.close())
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo
    const said = await refusal(t, {
      folder: tempFolder(),
      lines: ['env_key=k', 'log_level=silent'],
      port,
    })
    assert.match(said, new RegExp(`^agent: tcp port ${port} on 127\\.0\\.0\\.1 is taken[^\n]*\n$`))
  })

  it('the data path cannot be written', async (t) => {
    const folder = tempFolder()
    writeFileSync(join(folder, 'data'), '')
    const said = await refusal(t, { folder, lines: ['env_key=k', 'log_level=silent'] })
    assert.match(said, /^agent: data path .*data: EEXIST[^\n]*\n$/)
  })

  it('the key would travel in plain text', async (t) => {
    const lines = ['env_key=k', 'cloud_url=http://10.0.0.1', 'log_level=silent']
    const said = await refusal(t, { folder: tempFolder(), lines })
    assert.match(
      said,
      /^agent: cloud_url 'http:\/\/10\.0\.0\.1' would send env_key in plain[^\n]*\n$/,
    )
  })
})

describe('the agent’s process', () => {
  it('pushes its windows, and at SIGTERM the open one, within the time node-agent allows', async (t) => {
    const cloud = await CloudDouble.start(t)
    const lines = ['env_key=k', `cloud_url=${cloud.url}`, 'window=30s']
    const child = spawnAgent(t, { folder: tempFolder(), lines })
    await portOf(child)
    const exit = once(child, 'exit')
    child.kill('SIGTERM')
    const [code] = await exit
    assert.equal(code, 0)
    assert.equal(batchesOf(cloud).at(-1)?.windows.length, 1)
  })

  it('logs in the log path of TARS as well as on stderr', async (t) => {
    const folder = tempFolder()
    const cloud = await CloudDouble.start(t)
    const lines = ['env_key=the-key', `cloud_url=${cloud.url}`]
    await portOf(spawnAgent(t, { folder, lines }))
    const file = join(folder, 'log/Alarm/AgentServer/Alarm.AgentServer_alarm.log')
    const said = readFileSync(file, 'utf8')
    assert.match(said, /"msg":"agent: started"/)
    assert.doesNotMatch(said, /the-key/)
  })

  it('starts although the log path cannot be written', async (t) => {
    const folder = tempFolder()
    writeFileSync(join(folder, 'log'), '')
    const cloud = await CloudDouble.start(t)
    const child = spawnAgent(t, { folder, lines: ['env_key=k', `cloud_url=${cloud.url}`] })
    const warned = once(child.stderr ?? assert.fail(), 'data')
    await portOf(child)
    assert.match(String(await warned), /the log file cannot be written/)
  })

  it('kill -9 loses no notify that was in the spool', async (t) => {
    const folder = tempFolder()
    const cloud = (await CloudDouble.start(t)).always(answer(503))
    const lines = ['env_key=k', `cloud_url=${cloud.url}`]
    const first = spawnAgent(t, { folder, lines })
    const socket = connect(await portOf(first), '127.0.0.1')
    t.after(() => socket.destroy())
    socket.on('error', () => {})
    socket.write(packetOf('nodejs-notify-error.bin'))
    // Two-way: the answer says that it is durable.
    await once(socket, 'data')
    first.kill('SIGKILL')
    await once(first, 'exit')
    cloud.always(answer(200))
    const before = cloud.received.length

    await portOf(spawnAgent(t, { folder, lines }))
    const { events } = await batchWith(cloud, before, (batch) => batch.events.length > 0)
    assert.equal(events[0]?.module, 'RigNodeJs.HelloServer')
  })
})

describe('the config of the agent’s process', () => {
  const broken = { ret: 0, config: mainOf(['from=tarsconfig']) }

  it('is what tarsconfig has; it is kept, and used when what tarsconfig has is bad', async (t) => {
    const framework = await FrameworkDouble.start(t)
    const cloud = await CloudDouble.start(t)
    const folder = tempFolder()
    const files = { folder, framework, lines: ['from=file'] }
    framework.configs = [{ ret: 0, config: mainOf(['env_key=k', `cloud_url=${cloud.url}`]) }]
    const first = spawnAgent(t, files)
    await portOf(first)
    assert.equal(framework.asked.length, 1)
    const exit = once(first, 'exit')
    first.kill('SIGTERM')
    await exit

    framework.configs = [broken]
    await portOf(spawnAgent(t, files))
    const told = await framework.until(() => framework.notified[0])
    assert.match(told.message, /is taken from .*data\/AgentServer\.conf, because .*key 'from'/)
  })

  it('is the file of --config before all others', async (t) => {
    const framework = await FrameworkDouble.start(t)
    const cloud = await CloudDouble.start(t)
    const folder = tempFolder()
    framework.configs = [broken]
    const file = join(folder, 'mine.conf')
    writeFileSync(file, mainOf(['env_key=k', `cloud_url=${cloud.url}`]))
    await portOf(spawnAgent(t, { folder, framework, lines: ['from=file'] }, ['--config', file]))
    assert.deepEqual(framework.asked, [])
  })

  it('is not waited for when the process is to end', async (t) => {
    const framework = await FrameworkDouble.start(t)
    framework.configs = ['silence']
    const child = spawnAgent(t, { folder: tempFolder(), framework })
    await framework.until(() => framework.asked[0])
    const exit = once(child, 'exit')
    child.kill('SIGTERM')
    assert.deepEqual(await exit, [0, null])
    assert.equal(framework.asked.length, 1)
  })
})
