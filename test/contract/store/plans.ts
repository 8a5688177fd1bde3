import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { Mute } from '../../../src/cloud/notify/mute.ts'
import type { Kind, Plan } from '../../../src/cloud/notify/ports.ts'
import type { Trace, TraceLine } from '../../../src/cloud/notify/trace.ts'
import type { Store } from '../../../src/cloud/store/store.ts'
import {
  alert,
  change,
  claim,
  convergence,
  convergenceIn,
  DAY_MS,
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
  muteCases(open)
  batchCases(open)
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
      await store.plans.savePlans([{ change: second.id, deliveries: [], convergences: [] }])
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
        await store.plans.savePlans([{ change: pending.id, deliveries: [], convergences: [] }])
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
      await store.plans.savePlans([plan])
      await store.plans.savePlans([
        {
          ...plan,
          deliveries: [delivery(environment, { id: 'other' })],
          convergences: [convergence(environment)],
        },
      ])
      const planned = await store.reads.deliveries({ environment, limit: 9 })
      assert.deepEqual(
        planned.map(({ id }) => id),
        ['delivery-1'],
      )
      assert.equal(await convergenceIn(store.plans, convergence(environment).kind), undefined)
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
        store.plans.savePlans([
          {
            change: pending.id,
            deliveries: [delivery(environment)],
            convergences: [broken],
          },
        ]),
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
      await store.plans.savePlans([{ deliveries: [], convergences: [saved] }])
      assert.deepEqual((await convergenceIn(store.plans, kind))?.kind, kind)
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
      await store.plans.savePlans([{ deliveries: [], convergences: [first] }])
      assert.deepEqual(await convergenceIn(store.plans, first.kind), first)
      const next = convergence(environment, { toldAt: T0 + 9, scope: 'all' })
      await store.plans.savePlans([{ deliveries: [], convergences: [next] }])
      assert.deepEqual(await convergenceIn(store.plans, first.kind), next)
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
        await store.plans.savePlans([{ deliveries: [], convergences: [convergence(environment)] }])
        assert.ok(await convergenceIn(store.plans, kind))
        assert.equal(await convergenceIn(store.plans, { ...kind, [field]: value }), undefined)
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
      await plans.savePlans([{ deliveries: [], convergences }])
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

function muteCases(open: Open): void {
  const mute = (environment: string, fields: Partial<Mute> = {}): Mute => ({
    ...{ id: 'm', environment, matchers: [{ name: 'callee', op: '=', value: 'App.Server' }] },
    ...{ from: T0, to: T0 + DAY_MS, reason: '升级', author: 'anna', createdAt: T0 },
    ...fields,
  })
  const held = (environment: string, more: Partial<Plan> = {}) => ({
    ...{ deliveries: [], convergences: [] },
    muted: { mute: 'm', until: T0 + 99, isFirst: true },
    traces: [{ environment, alert: 'alert-1', at: T0 + 5, kind: 'fired' as const, lines: [] }],
    ...more,
  })

  it(
    'are saved, changed, removed, and known to who plans; those that end first come first',
    withStore(open, async ({ mutes, plans }, environment) => {
      const long = mute(environment, { id: 'a', to: T0 + 2 * DAY_MS })
      await mutes.saveMute(long)
      await mutes.saveMute(mute(environment))
      const all = await mutes.mutes(environment)
      assert.deepEqual(all, [
        { ...mute(environment), muted: 0 },
        { ...long, muted: 0 },
      ])
      const { mutes: known = [] } = await plans.audience(environment)
      assert.deepEqual(known.map(({ id }) => id).sort(), ['a', 'm'])
      assert.equal(await mutes.removeMute(environment, 'a'), true)
      assert.equal(await mutes.removeMute(environment, 'a'), false)
    }),
  )

  it(
    'news that is muted waits for the end, knows for which, and is counted once',
    withStore(open, async (store, environment) => {
      const { mutes, plans } = store
      await mutes.saveMute(mute(environment))
      await saveChanges(store, environment, [change(alert(environment))])
      const [news] = await plans.pendingChanges(9, T0)
      assert.ok(news)
      await plans.savePlans([held(environment, { change: news.id })])
      assert.deepEqual(await plans.pendingChanges(9, T0 + 98), [])
      assert.equal(await plans.firstHoldEnd(), T0 + 99)
      assert.deepEqual(await plans.pendingChanges(9, T0 + 99), [{ ...news, muted: 'm' }])
      const again = { mute: 'm', until: T0 + 200, isFirst: false }
      await plans.savePlans([held(environment, { change: news.id, muted: again })])
      const [counted] = await mutes.mutes(environment)
      assert.deepEqual([counted?.muted, counted?.mutedAt], [1, T0 + 5])
      assert.deepEqual(await store.traces.waiting(environment, 'alert-1'), [
        { at: T0 + 10_000, until: T0 + 200, mute: 'm' },
      ])
    }),
  )

  const ends: [string, (store: Store, environment: string) => Promise<unknown>][] = [
    ['is changed', ({ mutes }, of) => mutes.saveMute(mute(of, { to: T0 + 1 }))],
    ['is removed', ({ mutes }, of) => mutes.removeMute(of, 'm')],
  ]
  for (const [name, end] of ends) {
    it(
      `what waits for a mute that ${name}, also while that is planned, is looked at again`,
      withStore(open, async (store, environment) => {
        const plan = async () => {
          const [news] = await store.plans.pendingChanges(9, T0)
          await store.plans.savePlans([held(environment, { change: news?.id ?? 0 })])
        }
        await store.mutes.saveMute(mute(environment))
        await saveChanges(store, environment, [change(alert(environment))])
        await plan()
        assert.equal((await store.plans.pendingChanges(9, T0)).length, 0)
        await end(store, environment)
        assert.equal((await store.plans.pendingChanges(9, T0)).length, 1)
        await plan()
        assert.equal((await store.plans.pendingChanges(9, T0)).length, 1)
      }),
    )
  }

  it(
    'what is inhibited waits, too: there is no mute for it',
    withStore(open, async (store, environment) => {
      await saveChanges(store, environment, [change(alert(environment))])
      const [news] = await store.plans.pendingChanges(9, T0)
      const muted = { mute: 'inhibited', until: T0 + 99, isFirst: true }
      await store.plans.savePlans([held(environment, { change: news?.id ?? 0, muted })])
      assert.deepEqual(await store.plans.pendingChanges(9, T0 + 98), [])
      assert.equal((await store.plans.pendingChanges(9, T0 + 99))[0]?.muted, 'inhibited')
    }),
  )

  it(
    'news that is planned anew comes after what waits already',
    withStore(open, async (store, environment) => {
      const [first, again] = ['first', 'again'].map((id) => change(alert(environment, { id })))
      assert.ok(first && again)
      await saveChanges(store, environment, [first])
      await store.plans.savePlans([{ deliveries: [], convergences: [], renewed: [again] }])
      const pending = await store.plans.pendingChanges(9, T0)
      assert.deepEqual(
        pending.map((one) => one.change),
        [first, again],
      )
    }),
  )

  it(
    'what is muted for good is done with, and counted',
    withStore(open, async (store, environment) => {
      await store.mutes.saveMute(mute(environment))
      await saveChanges(store, environment, [change(alert(environment))])
      const [news] = await store.plans.pendingChanges(9, T0)
      const muted = { mute: 'm', isFirst: true }
      await store.plans.savePlans([held(environment, { change: news?.id ?? 0, muted })])
      assert.deepEqual(await store.plans.pendingChanges(9, T0 + DAY_MS), [])
      assert.equal((await store.mutes.mutes(environment))[0]?.muted, 1)
    }),
  )

  it(
    'alerts are over that are resolved or gone',
    withStore(open, async (store, environment) => {
      const alerts = [
        alert(environment, { id: 'a' }),
        alert(environment, { id: 'b', state: 'resolved', resolvedAt: T0 }),
      ]
      const progress = { environment, group: 'tars', evaluatedAt: T0 }
      await store.alerts.saveEvaluation({ progress, alerts, dropped: [], changes: [] })
      assert.deepEqual(await store.plans.overOf(environment, ['a', 'b', 'c']), ['b', 'c'])
    }),
  )

  it(
    'the trace of an alert is its own, newest first',
    withStore(open, async ({ plans, traces }, environment) => {
      const line: TraceLine = {
        ...{ stage: 'route', verdict: 'drop', reason: 'other-services', policies: ['p'] },
      }
      const trace = (id: string, at: number): Trace => ({
        ...{ environment, alert: id, at: T0 + at, kind: 'fired', lines: [line] },
      })
      const plan = { deliveries: [], convergences: [] }
      await plans.savePlans([{ ...plan, traces: [trace('a', 1), trace('b', 2), trace('a', 3)] }])
      assert.deepEqual(await traces.trace(environment, 'a', 9), [trace('a', 3), trace('a', 1)])
      assert.deepEqual(await traces.trace(environment, 'a', 1), [trace('a', 3)])
      assert.deepEqual(await traces.trace('al-other', 'a', 9), [])
    }),
  )
}

function batchCases(open: Open): void {
  it(
    'plans are saved all or none, and of those whose change is done with nothing',
    withStore(open, async (store, environment) => {
      const changes = ['a', 'b'].map((id) => change(alert(environment, { id })))
      await saveChanges(store, environment, changes)
      const pending = await store.plans.pendingChanges(9, T0)
      const plans = pending.map(({ id }) => ({
        ...{ change: id, convergences: [convergence(environment, { toldAt: T0 + id })] },
        deliveries: [delivery(environment, { id: `d${id}` })],
      }))
      const broken = convergence(environment, { toldAt: Number.NaN })
      const bad = {
        deliveries: [],
        convergences: [{ ...broken, kind: { ...broken.kind, rule: 'x' } }],
      }
      await assert.rejects(store.plans.savePlans([...plans, bad]))
      assert.deepEqual(await store.plans.pendingChanges(9, T0), pending)
      await store.plans.savePlans(plans.slice(0, 1))
      await store.plans.savePlans(plans)
      const saved = await store.reads.deliveries({ environment, limit: 9 })
      assert.equal(saved.length, 2)
      // Of one kind the last counts.
      const told = await convergenceIn(store.plans, convergence(environment).kind)
      assert.equal(told?.toldAt, T0 + (pending.at(-1)?.id ?? 0))
    }),
  )

  it(
    'news and digests of environments in trouble stand aside',
    withStore(open, async (store, environment) => {
      const other = await newEnvironment(store, 'other')
      await saveChanges(store, environment, [change(alert(environment))])
      await saveChanges(store, other, [change(alert(other))])
      const held = { held: [change(alert(environment))], heldCount: 1, dueAt: T0 }
      await store.plans.savePlans([
        {
          deliveries: [],
          convergences: [convergence(environment, held), convergence(other, held)],
        },
      ])
      const news = await store.plans.pendingChanges(9, T0, [environment])
      assert.deepEqual(
        news.map((one) => one.change.alert.environment),
        [other],
      )
      const due = await store.plans.dueConvergences(T0, 9, [environment])
      assert.deepEqual(
        due.map(({ kind }) => kind.environment),
        [other],
      )
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
      const told = await store.plans.toldOf(['x'])
      assert.deepEqual(told.map(({ policy, contact }) => `${policy} ${contact}`).sort(), [
        'default waits',
        'p2 sent',
      ])
      assert.deepEqual(await store.plans.toldOf(['y']), [
        { alert: 'y', policy: 'default', contact: 'waits' },
      ])
      assert.deepEqual(await store.plans.toldOf(['nobody']), [])
    }),
  )
}
