import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { laneOf } from '../../../src/cloud/notify/lane.ts'
import type { Convergence, Kind, Outcome } from '../../../src/cloud/notify/ports.ts'
import type { Store } from '../../../src/cloud/store/store.ts'
import {
  alert,
  change,
  claim,
  delivery,
  newEnvironment,
  type Open,
  saveDeliveries,
  T0,
  withStore,
} from './samples.ts'

const LEASE_MS = 30_000

export function outboxCases(open: Open): void {
  failingCases(open)
  unsentCases(open)
  waitCases(open)
  laneCases(open)
  claimCases(open)
  finishCases(open)
  orderCases(open)
  it('claims at the same time never overlap, and none is left out', overlapProperty(open))
}

async function stateOf(store: Store, environment: string) {
  const [found] = await store.reads.deliveries({ environment, limit: 1 })
  assert.ok(found)
  return found
}

async function firstDue({ outbox }: Store): Promise<number | undefined> {
  const [lane] = await outbox.lanes()
  return lane?.dueAt
}

function failingCases(open: Open): void {
  const HOUR_MS = 3_600_000
  const at = T0 + 100 * HOUR_MS
  const hook = { channel: 'webhook', to: 'r1' } as const
  const phone = (contact: string, number: string) => ({
    ...({ channel: 'aliyun-sms', to: 's', contact } as const),
    people: { userIds: [], mobiles: [number] },
  })

  it(
    'says who takes nothing: refused within an hour, or waiting for 10 min, of alarms of this environment',
    withStore(open, async (store, environment) => {
      const other = await newEnvironment(store, 'other')
      const since = (ms: number) => ({ plannedAt: at - ms })
      const reader = { id: 'contact-1', name: '张三', email: 'ops@example.com', timeZone: 'UTC' }
      await store.contacts.saveContact({ ...reader, environment, language: 'zh', phone: '1' })
      await saveDeliveries(store, [
        delivery(environment, { id: 'of who was removed', contact: 'gone', ...since(HOUR_MS) }),
        delivery(environment, { id: 'to an old address', to: 'old@x.cn', ...since(HOUR_MS) }),
        delivery(environment, { ...phone('gone', '1'), id: 'sms gone', ...since(HOUR_MS) }),
        delivery(environment, { ...phone('contact-1', '2'), id: 'sms old', ...since(HOUR_MS) }),
        delivery(environment, { ...phone('contact-1', '1'), id: 'sms', ...since(HOUR_MS) }),
        delivery(environment, { id: 'sent', ...since(HOUR_MS / 2) }),
        delivery(environment, { id: 'refused', ...since(HOUR_MS / 2) }),
        delivery(environment, { id: 'refused long ago', ...since(2 * HOUR_MS) }),
        delivery(environment, { id: 'confirm', policy: 'verification', ...since(HOUR_MS / 2) }),
        delivery(environment, { ...hook, id: 'waits', ...since(2 * HOUR_MS) }),
        delivery(environment, { ...hook, id: 'waits, too', ...since(HOUR_MS / 6) }),
        delivery(environment, { ...hook, id: 'waits since now', to: 'r2', ...since(0) }),
        delivery(other, { ...hook, id: 'of another', ...since(HOUR_MS) }),
      ])
      await claim(store, at - HOUR_MS / 3, LEASE_MS, 9)
      const failed = { state: 'failed', at, answer: '550' } as const
      await store.outbox.finish([
        { id: 'sent', outcome: { state: 'sent', at, answer: '250' } },
        { id: 'refused', outcome: failed },
        { id: 'confirm', outcome: failed },
        { id: 'refused long ago', outcome: failed },
      ])
      assert.deepEqual(await store.outbox.failing(environment, at), [
        { channel: 'aliyun-sms', to: 's', deliveries: 1 },
        { channel: 'mail', to: 'ops@example.com', deliveries: 1 },
        { ...hook, deliveries: 2 },
      ])
    }),
  )
}

function unsentCases(open: Open): void {
  it(
    'why nothing was sent stands in the traces of the alerts, once',
    withStore(open, async (store, environment) => {
      const other = await newEnvironment(store, 'other')
      await saveDeliveries(store, [
        delivery(environment, { alerts: ['a', 'b'] }),
        delivery(other, { id: 'theirs', alerts: ['a'] }),
      ])
      await claim(store, T0, LEASE_MS, 9)
      const unsent = { state: 'failed', at: T0 + 1, answer: 'not sent', unsent: 'contact-gone' }
      const results = [{ id: 'delivery-1', outcome: unsent as Outcome }]
      for (let n = 0; n < 2; n++) await store.outbox.finish(results)
      const line = { stage: 'address', verdict: 'drop', reason: 'contact-gone' }
      const lines = [{ ...line, policies: ['default'], contacts: ['contact-1'] }]
      for (const alert of ['a', 'b']) {
        assert.deepEqual(await store.traces.trace(environment, alert, 9), [
          { environment, alert, at: T0 + 1, kind: 'unsent', lines },
        ])
      }
      assert.deepEqual(await store.traces.trace(other, 'a', 9), [])
      assert.deepEqual(await store.plans.toldOf(['b']), [])
    }),
  )
}

function waitCases(open: Open): void {
  it(
    'what waits for a while is due earlier by as much as the clock was set back; not what waits for a time',
    withStore(open, async (store, environment) => {
      const { plans, outbox, reminders, waits } = store
      assert.equal(await waits.lastPlanned(), undefined)
      const reminder = { environment, policy: 'p', step: 0 }
      const soon = { ...reminder, alert: 'a', since: T0, dueAt: T0 + 900 }
      const [now, byMs] = [T0 - 3_600, 3_600]
      const fresh = { ...reminder, alert: 'b', since: now, dueAt: now + 900 }
      const kind = { environment, policy: 'p', rule: 'r', service: 's', subject: '', level: 'WARN' }
      const held = [change(alert(environment))]
      const convergence = {
        ...{ kind, toldAt: T0, scope: 'all', held, heldCount: 1, heldSince: T0, dueAt: T0 + 600 },
      } as const
      await plans.savePlans([
        { deliveries: [delivery(environment)], convergences: [], reminders: [soon, fresh] },
        { deliveries: [], convergences: [convergence as Convergence] },
      ])
      const snooze = { environment, alert: 'c', kind: 'snooze', at: T0, by: 'anna', note: '' }
      await reminders.saveAct({ ...snooze, kind: 'snooze', until: T0 + 600 })
      assert.equal(await waits.lastPlanned(), T0)
      await waits.bringForward(byMs, now)
      assert.equal(await waits.lastPlanned(), now)
      assert.deepEqual((await outbox.lanes())[0]?.dueAt, now)
      const [told] = await plans.convergences([convergence.kind as Kind])
      assert.deepEqual([told?.toldAt, told?.dueAt], [now, now + 600])
      assert.deepEqual(
        (await reminders.dueReminders(T0 + 9_999, 9)).map(({ alert: id, dueAt }) => [id, dueAt]),
        [
          ['a', now + 900],
          ['b', now + 900],
          ['c', T0 + 600],
        ],
      )
    }),
  )
}

function laneCases(open: Open): void {
  it(
    'deliveries stand in lanes: mails of an environment, and each receiver',
    withStore(open, async (store, environment) => {
      const other = await newEnvironment(store, 'other')
      const robot = { channel: 'dingtalk', to: 'r1' } as const
      await saveDeliveries(store, [
        delivery(environment, { id: 'b', plannedAt: T0 + 2 }),
        delivery(environment, { id: 'a', to: 'b@example.com', plannedAt: T0 + 1 }),
        delivery(other, { id: 'c' }),
        delivery(environment, { ...robot, id: 'd' }),
        delivery(environment, { ...robot, id: 'e', to: 'r2' }),
      ])
      const ours = [
        { lane: `mail ${environment}`, dueAt: T0 + 1 },
        { lane: `mail ${other}`, dueAt: T0 },
        { lane: `r1 ${environment}`, dueAt: T0 },
        { lane: `r2 ${environment}`, dueAt: T0 },
      ]
      assert.deepEqual(
        (await store.outbox.lanes()).sort((a, b) => (a.lane < b.lane ? -1 : 1)),
        ours.sort((a, b) => (a.lane < b.lane ? -1 : 1)),
      )
      assert.equal(laneOf(delivery(environment, robot)), `r1 ${environment}`)
    }),
  )

  it(
    'of each lane as many are claimed as it has a share, and of others none',
    withStore(open, async ({ plans, outbox }, environment) => {
      const deliveries = ['r1', 'r2', 'r3'].flatMap((to) =>
        [1, 2, 3].map((n) =>
          delivery(environment, { id: `${to} ${n}`, channel: 'webhook', to, plannedAt: T0 + n }),
        ),
      )
      await plans.savePlans([{ deliveries, convergences: [] }])
      const shares = [
        { lane: `r1 ${environment}`, limit: 2 },
        { lane: `r3 ${environment}`, limit: 1 },
      ]
      const claimed = await outbox.claim({ now: T0 + 9, leaseMs: LEASE_MS, shares })
      assert.deepEqual(claimed.map(({ id }) => id).sort(), ['r1 1', 'r1 2', 'r3 1'])
    }),
  )

  it(
    'answers are stored together, or none of them',
    withStore(open, async (store, environment) => {
      await saveDeliveries(store, [
        delivery(environment, { id: 'a' }),
        delivery(environment, { id: 'b' }),
      ])
      await claim(store, T0, LEASE_MS, 9)
      const sent = { id: 'a', outcome: { state: 'sent', at: T0, answer: '250' } } as const
      const broken = { id: 'b', outcome: { state: 'sent', at: Number.NaN, answer: '' } } as const
      await assert.rejects(store.outbox.finish([sent, broken]))
      const [first] = await store.reads.deliveries({ environment, limit: 9 })
      assert.equal(first?.state, 'sending')
    }),
  )
}

function claimCases(open: Open): void {
  it(
    'a planned delivery waits, is claimed as it was planned, and is leased',
    withStore(open, async (store, environment) => {
      const planned = delivery(environment)
      await saveDeliveries(store, [planned])
      assert.equal(await firstDue(store), T0)
      assert.deepEqual(await claim(store, T0 - 1, LEASE_MS, 9), [])
      const leased = {
        ...planned,
        state: 'sending',
        attempts: 1,
        dueAt: T0 + LEASE_MS,
        maybeRepeated: false,
      }
      assert.deepEqual(await claim(store, T0, LEASE_MS, 9), [leased])
      assert.deepEqual(await claim(store, T0, LEASE_MS, 9), [])
      assert.equal(await firstDue(store), T0 + LEASE_MS)
    }),
  )

  it(
    'takes the oldest due first, at most as many as asked for',
    withStore(open, async (store, environment) => {
      const order = [5, 2, 4, 1, 3]
      await saveDeliveries(
        store,
        // Ids sort the other way round.
        order.map((n) => delivery(environment, { id: `${9 - n}`, plannedAt: T0 + n })),
      )
      const idsOf = async (now: number, limit: number) =>
        (await claim(store, now, LEASE_MS, limit)).map(({ id }) => id).join('')
      assert.equal(await idsOf(T0 + 9, 2), '87')
      assert.equal(await idsOf(T0 + 4, 9), '65')
      assert.equal(await firstDue(store), T0 + 5)
    }),
  )

  it(
    'a lease that runs out, again and again, marks the delivery as maybe repeated',
    withStore(open, async (store, environment) => {
      await saveDeliveries(store, [delivery(environment)])
      for (let attempt = 1; attempt <= 4; attempt++) {
        const now = T0 + (attempt - 1) * LEASE_MS
        assert.deepEqual(attempt > 1 ? await claim(store, now - 1, LEASE_MS, 9) : [], [])
        const [claimed] = await claim(store, now, LEASE_MS, 9)
        assert.equal(claimed?.attempts, attempt)
        assert.equal(claimed?.maybeRepeated, attempt > 1)
      }
      await store.outbox.finish([
        { id: 'delivery-1', outcome: { state: 'waiting', dueAt: T0, answer: '421' } },
      ])
      const [again] = await claim(store, T0, LEASE_MS, 9)
      assert.equal(again?.maybeRepeated, true)
    }),
  )

  it(
    'what the caller still has in hand is not claimed, even when its lease ran out',
    withStore(open, async (store, environment) => {
      await saveDeliveries(store, [delivery(environment)])
      await claim(store, T0, LEASE_MS, 9)
      const late = T0 + LEASE_MS
      assert.deepEqual(await claim(store, late, LEASE_MS, 9, ['delivery-1']), [])
      assert.equal((await claim(store, late, LEASE_MS, 9, ['other'])).length, 1)
    }),
  )

  it(
    'leases of a process that died end at the start of the next',
    withStore(open, async (store, environment) => {
      await saveDeliveries(store, [delivery(environment)])
      await claim(store, T0, LEASE_MS, 9)
      await store.outbox.endLeases(T0 + 1)
      const [again] = await claim(store, T0 + 1, LEASE_MS, 9)
      assert.equal(again?.maybeRepeated, true)
    }),
  )
}

function finishCases(open: Open): void {
  it(
    'a try put off is due later, with its answer, and is no repeat',
    withStore(open, async (store, environment) => {
      await saveDeliveries(store, [delivery(environment)])
      await claim(store, T0, LEASE_MS, 9)
      const outcome: Outcome = { state: 'waiting', dueAt: T0 + 60_000, answer: '421 try later' }
      await store.outbox.finish([{ id: 'delivery-1', outcome }])
      assert.deepEqual(await claim(store, T0 + 59_999, LEASE_MS, 9), [])
      const [again] = await claim(store, T0 + 60_000, LEASE_MS, 9)
      assert.equal(again?.attempts, 2)
      assert.equal(again?.answer, '421 try later')
      assert.equal(again?.maybeRepeated, false)
    }),
  )

  it(
    'a try whose connection died after the hand-over may be a repeat',
    withStore(open, async (store, environment) => {
      await saveDeliveries(store, [delivery(environment)])
      await claim(store, T0, LEASE_MS, 9)
      const answer = 'connection closed'
      const outcome: Outcome = { state: 'waiting', dueAt: T0, answer, maybeRepeated: true }
      await store.outbox.finish([{ id: 'delivery-1', outcome }])
      const [again] = await claim(store, T0, LEASE_MS, 9)
      assert.equal(again?.maybeRepeated, true)
    }),
  )

  const ends: Outcome[] = [
    { state: 'sent', at: T0 + 5, answer: '250 ok' },
    { state: 'failed', at: T0 + 5, answer: '550 no such user' },
  ]
  for (const outcome of ends) {
    it(
      `what is ${outcome.state} is never claimed again`,
      withStore(open, async (store, environment) => {
        await saveDeliveries(store, [delivery(environment)])
        await claim(store, T0, LEASE_MS, 9)
        await store.outbox.finish([{ id: 'delivery-1', outcome }])
        const found = await stateOf(store, environment)
        assert.equal(found.state, outcome.state)
        assert.equal(found.answer, outcome.answer)
        assert.equal(found.sentAt, outcome.state === 'sent' ? T0 + 5 : undefined)
        assert.equal(await firstDue(store), undefined)
        assert.deepEqual(await claim(store, T0 + LEASE_MS * 9, LEASE_MS, 9), [])
      }),
    )
  }

  const sent: Outcome = { state: 'sent', at: T0 + 7, answer: '250 late' }
  const waiting: Outcome = { state: 'waiting', dueAt: T0 + 90_000, answer: '421' }
  const failed: Outcome = { state: 'failed', at: T0 + 8, answer: '550' }
  const races: [string, Outcome[], string][] = [
    ['a late "sent" ends a delivery that was put off', [waiting, sent], 'sent 250 late'],
    ['a late "sent" ends a delivery that failed', [failed, sent], 'sent 250 late'],
    ['what was sent is not put off', [sent, waiting], 'sent 250 late'],
    ['what was sent does not fail', [sent, failed], 'sent 250 late'],
    ['what failed is not put off', [failed, waiting], 'failed 550'],
  ]
  for (const [name, outcomes, expected] of races) {
    it(
      `of two senders: ${name}`,
      withStore(open, async (store, environment) => {
        await saveDeliveries(store, [delivery(environment)])
        await claim(store, T0, LEASE_MS, 9)
        await claim(store, T0 + LEASE_MS, LEASE_MS, 9)
        for (const outcome of outcomes) await store.outbox.finish([{ id: 'delivery-1', outcome }])
        const { state, answer } = await stateOf(store, environment)
        assert.equal(`${state} ${answer}`, expected)
      }),
    )
  }

  it(
    'finishing a delivery that was removed does nothing',
    withStore(open, (store) =>
      store.outbox.finish([{ id: 'unknown', outcome: ends[0] as Outcome }]),
    ),
  )
}

function overlapProperty(open: Open): () => Promise<void> {
  return withStore(open, async (store) => {
    let round = 0
    const claims = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 2, maxLength: 8 })
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 40 }), claims, async (size, limits) => {
        const name = `round ${round++}`
        const environment = await newEnvironment(store, name)
        const ids = Array.from({ length: size }, (_, n) => `${name} ${n}`)
        await saveDeliveries(
          store,
          ids.map((id) => delivery(environment, { id })),
        )
        const taken = await Promise.all(limits.map((limit) => claim(store, T0, LEASE_MS, limit)))
        const claimed = taken.flat().map(({ id }) => id)
        assert.equal(new Set(claimed).size, claimed.length)
        for (const [n, one] of taken.entries()) assert.ok(one.length <= (limits[n] ?? 0))
        const rest = await claim(store, T0, LEASE_MS, 100)
        assert.deepEqual([...claimed, ...rest.map(({ id }) => id)].sort(), ids.sort())
        await store.environments.removeEnvironment(environment)
      }),
      { numRuns: 40 },
    )
  })
}

function orderCases(open: Open): void {
  const waiting = (dueAt: number): Outcome => ({ state: 'waiting', dueAt, answer: 'busy' })

  it(
    'that an alert is over goes out after what its reader is still to be told of it',
    withStore(open, async (store, environment) => {
      const end = { plannedAt: T0 + 5_000, isEnd: true } as const
      await saveDeliveries(store, [
        delivery(environment, { id: 'fired' }),
        delivery(environment, { id: 'sent', contact: 'c2' }),
      ])
      await claim(store, T0, LEASE_MS, 9)
      await store.outbox.finish([
        { id: 'fired', outcome: waiting(T0 + 60_000) },
        { id: 'sent', outcome: { state: 'sent', at: T0, answer: '250' } },
      ])
      await saveDeliveries(store, [
        delivery(environment, { id: 'over', ...end }),
        delivery(environment, { id: 'over of c2', contact: 'c2', ...end }),
        delivery(environment, { id: 'over of another', alerts: ['alert-2'], ...end }),
      ])
      const due = async (at: number) =>
        (await claim(store, at, 10 * LEASE_MS, 9)).map(({ id }) => id).toSorted()
      assert.deepEqual(await due(T0 + 59_999), ['over of another', 'over of c2'])
      assert.deepEqual(await due(T0 + 60_000), ['fired'])
      await store.outbox.finish([{ id: 'fired', outcome: waiting(T0 + 90_000) }])
      assert.deepEqual(await due(T0 + 89_999), [])
      assert.deepEqual(await due(T0 + 90_000), ['fired'])
      await store.outbox.finish([
        { id: 'fired', outcome: { state: 'sent', at: T0, answer: '250' } },
      ])
      assert.deepEqual(await due(T0 + 95_000), ['over'])
    }),
  )

  it(
    'who is told by phone, too, does not wait there for a mail',
    withStore(open, async (store, environment) => {
      const sms = {
        channel: 'aliyun-sms',
        to: 'r',
        people: { userIds: [], mobiles: ['1'] },
      } as const
      await saveDeliveries(store, [delivery(environment, { id: 'mail' })])
      await claim(store, T0, LEASE_MS, 9)
      await saveDeliveries(store, [delivery(environment, { id: 'sms', ...sms, plannedAt: T0 + 1 })])
      await store.outbox.finish([{ id: 'mail', outcome: waiting(T0 + 60_000) }])
      const over = { plannedAt: T0 + 2, isEnd: true } as const
      await saveDeliveries(store, [
        delivery(environment, { id: 'mail over', ...over }),
        delivery(environment, { id: 'sms over', ...sms, ...over }),
      ])
      const [first, ...more] = await claim(store, T0 + 2_000, LEASE_MS, 9)
      assert.deepEqual([first?.id, first?.people, more.length], ['sms', sms.people, 0])
      await store.outbox.finish([{ id: 'sms', outcome: { state: 'sent', at: T0, answer: 'OK' } }])
      const due = await claim(store, T0 + 2_001, LEASE_MS, 9)
      assert.deepEqual(
        due.map(({ id }) => id),
        ['sms over'],
      )
      assert.deepEqual(await store.plans.toldOf(['alert-1']), [
        { alert: 'alert-1', policy: 'default', contact: 'contact-1' },
        { alert: 'alert-1', policy: 'default', contact: 'contact-1', via: 'r' },
      ])
    }),
  )

  it(
    'that several are over goes out after what waits longest of them',
    withStore(open, async (store, environment) => {
      await saveDeliveries(store, [
        delivery(environment, { id: 'soon', alerts: ['alert-1'] }),
        delivery(environment, { id: 'late', alerts: ['alert-2'] }),
      ])
      await claim(store, T0, LEASE_MS, 9)
      await store.outbox.finish([
        { id: 'soon', outcome: waiting(T0 + 10_000) },
        { id: 'late', outcome: waiting(T0 + 60_000) },
      ])
      const over = { id: 'over', plannedAt: T0 + 5_000, isEnd: true } as const
      await saveDeliveries(store, [
        delivery(environment, { ...over, alerts: ['alert-1', 'alert-2'] }),
      ])
      const due = await claim(store, T0 + 59_999, LEASE_MS, 9)
      assert.deepEqual(
        due.map(({ id }) => id),
        ['soon'],
      )
    }),
  )

  it(
    'planned together they go out one after the other',
    withStore(open, async (store, environment) => {
      await saveDeliveries(store, [
        delivery(environment, { id: 'over', isEnd: true }),
        delivery(environment, { id: 'fired' }),
      ])
      const ids = async (at: number) => (await claim(store, at, LEASE_MS, 9)).map(({ id }) => id)
      assert.deepEqual(await ids(T0), ['fired'])
      assert.deepEqual(await ids(T0 + 5_000), ['over'])
    }),
  )
}
