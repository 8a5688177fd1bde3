import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ChannelFailure } from '../../../src/cloud/notify/channels/channel.ts'
import type { StoredContact } from '../../../src/cloud/notify/ports.ts'
import { toReaders, unsent } from '../../../src/cloud/notify/reader-gone.ts'
import { Sender } from '../../../src/cloud/notify/sender.ts'
import { silentLog } from '../../../src/support/log.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { dataFolder, openIn } from '../store/data-folder.ts'
import { AT, contact, delivery } from './support/nouns.ts'
import { ScriptedChannel } from './support/scripted-channel.ts'

const NEVER = new AbortController().signal
const disabled = { disabled: { at: AT, why: '550' } }
const unverified = { unverified: { since: AT } }

describe('whether a mail that waited is sent', () => {
  const zhang = contact('zhang')
  const cases: [string, StoredContact | undefined, string, ReturnType<typeof unsent>][] = [
    ['its contact is as it was: it is', zhang, 'p', undefined],
    ['addresses that are refused now and then are used', { ...zhang, address: {} }, 'p', undefined],
    ['its contact was removed', undefined, 'p', 'contact-gone'],
    ['its contact has another address', { ...zhang, email: 'z@x.cn' }, 'p', 'address-changed'],
    ['its address is disabled', { ...zhang, address: disabled }, 'p', 'address-disabled'],
    ['its address is to be confirmed', { ...zhang, address: unverified }, 'p', 'not-verified'],
    ['it asks for that', { ...zhang, address: unverified }, 'verification', undefined],
    ['it asks who was removed', undefined, 'verification', 'contact-gone'],
  ]
  for (const [name, known, policy, expected] of cases) {
    const mail = { channel: 'mail', to: 'zhang@example.com', policy } as const
    it(name, () => assert.equal(unsent(mail, known), expected))
  }

  const phones: [string, StoredContact | undefined, ReturnType<typeof unsent>][] = [
    [
      'its contact has this phone',
      { ...zhang, phone: '13800000000', address: disabled },
      undefined,
    ],
    ['its contact has another phone', { ...zhang, phone: '13800000001' }, 'address-changed'],
    ['its contact has none any more', zhang, 'address-changed'],
    ['its contact was removed', undefined, 'contact-gone'],
  ]
  for (const [name, known, expected] of phones) {
    it(`by phone: ${name}`, () => {
      const people = { userIds: [], mobiles: ['13800000000'] }
      const call = { channel: 'aliyun-voice', to: 'r', people, policy: 'p' } as const
      assert.equal(unsent(call, known), expected)
    })
  }

  it('what goes to the numbers of a receiver is', async () => {
    const sms = new ScriptedChannel(async () => 'OK')
    const nobody = { contact: async () => undefined, contacts: async () => [] }
    const own = delivery('1', { channel: 'aliyun-sms', contact: 'r', to: 'r' })
    assert.equal(await toReaders(sms, nobody).send(own, NEVER), 'OK')
    const one = { ...own, contact: 'zhang', people: { userIds: [], mobiles: ['1'] } }
    await assert.rejects(toReaders(sms, nobody).send(one, NEVER), { why: 'contact-gone' })
  })

  it('what goes to a phone or address that somebody else has is, but not what asks to confirm it', async () => {
    const one = contact('one', { email: 'a@x.cn', phone: '1' })
    const known = { contact: async () => undefined, contacts: async () => [one] }
    const channel = new ScriptedChannel(async () => 'OK')
    const readers = toReaders(channel, known)
    const people = { userIds: [], mobiles: ['1'] }
    const sms = { channel: 'aliyun-sms', contact: 'zhang', to: 'r', people } as const
    const mail = { contact: 'zhang', to: 'a@x.cn' }
    assert.equal(await readers.send(delivery('1', sms), NEVER), 'OK')
    assert.equal(await readers.send(delivery('2', mail), NEVER), 'OK')
    const ask = delivery('3', { ...mail, policy: 'verification' })
    await assert.rejects(readers.send(ask, NEVER), { why: 'contact-gone' })
    const other = delivery('4', { ...mail, to: 'b@x.cn' })
    await assert.rejects(readers.send(other, NEVER), { why: 'contact-gone' })
  })

  it('it is, while nobody knows', async () => {
    const mail = new ScriptedChannel(async () => '250')
    const fail = () => Promise.reject(new Error('disk full'))
    const broken = { contact: fail, contacts: fail }
    assert.equal(await toReaders(mail, broken).send(delivery('1'), NEVER), '250')
  })
})

describe('mails that wait while contacts are removed and changed', () => {
  it('go to all others without delay; nobody else is told, and the trace says why', async (t) => {
    const store = await openIn(dataFolder(t))
    t.after(() => store.close())
    const wanted = { name: 'env', framework: 'TARSFramework' } as const
    const { id: environment } = await store.environments.createEnvironment(wanted, AT)
    const names = ['gone', 'moved', 'stays']
    for (const name of names) await store.contacts.saveContact(contact(name, { environment }))
    const clock = new FakeClock(AT)
    let isUp = false
    const mail = new ScriptedChannel(async () => {
      if (!isUp) throw new ChannelFailure('unreachable', 'ECONNREFUSED')
      return '250'
    })
    const sender = new Sender({
      ...{ store: store.outbox, clock, log: silentLog, onSent: () => {} },
      channels: [toReaders(mail, store.contacts)],
      concurrency: { total: 8, perDoor: 8 },
    })
    const deliveries = names.flatMap((name) =>
      [1, 2, 3].map((n) => ({
        ...delivery(`${name} ${n}`, { environment, contact: name, to: `${name}@example.com` }),
        alerts: [`a${n}`],
      })),
    )
    await store.plans.savePlans([{ deliveries, convergences: [] }])
    sender.wake()
    await sender.idle()
    await store.contacts.removeContact(environment, 'gone')
    await store.contacts.saveContact(contact('moved', { environment, email: 'new@example.com' }))
    isUp = true
    for (let n = 0; n < 10; n++) {
      clock.advance(2_000)
      await sender.idle()
    }
    assert.deepEqual(mail.arrived.map(({ id }) => id).sort(), ['stays 1', 'stays 2', 'stays 3'])
    const said = await store.traces.trace(environment, 'a2', 9)
    assert.deepEqual(
      said.map(({ kind, lines: [line] }) => [kind, line?.reason, line?.contacts?.[0]]).sort(),
      [
        ['unsent', 'address-changed', 'moved'],
        ['unsent', 'contact-gone', 'gone'],
      ],
    )
    assert.deepEqual(await store.outbox.failing(environment, clock.now()), [])
    await sender.stop()
  })
})
