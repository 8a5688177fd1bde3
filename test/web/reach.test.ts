import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Contact } from '../../src/web/cloud.ts'
import { forMails, type People, reachesNobody } from '../../src/web/reach.ts'
import { nextShift, type Rota, weekdayOf } from '../../src/web/rotas.ts'

function contact(id: string, more: Partial<Contact> = {}): Contact {
  return { id, name: id, email: `${id}@e.cn`, language: 'zh', timeZone: 'UTC', ...more }
}

const DISABLED = { disabled: { atMs: 1, why: '550' } }
const ROTA: Rota = {
  ...{ id: 'turns', name: 'r', timeZone: 'UTC', members: ['waits'], startsOn: '2026-01-05' },
  ...{ handOverAt: '09:00', turnDays: 7, overrides: [], gone: [], shifts: [], days: [] },
}
const STANDS_IN = { id: 'o', fromMs: 1, toMs: 2, contact: 'fine', by: '', reason: '' }
const robot = { kind: 'webhook', language: 'zh', timeZone: 'UTC', settings: {} } as const
const PEOPLE: People = {
  contacts: [
    contact('fine'),
    contact('waits', { unverifiedSinceMs: 1 }),
    contact('off', DISABLED),
    contact('phoned', { email: '', phone: '13800000000' }),
  ],
  groups: [
    { id: 'team', name: 'g', contacts: ['waits', 'fine'] },
    { id: 'lame', name: 'g', contacts: ['off', 'gone'] },
  ],
  rotas: [ROTA, { ...ROTA, id: 'helped', overrides: [STANDS_IN] }],
  receivers: [
    { ...robot, id: 'robot', name: 'r' },
    { ...robot, id: 'dead', name: 'r', ...DISABLED },
    { ...robot, id: 'sms', kind: 'aliyun-sms', name: 'r', settings: { phones: [] } },
    { ...robot, id: 'call', kind: 'aliyun-voice', name: 'r', settings: { phone: '1' } },
  ],
}

describe('a notification reaches', () => {
  const cases: [string, object, boolean][] = [
    ['nobody when it names nobody', {}, false],
    ['somebody with an address that is in use', { contacts: ['off', 'fine'] }, true],
    ['nobody whose address waits or is disabled', { contacts: ['waits', 'off'] }, false],
    ['nobody who is gone', { contacts: ['gone'] }, false],
    ['somebody of all', { contacts: 'all' }, true],
    ['somebody of a group', { groups: ['team'] }, true],
    ['nobody of a group that cannot be told', { groups: ['lame'] }, false],
    ['nobody of a rota that cannot be told', { rotas: ['turns'] }, false],
    ['who stands in', { rotas: ['helped'] }, true],
    ['a receiver', { receivers: ['dead', 'robot'] }, true],
    ['nobody by a receiver that is disabled', { receivers: ['dead'] }, false],
    ['nobody without a mail address', { contacts: ['phoned'] }, false],
    ['a phone of the receiver', { receivers: ['call'] }, true],
    ['a phone of a contact', { contacts: ['phoned'], receivers: ['sms'] }, true],
    ['nobody by SMS without a phone', { contacts: ['off'], receivers: ['sms'] }, false],
  ]
  for (const [name, more, reaches] of cases) {
    it(name, () => {
      const policy = { contacts: [], groups: [], rotas: [], receivers: [], ...more }
      assert.equal(reachesNobody(policy, PEOPLE), !reaches)
    })
  }
})

describe('for what goes by mail alone', () => {
  it('who has no address cannot be chosen, but stays where it was', () => {
    const chosen = (...ids: string[]) => forMails(PEOPLE.contacts, ids).map(({ id }) => id)
    assert.deepEqual(chosen(), ['fine', 'waits', 'off'])
    assert.deepEqual(chosen('phoned'), ['fine', 'waits', 'off', 'phoned'])
  })
})

describe('a rota as it is shown', () => {
  const shift = (contact: string | null, fromMs: number) => ({
    ...{ contact, fromMs, toMs: fromMs + 1, stepsIn: false },
  })

  it('the next on call is somebody else', () => {
    const next = (...contacts: (string | null)[]) =>
      nextShift({ ...ROTA, shifts: contacts.map(shift) })?.contact
    assert.equal(next('a', 'a', 'b'), 'b')
    assert.equal(next('a', null, 'a', 'b'), 'b')
    assert.equal(next(null, 'a'), 'a')
    assert.equal(next('a'), undefined)
  })

  it('weekdays count from Monday', () => {
    assert.deepEqual(['2026-11-23', '2026-11-28', '2026-11-29'].map(weekdayOf), [1, 6, 7])
  })
})
