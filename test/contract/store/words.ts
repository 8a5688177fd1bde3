import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { Alert } from '../../../src/cloud/alerts/alert.ts'
import type { Subscription } from '../../../src/cloud/notify/summary/subscription.ts'
import type { Store } from '../../../src/cloud/store/store.ts'
import {
  alert,
  claim,
  DAY_MS,
  delivery,
  newEnvironment,
  type Open,
  saveDeliveries,
  T0,
  withStore,
} from './samples.ts'

export function wordCases(open: Open): void {
  it(
    'templates are kept for each kind and language, each environment its own, and go with it',
    withStore(open, async ({ templates, environments, ...store }, environment) => {
      const other = await newEnvironment({ templates, environments, ...store }, 'other')
      const mail = {
        environment,
        kind: 'mail',
        language: 'zh',
        parts: { subject: "'%'; {{ title }}\n" },
      } as const
      const english = { ...mail, language: 'en', parts: { text: 'x' } } as const
      const theirs = { ...mail, environment: other, parts: {} }
      for (const template of [mail, english, theirs]) await templates.saveTemplate(template)
      const all = async () =>
        (await templates.templates()).filter((one) => one.environment === environment)
      assert.deepEqual(
        (await all()).toSorted((a, b) => (a.language < b.language ? 1 : -1)),
        [mail, english],
      )
      await templates.saveTemplate({ ...mail, parts: { subject: 'new' } })
      assert.equal(await templates.removeTemplate(environment, 'mail', 'en'), true)
      assert.equal(await templates.removeTemplate(environment, 'mail', 'en'), false)
      assert.deepEqual(await all(), [{ ...mail, parts: { subject: 'new' } }])
      await environments.removeEnvironment(environment)
      assert.deepEqual(await templates.templates(), [theirs])
      await assert.rejects(templates.saveTemplate(mail), { reason: 'gone' })
    }),
  )

  it(
    'that a template failed is kept until it is saved again',
    withStore(open, async ({ templates }, environment) => {
      const template = { environment, kind: 'wecom', language: 'zh', parts: { text: 'x' } } as const
      const failed = { at: T0, why: 'limit exceeded', count: 1 }
      await templates.templateFailed(template, failed)
      assert.deepEqual(await templates.templates(), [])
      await templates.saveTemplate(template)
      await templates.templateFailed(template, failed)
      assert.deepEqual(await templates.templates(), [{ ...template, failed }])
      await templates.saveTemplate(template)
      assert.deepEqual(await templates.templates(), [template])
    }),
  )

  it(
    'summaries are kept with what is done with; each environment has its own, and they go with it',
    withStore(open, async (store, environment) => {
      const { summaries, environments } = store
      const other = await newEnvironment(store, 'other')
      const ours = subscription(environment)
      await summaries.saveSubscription(ours, T0)
      await summaries.saveSubscription(subscription(other), T0 + 1)
      assert.deepEqual(await summaries.subscriptionsOf(environment), [ours])
      const all = async () =>
        (await summaries.subscriptions()).toSorted((a, b) => a.madeTo - b.madeTo)
      assert.deepEqual(await all(), [
        { subscription: ours, madeTo: T0 },
        { subscription: subscription(other), madeTo: T0 + 1 },
      ])
      await summaries.saveSubscription({ ...ours, at: '10:00' }, T0 + 5)
      assert.deepEqual((await all())[1], { subscription: { ...ours, at: '10:00' }, madeTo: T0 + 5 })
      assert.equal(await summaries.removeSubscription(other, 'gone'), false)
      assert.equal(await summaries.removeSubscription(environment, ours.id), true)
      assert.deepEqual(await summaries.subscriptionsOf(environment), [])
      await environments.removeEnvironment(other)
      assert.deepEqual(await summaries.subscriptions(), [])
      await assert.rejects(summaries.saveSubscription(subscription(other), T0), { reason: 'gone' })
    }),
  )

  it(
    'a summary that was made is made once, and goes out with what it is done with or not at all',
    withStore(open, async (store, environment) => {
      const { summaries } = store
      const ours = subscription(environment)
      const mail = delivery(environment, { id: 'm', policy: '', alerts: [] })
      await summaries.saveMade(ours, T0, [mail])
      const sent = async () =>
        (await store.reads.deliveries({ environment, limit: 9 })).map(({ id }) => id)
      assert.deepEqual(await sent(), [], 'it was removed meanwhile')
      await summaries.saveSubscription(ours, T0)
      await summaries.saveMade(ours, T0 + 1, [mail])
      await summaries.saveMade(ours, T0 + 1, [{ ...mail, id: 'twice' }])
      assert.deepEqual(await sent(), ['m'])
      assert.equal((await summaries.subscriptions())[0]?.madeTo, T0 + 1)
      const broken = { ...mail, id: 'broken', environment: 'al-none' }
      await assert.rejects(summaries.saveMade(ours, T0 + 2, [broken]))
      assert.equal((await summaries.subscriptions())[0]?.madeTo, T0 + 1)
    }),
  )

  it(
    'what summaries tell is of the period and the environment',
    withStore(open, async (store, environment) => {
      const other = await newEnvironment(store, 'other')
      const period = { from: T0, to: T0 + DAY_MS }
      const fired = (id: string, firedAt: number, of = environment) =>
        alert(of, { id, activeAt: firedAt - 60_000, firedAt })
      const over = { ...fired('over', T0 + 2), state: 'resolved', resolvedAt: T0 + 3 } as const
      const { firedAt: _, ...pending } = { ...fired('pending', T0 + 5), state: 'pending' as const }
      const all = [
        fired('before', T0 - 1),
        fired('first', T0),
        over,
        pending,
        fired('after', period.to),
      ]
      await save(store, environment, all)
      await save(store, other, [fired('theirs', T0 + 1, other)])
      const ids = (alerts: readonly { id: string }[]) => alerts.map(({ id }) => id)
      assert.deepEqual(ids(await store.summaries.firedIn(environment, period, 9)), [
        'over',
        'first',
      ])
      assert.deepEqual(ids(await store.summaries.firedIn(environment, period, 1)), ['over'])
      assert.deepEqual(ids(await store.summaries.firing(environment, 9)), [
        'before',
        'first',
        'after',
      ])
      const failed = async (
        id: string,
        plannedAt: number,
        channel: 'mail' | 'wecom' = 'mail',
        policy = 'default',
      ) => {
        await saveDeliveries(store, [delivery(environment, { id, plannedAt, channel, policy })])
        await claim(store, plannedAt, 1000, 9)
        await store.outbox.finish([{ id, outcome: { state: 'failed', at: plannedAt, answer: '' } }])
      }
      await failed('a', T0)
      await failed('b', T0 + 1, 'wecom')
      await failed('c', T0 + 2, 'wecom')
      await failed('late', period.to)
      await failed('confirm', T0, 'mail', 'verification')
      await saveDeliveries(store, [delivery(environment, { id: 'waits', plannedAt: T0 })])
      assert.deepEqual(await store.summaries.failedIn(environment, period), [
        { channel: 'mail', count: 1 },
        { channel: 'wecom', count: 2 },
      ])
      assert.deepEqual(await store.summaries.failedIn(other, period), [])
      await store.agents.seen({
        environment,
        agent: 'x',
        host: 'h',
        version: '1',
        address: '',
        startedAt: T0,
        windowEndMs: T0,
        seenAt: T0,
      })
      assert.deepEqual(await store.summaries.silentSince(environment, T0 + 1), [
        { agent: 'x', host: 'h', seenAt: T0 },
      ])
      assert.deepEqual(await store.summaries.silentSince(environment, T0), [])
      assert.deepEqual(await store.summaries.silentSince(other, T0 + 1), [])
    }),
  )
}

async function save(store: Store, environment: string, alerts: Alert[]): Promise<void> {
  const progress = { environment, group: 'tars', evaluatedAt: T0 }
  await store.alerts.saveEvaluation({ progress, alerts, dropped: [], changes: [] })
}

function subscription(environment: string): Subscription {
  return {
    ...{ id: 's', environment, every: 'day', weekday: 1, at: '09:00', timeZone: 'Asia/Shanghai' },
    ...{ contacts: ['a'], groups: [], evenIfQuiet: true },
  }
}
