/** From saved changes to mails in a mailbox, over a real SMTP server. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { Notifier } from '../../../src/cloud/notify/notifier.ts'
import type { Delivery } from '../../../src/cloud/notify/ports.ts'
import { silentLog } from '../../../src/support/log.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { MemoryStore } from './support/memory-store.ts'
import {
  AT,
  alert,
  change,
  contact,
  ENVIRONMENT,
  event,
  notifyAlert,
  policy,
} from './support/nouns.ts'
import { type SmtpPeer, startSmtp } from './support/smtp-peer.ts'

async function withNotifier(
  use: (rig: {
    peer: SmtpPeer
    store: MemoryStore
    clock: FakeClock
    notifier: Notifier
    sent: Delivery[]
  }) => Promise<void>,
): Promise<void> {
  const peer = await startSmtp()
  const store = new MemoryStore()
  store.audiences.set(ENVIRONMENT, {
    environmentName: '演示环境',
    policies: [policy('p1', { name: '默认通知' })],
    contacts: [contact('zhang'), contact('smith', { language: 'en', timeZone: 'UTC' })],
  })
  const clock = new FakeClock(AT)
  const sent: Delivery[] = []
  const notifier = new Notifier({
    plans: store,
    outbox: store,
    clock,
    log: silentLog,
    channels: { mail: peer.config },
    publicUrl: 'https://alarm.example.com/',
    onSent: (delivery) => sent.push(delivery),
  })
  try {
    notifier.start()
    await use({ peer, store, clock, notifier, sent })
  } finally {
    await notifier.stop()
    await peer.close()
  }
}

describe('Notifier', () => {
  it('tells each contact in their language, the rest in a digest, then that it is over', async () => {
    await withNotifier(async ({ peer, store, clock, notifier, sent }) => {
      const alarm = (text: string) =>
        change('repeated', clock.now(), notifyAlert('a', [event(text)]))
      store.saveChange(alarm('down 1'))
      store.saveChange(change('fired', AT, alert('r')))
      notifier.wake()
      await notifier.idle()
      for (const text of ['down 2', 'down 3']) store.saveChange(alarm(text))
      store.saveChange(change('resolved', AT + 1, alert('r')))
      notifier.wake()
      await notifier.idle()
      clock.advance(10 * 60_000)
      await turn()
      await notifier.idle()
      const mailsTo = (address: string) =>
        peer.mails.filter(({ to }) => to?.[0]?.address === address).map(({ subject }) => subject)
      const prefix = '【演示环境-默认通知】'
      assert.deepEqual(mailsTo('zhang@example.com'), [
        `${prefix}RigNode.HelloServer-down 1-ERROR`,
        `${prefix}Shop.PayServer-FailureRatio-ERROR`,
        `${prefix}Shop.PayServer-FailureRatio-恢复`,
        `${prefix}RigNode.HelloServer-down 3-ERROR`,
      ])
      assert.equal(mailsTo('smith@example.com')[2], `${prefix}Shop.PayServer-FailureRatio-RESOLVED`)
      const digest = peer.mails.at(-1)
      assert.match(digest?.html ?? '', /(被屏蔽的同类型历史告警|Held-back alarms)/)
      assert.match(digest?.text ?? '', /https:\/\/alarm\.example\.com\/#\/environments\//)
      assert.equal(sent.length, 8)
      assert.deepEqual(notifier.counters, { sent: 8, failed: 0, retried: 0, maybeRepeated: 0 })
    })
  })

  it('while the mail server is down deliveries wait, and go out later', async () => {
    await withNotifier(async ({ peer, store, clock, notifier }) => {
      peer.behave('does not let us in')
      store.saveChange(change('fired', AT, alert('r')))
      notifier.wake()
      await notifier.idle()
      assert.equal(peer.mails.length, 0)
      peer.behave('takes it')
      clock.advance(10_000)
      await notifier.idle()
      assert.equal(peer.mails.length, 2)
      assert.equal(notifier.counters.retried, 2)
    })
  })

  it('what may have been delivered goes out once more, is the same mail, and is counted', async () => {
    await withNotifier(async ({ peer, store, clock, notifier }) => {
      peer.behave('takes it and dies before the answer')
      store.saveChange(change('fired', AT, alert('r')))
      notifier.wake()
      await notifier.idle()
      peer.behave('takes it')
      clock.advance(10_000)
      await notifier.idle()
      assert.equal(new Set(peer.taken()).size, 2)
      assert.ok([...store.deliveries.values()].every(({ maybeRepeated }) => maybeRepeated))
      assert.equal(notifier.counters.maybeRepeated, 2)
    })
  })
})
