import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { Act } from '../../../src/cloud/notify/acts/act.ts'
import type { Reminder } from '../../../src/cloud/notify/reminders/reminder.ts'
import { alert, DAY_MS, delivery, newEnvironment, type Open, T0, withStore } from './samples.ts'

export function actCases(open: Open): void {
  const act = (environment: string, more: Partial<Act> = {}): Act => ({
    ...{ environment, alert: 'a', kind: 'acknowledge', at: T0, by: '张三', note: "it's 回滚" },
    ...more,
  })
  const reminder = (environment: string, more: Partial<Reminder> = {}): Reminder => ({
    ...{ environment, alert: 'a', policy: 'p', step: 0, since: T0, dueAt: T0 + 5, ...more },
  })
  const plan = { deliveries: [], convergences: [] }

  it(
    'acts come back in their order, those of one alert of one environment; the newest of several',
    withStore(open, async (store, environment) => {
      const other = await newEnvironment(store, 'other')
      const first = act(environment, { kind: 'snooze', until: T0 + 9, contact: 'c' })
      const second = act(environment, { kind: 'close' })
      const elsewhere = act(environment, { alert: 'b' })
      for (const one of [first, second, elsewhere]) await store.reminders.saveAct(one)
      assert.deepEqual(await store.reminders.acts(environment, 'a'), [first, second])
      assert.deepEqual(await store.reminders.acts(other, 'a'), [])
      const newest = await store.reminders.newestActs(['a', 'b', 'none'])
      assert.deepEqual(
        newest.sort((one, two) => (one.alert < two.alert ? -1 : 1)),
        [second, elsewhere],
      )
    }),
  )

  it(
    'an act ends what its alert waits for; a snooze is looked at when it ends',
    withStore(open, async (store, environment) => {
      const { plans, reminders } = store
      const other = reminder(environment, { alert: 'b' })
      await plans.savePlans([{ ...plan, reminders: [reminder(environment), other] }])
      await reminders.saveAct(act(environment))
      assert.deepEqual(await reminders.dueReminders(T0 + DAY_MS, 9), [other])
      await reminders.saveAct(act(environment, { kind: 'snooze', until: T0 + 3 }))
      const end = { environment, alert: 'a', policy: '', step: 0, since: T0, dueAt: T0 + 3 }
      assert.deepEqual(await reminders.dueReminders(T0 + DAY_MS, 9), [end, other])
      assert.equal(await reminders.firstReminderDue(), T0 + 3)
    }),
  )

  it(
    'what an act ended goes on when it is taken back, with the time that was left; a note ends nothing',
    withStore(open, async (store, environment) => {
      const { plans, reminders } = store
      const other = await newEnvironment(store, 'other')
      const theirs = reminder(other, { dueAt: T0 + 7 })
      const ours = reminder(environment, { step: 1, dueAt: T0 + 5 })
      await plans.savePlans([{ ...plan, reminders: [ours, theirs] }])
      await reminders.saveAct(act(environment, { kind: 'note' }))
      const due = () => reminders.dueReminders(T0 + DAY_MS, 9)
      assert.deepEqual(await due(), [ours, theirs])
      await reminders.saveAct(act(environment, { at: T0 + 2 }))
      const snooze = { kind: 'snooze', at: T0 + 3, until: T0 + 90 } as const
      await reminders.saveAct(act(environment, snooze))
      const undo = act(environment, { kind: 'undo', at: T0 + 40, note: '' })
      await reminders.saveAct(undo)
      const look = { environment, alert: 'a', policy: 'undone', step: 0, since: T0 + 40 }
      const again = { ...look, dueAt: T0 + 40 }
      assert.deepEqual(await due(), [theirs, again, { ...ours, dueAt: T0 + 43 }])
      assert.deepEqual((await reminders.acts(environment, 'a')).at(-1), undo)
    }),
  )

  it(
    'reminders are due by their time, the longest first, but of environments in trouble',
    withStore(open, async (store, environment) => {
      const { plans, reminders } = store
      assert.equal(await reminders.firstReminderDue(), undefined)
      const all = [3, 1, 2].map((due) =>
        reminder(environment, { alert: `a${due}`, dueAt: T0 + due }),
      )
      await plans.savePlans([{ ...plan, reminders: all }])
      const due = async (at: number, limit = 9, except: string[] = []) =>
        (await reminders.dueReminders(T0 + at, limit, except)).map((one) => one.alert).join(' ')
      assert.equal(await due(0), '')
      assert.equal(await due(2), 'a1 a2')
      assert.equal(await due(9, 1), 'a1')
      assert.equal(await due(9, 9, [environment]), '')
    }),
  )

  it(
    'a reminder that is there stays as it is, until a plan comes of it',
    withStore(open, async (store, environment) => {
      const { plans, reminders } = store
      const first = reminder(environment)
      await plans.savePlans([{ ...plan, reminders: [first] }])
      await plans.savePlans([{ ...plan, reminders: [{ ...first, dueAt: T0 + 99 }] }])
      assert.deepEqual(await reminders.dueReminders(T0 + 99, 9), [first])
      const next = { ...first, step: 1, dueAt: T0 + 50 }
      await plans.savePlans([{ ...plan, reminded: [first], reminders: [next] }])
      assert.deepEqual(await reminders.dueReminders(T0 + 99, 9), [next])
    }),
  )

  it(
    'a plan of reminders some of which are gone or have changed changes nothing',
    withStore(open, async (store, environment) => {
      const { plans, reminders } = store
      const [one, two] = [reminder(environment), reminder(environment, { alert: 'b' })]
      await plans.savePlans([{ ...plan, reminders: [one, two] }])
      const deliveries = [delivery(environment)]
      const late = [
        { ...one, dueAt: T0 + 6 },
        { ...one, step: 1 },
      ]
      for (const changed of late) {
        await plans.savePlans([{ ...plan, deliveries, reminded: [changed] }])
      }
      await reminders.saveAct(act(environment))
      await plans.savePlans([{ ...plan, deliveries, reminded: [one, two] }])
      assert.deepEqual(await store.reads.deliveries({ environment, limit: 9 }), [])
      assert.deepEqual(await reminders.dueReminders(T0 + 9, 9), [two])
      await plans.savePlans([{ ...plan, deliveries, reminded: [two] }])
      assert.equal((await store.reads.deliveries({ environment, limit: 9 })).length, 1)
      assert.equal(await reminders.firstReminderDue(), undefined)
    }),
  )

  it(
    'which alerts fire, with their story; and of which a message was sent',
    withStore(open, async (store, environment) => {
      const firing = alert(environment, { id: 'a' })
      const over = alert(environment, { id: 'b', state: 'resolved', resolvedAt: T0 })
      const progress = { environment, group: 'tars', evaluatedAt: T0 }
      const alerts = [firing, over]
      await store.alerts.saveEvaluation({ progress, alerts, dropped: [], changes: [] })
      const { reminders } = store
      const at = T0 + 10_000
      assert.deepEqual(await reminders.firingOf(environment, ['a', 'b', 'c']), [
        { kind: 'fired', at, receivedAt: at, alert: firing },
      ])
      assert.deepEqual(await reminders.firingOf('al-other', ['a']), [])
      const of = (id: string, alert: string) =>
        delivery(environment, { id, alerts: [alert], to: id })
      await store.plans.savePlans([{ ...plan, deliveries: [of('d1', 'a'), of('d2', 'b')] }])
      const sent = { state: 'sent', at: T0, answer: '250' } as const
      await store.outbox.finish([{ id: 'd1', outcome: sent }])
      assert.deepEqual(await reminders.deliveredOf(['a', 'b']), [{ alert: 'a', policy: 'default' }])
    }),
  )

  it(
    'alerts that nobody looks after are found: they fire, and no act on them holds',
    withStore(open, async (store, environment) => {
      const ids = ['none', 'acknowledged', 'snoozed', 'snooze-over', 'closed', 'undone', 'resolved']
      const alerts = ids.map((id) => alert(environment, { id }))
      const [resolved] = alerts.splice(-1)
      assert.ok(resolved)
      const over = { ...resolved, state: 'resolved' as const, resolvedAt: T0 }
      await store.alerts.saveEvaluation({
        progress: { environment, group: 'tars', evaluatedAt: T0 },
        ...{ alerts: [...alerts, over], dropped: [], changes: [] },
      })
      const { reminders } = store
      await reminders.saveAct(act(environment, { alert: 'acknowledged' }))
      await reminders.saveAct(act(environment, { alert: 'closed', kind: 'close' }))
      const snooze = { kind: 'snooze', until: T0 + 5 } as const
      await reminders.saveAct(act(environment, { alert: 'snoozed', ...snooze, until: T0 + 6 }))
      await reminders.saveAct(act(environment, { alert: 'snooze-over' }))
      await reminders.saveAct(act(environment, { alert: 'snooze-over', ...snooze }))
      for (const kind of ['close', 'undo', 'note'] as const) {
        await reminders.saveAct(act(environment, { alert: 'undone', kind }))
      }
      for (const id of ids) await reminders.saveAct(act(environment, { alert: id, kind: 'note' }))
      const found = await store.reads.alerts({ environment, unhandledAt: T0 + 5, limit: 9 })
      assert.deepEqual(found.map(({ id }) => id).sort(), ['none', 'snooze-over', 'undone'])
      const [newest] = await reminders.newestActs(['undone'])
      assert.equal(newest?.kind, 'undo')
    }),
  )

  it(
    'acts are forgotten with their alert, and all of it with its environment',
    withStore(open, async (store, environment) => {
      const progress = { environment, group: 'tars', evaluatedAt: T0 }
      const alerts = [alert(environment, { id: 'a' })]
      await store.alerts.saveEvaluation({ progress, alerts, dropped: [], changes: [] })
      await store.reminders.saveAct(act(environment))
      await store.reminders.saveAct(act(environment, { alert: 'gone' }))
      assert.equal((await store.prune(T0 + 29 * DAY_MS)).acts, 0)
      assert.equal((await store.prune(T0 + 31 * DAY_MS)).acts, 1)
      assert.equal((await store.reminders.acts(environment, 'a')).length, 1)
      await store.plans.savePlans([{ ...plan, reminders: [reminder(environment)] }])
      await store.environments.removeEnvironment(environment)
      assert.deepEqual(await store.reminders.acts(environment, 'a'), [])
      assert.equal(await store.reminders.firstReminderDue(), undefined)
    }),
  )
}
