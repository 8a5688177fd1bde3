import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { Worker, type WorkerExit } from '../../src/launcher/worker.ts'
import { type Cleanup, tempFolder } from '../agent/support/temp-folder.ts'
import { FakeClock } from '../support/fake-clock.ts'

interface Started {
  readonly worker: Worker
  readonly clock: FakeClock
  readonly exit: Promise<WorkerExit>
  /** The first it prints. */
  readonly printed: Promise<string>
}

function start(test: Cleanup, script: string, file = 'worker.cjs'): Started {
  const folder = tempFolder()
  writeFileSync(join(folder, 'worker.cjs'), script)
  const clock = new FakeClock()
  const exit = Promise.withResolvers<WorkerExit>()
  const printed = Promise.withResolvers<string>()
  const worker = new Worker({
    file: join(folder, file),
    tarsConfigFile: '/x.conf',
    onOutput: printed.resolve,
    onExit: exit.resolve,
    clock,
  })
  test.after(() => {
    const stopped = worker.stop(0)
    clock.advance(10_000)
    return stopped
  })
  return { worker, clock, exit: exit.promise, printed: printed.promise }
}

const DEAF = "process.on('message', (m) => console.log(JSON.stringify(m)))"
const STUBBORN = `process.on('SIGTERM', () => console.log('no'))
process.on('message', (m) => console.log(m.cmd))`

describe('a command to the worker', () => {
  it('comes as {cmd, data, id}, and is given up after 3 s', async (t) => {
    const { worker, clock, printed } = start(t, DEAF)
    const answer = worker.ask('tars.loadconfig', 'AgentServer.conf')
    assert.equal(await printed, '{"cmd":"tars.loadconfig","data":"AgentServer.conf","id":1}\n')
    clock.advance(3_000)
    assert.equal(await answer, undefined)
  })

  it('without data has none', async (t) => {
    const { worker, clock, printed } = start(t, DEAF)
    const answer = worker.ask('tars.viewstatus', '')
    assert.equal(await printed, '{"cmd":"tars.viewstatus","id":1}\n')
    clock.advance(3_000)
    await answer
  })

  it('is given up when the worker ends', async (t) => {
    const { worker, exit } = start(t, "process.on('message', () => process.exit(7))")
    assert.equal(await worker.ask('x', ''), undefined)
    assert.deepEqual(await exit, { code: 7, signal: null })
    assert.equal(worker.isOnline, false)
  })

  it('is not waited for when 64 are under way', async (t) => {
    const { worker, clock } = start(t, DEAF)
    const answers = Array.from({ length: 64 }, () => worker.ask('x', ''))
    assert.equal(await worker.ask('x', ''), undefined)
    clock.advance(3_000)
    assert.deepEqual(new Set(await Promise.all(answers)), new Set([undefined]))
  })
})

describe('a worker', () => {
  it('is asked to end, told to a second before the time is over, and killed 300 ms before', async (t) => {
    const { worker, clock, exit, printed } = start(t, STUBBORN)
    let ended = false
    const stopped = worker.stop(3_000).then((how) => {
      ended = true
      return how
    })
    assert.equal(await printed, 'agent.shutdown\n')
    clock.advance(2_699)
    assert.equal(ended, false)
    clock.advance(1)
    assert.deepEqual(await stopped, { code: null, signal: 'SIGKILL' })
    assert.deepEqual(await exit, { code: null, signal: 'SIGKILL' })
  })

  it('that cannot be loaded ends', async (t) => {
    const { exit } = start(t, '', 'nothing.cjs')
    assert.deepEqual(await exit, { code: 1, signal: null })
  })
})
