import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { News } from '../../src/agent/notify-budget.ts'
import { openPanel, Pace } from '../../src/agent/panel.ts'
import { soloIdentity } from '../../src/agent/solo.ts'
import { silentLog } from '../../src/support/log.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { FrameworkDouble } from './peers/framework-double.ts'

const identity = soloIdentity('tcp -h 127.0.0.1 -p 0', '/nowhere')

describe('the notify panel', () => {
  it('gets what is told, with its level and our node', async (test) => {
    const framework = await FrameworkDouble.start(test)
    const notify = framework.object('tarsnotify.NotifyObj')
    const panel = openPanel({ ...identity, notify }, silentLog)
    test.after(() => panel.close())
    await panel.tell('error', 'the disk fails', 'disk')
    await panel.tell('error', 'the disk fails', 'disk')
    await panel.tell('normal', 'the disk works again', 'disk')
    assert.deepEqual(framework.notified, [
      { level: 2, message: 'the disk fails', node: 'solo' },
      { level: 0, message: 'the disk works again (1 more held back before this)', node: 'solo' },
    ])
  })

  it('is nobody when the notify object is ourselves, or cannot be found', async (test) => {
    const framework = await FrameworkDouble.start(test)
    const at = framework
      .object('tarsnotify.NotifyObj')
      .replace('tars.tarsnotify', 'Alarm.AgentServer')
    for (const notify of [at, 'tars.tarsnotify.NotifyObj', undefined]) {
      const panel = openPanel({ ...identity, notify }, silentLog)
      await panel.tell('error', 'nobody hears')
      panel.close()
    }
    assert.deepEqual(framework.notified, [])
  })
})

describe('the pace of what is told', () => {
  it('a trouble that was held back is told by itself when its time has come', async () => {
    const clock = new FakeClock()
    const sent: News[] = []
    const pace = new Pace(async (news) => void sent.push(news), clock)
    await pace.offer({ level: 'error', message: 'first', kind: 'cloud' })
    await pace.offer({ level: 'normal', message: 'over', kind: 'cloud' })
    await pace.offer({ level: 'error', message: 'second', kind: 'cloud' })
    clock.advance(599_999)
    assert.equal(sent.length, 2)
    clock.advance(1)
    assert.deepEqual(
      sent.map(({ message }) => message),
      ['first', 'over', 'second'],
    )
  })

  it('and not after the end', async () => {
    const clock = new FakeClock()
    const sent: News[] = []
    const pace = new Pace(async (news) => void sent.push(news), clock)
    await pace.offer({ level: 'error', message: 'first', kind: 'cloud' })
    await pace.offer({ level: 'error', message: 'second', kind: 'cloud' })
    pace.stop()
    clock.advance(600_000)
    assert.equal(sent.length, 1)
  })
})
