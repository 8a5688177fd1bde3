/** The package is started by the command line of tarsnode, and does what tarsnode and a user expect. */
import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { closeCommunicator, openCommunicator } from '../../src/tars/communicator.ts'
import { Agent } from '../../src/tars/idl/agent.ts'
import { proxy } from '../../src/tars/proxy.ts'
import { decodeBatch } from '../../src/wire/index.ts'
import { CloudDouble } from '../agent/support/cloud-double.ts'
import { type Cleanup, tempFolder } from '../agent/support/temp-folder.ts'
import {
  adminOf,
  freePorts,
  logFileIn,
  spawnServer,
  TarsnodeDouble,
  whenWritten,
  writeTarsConfig,
} from '../launcher/tarsnode-double.ts'
import { packetOf } from '../tars/captured-packets.ts'
import { type Unpacked, unpackedPackage } from './unpacked.ts'

let unpacked: Unpacked
before(async () => {
  unpacked = await unpackedPackage()
})
after(() => unpacked.remove())

interface Running {
  readonly child: ChildProcess
  readonly exit: Promise<number | null>
  readonly folder: string
  readonly node: TarsnodeDouble
  readonly cloud: CloudDouble
  readonly adminPort: number
  /** stat, property, notify, agent. */
  readonly ports: readonly number[]
}

/** `argument` is the folder tarsnode passes, in `bin/`. */
async function start(test: Cleanup, argument = 'src/'): Promise<Running> {
  const folder = join(tempFolder(), 'with space')
  mkdirSync(folder)
  const node = await TarsnodeDouble.start(test)
  const cloud = await CloudDouble.start(test)
  const [adminPort = 0, ...ports] = await freePorts(5)
  const config = writeTarsConfig({ folder, node, adminPort, ports })
  const conf = `<main>\nenv_key=k\ncloud_url=${cloud.url}\n</main>\n`
  writeFileSync(join(folder, 'AgentServer.conf'), conf)
  const log = logFileIn(folder, '')
  const started = whenWritten(test, log, '"msg":"agent: started"')
  const { bin } = unpacked
  const running = spawnServer(test, join(bin, 'tars_nodejs/node'), [
    join(bin, 'tars_nodejs/node-agent/bin/node-agent'),
    join(bin, argument),
    '-c',
    config,
  ])
  const ended = running.exit.then((code) => assert.fail(`${code}: ${readFileSync(log, 'utf8')}`))
  await Promise.race([started, ended])
  return { ...running, folder, node, cloud, adminPort, ports }
}

async function statusOf(test: Cleanup, { ports }: Running): Promise<{ records: number }> {
  const communicator = openCommunicator()
  test.after(() => closeCommunicator(communicator))
  const object = `Alarm.AgentServer.AgentObj@tcp -h 127.0.0.1 -p ${ports[3]} -t 3000`
  const { status } = await proxy(communicator, Agent, object).getStatus({})
  return JSON.parse(status)
}

/** A connection to StatObj, the first answer of which came: what was sent before is taken. */
async function report(test: Cleanup, { ports }: Running) {
  const socket = connect(ports[0] ?? 0, '127.0.0.1')
  test.after(() => socket.destroy())
  socket.on('error', () => {})
  socket.write(packetOf('cpp-stat-client-1.bin'))
  await once(socket, 'connect')
  return socket
}

describe('the package, started as tarsnode starts it', () => {
  it('takes reports, answers, and ends in time when tarsnode says so', async (t) => {
    const running = await start(t)
    const { node, child, exit, adminPort, cloud } = running
    await node.until(({ alive, versions }) => alive.length > 0 && versions.length > 0)
    assert.equal(node.alive[0]?.pid, child.pid)
    assert.deepEqual(node.versions, [unpacked.contents.version])

    await report(t, running)
    let { records } = await statusOf(t, running)
    while (records === 0) ({ records } = await statusOf(t, running))

    const admin = adminOf(t, adminPort)
    assert.equal((await admin.notify({ command: 'tars.viewversion' })).ret, node.versions[0])
    const stopAt = performance.now()
    await admin.shutdown({})
    assert.equal(await exit, 0)
    const tookMs = performance.now() - stopAt
    assert.ok(tookMs < 3_000, `tarsnode kills after 3 s, this took ${tookMs} ms`)
    const batches = cloud.received.filter(({ path }) => path?.endsWith('/batches'))
    const windows = batches.flatMap(({ bytes }) => decodeBatch(bytes).windows)
    assert.ok(windows.some(({ stats }) => stats.length > 0))
  })

  it('ends with its launcher, even when that is killed', async (t) => {
    const running = await start(t)
    const socket = await report(t, running)
    // A connection reset is an end, too.
    const ended = new Promise((resolve) => socket.once('close', resolve))
    running.child.kill('SIGKILL')
    await ended
  })

  it('is found from the folder above, as K8SFramework passes it', async (t) => {
    const running = await start(t, '')
    assert.equal((await statusOf(t, running)).records, 0)
  })

  it('logs where TARS servers log', async (t) => {
    const { folder, exit, child } = await start(t)
    child.kill('SIGTERM')
    assert.equal(await exit, 0)
    assert.match(readFileSync(logFileIn(folder, '_agent'), 'utf8'), /"msg":"worker started"/)
    assert.match(readFileSync(logFileIn(folder, ''), 'utf8'), /"msg":"agent: started"/)
  })
})

describe('the package', () => {
  it('has in one folder what tarsnode copies, and no more', () => {
    const tops = new Set(
      unpacked.contents.entries.map(({ path }) => path.split('/').slice(0, 3).join('/')),
    )
    assert.deepEqual([...tops].sort(), [
      'AgentServer/AgentServer/src',
      'AgentServer/AgentServer/tars_nodejs',
    ])
  })

  it('has nothing of the cloud or the console', () => {
    const { entries, packages } = unpacked.contents
    const areas = entries.flatMap(({ path }) => /\/src\/src\/([^/]+)\//.exec(path)?.[1] ?? [])
    const known = ['agent', 'launcher', 'model', 'support', 'tars', 'wire']
    assert.deepEqual([...new Set(areas)].sort(), known)
    const foreign = ['fastify', 'kysely', 're2js', 'typescript', 'vue', 'node']
    for (const name of foreign) assert.ok(!packages.includes(`node_modules/${name}`), name)
    assert.ok(packages.includes('node_modules/@tars/rpc'))
  })

  it('has our modules as JavaScript that names no other', () => {
    const modules = unpacked.contents.entries.filter(({ path }) => /\/src\/src\//.test(path))
    for (const { path, content } of modules) {
      assert.match(path, /\.js$/)
      const code = Buffer.from(content).toString()
      assert.doesNotMatch(code.replaceAll(/^\s*(\/?\*|\/\/).*/gm, ''), /\.ts['"`]/, path)
    }
  })

  it('has the real Node.js, and programs that can be run', () => {
    const shipped = join(unpacked.bin, 'tars_nodejs/node24/node')
    assert.deepEqual(readFileSync(shipped), readFileSync('node_modules/node/bin/node'))
    for (const name of ['node', 'node24/node', 'node-agent/bin/node-agent']) {
      assert.equal(statSync(join(unpacked.bin, 'tars_nodejs', name)).mode & 0o777, 0o755, name)
    }
  })
})
