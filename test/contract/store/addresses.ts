import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { AddressState, StoredContact } from '../../../src/cloud/notify/ports.ts'
import type { Rota } from '../../../src/cloud/notify/rota.ts'
import {
  claim,
  contact,
  DAY_MS,
  delivery,
  newEnvironment,
  type Open,
  saveDeliveries,
  T0,
  withStore,
} from './samples.ts'

const WAITING = { unverified: { since: T0 } }
const DISABLED = { disabled: { at: T0, why: '550 no such user' } }

export function addressCases(open: Open): void {
  stateCases(open)
  askCases(open)
  rotaCases(open)
}

function stateCases(open: Open): void {
  it(
    'what is known of an address stays as long as the address does',
    withStore(open, async ({ contacts, plans }, environment) => {
      const waiting: StoredContact = { ...contact(environment), address: WAITING }
      await contacts.saveContact(waiting)
      assert.deepEqual(await contacts.contact(environment, 'contact-1'), waiting)
      await contacts.saveContact(contact(environment, { name: '李四' }))
      const renamed = { ...waiting, name: '李四' }
      assert.deepEqual(await contacts.contacts(environment), [renamed])
      assert.deepEqual((await plans.audience(environment)).contacts, [renamed])
      const moved = contact(environment, { email: 'new@example.com' })
      await contacts.saveContact(moved)
      assert.deepEqual(await contacts.contact(environment, 'contact-1'), moved)
    }),
  )

  it(
    'it is changed by what it was, in its environment alone',
    withStore(open, async (store, environment) => {
      const { contacts } = store
      const other = await newEnvironment(store, 'other')
      await contacts.saveContact({ ...contact(environment), address: WAITING })
      await contacts.saveContact(contact(other))
      const seen: (AddressState | undefined)[] = []
      const disable = ({ address }: StoredContact) => {
        seen.push(address)
        return DISABLED
      }
      const changed = await contacts.changeAddress(environment, 'contact-1', disable)
      assert.deepEqual(changed, { ...contact(environment), address: DISABLED })
      assert.deepEqual(seen, [WAITING])
      assert.deepEqual(await contacts.contact(environment, 'contact-1'), changed)
      assert.deepEqual(await contacts.contact(other, 'contact-1'), contact(other))
      assert.equal(await contacts.changeAddress(environment, 'nobody', disable), undefined)
      assert.equal(await contacts.contact('al-none', 'contact-1'), undefined)
      await contacts.changeAddress(environment, 'contact-1', () => ({}))
      assert.deepEqual(await contacts.contact(environment, 'contact-1'), contact(environment))
    }),
  )

  it(
    'when addresses need no confirmation any more, those that wait for it may be used',
    withStore(open, async ({ contacts }, environment) => {
      const some = { '1': WAITING, '2': { ...WAITING, ...DISABLED }, '3': DISABLED }
      for (const [id, address] of Object.entries(some)) {
        await contacts.saveContact({ ...contact(environment, { id, name: id }), address })
      }
      await contacts.trustUnverified()
      const known = (await contacts.contacts(environment)).map(({ address }) => address)
      assert.deepEqual(known, [undefined, DISABLED, DISABLED])
    }),
  )

  it(
    'whether a mail to an address was sent since',
    withStore(open, async (store, environment) => {
      const { contacts, outbox } = store
      const to = 'ops@example.com'
      await saveDeliveries(store, [delivery(environment)])
      assert.equal(await contacts.sentSince(environment, to, T0), false)
      await claim(store, T0, 1000, 9)
      const outcome = { state: 'sent', at: T0 + 5, answer: 'taken' } as const
      await outbox.finish([{ id: 'delivery-1', outcome }])
      assert.equal(await contacts.sentSince(environment, to, T0 + 4), true)
      assert.equal(await contacts.sentSince(environment, to, T0 + 5), false)
      assert.equal(await contacts.sentSince(environment, 'other@example.com', T0), false)
      assert.equal(await contacts.sentSince(await newEnvironment(store), to, T0), false)
    }),
  )
}

function askCases(open: Open): void {
  it(
    'mails that ask to confirm an address go out, and count for it in all environments',
    withStore(open, async (store, environment) => {
      const { contacts } = store
      const ask = (id: string, at: number, where = environment) =>
        contacts.saveAsk(
          delivery(where, { id, to: 'Ops@Example.com', alerts: [], plannedAt: at, receivedAt: at }),
        )
      await ask('1', T0)
      await ask('2', T0 + 5, await newEnvironment(store, 'other'))
      assert.deepEqual(await contacts.askedAt('ops@example.com', T0 - 1), [T0, T0 + 5])
      assert.deepEqual(await contacts.askedAt('OPS@example.com', T0), [T0 + 5])
      assert.deepEqual(await contacts.askedAt('other@example.com', 0), [])
      const sent = await claim(store, T0 + 9, 1000, 9)
      assert.deepEqual(
        sent.map(({ id, to }) => [id, to]),
        [
          ['1', 'Ops@Example.com'],
          ['2', 'Ops@Example.com'],
        ],
      )
      await ask('3', T0 + DAY_MS + 3)
      assert.deepEqual(await contacts.askedAt('ops@example.com', 0), [T0 + 5, T0 + DAY_MS + 3])
    }),
  )
}

function rotaCases(open: Open): void {
  it(
    'rotas are saved whole, changed and removed, each in its environment',
    withStore(open, async (store, environment) => {
      const { rotas, plans } = store
      const other = await newEnvironment(store, 'other')
      const rota: Rota = {
        ...{ id: 'r', environment, name: '值班', timeZone: 'Asia/Shanghai', members: ['1', '2'] },
        ...{ startsOn: '2026-11-23', handOverAt: '09:00', turnDays: 7 },
        overrides: [{ id: 'o', from: T0, to: T0 + 1, contact: '3', by: 'admin', reason: '调休' }],
      }
      await rotas.saveRota(rota)
      await rotas.saveRota({ ...rota, environment: other })
      assert.deepEqual((await plans.audience(environment)).rotas, [rota])
      const changed = { ...rota, members: ['2'], overrides: [] }
      await rotas.saveRota(changed)
      assert.deepEqual(await rotas.rotas(environment), [changed])
      assert.equal(await rotas.removeRota(other, 'r'), true)
      assert.equal(await rotas.removeRota(other, 'r'), false)
      assert.deepEqual(await rotas.rotas(environment), [changed])
    }),
  )
}
