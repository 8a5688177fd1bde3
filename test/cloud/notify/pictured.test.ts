/** From a saved change to a mail that shows it. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Notifier } from '../../../src/cloud/notify/notifier.ts'
import { silentLog } from '../../../src/support/log.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { FAILING } from '../picture/support/pictures.ts'
import { MemoryStore } from './support/memory-store.ts'
import { AT, alert, change, contact, ENVIRONMENT, policy } from './support/nouns.ts'
import { startSmtp } from './support/smtp-peer.ts'

describe('news with a picture', () => {
  it('is told with it, to each in the own language', async () => {
    const peer = await startSmtp()
    const store = new MemoryStore()
    store.audiences.set(ENVIRONMENT, {
      environmentName: '演示环境',
      policies: [policy('p1')],
      contacts: [contact('zhang'), contact('smith', { language: 'en', timeZone: 'UTC' })],
    })
    const notifier = new Notifier({
      ...{ plans: store, outbox: store, receivers: store },
      ...{ clock: new FakeClock(AT), log: silentLog, channels: { mail: peer.config } },
      pictures: { of: async (_alert, asOf) => (asOf === AT ? FAILING : undefined) },
    })
    try {
      notifier.start()
      store.saveChange(change('fired', AT, alert('a1')))
      notifier.wake()
      await notifier.idle()
      assert.deepEqual(
        peer.mails.map(({ attachments }) => attachments.map(({ mimeType }) => mimeType)),
        [['image/png'], ['image/png']],
      )
      const shown = [...store.deliveries.values()].map(({ message }) => message.picture ?? '')
      assert.ok(shown.some((svg) => svg.includes('告警 17:32')))
      assert.ok(shown.some((svg) => svg.includes('fired 09:32')))
    } finally {
      await notifier.stop()
      await peer.close()
    }
  })
})
