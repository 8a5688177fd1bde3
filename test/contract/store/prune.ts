import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { Alert } from '../../../src/cloud/alerts/alert.ts'
import type { Trace } from '../../../src/cloud/notify/trace.ts'
import type { Store } from '../../../src/cloud/store/store.ts'
import {
  alert,
  change,
  claim,
  convergence,
  DAY_MS,
  delivery,
  type Open,
  saveChanges,
  saveDeliveries,
  T0,
  withStore,
} from './samples.ts'

const NOTHING = {
  alerts: 0,
  deliveries: 0,
  convergences: 0,
  agents: 0,
  sessions: 0,
  mutes: 0,
  acts: 0,
  traces: 0,
  unplannedChanges: 0,
}

async function saveAlerts(store: Store, environment: string, alerts: Alert[]) {
  const progress = { environment, group: 'tars', evaluatedAt: T0 }
  await store.alerts.saveEvaluation({ progress, alerts, dropped: [], changes: [] })
}

export function pruneCases(open: Open): void {
  alertCases(open)
  restCases(open)
  traceCases(open)
}

function alertCases(open: Open): void {
  it(
    'forgets alerts resolved 30 days ago, never living ones',
    withStore(open, async (store, environment) => {
      await saveAlerts(store, environment, [
        alert(environment, { id: 'over', state: 'resolved', resolvedAt: T0 }),
        alert(environment, { id: 'later', state: 'resolved', resolvedAt: T0 + 1 }),
        alert(environment, { id: 'lives' }),
      ])
      assert.deepEqual(await store.prune(T0 + 30 * DAY_MS), NOTHING)
      assert.deepEqual(await store.prune(T0 + 30 * DAY_MS + 1), { ...NOTHING, alerts: 1 })
      const left = await store.reads.alerts({ environment, limit: 9 })
      assert.deepEqual(left.map(({ id }) => id).sort(), ['later', 'lives'])
    }),
  )

  it(
    'forgets deliveries that ended 30 days ago, but who was told of a living alert stays known',
    withStore(open, async (store, environment) => {
      await saveAlerts(store, environment, [alert(environment, { id: 'lives' })])
      await saveDeliveries(store, [
        delivery(environment, { id: 'sent', alerts: ['over'] }),
        delivery(environment, { id: 'failed', alerts: ['over'] }),
        delivery(environment, { id: 'waits', alerts: ['over'] }),
        delivery(environment, { id: 'of a living alert', alerts: ['over', 'lives'] }),
      ])
      await claim(store, T0, 1000, 9)
      for (const id of ['sent', 'of a living alert']) {
        await store.outbox.finish([{ id, outcome: { state: 'sent', at: T0, answer: '250' } }])
      }
      await store.outbox.finish([
        { id: 'failed', outcome: { state: 'failed', at: T0, answer: '550' } },
      ])
      assert.deepEqual(await store.prune(T0 + 30 * DAY_MS), NOTHING)
      const later = T0 + 99 * DAY_MS
      assert.deepEqual(await store.prune(later), { ...NOTHING, deliveries: 2 })
      const left = await store.reads.deliveries({ environment, limit: 9 })
      assert.deepEqual(left.map(({ id }) => id).sort(), ['of a living alert', 'waits'])
      assert.equal((await store.plans.toldOf(['lives'])).length, 1)

      const resolved = alert(environment, { id: 'lives', state: 'resolved', resolvedAt: later })
      await saveAlerts(store, environment, [resolved])
      assert.deepEqual(await store.prune(later), NOTHING)
      const { alerts, deliveries } = await store.prune(later + 31 * DAY_MS)
      assert.deepEqual([alerts, deliveries], [1, 1])
    }),
  )
}

function traceCases(open: Open): void {
  it(
    'forgets mutes and traces of 30 days ago, and all but the newest 200 traces of an alert',
    withStore(open, async (store, environment) => {
      const trace = (of: string, at: number): Trace => ({
        ...{ environment, alert: of, at: T0 + at, kind: 'repeated', lines: [] },
      })
      const many = Array.from({ length: 203 }, (_, n) => trace('noisy', n + 1))
      const traces = [trace('old', 0), trace('newer', 1), ...many]
      await store.plans.savePlans([{ deliveries: [], convergences: [], traces }])
      const mute = { environment, matchers: [], reason: '', author: '', createdAt: T0, from: T0 }
      await store.mutes.saveMute({ ...mute, id: 'over', to: T0 })
      await store.mutes.saveMute({ ...mute, id: 'lately', to: T0 + 1 })
      const pruned = await store.prune(T0 + 30 * DAY_MS + 1)
      assert.deepEqual(pruned, { ...NOTHING, mutes: 1, traces: 1 + 3 })
      const left = await store.traces.trace(environment, 'noisy', 999)
      assert.deepEqual([left.length, left.at(-1)?.at], [200, T0 + 4])
    }),
  )

  it(
    'news that waits for the end of a mute stays as long as that takes',
    withStore(open, async (store, environment) => {
      await saveChanges(store, environment, [change(alert(environment), { at: T0 })])
      const [news] = await store.plans.pendingChanges(9, T0)
      const muted = { mute: 'm', until: T0 + 99 * DAY_MS, isFirst: true }
      const plan = { deliveries: [], convergences: [], muted }
      await store.plans.savePlans([{ ...plan, change: news?.id ?? 0 }])
      assert.deepEqual(await store.prune(T0 + 60 * DAY_MS), NOTHING)
    }),
  )
}

function restCases(open: Open): void {
  it(
    'forgets agents silent for 7 days, ended sessions, quiet convergences and news nobody planned',
    withStore(open, async (store, environment) => {
      const seen = {
        host: 'h',
        version: '1',
        address: '::1',
        startedAt: T0,
        windowEndMs: undefined,
      }
      await store.agents.seen({ environment, agent: 'silent', seenAt: T0 + 23 * DAY_MS, ...seen })
      await store.agents.seen({
        environment,
        agent: 'heard',
        seenAt: T0 + 23 * DAY_MS + 1,
        ...seen,
      })
      await store.users.saveUser({ id: 'u', name: 'u', passwordHash: '' })
      await store.users.saveSession({ tokenHash: 'h', user: 'u', expiresAt: T0 })
      const held = [change(alert(environment))]
      await store.plans.savePlans([
        {
          deliveries: [],
          convergences: [
            convergence(environment, { of: { subject: 'quiet' } }),
            convergence(environment, { of: { subject: 'holds' }, held, heldCount: 1, dueAt: T0 }),
          ],
        },
      ])
      await saveChanges(store, environment, [change(alert(environment), { at: T0 })])
      assert.deepEqual(await store.prune(T0 + 30 * DAY_MS + 1), {
        ...NOTHING,
        convergences: 1,
        agents: 1,
        sessions: 1,
        unplannedChanges: 1,
      })
      const agents = await store.environments.agents(environment)
      assert.deepEqual(
        agents.map(({ agent }) => agent),
        ['heard'],
      )
      assert.equal((await store.plans.dueConvergences(T0, 9)).length, 1)
      assert.deepEqual(await store.plans.pendingChanges(9, 0), [])
    }),
  )

  it(
    'keeps the 1000 agents of an environment that were heard last',
    withStore(open, async (store, environment) => {
      const seen = {
        host: 'h',
        version: '1',
        address: '::1',
        startedAt: T0,
        windowEndMs: undefined,
      }
      await Promise.all(
        Array.from({ length: 1003 }, (_, n) =>
          store.agents.seen({ environment, agent: `${n}`, seenAt: T0 + n, ...seen }),
        ),
      )
      assert.equal((await store.prune(T0)).agents, 3)
      const agents = await store.environments.agents(environment)
      assert.equal(Math.min(...agents.map(({ seenAt }) => seenAt)), T0 + 3)
    }),
  )
}
