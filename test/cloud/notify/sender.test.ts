import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { type Channel, ChannelFailure } from '../../../src/cloud/notify/channels/channel.ts'
import { laneOf } from '../../../src/cloud/notify/lane.ts'
import type { Delivery, Result } from '../../../src/cloud/notify/ports.ts'
import { Sender } from '../../../src/cloud/notify/sender.ts'
import { type Log, silentLog } from '../../../src/support/log.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { MemoryStore } from './support/memory-store.ts'
import { AT, delivery, ENVIRONMENT } from './support/nouns.ts'
import { ScriptedChannel } from './support/scripted-channel.ts'

function rig(channels: Channel[], store = new MemoryStore(), log: Log = silentLog) {
  const clock = new FakeClock(AT)
  const told: string[] = []
  const onSent = ({ id }: Delivery) => told.push(id)
  const disabled: string[] = []
  const onDisabled = ({ to }: Delivery, why: string) => disabled.push(`${to}: ${why}`)
  const sender = new Sender({
    store,
    clock,
    log,
    channels,
    concurrency: { total: 8, perDoor: 4 },
    onSent,
    onDisabled,
  })
  const put = (...ids: string[]) =>
    store.savePlans([{ deliveries: ids.map((id) => delivery(id)), convergences: [] }])
  const stateOf = (id: string) => store.deliveries.get(id)?.state
  return { clock, store, sender, told, disabled, put, stateOf }
}

/** A log that keeps level and message of each line. */
function keepingLog(lines: string[]): Log {
  const keep = (level: string) => (_fields: unknown, text?: string) =>
    lines.push(`${level} ${text ?? ''}`)
  return Object.assign(Object.create(silentLog), {
    error: keep('error'),
    warn: keep('warn'),
    info: keep('info'),
  })
}

describe('Sender', () => {
  it('sends what is due and stores the answer', async () => {
    const { sender, store, told, put } = rig([new ScriptedChannel(async () => '250 OK')])
    await put('a', 'b')
    sender.wake()
    await sender.idle()
    assert.deepEqual(told, ['a', 'b'])
    assert.deepEqual(
      [...store.deliveries.values()].map(({ state, answer, sentAt, attempts }) => [
        state,
        answer,
        sentAt,
        attempts,
      ]),
      [
        ['sent', '250 OK', AT, 1],
        ['sent', '250 OK', AT, 1],
      ],
    )
    assert.deepEqual(sender.counters, { sent: 2, failed: 0, retried: 0, maybeRepeated: 0 })
  })

  it('sends at most 4 at a time, and all in the end', async () => {
    const channel = new ScriptedChannel(() => turn('250'))
    const { sender, put } = rig([channel])
    await put(...Array.from({ length: 30 }, (_, n) => `d${n}`))
    sender.wake()
    while (channel.arrived.length < 30) await turn()
    assert.equal(channel.maxInFlight, 4)
  })

  for (const [kind, most] of [
    ['webhook', 4],
    ['dingtalk', 1],
    ['aliyun-sms', 1],
  ] as const) {
    it(`to a ${kind} at most ${most} at a time: so many may come twice after a crash`, async () => {
      const channel = new ScriptedChannel(() => turn('200'), kind)
      const { sender, store } = rig([channel])
      const deliveries = Array.from({ length: 20 }, (_, n) => {
        return { ...delivery(`d${n}`), channel: kind, to: 'group' }
      })
      await store.savePlans([{ deliveries, convergences: [] }])
      sender.wake()
      while (channel.arrived.length < 20) await turn()
      assert.equal(channel.maxInFlight, most)
    })
  }

  it('tries again when the back-off is over, by the clock', async () => {
    let failures = 1
    const { sender, clock, put, stateOf } = rig([
      new ScriptedChannel(async () => {
        if (failures-- > 0) throw new ChannelFailure('busy', '451 later')
        return '250'
      }),
    ])
    await put('a')
    sender.wake()
    await sender.idle()
    assert.equal(stateOf('a'), 'waiting')
    clock.advance(2_000)
    await sender.idle()
    assert.equal(stateOf('a'), 'waiting')
    clock.advance(3_000)
    await sender.idle()
    assert.equal(stateOf('a'), 'sent')
    assert.equal(sender.counters.retried, 1)
  })

  it('never takes again what is in flight here, even when its lease ran out by the clock', async () => {
    const { promise, resolve } = Promise.withResolvers<string>()
    const channel = new ScriptedChannel(() => promise)
    const { sender, clock, put, store } = rig([channel])
    await put('a')
    sender.wake()
    await turn()
    clock.advance(300_000)
    await turn()
    assert.equal(channel.inFlight, 1)
    resolve('250')
    await sender.idle()
    const { attempts, maybeRepeated, state } = store.deliveries.get('a') ?? delivery('none')
    assert.deepEqual([attempts, maybeRepeated, state], [1, false, 'sent'])
  })

  it('takes up what a dead process had claimed, once its lease ran out, and counts it', async () => {
    const { sender, clock, put, store } = rig([new ScriptedChannel(async () => '250')])
    await put('a')
    const shares = [{ lane: laneOf(delivery('a')), limit: 1 }]
    await store.claim({ now: AT, leaseMs: 60_000, shares })
    sender.wake()
    await sender.idle()
    assert.equal(store.deliveries.get('a')?.state, 'sending')
    clock.advance(60_000)
    await sender.idle()
    assert.equal(store.deliveries.get('a')?.state, 'sent')
    assert.equal(sender.counters.maybeRepeated, 1)
  })

  it('stores the answer however often the store fails, and sends no second time', async () => {
    const store = new (class extends MemoryStore {
      failures = 3
      override async finish(results: readonly Result[]): Promise<void> {
        if (this.failures-- > 0) throw new Error('database is locked')
        await super.finish(results)
      }
    })()
    const channel = new ScriptedChannel(async () => '250')
    const { sender, clock, put, stateOf } = rig([channel], store)
    await put('a')
    sender.wake()
    for (let second = 0; second < 100 && stateOf('a') !== 'sent'; second++) {
      await turn()
      clock.advance(1_000)
    }
    assert.equal(stateOf('a'), 'sent')
    assert.equal(channel.arrived.length, 1)
  })

  it('waits when the channel is not configured', async () => {
    const { sender, put, store } = rig([])
    await put('a')
    sender.wake()
    await sender.idle()
    const { state, answer } = store.deliveries.get('a') ?? delivery('none')
    assert.deepEqual([state, answer], ['waiting', 'mail is not configured'])
  })

  it('tells trouble once, and when it is over', async () => {
    let down = true
    const lines: string[] = []
    const channel = new ScriptedChannel(async () => {
      if (down) throw new ChannelFailure('unreachable', 'connection refused')
      return '250'
    })
    const { sender, clock, put } = rig([channel], new MemoryStore(), keepingLog(lines))
    await put('a', 'b', 'c')
    sender.wake()
    await sender.idle()
    down = false
    clock.advance(60_000)
    await sender.idle()
    assert.deepEqual(lines, ['error cannot deliver now, trying again', 'info channel works again'])
  })

  describe('of several doors', () => {
    const to = (id: string, receiver: string, environment = ENVIRONMENT) =>
      delivery(id, { channel: 'webhook', to: receiver, environment })
    const many = (count: number, receiver: string, environment?: string) =>
      Array.from({ length: count }, (_, n) =>
        to(`${receiver} ${environment} ${n}`, receiver, environment),
      )

    it('one that hangs holds up no other', async () => {
      const { promise, resolve } = Promise.withResolvers<string>()
      const channel = new ScriptedChannel(
        (one) => (one.to === 'hangs' ? promise : turn('200')),
        'webhook',
      )
      const { sender, store } = rig([channel])
      await store.savePlans([
        {
          deliveries: [...many(50, 'hangs'), ...many(50, 'works')],
          convergences: [],
        },
      ])
      sender.wake()
      while (channel.arrived.length < 50) await turn()
      assert.ok(channel.arrived.every((one) => one.to === 'works'))
      // It has taken nothing yet.
      assert.equal(channel.inFlight, 1)
      resolve('200')
      await sender.idle()
      assert.equal(channel.arrived.length, 100)
    })

    it('one in trouble is tried by one delivery at a time until it works again', async () => {
      let down = true
      const channel = new ScriptedChannel(async () => {
        await turn()
        if (down) throw new ChannelFailure('unreachable', 'connection refused')
        return '200'
      }, 'webhook')
      const { sender, store, clock } = rig([channel])
      await store.savePlans([{ deliveries: many(12, 'r'), convergences: [] }])
      sender.wake()
      await sender.idle()
      channel.maxInFlight = 0
      clock.advance(10_000)
      await sender.idle()
      assert.equal(channel.maxInFlight, 1)
      down = false
      while (channel.arrived.length < 12) {
        clock.advance(10_000)
        await sender.idle()
      }
      assert.equal(channel.maxInFlight, 4)
    })

    it('one that asks to be left alone is left alone, also by what waits behind', async () => {
      let tries = 0
      const channel = new ScriptedChannel(async () => {
        if (tries++ === 0) throw new ChannelFailure('busy', 'later', false, 30_000)
        return '200'
      }, 'webhook')
      const { sender, store, clock } = rig([channel])
      await store.savePlans([{ deliveries: many(1, 'r'), convergences: [] }])
      sender.wake()
      await sender.idle()
      await store.savePlans([{ deliveries: many(9, 'r', 'al-b'), convergences: [] }])
      sender.wake()
      await sender.idle()
      clock.advance(29_000)
      await sender.idle()
      assert.equal(tries, 1)
      clock.advance(3_000)
      await sender.idle()
      assert.equal(channel.arrived.length, 10)
    })

    it('environments take turns at one door', async () => {
      const channel = new ScriptedChannel(() => turn('250'))
      const { sender, store } = rig([channel])
      const mails = (count: number, environment: string) =>
        Array.from({ length: count }, (_, n) => delivery(`${environment} ${n}`, { environment }))
      await store.savePlans([
        {
          deliveries: [...mails(200, 'al-noisy'), ...mails(4, 'al-quiet')],
          convergences: [],
        },
      ])
      sender.wake()
      while (channel.arrived.length < 12) await turn()
      const quiet = channel.arrived.slice(0, 12).filter((one) => one.environment === 'al-quiet')
      assert.equal(quiet.length, 4)
      await sender.stop()
    })

    it('says which is disabled, and keeps what waits for it', async () => {
      const channel = new ScriptedChannel(async () => {
        throw new ChannelFailure('disabled', 'the robot was removed')
      }, 'webhook')
      const { sender, store, disabled, stateOf } = rig([channel])
      await store.savePlans([{ deliveries: [to('a', 'r')], convergences: [] }])
      sender.wake()
      await sender.idle()
      assert.deepEqual(disabled, ['r: the robot was removed'])
      assert.equal(stateOf('a'), 'waiting')
    })
  })

  it('a stop waits for what is in flight, then closes the channels', async () => {
    const { promise, resolve } = Promise.withResolvers<string>()
    const channel = new ScriptedChannel(() => promise)
    const { sender, put, stateOf } = rig([channel])
    await put('a')
    sender.wake()
    await turn()
    const stopped = sender.stop()
    await put('b')
    sender.wake()
    resolve('250')
    await stopped
    assert.deepEqual([stateOf('a'), stateOf('b'), channel.closed], ['sent', 'waiting', true])
  })

  it('a stop cuts off what hangs and gives it back', async () => {
    const hanging = new ScriptedChannel(
      (_, signal) =>
        new Promise((_resolve, reject) =>
          signal.addEventListener('abort', () => reject(new ChannelFailure('timeout', 'cut off'))),
        ),
    )
    const { sender, clock, put, stateOf } = rig([hanging])
    await put('a')
    sender.wake()
    await turn()
    const stopped = sender.stop()
    clock.advance(3_000)
    await stopped
    assert.equal(stateOf('a'), 'waiting')
  })
})
