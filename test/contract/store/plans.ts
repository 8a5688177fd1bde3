import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { Kind } from '../../../src/cloud/notify/ports.ts'
import {
  alert,
  change,
  claim,
  convergence,
  delivery,
  newEnvironment,
  notifyEvent,
  type Open,
  saveChanges,
  saveDeliveries,
  T0,
  withStore,
} from './samples.ts'

export function planCases(open: Open): void {
  changeCases(open)
  convergenceCases(open)
  toldCases(open)
}

function changeCases(open: Open): void {
  it(
    'changes wait in the order they were saved, over all environments, until they are planned',
    withStore(open, async (store, environment) => {
      const other = await newEnvironment(store, 'other')
      const at = (n: number, of = environment) => change(alert(of), { at: T0 + n })
      await saveChanges(store, environment, [at(3), at(1)])
      await saveChanges(store, other, [at(2, other)])
      const waiting = await store.plans.pendingChanges(9, 0)
      assert.deepEqual(
        waiting.map((one) => one.change.at - T0),
        [3, 1, 2],
      )
      assert.deepEqual(await store.plans.pendingChanges(1, 0), waiting.slice(0, 1))
      const [first, second] = waiting
      assert.ok(first && second)
      await store.plans.savePlan({ change: second.id, deliveries: [], convergences: [] })
      assert.deepEqual(
        (await store.plans.pendingChanges(9, 0)).map((one) => one.change.at - T0),
        [3, 2],
      )
    }),
  )

  it(
    'the number of a change is never given out again',
    withStore(open, async (store, environment) => {
      const numbers: number[] = []
      for (let round = 0; round < 3; round++) {
        await saveChanges(store, environment, [change(alert(environment))])
        const [pending] = await store.plans.pendingChanges(1, 0)
        assert.ok(pending)
        numbers.push(pending.id)
        await store.plans.savePlan({ change: pending.id, deliveries: [], convergences: [] })
      }
      assert.equal(new Set(numbers).size, 3)
      assert.deepEqual(
        numbers,
        numbers.toSorted((a, b) => a - b),
      )
    }),
  )

  it(
    'a change is planned once: a second plan for it changes nothing',
    withStore(open, async (store, environment) => {
      await saveChanges(store, environment, [change(alert(environment))])
      const [pending] = await store.plans.pendingChanges(1, 0)
      assert.ok(pending)
      const plan = { change: pending.id, deliveries: [delivery(environment)], convergences: [] }
      await store.plans.savePlan(plan)
      await store.plans.savePlan({
        ...plan,
        deliveries: [delivery(environment, { id: 'other' })],
        convergences: [convergence(environment)],
      })
      const planned = await store.reads.deliveries({ environment, limit: 9 })
      assert.deepEqual(
        planned.map(({ id }) => id),
        ['delivery-1'],
      )
      assert.equal(await store.plans.convergence(convergence(environment).kind), undefined)
    }),
  )

  it(
    'a delivery that is planned again stays as it is',
    withStore(open, async (store, environment) => {
      await saveDeliveries(store, [delivery(environment)])
      await claim(store, T0, 1000, 1)
      await store.outbox.finish([
        { id: 'delivery-1', outcome: { state: 'sent', at: T0 + 5, answer: '250 ok' } },
      ])
      await saveDeliveries(store, [delivery(environment, { to: 'b@example.com' })])
      const [kept] = await store.reads.deliveries({ environment, limit: 9 })
      assert.equal(kept?.state, 'sent')
      assert.equal(kept?.to, 'ops@example.com')
    }),
  )

  it(
    'a plan that fails is not saved in part',
    withStore(open, async (store, environment) => {
      await saveChanges(store, environment, [change(alert(environment))])
      const [pending] = await store.plans.pendingChanges(1, 0)
      assert.ok(pending)
      const broken = convergence(environment, { toldAt: Number.NaN })
      await assert.rejects(
        store.plans.savePlan({
          change: pending.id,
          deliveries: [delivery(environment)],
          convergences: [broken],
        }),
      )
      assert.deepEqual(await store.plans.pendingChanges(9, 0), [pending])
      assert.deepEqual(await store.reads.deliveries({ environment, limit: 9 }), [])
    }),
  )
}

function convergenceCases(open: Open): void {
  it(
    'of a kind whose texts no database keeps as they are is found as it was asked for',
    withStore(open, async (store, environment) => {
      const kind = { ...convergence(environment).kind, subject: 'a\0b' }
      const saved = { ...convergence(environment), kind }
      await store.plans.savePlan({ deliveries: [], convergences: [saved] })
      assert.deepEqual((await store.plans.convergence(kind))?.kind, kind)
    }),
  )

  it(
    'a convergence comes back as it was saved, and the next replaces it',
    withStore(open, async (store, environment) => {
      const held = [change(alert(environment, { value: Number.NaN, events: [notifyEvent] }))]
      const first = convergence(environment, {
        held,
        heldCount: 101,
        heldSince: T0 + 1,
        dueAt: T0 + 2,
      })
      await store.plans.savePlan({ deliveries: [], convergences: [first] })
      assert.deepEqual(await store.plans.convergence(first.kind), first)
      const next = convergence(environment, { toldAt: T0 + 9, scope: 'all' })
      await store.plans.savePlan({ deliveries: [], convergences: [next] })
      assert.deepEqual(await store.plans.convergence(first.kind), next)
    }),
  )

  const fields: [keyof Kind, string][] = [
    ['policy', 'p'],
    ['rule', 'r'],
    ['service', 's'],
    ['subject', 'x'],
    ['level', 'ERROR'],
    ['environment', 'al-other'],
  ]
  for (const [field, value] of fields) {
    it(
      `another ${field} is another kind`,
      withStore(open, async (store, environment) => {
        const { kind } = convergence(environment)
        await store.plans.savePlan({ deliveries: [], convergences: [convergence(environment)] })
        assert.ok(await store.plans.convergence(kind))
        assert.equal(await store.plans.convergence({ ...kind, [field]: value }), undefined)
      }),
    )
  }

  it(
    'those are due whose time has come, those that are due the longest first',
    withStore(open, async ({ plans }, environment) => {
      assert.equal(await plans.firstDigestDue(), undefined)
      const held = [change(alert(environment))]
      const of = (subject: string, due?: number) =>
        convergence(environment, {
          ...{ of: { subject }, held, heldCount: 1 },
          ...(due !== undefined && { dueAt: T0 + due }),
        })
      const convergences = [of('c', 3), of('with the next message'), of('a', 1), of('b', 2)]
      await plans.savePlan({ deliveries: [], convergences })
      const due = async (at: number, limit = 9) =>
        (await plans.dueConvergences(T0 + at, limit)).map(({ kind }) => kind.subject).join('')
      assert.equal(await due(0), '')
      assert.equal(await due(2), 'ab')
      assert.equal(await due(9), 'abc')
      assert.equal(await due(9, 1), 'a')
      assert.equal(await plans.firstDigestDue(), T0 + 1)
    }),
  )
}

function toldCases(open: Open): void {
  it(
    'knows who was or will be told of an alert, each once, but not who could not be reached',
    withStore(open, async (store, environment) => {
      await saveDeliveries(store, [
        delivery(environment, { id: 'a', contact: 'waits', alerts: ['x', 'y'] }),
        delivery(environment, { id: 'b', contact: 'waits', alerts: ['x'] }),
        delivery(environment, { id: 'c', contact: 'sent', policy: 'p2', alerts: ['x'] }),
        delivery(environment, { id: 'd', contact: 'failed', alerts: ['x'] }),
        delivery(environment, { id: 'e', contact: 'other alert', alerts: ['z'] }),
      ])
      await claim(store, T0, 1000, 9)
      await store.outbox.finish([{ id: 'c', outcome: { state: 'sent', at: T0, answer: '250' } }])
      await store.outbox.finish([{ id: 'd', outcome: { state: 'failed', at: T0, answer: '550' } }])
      const told = await store.plans.toldOf('x')
      assert.deepEqual(told.map(({ policy, contact }) => `${policy} ${contact}`).sort(), [
        'default waits',
        'p2 sent',
      ])
      assert.deepEqual(await store.plans.toldOf('y'), [{ policy: 'default', contact: 'waits' }])
      assert.deepEqual(await store.plans.toldOf('nobody'), [])
    }),
  )
}
