import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { ChannelFailure } from '../../../src/cloud/notify/channels/channel.ts'
import { Sender } from '../../../src/cloud/notify/sender.ts'
import { SetBackWatch } from '../../../src/cloud/notify/set-back.ts'
import { silentLog } from '../../../src/support/log.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { dataFolder, openIn } from '../store/data-folder.ts'
import { AT, delivery } from './support/nouns.ts'
import { ScriptedChannel } from './support/scripted-channel.ts'

const HOUR_MS = 3_600_000

describe('a clock that is set back by an hour', () => {
  async function rig(t: TestContext) {
    const store = await openIn(dataFolder(t))
    const wanted = { name: 'env', framework: 'TARSFramework' } as const
    const { id: environment } = await store.environments.createEnvironment(wanted, AT)
    const clock = new FakeClock(AT)
    const peer = { isUp: true }
    const mail = new ScriptedChannel(async () => {
      if (peer.isUp) return '250'
      throw new ChannelFailure('busy', '451', false, 60_000)
    })
    const forward: number[] = []
    function begin() {
      const sender = new Sender({
        ...{ store: store.outbox, clock, log: silentLog, onSent: () => {} },
        ...{ channels: [mail], concurrency: { total: 8, perDoor: 8 } },
      })
      const onForward = (byMs: number) => {
        forward.push(byMs)
        sender.bringForward(byMs)
        sender.wake()
      }
      const watch = new SetBackWatch({ clock, log: silentLog, store: store.waits, onForward })
      watch.start()
      sender.wake()
      return { sender, end: () => Promise.all([watch.stop(), sender.stop()]) }
    }
    t.after(() => store.close())
    const pass = async (seconds: number, { sender }: { sender: Sender }) => {
      for (let n = 0; n < seconds; n += 5) {
        clock.advance(5_000)
        // What looks at the clock reads the store.
        await store.outbox.lanes()
        await sender.idle()
      }
    }
    const put = (id: string) => {
      const of = { environment, plannedAt: Math.floor(clock.now()), alerts: [] }
      return store.plans.savePlans([{ deliveries: [delivery(id, of)], convergences: [] }])
    }
    return { store, clock, peer, mail, forward, begin, pass, put }
  }

  it('does not delay what is tried again, nor at a peer that wanted to be left alone', async (t) => {
    const { clock, peer, mail, forward, begin, pass, put } = await rig(t)
    peer.isUp = false
    await put('1')
    const run = begin()
    await pass(20, run)
    peer.isUp = true
    clock.setBack(HOUR_MS)
    await pass(80, run)
    assert.deepEqual([mail.arrived.length, forward], [1, [HOUR_MS]])
    await put('2')
    run.sender.wake()
    await pass(5, run)
    assert.equal(mail.arrived.length, 2)
    await run.end()
  })

  it('while no process ran, delays nothing that was planned, and is noticed once', async (t) => {
    const { clock, peer, mail, forward, begin, pass, put } = await rig(t)
    peer.isUp = false
    await put('1')
    const before = begin()
    await pass(20, before)
    await before.end()
    clock.setBack(HOUR_MS)
    const second = begin()
    await pass(20, second)
    await second.end()
    peer.isUp = true
    const third = begin()
    await pass(80, third)
    await third.end()
    assert.equal(mail.arrived.length, 1)
    const [byMs = 0, ...again] = forward
    assert.ok(byMs > HOUR_MS - 30_000 && byMs < HOUR_MS)
    assert.deepEqual(again, [])
  })

  it('is not seen in a clock that goes on as it should', async (t) => {
    const { clock, forward, begin, pass } = await rig(t)
    const run = begin()
    await pass(60, run)
    clock.setBack(900)
    await pass(60, run)
    await run.end()
    assert.deepEqual(forward, [])
  })
})
