import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { type Cleanup, tempFolder } from '../agent/support/temp-folder.ts'
import {
  adminOf,
  freePorts,
  logFileIn,
  spawnServer,
  TarsnodeDouble,
  writeTarsConfig,
} from './tarsnode-double.ts'

const ANSWERS = `
process.on('message', ({ cmd, data, id }) => {
  if (cmd === 'agent.shutdown') process.exit()
  if (cmd === 'tell') process.send({ cmd: 'admin.result', id, result: 'told ' + data })
  if (cmd === 'die') process.kill(process.pid, 'SIGKILL')
  if (cmd === 'print') console.log('printed ' + data)
  if (cmd === 'print') process.send({ cmd: 'admin.result', id, result: 'printed' })
})
process.on('disconnect', () => process.exit())
`

interface Running {
  readonly child: ChildProcess
  readonly exit: Promise<number | null>
  readonly folder: string
  readonly node: TarsnodeDouble
  readonly admin: ReturnType<typeof adminOf>
  readonly worker: WorkerPeer
  nextWorker(): Promise<WorkerPeer>
}

/** The end of a connection the other end of which a worker holds while it lives. */
interface WorkerPeer {
  readonly hello: { pid: number; cwd: string; config: string; id: string; monitor: string }
  readonly gone: Promise<unknown>
}

/** Every worker of these tests says that it has loaded, and who it is. */
const hello = (port: number) => `
const { TARS_CONFIG: config, WORKER_ID: id, TARS_MONITOR: monitor } = process.env
const socket = require('node:net').connect(${port}, '127.0.0.1')
socket.write(JSON.stringify({ pid: process.pid, cwd: process.cwd(), config, id, monitor }))
`

async function nextWorker(server: Server): Promise<WorkerPeer> {
  const [socket] = (await once(server, 'connection')) as [Socket]
  socket.on('error', () => {})
  const gone = once(socket, 'close')
  const [said] = await once(socket, 'data')
  return { hello: JSON.parse(String(said)), gone }
}

/** A launcher with a worker of this script. */
async function start(test: Cleanup, script: string, deactivatingMs = 3_000): Promise<Running> {
  const folder = tempFolder()
  const node = await TarsnodeDouble.start(test)
  const [adminPort = 0] = await freePorts(1)
  const config = writeTarsConfig({ folder, node, adminPort, deactivatingMs })
  const server = createServer().listen(0, '127.0.0.1')
  test.after(() => server.close())
  await once(server, 'listening')
  writeFileSync(join(folder, 'worker.cjs'), script + hello((server.address() as AddressInfo).port))
  const named = { version: '1.2.3', nodeAgent: { main: 'worker.cjs' } }
  writeFileSync(join(folder, 'package.json'), JSON.stringify(named))
  const worker = nextWorker(server)
  const args = ['test/launcher/run-launcher.ts', `${folder}/`, '-c', config]
  const running = spawnServer(test, process.execPath, args)
  await node.until(({ notifies, versions }) => notifies.length + versions.length === 2)
  const admin = adminOf(test, adminPort)
  return {
    ...running,
    folder,
    node,
    admin,
    worker: await worker,
    nextWorker: () => nextWorker(server),
  }
}

describe('the launcher', () => {
  it('tells tarsnode that the server lives, with the process tarsnode started, and its version', async (t) => {
    const { node, child } = await start(t, ANSWERS)
    assert.deepEqual(node.alive, [
      { application: 'Alarm', serverName: 'AgentServer', pid: child.pid, adapter: '' },
    ])
    assert.deepEqual(node.versions, ['1.2.3'])
    assert.deepEqual(node.notifies, ['0 restart'])
  })

  it('gives the worker the environment and folder node-agent gives', async (t) => {
    const { worker, folder } = await start(t, ANSWERS)
    const { cwd, config, id, monitor } = worker.hello
    assert.deepEqual([cwd, id, monitor], [folder, '0', 'true'])
    assert.equal(config, join(folder, 'Alarm.AgentServer.config.conf'))
  })

  it('answers commands, or has the worker answer', async (t) => {
    const { admin } = await start(t, ANSWERS)
    const answers = new Map([
      ['tell all of it', 'told all of it'],
      ['tars.viewversion', '1.2.3'],
      ['preheatCheck', 'success'],
    ])
    for (const [command, ret] of answers) {
      assert.deepEqual(await admin.notify({ command }), { ret })
    }
  })

  it('writes what the worker prints into the log of the server', async (t) => {
    const { admin, folder, exit } = await start(t, ANSWERS)
    await admin.notify({ command: 'print this' })
    await admin.shutdown({})
    assert.equal(await exit, 0)
    assert.equal(readFileSync(logFileIn(folder, ''), 'utf8'), 'printed this\n')
  })

  it('starts a worker again that ended, tells it, and gives up at the second end within 10 s', async (t) => {
    const { admin, node, exit, worker, nextWorker } = await start(t, ANSWERS)
    const second = nextWorker()
    assert.equal((await admin.notify({ command: 'die' })).ret, 'ok')
    assert.notEqual((await second).hello.pid, worker.hello.pid)
    void admin.notify({ command: 'die' }).catch(() => {})
    assert.equal(await exit, 100)
    assert.deepEqual(node.notifies, [
      '0 restart',
      '2 [alarm] worker exit unexpected, SIGKILL',
      '2 [alarm] worker exit unexpected, SIGKILL',
      '2 [alarm] exiting, the worker exited 2 times within 10 s',
    ])
  })

  it('a killed launcher takes its worker with it', async (t) => {
    const { child, worker } = await start(t, ANSWERS)
    child.kill('SIGKILL')
    await worker.gone
  })
})

describe('the launcher ends the worker', () => {
  const STOPS: [string, script: string, stop: (running: Running) => unknown][] = [
    ['by its own way when tarsnode says so', ANSWERS, ({ admin }) => admin.shutdown({})],
    ['by its own way at SIGINT', ANSWERS, ({ child }) => child.kill('SIGINT')],
    ['by its own way at SIGTERM', ANSWERS, ({ child }) => child.kill('SIGTERM')],
    ['by SIGTERM when it does not listen', '', ({ admin }) => admin.shutdown({})],
    ['by SIGKILL at last', "process.on('SIGTERM', () => {})", ({ admin }) => admin.shutdown({})],
  ]
  for (const [name, script, stop] of STOPS) {
    it(name, async (t) => {
      const running = await start(t, script, 700)
      const { exit, node, worker } = running
      await stop(running)
      assert.equal(await exit, 0)
      await worker.gone
      assert.equal(node.notifies.at(-1), '0 stop')
    })
  }
})
