/** The agent where node-agent runs it: `peers/node-agent-double.ts` does what that does. */
import assert from 'node:assert/strict'
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, it } from 'node:test'
import type { Address } from '../../src/tars/host.ts'
import { encodeRequest } from '../../src/tars/packet.ts'
import { packetOf } from '../tars/captured-packets.ts'
import { type AgentFiles, mainOf, writeAgentFiles } from './peers/agent-files.ts'
import { FrameworkDouble, type Property } from './peers/framework-double.ts'
import { batchesOf, batchWith } from './peers/received-batches.ts'
import { answer, CloudDouble, hang } from './support/cloud-double.ts'
import { type Cleanup, tempFolder } from './support/temp-folder.ts'

interface Event {
  readonly event: string
  readonly seq?: number
  readonly pid?: number
  readonly code?: number
  readonly expected?: boolean
}

/** What a process tells, line by line, kept until it is asked for. */
class Lines<T> {
  readonly all: T[] = []
  #ended = false
  #wake: () => void = () => {}

  constructor(stream: NodeJS.ReadableStream, parse: (line: string) => T) {
    const lines = createInterface(stream)
    lines.on('line', (line) => {
      this.all.push(parse(line))
      this.#wake()
    })
    lines.on('close', () => {
      this.#ended = true
      this.#wake()
    })
  }

  async until<S>(find: (all: T[]) => S | undefined): Promise<S> {
    for (;;) {
      const found = find(this.all)
      if (found !== undefined) return found
      if (this.#ended) assert.fail(`the process ended: ${JSON.stringify(this.all)}`)
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }
}

/** node-agent with the agent in it. */
class Hosted {
  readonly master: ChildProcess
  readonly events: Lines<Event>
  readonly said: Lines<string>

  constructor(test: Cleanup, files: AgentFiles) {
    const config = writeAgentFiles(files)
    this.master = fork(
      'test/agent/peers/node-agent-double.ts',
      ['src/agent/node-agent.ts', '-c', config],
      {
        silent: true,
      },
    )
    const { stdout, stderr } = this.master
    this.events = new Lines(stdout ?? assert.fail(), (line) => JSON.parse(line))
    this.said = new Lines(stderr ?? assert.fail(), String)
    test.after(async () => {
      if (this.master.exitCode !== null) return
      this.master.kill('SIGKILL')
      await once(this.master, 'exit')
    })
  }

  /** Of an adapter of the n-th agent that says it has started. */
  port(nth = 1, adapter = 'NotifyObjAdapter'): Promise<number> {
    return this.said.until((all) => {
      const started = all.filter((line) => line.includes('"agent: started"'))[nth - 1]
      const addresses: Address[] = started ? JSON.parse(started).addresses : []
      return addresses.find((each) => each.adapter.endsWith(adapter))?.port
    })
  }

  /** Of the master; workers have ended then. */
  async stop(): Promise<number> {
    const exit = once(this.master, 'exit')
    this.master.kill('SIGINT')
    const [code] = await exit
    return code
  }
}

/** A notify that has been taken in. */
async function notify(test: Cleanup, port: number): Promise<void> {
  const socket = connect(port, '127.0.0.1')
  test.after(() => socket.destroy())
  socket.on('error', () => {})
  socket.write(packetOf('nodejs-notify-error.bin'))
  await once(socket, 'data')
}

/** Statistics that have been taken in: the answer to the ping behind them says so. */
async function report(test: Cleanup, port: number): Promise<void> {
  const socket = connect(port, '127.0.0.1')
  test.after(() => socket.destroy())
  socket.on('error', () => {})
  const names = { sServantName: 'Alarm.AgentServer.StatObj', sFuncName: 'tars_ping' }
  socket.write(packetOf('cpp-stat-client-1.bin'))
  socket.write(encodeRequest({ ...names, iRequestId: 1, cPacketType: 0 }, Buffer.alloc(0)))
  await once(socket, 'data')
}

describe('under node-agent', () => {
  it('5 of 5 stops bring the open window to the cloud', async (test) => {
    const one = async () => {
      const cloud = await CloudDouble.start(test)
      const lines = ['env_key=k', `cloud_url=${cloud.url}`, 'window=60s']
      const hosted = new Hosted(test, { folder: tempFolder(), lines })
      await hosted.port()
      const code = await hosted.stop()
      const { code: exit, expected } = hosted.events.all.at(-1) ?? {}
      return { code, exit, expected, windows: batchesOf(cloud).at(-1)?.windows.length }
    }
    const results = await Promise.all([one(), one(), one(), one(), one()])
    const good = { code: 0, exit: 0, expected: true, windows: 1 }
    assert.deepEqual(results, Array(5).fill(good))
  })

  it('a stop while the cloud hangs ends in time and keeps the open window on disk, for the next start', async (test) => {
    const cloud = (await CloudDouble.start(test)).always(hang)
    const lines = ['env_key=k', `cloud_url=${cloud.url}`, 'window=60s']
    const folder = tempFolder()
    const first = new Hosted(test, { folder, lines })
    await first.port()
    assert.equal(await first.stop(), 0)
    assert.ok(!first.events.all.some(({ event }) => event === 'force kill'))
    cloud.always(answer(200))
    const before = cloud.received.length
    const second = new Hosted(test, { folder, lines })
    await second.port()
    await batchWith(cloud, before, ({ windows }) => windows.length === 1)
  })

  it('of several workers one works, the others leave and are not started again', async (test) => {
    const cloud = await CloudDouble.start(test)
    const folder = tempFolder()
    const lines = ['env_key=k', `cloud_url=${cloud.url}`]
    const hosted = new Hosted(test, { folder, lines, instances: 3 })
    const exits = await hosted.events.until((all) => {
      const ended = all.filter(({ event }) => event === 'exit')
      return ended.length === 2 ? ended : undefined
    })
    assert.deepEqual(exits.map(({ seq }) => seq).sort(), [1, 2])
    for (const { code, expected } of exits) assert.deepEqual([code, expected], [0, true])
    await notify(test, await hosted.port())
    assert.equal(hosted.events.all.filter(({ event }) => event === 'fork').length, 3)
    const log = readFileSync(
      join(folder, 'log/Alarm/AgentServer/Alarm.AgentServer_alarm.log'),
      'utf8',
    )
    assert.match(log, /worker 1 leaves the work to worker 0: put instances=1/)
    assert.equal(await hosted.stop(), 0)
  })

  it('a worker that is killed is started again, as the same', async (test) => {
    const cloud = await CloudDouble.start(test)
    const lines = ['env_key=k', `cloud_url=${cloud.url}`]
    const hosted = new Hosted(test, { folder: tempFolder(), lines })
    await hosted.port()
    process.kill(hosted.events.all[0]?.pid ?? assert.fail(), 'SIGKILL')
    await notify(test, await hosted.port(2))
    assert.equal(await hosted.stop(), 0)
  })

  it('what cannot start says why on stderr, in the log and in TarsWeb, and ends', async (test) => {
    const framework = await FrameworkDouble.start(test)
    framework.configs = [{ ret: 0, config: mainOf(['env_kee=x']) }]
    const folder = tempFolder()
    const hosted = new Hosted(test, { folder, lines: ['window=7s'], framework })
    const [code] = await once(hosted.master, 'exit')
    assert.equal(code, 100)
    const exits = hosted.events.all.filter(({ event }) => event === 'exit')
    assert.deepEqual(
      exits.map((exit) => exit.code),
      [1, 1],
    )
    const why = /tarsconfig:AgentServer\.conf:2: unknown key 'env_kee'/
    assert.ok(hosted.said.all.some((line) => why.test(line)))
    const log = readFileSync(
      join(folder, 'log/Alarm/AgentServer/Alarm.AgentServer_alarm.log'),
      'utf8',
    )
    assert.match(log, why)
    const told = await framework.until(() => framework.notified[0])
    assert.match(told.message, /^cannot start: /)
    assert.match(told.message, why)
  })

  it('tars.viewstatus is answered by a notify, tars.setloglevel at once', async (test) => {
    const framework = await FrameworkDouble.start(test)
    const cloud = await CloudDouble.start(test)
    const config = mainOf(['env_key=k', `cloud_url=${cloud.url}`])
    framework.configs = [{ ret: 0, config }]
    const hosted = new Hosted(test, { folder: tempFolder(), lines: ['not=read'], framework })
    await hosted.port()
    hosted.master.send({ notify: 'tars.viewstatus' })
    const status = await framework.until(() => framework.notified[0])
    assert.equal(status.level, 0)
    assert.match(status.message, /^Alarm\.AgentServer \d.*\ntrouble: none\n/)
    hosted.master.send({ notify: 'tars.setloglevel ERROR' })
    hosted.master.send({ notify: 'tars.viewstatus' })
    await framework.until(() => framework.notified[1])
    const answers = hosted.said.all.filter((line) => line.includes('command: status'))
    assert.equal(answers.length, 1)
  })

  it('tars.loadconfig changes what it can and loses no window', async (test) => {
    const framework = await FrameworkDouble.start(test)
    const [before, after] = [await CloudDouble.start(test), await CloudDouble.start(test)]
    const conf = (lines: string[]) => [{ ret: 0, config: mainOf(['env_key=k', ...lines]) }]
    framework.configs = conf([`cloud_url=${before.url}`, 'window=60s'])
    const hosted = new Hosted(test, { folder: tempFolder(), framework })
    await report(test, await hosted.port(1, 'StatObjAdapter'))
    framework.configs = conf(['cloud_url=nowhere'])
    hosted.master.send({ notify: 'tars.loadconfig AgentServer.conf' })
    const told = (what: RegExp) =>
      framework.until(() => framework.notified.find(({ message }) => what.test(message)))
    const refused = await told(/is refused/)
    assert.match(refused.message, /^AgentServer\.conf is refused, .*cloud_url/)
    framework.configs = conf([`cloud_url=${after.url}`, 'window=30s'])
    hosted.master.send({ notify: 'tars.loadconfig AgentServer.conf' })
    const loaded = await told(/is loaded/)
    assert.match(
      loaded.message,
      /^AgentServer\.conf is loaded from tarsconfig.*after a restart only: window$/,
    )
    assert.equal(await hosted.stop(), 0)
    assert.equal(batchesOf(before).filter(({ windows }) => windows.length > 0).length, 0)
    const [window] = batchesOf(after).flatMap(({ windows }) => windows)
    assert.ok((window?.stats.length ?? 0) > 0)
  })

  it('own figures go to the object of properties', async (test) => {
    const framework = await FrameworkDouble.start(test)
    const cloud = await CloudDouble.start(test)
    framework.configs = [{ ret: 0, config: mainOf(['env_key=k', `cloud_url=${cloud.url}`]) }]
    const hosted = new Hosted(test, { folder: tempFolder(), framework })
    await notify(test, await hosted.port())
    const isOne = ({ name, policies }: Property) =>
      name === 'Alarm.AgentServer.recordsIn' && policies.Sum === '1'
    const records = await framework.until(() => framework.properties.find(isOne))
    assert.equal(records.module, 'Alarm.AgentServer')
  })
})

describe('under a launcher that waits for answers', () => {
  it('commands with an id are answered, SIGHUP reloads, agent.shutdown ends', async (test) => {
    const cloud = await CloudDouble.start(test)
    const folder = tempFolder()
    const config = writeAgentFiles({ folder, lines: ['env_key=k', `cloud_url=${cloud.url}`] })
    const env = { ...process.env, TARS_CONFIG: config, WORKER_ID: '0' }
    const agent = fork('src/agent/node-agent.ts', [], { env, silent: true })
    test.after(() => agent.kill('SIGKILL'))
    const said = new Lines(agent.stderr ?? assert.fail(), String)
    await said.until((all) => all.find((line) => line.includes('"agent: started"')))

    agent.send({ cmd: 'tars.bid' })
    agent.send({ cmd: 'tars.viewstatus', id: 7 })
    const [result] = await once(agent, 'message')
    assert.equal(result.cmd, 'admin.result')
    assert.equal(result.id, 7)
    assert.match(result.result, /^Alarm\.AgentServer \d/)

    writeFileSync(join(folder, 'AgentServer.conf'), mainOf(['window=7s']))
    agent.kill('SIGHUP')
    const refused = await said.until((all) => all.find((line) => line.includes('is refused')))
    assert.match(refused, /AgentServer\.conf:2: window: '7s'/)

    const exit = once(agent, 'exit')
    agent.send({ cmd: 'agent.shutdown' })
    assert.deepEqual(await exit, [0, null])
  })
})
