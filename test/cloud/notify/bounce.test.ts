import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  afterRefusal,
  type BounceStore,
  type Refusal,
  watchAddresses,
} from '../../../src/cloud/notify/bounce.ts'
import { ChannelFailure } from '../../../src/cloud/notify/channels/channel.ts'
import { AddressRefused } from '../../../src/cloud/notify/channels/mail/address-refusal.ts'
import type { AddressState, StoredContact } from '../../../src/cloud/notify/ports.ts'
import { silentLog } from '../../../src/support/log.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { AT, contact, delivery } from './support/nouns.ts'
import { ScriptedChannel } from './support/scripted-channel.ts'

const NEVER = new AbortController().signal

describe('what a refusal makes of an address', () => {
  const refused = (delivery: string, more: Partial<Refusal> = {}): Refusal => ({
    ...{ delivery, at: AT, why: '550 mailbox unavailable', fault: 'doubtful' },
    ...more,
  })
  const after = (...refusals: Refusal[]) =>
    refusals.reduce<AddressState>((known, one) => afterRefusal(known, one, false), {})

  it('one that nobody knows is disabled at once', () => {
    const why = '550 5.1.1 no such user'
    const state = after(refused('1', { fault: 'unknown', why }))
    assert.deepEqual(state, { disabled: { at: AT, why } })
  })

  it('one that looks wrong is disabled by the third delivery', () => {
    assert.equal(after(refused('1'), refused('2')).disabled, undefined)
    const third = refused('3', { at: AT + 1 })
    assert.deepEqual(after(refused('1'), refused('2'), third), {
      disabled: { at: AT + 1, why: '550 mailbox unavailable' },
    })
  })

  it('a delivery that is tried again counts once', () => {
    assert.equal(after(refused('1'), refused('2'), refused('2')).disabled, undefined)
  })

  it('what was refused before a mail was taken does not count', () => {
    const twice = after(refused('1'), refused('2'))
    const { refusals } = afterRefusal(twice, refused('3'), true)
    assert.deepEqual(refusals, [{ delivery: '3', at: AT }])
  })

  it('the first reason stays', () => {
    const first = { disabled: { at: 1, why: 'first' } }
    assert.deepEqual(afterRefusal(first, refused('1', { fault: 'unknown' }), false), first)
  })

  it('an address that is to be confirmed and does not exist is disabled', () => {
    const waiting = { unverified: { since: 1 } }
    const state = afterRefusal(waiting, refused('1', { fault: 'unknown', why: 'w' }), false)
    assert.deepEqual(state, { disabled: { at: AT, why: 'w' } })
  })
})

describe('a mail channel whose refusals are noted', () => {
  function watched(error: Error, known: StoredContact = contact('zhang')) {
    let now = known
    const store: BounceStore = {
      contact: async () => now,
      async changeAddress(_environment, _id, change) {
        now = { ...now, address: change(now) }
        return now
      },
      sentSince: async () => false,
    }
    const mail = new ScriptedChannel(() => Promise.reject(error))
    const clock = new FakeClock(AT)
    const channel = watchAddresses(mail, { store, clock, log: silentLog })
    return { channel, state: () => now.address ?? {} }
  }

  const faults = {
    'asks to come later': new ChannelFailure('busy', '451 greylisted'),
    'does not let us in': new ChannelFailure('misconfigured', '535 authentication failed'),
    'takes it for spam': new ChannelFailure('refused', '554 looks like spam'),
    'cannot be reached': new ChannelFailure('unreachable', 'ECONNREFUSED'),
  }
  for (const [what, error] of Object.entries(faults)) {
    it(`a server that ${what} says nothing of the address`, async () => {
      const { channel, state } = watched(error)
      for (const id of ['1', '2', '3', '4']) {
        await assert.rejects(channel.send(delivery(id), NEVER), error)
      }
      assert.deepEqual(state(), {})
    })
  }

  it('the address that the contact has by now is not blamed for the one it had', async () => {
    const { channel, state } = watched(
      new AddressRefused('unknown', '550 no such user'),
      contact('zhang', { email: 'new@example.com' }),
    )
    await assert.rejects(channel.send(delivery('1'), NEVER))
    assert.deepEqual(state(), {})
  })

  it('the failure is the same when it cannot be noted', async () => {
    const error = new AddressRefused('unknown', '550 no such user')
    const store = { contact: () => Promise.reject(new Error('disk full')) }
    const mail = new ScriptedChannel(() => Promise.reject(error))
    const options = { store: store as unknown as BounceStore, log: silentLog }
    const channel = watchAddresses(mail, { ...options, clock: new FakeClock(AT) })
    await assert.rejects(channel.send(delivery('1'), NEVER), error)
  })
})
