import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import type { Outcome } from '../../../src/cloud/notify/ports.ts'
import type { Store } from '../../../src/cloud/store/store.ts'
import { delivery, newEnvironment, type Open, saveDeliveries, T0, withStore } from './samples.ts'

const LEASE_MS = 30_000

export function outboxCases(open: Open): void {
  claimCases(open)
  finishCases(open)
  it('claims at the same time never overlap, and none is left out', overlapProperty(open))
}

async function stateOf(store: Store, environment: string) {
  const [found] = await store.reads.deliveries({ environment, limit: 1 })
  assert.ok(found)
  return found
}

function claimCases(open: Open): void {
  it(
    'a planned delivery waits, is claimed as it was planned, and is leased',
    withStore(open, async (store, environment) => {
      const planned = delivery(environment)
      await saveDeliveries(store, [planned])
      assert.equal(await store.outbox.nextDueAt(), T0)
      assert.deepEqual(await store.outbox.claim(T0 - 1, LEASE_MS, 9), [])
      const leased = {
        ...planned,
        state: 'sending',
        attempts: 1,
        dueAt: T0 + LEASE_MS,
        maybeRepeated: false,
      }
      assert.deepEqual(await store.outbox.claim(T0, LEASE_MS, 9), [leased])
      assert.deepEqual(await store.outbox.claim(T0, LEASE_MS, 9), [])
      assert.equal(await store.outbox.nextDueAt(), T0 + LEASE_MS)
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
      const claim = async (now: number, limit: number) =>
        (await store.outbox.claim(now, LEASE_MS, limit)).map(({ id }) => id).join('')
      assert.equal(await claim(T0 + 9, 2), '87')
      assert.equal(await claim(T0 + 4, 9), '65')
      assert.equal(await store.outbox.nextDueAt(), T0 + 5)
    }),
  )

  it(
    'a lease that runs out, again and again, marks the delivery as maybe repeated',
    withStore(open, async (store, environment) => {
      await saveDeliveries(store, [delivery(environment)])
      for (let attempt = 1; attempt <= 4; attempt++) {
        const now = T0 + (attempt - 1) * LEASE_MS
        assert.deepEqual(attempt > 1 ? await store.outbox.claim(now - 1, LEASE_MS, 9) : [], [])
        const [claimed] = await store.outbox.claim(now, LEASE_MS, 9)
        assert.equal(claimed?.attempts, attempt)
        assert.equal(claimed?.maybeRepeated, attempt > 1)
      }
      await store.outbox.finish('delivery-1', { state: 'waiting', dueAt: T0, answer: '421' })
      const [again] = await store.outbox.claim(T0, LEASE_MS, 9)
      assert.equal(again?.maybeRepeated, true)
    }),
  )

  it(
    'what the caller still has in hand is not claimed, even when its lease ran out',
    withStore(open, async (store, environment) => {
      await saveDeliveries(store, [delivery(environment)])
      await store.outbox.claim(T0, LEASE_MS, 9)
      const late = T0 + LEASE_MS
      assert.deepEqual(await store.outbox.claim(late, LEASE_MS, 9, ['delivery-1']), [])
      assert.equal((await store.outbox.claim(late, LEASE_MS, 9, ['other'])).length, 1)
    }),
  )

  it(
    'leases of a process that died end at the start of the next',
    withStore(open, async (store, environment) => {
      await saveDeliveries(store, [delivery(environment)])
      await store.outbox.claim(T0, LEASE_MS, 9)
      await store.outbox.endLeases(T0 + 1)
      const [again] = await store.outbox.claim(T0 + 1, LEASE_MS, 9)
      assert.equal(again?.maybeRepeated, true)
    }),
  )
}

function finishCases(open: Open): void {
  it(
    'a try put off is due later, with its answer, and is no repeat',
    withStore(open, async (store, environment) => {
      await saveDeliveries(store, [delivery(environment)])
      await store.outbox.claim(T0, LEASE_MS, 9)
      const outcome: Outcome = { state: 'waiting', dueAt: T0 + 60_000, answer: '421 try later' }
      await store.outbox.finish('delivery-1', outcome)
      assert.deepEqual(await store.outbox.claim(T0 + 59_999, LEASE_MS, 9), [])
      const [again] = await store.outbox.claim(T0 + 60_000, LEASE_MS, 9)
      assert.equal(again?.attempts, 2)
      assert.equal(again?.answer, '421 try later')
      assert.equal(again?.maybeRepeated, false)
    }),
  )

  it(
    'a try whose connection died after the hand-over may be a repeat',
    withStore(open, async (store, environment) => {
      await saveDeliveries(store, [delivery(environment)])
      await store.outbox.claim(T0, LEASE_MS, 9)
      const answer = 'connection closed'
      const outcome: Outcome = { state: 'waiting', dueAt: T0, answer, maybeRepeated: true }
      await store.outbox.finish('delivery-1', outcome)
      const [again] = await store.outbox.claim(T0, LEASE_MS, 9)
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
        await store.outbox.claim(T0, LEASE_MS, 9)
        await store.outbox.finish('delivery-1', outcome)
        const found = await stateOf(store, environment)
        assert.equal(found.state, outcome.state)
        assert.equal(found.answer, outcome.answer)
        assert.equal(found.sentAt, outcome.state === 'sent' ? T0 + 5 : undefined)
        assert.equal(await store.outbox.nextDueAt(), undefined)
        assert.deepEqual(await store.outbox.claim(T0 + LEASE_MS * 9, LEASE_MS, 9), [])
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
        await store.outbox.claim(T0, LEASE_MS, 9)
        await store.outbox.claim(T0 + LEASE_MS, LEASE_MS, 9)
        for (const outcome of outcomes) await store.outbox.finish('delivery-1', outcome)
        const { state, answer } = await stateOf(store, environment)
        assert.equal(`${state} ${answer}`, expected)
      }),
    )
  }

  it(
    'finishing a delivery that was removed does nothing',
    withStore(open, (store) => store.outbox.finish('unknown', ends[0] as Outcome)),
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
        const taken = await Promise.all(
          limits.map((limit) => store.outbox.claim(T0, LEASE_MS, limit)),
        )
        const claimed = taken.flat().map(({ id }) => id)
        assert.equal(new Set(claimed).size, claimed.length)
        for (const [n, one] of taken.entries()) assert.ok(one.length <= (limits[n] ?? 0))
        const rest = await store.outbox.claim(T0, LEASE_MS, 100)
        assert.deepEqual([...claimed, ...rest.map(({ id }) => id)].sort(), ids.sort())
        await store.environments.removeEnvironment(environment)
      }),
      { numRuns: 40 },
    )
  })
}
