/** From saved changes to mails in a mailbox, over a real SMTP server. */
import assert from 'node:assert/strict'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { Notifier } from '../../../src/cloud/notify/notifier.ts'
import type { Delivery, StoredReceiver } from '../../../src/cloud/notify/ports.ts'
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
    receivers: store,
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

interface Hook {
  readonly bodies: { receiver: string; status: string; alerts: unknown[] }[]
  answer: (response: ServerResponse) => void
  readonly receiver: StoredReceiver
  close(): void
}

async function startHook(id: string): Promise<Hook> {
  const bodies: Hook['bodies'] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      bodies.push(JSON.parse(Buffer.concat(chunks).toString()))
      hook.answer(response)
    })
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const { port } = server.address() as AddressInfo
  const hook: Hook = {
    bodies,
    answer: (response) => response.end('taken'),
    receiver: {
      ...{ id, environment: ENVIRONMENT, kind: 'webhook', name: id, language: 'zh' },
      ...{ timeZone: 'Asia/Shanghai', settings: { url: `http://127.0.0.1:${port}/T0P-SECRET` } },
    },
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
  return hook
}

describe('Notifier: receivers', () => {
  async function withHook(
    use: (rig: {
      hook: Hook
      store: MemoryStore
      clock: FakeClock
      notifier: Notifier
    }) => Promise<void>,
    allowPrivate = true,
  ) {
    const hook = await startHook('群')
    const store = new MemoryStore()
    const { settings, ...head } = hook.receiver
    store.audiences.set(ENVIRONMENT, {
      environmentName: '演示环境',
      policies: [policy('p1', { contacts: [], receivers: [head.id] })],
      ...{ contacts: [], receivers: [head] },
    })
    store.receivers.push(hook.receiver)
    const clock = new FakeClock(AT)
    const stores = { plans: store, outbox: store, receivers: store }
    const notifier = new Notifier({
      ...{ ...stores, clock, log: silentLog, channels: {}, allowPrivate },
    })
    try {
      await use({ hook, store, clock, notifier })
    } finally {
      await notifier.stop()
      hook.close()
    }
  }

  it('are told what fired, and that it is over', async () => {
    await withHook(async ({ hook, store, notifier }) => {
      store.saveChange(change('fired', AT, alert('r')))
      notifier.wake()
      await notifier.idle()
      store.saveChange(change('resolved', AT + 1, alert('r')))
      notifier.wake()
      await notifier.idle()
      const said = hook.bodies.map(({ receiver, status }) => `${receiver} ${status}`)
      assert.deepEqual(said, ['群 firing', '群 resolved'])
    })
  })

  it('a test says what was sent and answered, without the secret', async () => {
    await withHook(async ({ hook, notifier }) => {
      const { taken, dialogue } = await notifier.test(hook.receiver, '演示环境')
      assert.equal(taken, true)
      assert.match(dialogue[0] ?? '', /^> POST http:\/\/127\.0\.0\.1:\d+\/… \(application\/json/)
      assert.match(dialogue[1] ?? '', /^< HTTP 200 taken$/)
      hook.answer = (response) => response.writeHead(404).end('/T0P-SECRET unknown')
      const failed = await notifier.test(hook.receiver, '演示环境')
      assert.equal(failed.taken, false)
      assert.doesNotMatch([...dialogue, ...failed.dialogue].join(), /T0P/)
    })
  })

  it('reach no private address unless the operator allows it', async () => {
    await withHook(async ({ hook, store, notifier }) => {
      const { taken, dialogue } = await notifier.test(hook.receiver, '演示环境')
      assert.equal(taken, false)
      assert.match(dialogue.join(), /private|public/)
      store.saveChange(change('fired', AT, alert('r')))
      notifier.wake()
      await notifier.idle()
      assert.equal(hook.bodies.length, 0)
    }, false)
  })

  it('one that is disabled is left alone until it is saved again', async () => {
    await withHook(async ({ hook, store, clock, notifier }) => {
      await store.disableReceiver(ENVIRONMENT, '群', 'the robot was removed', AT)
      store.saveChange(change('fired', AT, alert('r')))
      notifier.wake()
      await notifier.idle()
      const [waiting] = store.deliveries.values()
      assert.equal(waiting?.state, 'waiting')
      assert.match(waiting?.answer ?? '', /disabled until it is saved again: the robot was removed/)
      store.receivers.splice(0, 1, hook.receiver)
      clock.advance(60_000)
      await notifier.idle()
      assert.equal(hook.bodies.length, 1)
    })
  })

  it('one that was removed is told no more', async () => {
    await withHook(async ({ store, notifier }) => {
      store.receivers.pop()
      store.saveChange(change('fired', AT, alert('r')))
      notifier.wake()
      await notifier.idle()
      assert.equal([...store.deliveries.values()][0]?.state, 'failed')
    })
  })
})

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
