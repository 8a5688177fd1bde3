import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { Policy, PolicyHours } from '../../../src/cloud/notify/policy.ts'
import type { Receiver } from '../../../src/cloud/notify/ports.ts'
import {
  claim,
  contact,
  delivery,
  newEnvironment,
  type Open,
  saveDeliveries,
  T0,
  withStore,
} from './samples.ts'

const ANNA = { id: 'u1', name: 'anna', passwordHash: 'scrypt$1' }

export function peopleCases(open: Open): void {
  contactCases(open)
  policyCases(open)
  receiverCases(open)
  userCases(open)
  sessionCases(open)
}

function contactCases(open: Open): void {
  it(
    'contacts are saved, changed and removed',
    withStore(open, async ({ contacts, plans }, environment) => {
      const anna = contact(environment, { id: '1', name: 'anna', language: 'en' })
      const bert = contact(environment, { id: '2', name: 'bert' })
      await contacts.saveContact(bert)
      await contacts.saveContact(anna)
      assert.deepEqual(await contacts.contacts(environment), [anna, bert])
      assert.deepEqual((await plans.audience(environment)).contacts, [anna, bert])
      const moved = { ...anna, email: 'new@example.com', timeZone: 'Europe/Berlin' }
      await contacts.saveContact(moved)
      assert.deepEqual(await contacts.contacts(environment), [moved, bert])
      assert.equal(await contacts.removeContact(environment, '1'), true)
      assert.equal(await contacts.removeContact(environment, '1'), false)
      assert.deepEqual(await contacts.contacts(environment), [bert])
    }),
  )

  it(
    'a contact keeps its phone and ids until they are taken away',
    withStore(open, async ({ contacts, plans }, environment) => {
      const ids = { dingtalk: 'manager1', wecom: 'ZhangSan', feishu: 'ou_1' }
      const whole = contact(environment, { phone: '13800000000', ...ids, email: '' })
      await contacts.saveContact(whole)
      assert.deepEqual(await contacts.contact(environment, whole.id), whole)
      assert.deepEqual((await plans.audience(environment)).contacts, [whole])
      await contacts.saveContact(contact(environment, { wecom: 'LiSi' }))
      assert.deepEqual(await contacts.contacts(environment), [
        contact(environment, { wecom: 'LiSi' }),
      ])
    }),
  )

  it(
    'a contact can neither be changed nor removed from another environment',
    withStore(open, async (store, environment) => {
      const other = await newEnvironment(store, 'other')
      await store.contacts.saveContact(contact(environment))
      await store.contacts.saveContact(contact(other, { name: 'same id' }))
      assert.equal(await store.contacts.removeContact(other, 'contact-1'), true)
      assert.equal(await store.contacts.removeContact(other, 'contact-1'), false)
      assert.deepEqual(await store.contacts.contacts(environment), [contact(environment)])
    }),
  )

  it(
    'what databases refuse in text is replaced, the rest is kept',
    withStore(open, async ({ contacts }, environment) => {
      const name = "a\0b \ud800 \u{1F525} 'x' \\ \n --"
      await contacts.saveContact(contact(environment, { name }))
      const [saved] = await contacts.contacts(environment)
      assert.equal(saved?.name, "a\uFFFDb \uFFFD \u{1F525} 'x' \\ \n --")
    }),
  )
}

function policyCases(open: Open): void {
  const hours: PolicyHours = {
    timeZone: 'Asia/Shanghai',
    times: [{ days: ['workday'], from: '09:00', to: '21:00' }],
    outside: 'errors',
    holidays: 'hold',
  }

  it(
    'an environment begins with one policy; policies are saved whole, changed and removed',
    withStore(open, async ({ environments, policies, plans }, environment) => {
      const first = { id: 'default', environment, name: '默认通知', services: ['*'] }
      const standard = { ...first, contacts: 'all' } as const
      assert.deepEqual(await policies.policies(environment), [standard])
      const english = { name: 'e', framework: 'TARSFramework', language: 'en' } as const
      const { id } = await environments.createEnvironment(english, T0)
      assert.equal((await policies.policies(id))[0]?.name, 'Default')
      const policy: Policy = {
        ...{ id: 'p', environment, name: 'p', services: ['App/*'], contacts: ['1'], groups: ['g'] },
        ...{ alarms: ['A*'], severities: ['ERROR'], mode: 'digest', receivers: ['r'], hours },
        off: true,
      }
      await policies.savePolicy(policy)
      assert.deepEqual((await plans.audience(environment)).policies, [standard, policy])
      const plain = { ...standard, services: ['App'] }
      await policies.savePolicy(plain)
      assert.deepEqual(await policies.policies(environment), [plain, policy])
      assert.equal(await policies.removePolicy(environment, 'p'), true)
      assert.equal(await policies.removePolicy(environment, 'p'), false)
    }),
  )

  it(
    'groups are saved, changed and removed, each in its environment',
    withStore(open, async (store, environment) => {
      const other = await newEnvironment(store, 'other')
      const group = { id: 'g', environment, name: '值班', contacts: ['1', '2'] }
      await store.policies.saveGroup(group)
      await store.policies.saveGroup({ ...group, environment: other })
      const changed = { ...group, contacts: [] }
      await store.policies.saveGroup(changed)
      assert.deepEqual((await store.plans.audience(environment)).groups, [changed])
      assert.equal(await store.policies.removeGroup(other, 'g'), true)
      assert.equal(await store.policies.removeGroup(other, 'g'), false)
      assert.deepEqual(await store.policies.groups(environment), [changed])
    }),
  )

  it(
    'who is told sees days as the environment does',
    withStore(open, async ({ calendars, plans }, environment) => {
      assert.equal((await plans.audience(environment)).calendar, undefined)
      const calendar = { zone: 'Europe/Berlin', holidays: 'none' as const, specialDays: [] }
      await calendars.saveCalendar(environment, calendar)
      assert.deepEqual((await plans.audience(environment)).calendar, calendar)
    }),
  )
}

function receiverCases(open: Open): void {
  const robot = (environment: string, fields: Partial<Receiver> = {}): Receiver => ({
    ...{ id: 'r', environment, kind: 'dingtalk', name: '群', language: 'zh' },
    ...{ timeZone: 'Asia/Shanghai', settings: { token: 'secret', list: [1] } },
    ...fields,
  })

  it(
    'receivers are saved with their settings, shown without to who is told, changed and removed',
    withStore(open, async ({ receivers, plans }, environment) => {
      const first = robot(environment)
      await receivers.saveReceiver(first, T0)
      assert.deepEqual(await receivers.receiver(environment, 'r'), first)
      const changed = robot(environment, { name: '新群', settings: { token: 'other' } })
      await receivers.saveReceiver(changed, T0)
      assert.deepEqual(await receivers.receivers(environment), [changed])
      const { settings, ...head } = changed
      assert.deepEqual((await plans.audience(environment)).receivers, [head])
      assert.equal(await receivers.receiver('al-other', 'r'), undefined)
      assert.equal(await receivers.removeReceiver(environment, 'r'), true)
      assert.equal(await receivers.removeReceiver(environment, 'r'), false)
    }),
  )

  it(
    'of SMS and calls their own numbers are known to who plans, of nothing else anything',
    withStore(open, async (store, environment) => {
      const { receivers, plans } = store
      const other = await newEnvironment(store, 'other')
      const numbers: [string, Receiver['kind'], object, string[]?][] = [
        ['1', 'aliyun-sms', { phones: ['13800000000'], access_key_secret: 'x' }, ['13800000000']],
        ['2', 'aliyun-sms', { phones: [] }, []],
        ['3', 'aliyun-voice', { phone: '13800000001' }, ['13800000001']],
        ['4', 'aliyun-voice', {}, []],
        ['5', 'webhook', { phones: ['13800000000'] }],
      ]
      for (const [id, kind, settings] of numbers) {
        await receivers.saveReceiver(robot(environment, { id, kind, settings }), T0)
        await receivers.saveReceiver(robot(other, { id, kind, settings: { phones: ['1'] } }), T0)
      }
      const { receivers: heads = [] } = await plans.audience(environment)
      assert.deepEqual(
        heads.map(({ id, phones }) => [id, phones]),
        numbers.map(([id, , , phones]) => [id, phones]),
      )
      assert.ok(heads.every((head) => !('settings' in head)))
    }),
  )

  it(
    'a disabled one says since when and why, until it is saved again: then what waits is due',
    withStore(open, async (store, environment) => {
      const { receivers, outbox } = store
      await receivers.saveReceiver(robot(environment), T0)
      const to = { channel: 'dingtalk', to: 'r' } as const
      await saveDeliveries(store, [delivery(environment, to)])
      await claim(store, T0, 1000, 9)
      const outcome = { state: 'waiting', dueAt: T0 + 99, answer: 'gone' } as const
      await outbox.finish([{ id: 'delivery-1', outcome }])
      await receivers.disableReceiver(environment, 'r', 'the robot was removed', T0 + 5)
      const { disabled } = (await receivers.receiver(environment, 'r')) ?? {}
      assert.deepEqual(disabled, { at: T0 + 5, why: 'the robot was removed' })
      await receivers.saveReceiver(robot(environment), T0 + 7)
      assert.equal((await receivers.receiver(environment, 'r'))?.disabled, undefined)
      assert.equal((await outbox.lanes())[0]?.dueAt, T0, 'as it was planned')
    }),
  )
}

function userCases(open: Open): void {
  it(
    'users are found by name and by id, and counted',
    withStore(open, async ({ users }) => {
      assert.equal(await users.userCount(), 0)
      await users.saveUser(ANNA)
      assert.equal(await users.userCount(), 1)
      assert.deepEqual(await users.userByName('anna'), ANNA)
      assert.deepEqual(await users.userById('u1'), ANNA)
      assert.equal(await users.userByName('Anna'), undefined)
      const changed = { ...ANNA, passwordHash: 'scrypt$2' }
      await users.saveUser(changed)
      assert.deepEqual(await users.userById('u1'), changed)
      assert.equal(await users.userCount(), 1)
    }),
  )

  it(
    'two users cannot have one name',
    withStore(open, async ({ users }) => {
      await users.saveUser(ANNA)
      await assert.rejects(users.saveUser({ ...ANNA, id: 'u2' }), {
        name: 'StoreFailure',
        reason: 'conflict',
        retryable: false,
      })
    }),
  )
}

function sessionCases(open: Open): void {
  it(
    'a session leads to its user until it ends or is removed',
    withStore(open, async ({ users }) => {
      await users.saveUser(ANNA)
      for (const tokenHash of ['h1', 'h2']) {
        await users.saveSession({ tokenHash, user: 'u1', expiresAt: T0 })
      }
      assert.deepEqual(await users.userOfSession('h1', T0 - 1), ANNA)
      assert.equal(await users.userOfSession('h1', T0), undefined)
      assert.equal(await users.userOfSession('h3', T0 - 1), undefined)
      await users.removeSession('h1')
      assert.equal(await users.userOfSession('h1', T0 - 1), undefined)
      assert.deepEqual(await users.userOfSession('h2', T0 - 1), ANNA)
    }),
  )
}
