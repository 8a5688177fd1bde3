import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { Drill } from '../../../src/cloud/drill/drill.ts'
import { DEFAULT_PLAN } from '../../../src/cloud/drill/drill-plan.ts'
import type { Store } from '../../../src/cloud/store/store.ts'
import {
  alert,
  claim,
  contact,
  delivery,
  newEnvironment,
  type Open,
  saveDeliveries,
  T0,
  withStore,
} from './samples.ts'

const plan = { ...DEFAULT_PLAN, enabled: true, contacts: ["o'Neil"] }

export function drillCases(open: Open): void {
  it(
    'the plan of an environment is its own, changes, and goes with it',
    withStore(open, async (store, environment) => {
      const { drills, environments } = store
      const other = await newEnvironment(store, 'other')
      assert.equal(await drills.plan(environment), undefined)
      await drills.savePlan(environment, plan, T0)
      await drills.savePlan(other, { ...plan, enabled: false }, T0)
      const kept = { ...plan, environment, savedAt: T0, month: '' }
      assert.deepEqual(await drills.plan(environment), kept)
      assert.deepEqual(await drills.plans(), [kept])
      assert.ok(await drills.begin(drill(environment, '2026-11', { month: '2026-11' })))
      await drills.savePlan(environment, { ...plan, day: 3 }, T0 + 1)
      const changed = { ...kept, day: 3, savedAt: T0 + 1, month: '2026-11' }
      assert.deepEqual(await drills.plan(environment), changed)
      await environments.removeEnvironment(environment)
      assert.deepEqual(await drills.plans(), [])
      assert.deepEqual(await drills.underWay(), [])
      await assert.rejects(drills.savePlan(environment, plan, T0), { reason: 'gone' })
    }),
  )

  it(
    'one drill is under way in an environment, and one of a month is begun',
    withStore(open, async (store, environment) => {
      const { drills } = store
      const other = await newEnvironment(store, 'other')
      await drills.savePlan(environment, plan, T0)
      const asked = drill(environment, 'asked')
      const ofMonth = drill(environment, '2026-11', { month: '2026-11', begunAt: T0 + 2 })
      assert.equal(await drills.begin(asked), true)
      assert.equal(await drills.begin(ofMonth), false)
      assert.equal(await drills.begin(drill(other, 'asked')), true)
      await drills.save(passed(asked, T0 + 1), [])
      assert.equal(await drills.begin(ofMonth), true)
      await drills.save(passed(ofMonth, T0 + 3), [])
      const again = drill(environment, 'again', { month: '2026-11' })
      assert.equal(await drills.begin(again), false)
      const before = drill(environment, 'before', { month: '2026-10' })
      assert.equal(await drills.begin(before), false)
      assert.deepEqual(await drills.underWay(), [drill(other, 'asked')])
      assert.deepEqual(await drills.drills(environment), [
        passed(ofMonth, T0 + 3),
        passed(asked, T0 + 1),
      ])
    }),
  )

  it(
    'the newest 12 are kept',
    withStore(open, async ({ drills }, environment) => {
      for (let n = 0; n < 14; n++) {
        const one = drill(environment, `d${n}`, { begunAt: T0 + n })
        assert.ok(await drills.begin(one))
        await drills.save(passed(one, T0 + n), [])
      }
      const ids = (await drills.drills(environment)).map(({ id }) => id)
      assert.deepEqual([ids.length, ids[0], ids.at(-1)], [12, 'd13', 'd2'])
    }),
  )

  it(
    'the end of a drill is saved once, with the mails that tell of it or not at all',
    withStore(open, async (store, environment) => {
      const { drills } = store
      const one = drill(environment, 'd')
      await drills.begin(one)
      const mail = delivery(environment, { id: 'm', policy: '', alerts: [] })
      const sent = async () =>
        (await store.reads.deliveries({ environment, limit: 9 })).map(({ id }) => id)
      const broken = { ...mail, environment: 'al-none' }
      await assert.rejects(drills.save(passed(one, T0 + 1), [broken]))
      assert.deepEqual(await drills.underWay(), [one])
      await drills.save(passed(one, T0 + 1), [mail])
      await drills.save(passed(one, T0 + 2), [{ ...mail, id: 'twice' }])
      assert.deepEqual(await sent(), ['m'])
      assert.deepEqual(await drills.drills(environment), [passed(one, T0 + 1)])
    }),
  )

  it(
    'what failed last is known, of its environment alone',
    withStore(open, async (store, environment) => {
      const { drills } = store
      const other = await newEnvironment(store, 'other')
      const one = drill(environment, 'd')
      await drills.begin(one)
      assert.equal(await drills.failedSince(environment, T0), undefined)
      const end = { at: T0 + 5, outcome: 'failed', step: 'planned', why: ['muted'] } as const
      await drills.save({ ...one, end }, [])
      assert.equal(await drills.failedSince(environment, T0 + 5), 'planned')
      assert.equal(await drills.failedSince(environment, T0 + 6), undefined)
      assert.equal(await drills.failedSince(other, T0), undefined)
      const next = drill(environment, 'next', { begunAt: T0 + 6 })
      await drills.begin(next)
      assert.equal(await drills.failedSince(environment, T0), 'planned')
      await drills.save(passed(next, T0 + 7), [])
      assert.equal(await drills.failedSince(environment, T0), undefined)
    }),
  )

  it(
    'what happened to a drill is of its alarm and its environment',
    withStore(open, async (store, environment) => {
      const { drills, contacts } = store
      const other = await newEnvironment(store, 'other')
      const one = drill(environment, 'd')
      assert.deepEqual(await drills.happened(one), { messages: [], decisions: [] })
      await contacts.saveContact(contact(environment, { id: 'wang', name: '王小明' }))
      const labels = { alertname: 'Drill', title: 'drill d' }
      const fired = (id: string, more = {}, of = environment) =>
        alert(of, { id, rule: 'Drill', labels, activeAt: T0 + 10, firedAt: T0 + 10, ...more })
      const before = fired('before', { activeAt: T0 - 1 })
      const another = fired('another', { labels: { ...labels, title: 'drill e' } })
      await save(store, environment, [before, another, fired('ours')])
      await save(store, other, [fired('theirs', {}, other)])
      const told = { alerts: ['ours'], plannedAt: T0 + 11 }
      await saveDeliveries(store, [
        delivery(environment, { id: 'a', contact: 'wang', ...told }),
        delivery(environment, { id: 'b', contact: 'gone', to: 'gone@example.com', ...told }),
        delivery(environment, { id: 'c', alerts: ['another'] }),
      ])
      await claim(store, T0 + 12, 1000, 9)
      const outcome = { state: 'sent', at: T0 + 13, answer: '250' } as const
      await store.outbox.finish([{ id: 'a', outcome }])
      const line = { stage: 'route', verdict: 'drop', reason: 'other-levels', policies: ['p'] }
      const trace = { environment, alert: 'ours', at: T0 + 11, kind: 'fired' } as const
      const lines = [line] as never
      const plan = { deliveries: [], convergences: [], traces: [{ ...trace, lines }] }
      await store.plans.savePlans([plan])
      const message = { policy: 'default', channel: 'mail', plannedAt: T0 + 11 }
      const happened = {
        alert: { id: 'ours', firedAt: T0 + 10 },
        messages: [
          ...[{ ...message, contact: 'wang', name: '王小明', state: 'sent', sentAt: T0 + 13 }],
          ...[{ ...message, contact: 'gone', name: 'gone@example.com', state: 'sending' }],
        ].map((each) => (each.contact === 'wang' ? { ...each, answer: '250' } : each)),
        decisions: [line],
      }
      assert.deepEqual(await drills.happened(one), happened)
      assert.deepEqual(await drills.happened({ ...one, alert: 'ours' }), happened)
    }),
  )
}

function drill(environment: string, id: string, more: Partial<Drill> = {}): Drill {
  return { id, environment, begunAt: T0, channels: [], ...more }
}

function passed(one: Drill, at: number): Drill {
  return { ...one, end: { at, outcome: 'passed' } }
}

async function save(store: Store, environment: string, alerts: ReturnType<typeof alert>[]) {
  const progress = { environment, group: 'drill', evaluatedAt: T0 }
  await store.alerts.saveEvaluation({ progress, alerts, dropped: [], changes: [] })
}
