import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { describe, it } from 'node:test'
import { type SelfFigures, SelfReport } from '../../src/agent/self-report.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { FrameworkDouble, type Property } from './peers/framework-double.ts'
import type { Cleanup } from './support/temp-folder.ts'

const ZERO: SelfFigures = {
  recordsIn: 0,
  batchesOut: 0,
  bytesOut: 0,
  drops: 0,
  lagMs: 0,
  queueBytes: 0,
}

describe('own figures', () => {
  it('are created once, counts as sums and gauges as greatest and mean', () => {
    const created: unknown[] = []
    const create = (name: string, policies: readonly string[]) => {
      created.push([name, ...policies])
      return () => {}
    }
    const clock = new FakeClock()
    new SelfReport({ module: 'A.B', create, figures: () => ZERO, intervalMs: 60_000, clock })
    assert.deepEqual(created, [
      ['A.B.recordsIn', 'Sum'],
      ['A.B.batchesOut', 'Sum'],
      ['A.B.bytesOut', 'Sum'],
      ['A.B.drops', 'Sum'],
      ['A.B.lagMs', 'Max', 'Avg'],
      ['A.B.queueBytes', 'Max', 'Avg'],
    ])
  })

  it('tell what a count grew by, and what a gauge is, every 10 s', () => {
    const reported: [string, number][] = []
    const create = (name: string) => (value: number) => void reported.push([name, value])
    const clock = new FakeClock()
    let figures = ZERO
    const options = { module: 'A.B', create, figures: () => figures, intervalMs: 60_000, clock }
    const report = new SelfReport(options)
    figures = { ...ZERO, recordsIn: 5, lagMs: 100 }
    report.start()
    figures = { ...ZERO, recordsIn: 12, lagMs: 40 }
    clock.advance(10_000)
    report.stop()
    clock.advance(60_000)
    const of = (name: string) =>
      reported.filter(([each]) => each === name).map(([, value]) => value)
    assert.deepEqual(of('A.B.recordsIn'), [5, 7])
    assert.deepEqual(of('A.B.lagMs'), [100, 40])
  })
})

/** A process that is told its objects by its arguments. */
function peer(test: Cleanup, file: string, args: readonly string[]): void {
  const child = spawn(process.execPath, [`test/agent/peers/${file}`, ...args], {
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  test.after(() => child.kill('SIGKILL'))
}

describe('the real @tars/monitor', () => {
  it('brings properties to the object, with module, address and policies', async (test) => {
    const framework = await FrameworkDouble.start(test)
    peer(test, 'self-reporter.ts', [framework.object('tarsproperty.PropertyObj')])
    const find = (name: string) => framework.properties.find((each) => each.name === name)
    const queue = await framework.until(() => find('Alarm.AgentServer.queueBytes'))
    assert.deepEqual(queue, {
      module: 'Alarm.AgentServer.grpsz1',
      ip: '10.0.0.5',
      name: 'Alarm.AgentServer.queueBytes',
      policies: { Max: '300', Avg: '200' },
    } satisfies Property)
    assert.deepEqual(find('Alarm.AgentServer.recordsIn')?.policies, { Sum: '6' })
  })

  it('tells the calls we make, once we say so', async (test) => {
    const framework = await FrameworkDouble.start(test)
    const objects = ['tarsstat.StatObj', 'tarsconfig.ConfigObj'].map((name) =>
      framework.object(name),
    )
    framework.configs = [{ ret: 0, config: '<main>\n</main>' }]
    peer(test, 'own-caller.ts', objects)
    const call = await framework.until(() => framework.calls[0])
    assert.equal(call, 'tars.tarsconfig.loadConfigByInfo')
  })
})
