/** Policies that name rotas: who is told. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { decide, decideDigest } from '../../../src/cloud/notify/pipeline.ts'
import type { Policy } from '../../../src/cloud/notify/policy.ts'
import type { Audience, StoredContact } from '../../../src/cloud/notify/ports.ts'
import type { Rota } from '../../../src/cloud/notify/rota.ts'
import type { Envelope, Facts } from '../../../src/cloud/notify/stages/stage.ts'
import { alert, change, contact, ENVIRONMENT, policy } from './support/nouns.ts'

const DAY_MS = 86_400_000
/** Wednesday 10:00 in Shanghai, in the turn of a. */
const NOW = Date.parse('2026-11-25T10:00:00+08:00')
const ROTA: Rota = {
  ...{ id: 'r', environment: ENVIRONMENT, name: '值班', timeZone: 'Asia/Shanghai' },
  ...{ members: ['a', 'b'], startsOn: '2026-11-23', handOverAt: '09:00', turnDays: 7 },
  overrides: [],
}

function facts(at: number, more: Partial<Audience> = {}, of: Partial<Policy> = {}): Facts {
  const audience: Audience = {
    environmentName: '演示环境',
    policies: [policy('p1', { contacts: [], rotas: ['r'], ...of })],
    contacts: [contact('a'), contact('b'), contact('c')],
    rotas: [ROTA, { ...ROTA, id: 'other', members: ['c'] }],
    ...more,
  }
  return { at, windowMs: 600_000, audience, convergences: [], toldOf: [] }
}

const fired = (at: number) => change('fired', at, alert('x'))
const told = ({ notices }: Envelope) => notices.map((notice) => notice.contact.id)
const dropped = ({ trace }: Envelope) =>
  trace.flatMap(({ verdict, reason, contact: who }) => (verdict === 'drop' ? [[who, reason]] : []))

describe('a policy that names a rota', () => {
  it('tells who is on call', () => {
    assert.deepEqual(told(decide(fired(NOW), facts(NOW))), ['a'])
    const later = NOW + 7 * DAY_MS
    assert.deepEqual(told(decide(fired(later), facts(later))), ['b'])
  })

  it('tells who is on call when the digest goes out', () => {
    const opened = decide(fired(NOW), facts(NOW, {}, { mode: 'digest' }))
    const [due] = opened.convergences
    assert.deepEqual(told(opened), [])
    assert.ok(due)
    const later = NOW + 7 * DAY_MS
    assert.deepEqual(told(decideDigest(due, facts(later, {}, { mode: 'digest' }))), ['b'])
  })

  it('tells that it is over to who was told, not to who is on call by then', () => {
    const later = NOW + 7 * DAY_MS
    const over = change('resolved', later, alert('x'))
    const toldOf = [{ policy: 'p1', contact: 'a' }]
    assert.deepEqual(told(decide(over, { ...facts(later), toldOf })), ['a'])
  })

  it('tells once who is named besides', () => {
    assert.deepEqual(told(decide(fired(NOW), facts(NOW, {}, { contacts: ['b', 'a'] }))), ['a', 'b'])
  })

  it('tells who stands in for a member who is gone, and says so', () => {
    const envelope = decide(fired(NOW), facts(NOW, { contacts: [contact('b')] }))
    assert.deepEqual([told(envelope), dropped(envelope)], [['b'], [['a', 'contact-gone']]])
  })

  it('says that nobody is on call, and opens no window', () => {
    const early = NOW - 30 * DAY_MS
    const envelope = decide(fired(early), facts(early))
    assert.deepEqual([told(envelope), dropped(envelope)], [[], [['r', 'nobody-on-call']]])
    assert.deepEqual(envelope.convergences, [])
  })
})

describe('a contact whose address may not be used', () => {
  const states: [string, StoredContact['address'], string][] = [
    ['is not confirmed', { unverified: { since: 1 } }, 'not-verified'],
    ['is disabled', { disabled: { at: 1, why: '550' } }, 'address-disabled'],
  ]
  for (const [name, address = {}, reason] of states) {
    it(`is not told while it ${name}`, () => {
      const contacts = [{ ...contact('a'), address }, contact('b')]
      const envelope = decide(fired(NOW), facts(NOW, { contacts }, { contacts: 'all', rotas: [] }))
      assert.deepEqual([told(envelope), dropped(envelope)], [['b'], [['a', reason]]])
    })
  }

  it('is told while it was refused now and then', () => {
    const address = { refusals: [{ delivery: '1', at: 1 }] }
    const contacts = [{ ...contact('a'), address }]
    assert.deepEqual(told(decide(fired(NOW), facts(NOW, { contacts }))), ['a'])
  })
})
