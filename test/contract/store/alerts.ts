import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { Alert } from '../../../src/cloud/alerts/alert.ts'
import {
  alert,
  change,
  claim,
  delivery,
  newEnvironment,
  notifyEvent,
  type Open,
  saveDeliveries,
  T0,
  withStore,
} from './samples.ts'

function evaluation(environment: string, alerts: readonly Alert[], evaluatedAt = T0) {
  const progress = { environment, group: 'tars', evaluatedAt }
  return { progress, alerts, dropped: [], changes: alerts.map((one) => change(one)) }
}

export function alertCases(open: Open): void {
  savingCases(open)
  refusalCases(open)
  readingCases(open)
}

function savingCases(open: Open): void {
  const shapes: [string, Partial<Alert>][] = [
    ['pending', { state: 'pending' }],
    ['clearing', { clearedAt: T0 + 30_000 }],
    ['an alert on notifies, with every character', { events: [notifyEvent, notifyEvent] }],
    ['with a value that is not a number', { value: Number.NaN }],
    ['with an infinite value', { value: Number.NEGATIVE_INFINITY }],
    ['with a long fraction', { value: 0.1 + 0.2 }],
  ]
  for (const [name, fields] of shapes) {
    it(
      `gives back an alert and its change as they were saved: ${name}`,
      withStore(open, async (store, environment) => {
        const saved = alert(environment, fields)
        await store.alerts.saveEvaluation(evaluation(environment, [saved]))
        assert.deepEqual(await store.alerts.livingAlerts(environment), [saved])
        assert.deepEqual(await store.reads.alert(environment, saved.id), saved)
        const pending = await store.plans.pendingChanges(9, 0)
        assert.deepEqual(
          pending.map((one) => one.change),
          [change(saved)],
        )
      }),
    )
  }

  it(
    'tells when alerts fired lately, whether they are over or not',
    withStore(open, async (store, environment) => {
      const { alerts } = store
      const one = (id: string, fields: Partial<Alert>) => alert(environment, { id, ...fields })
      const { firedAt: _, ...never } = one('never', { state: 'pending' })
      const times = { firedAt: T0 + 5, clearedAt: T0 + 9, resolvedAt: T0 + 9 }
      const over = one('over', { state: 'resolved', ...times, rule: 'Over' })
      const early = one('early', { firedAt: T0 - 1 })
      await alerts.saveEvaluation(evaluation(environment, [never, over, early, one('now', {})]))
      const found = await alerts.firedSince(environment, T0)
      assert.deepEqual(
        found.map(({ rule, firedAt, resolvedAt }) => [rule, firedAt - T0, resolvedAt]),
        [
          ['Over', 5, T0 + 9],
          ['FailureRatio', 10_000, undefined],
        ],
      )
      assert.deepEqual(found[0]?.labels, over.labels)
      assert.deepEqual(await alerts.firedSince('another', T0), [])
    }),
  )

  it(
    'saves the next step of an alert over the last, and forgets what is over',
    withStore(open, async (store, environment) => {
      const { alerts } = store
      const gone = alert(environment, { id: 'gone', state: 'pending' })
      const first = alert(environment, { clearedAt: T0 + 20_000 })
      await alerts.saveEvaluation(evaluation(environment, [first, gone]))
      const { clearedAt: _, ...holding } = first
      const again = {
        ...holding,
        value: 7,
        annotations: { title: 'b' },
        severity: 'ERROR',
      } as const
      await alerts.saveEvaluation({
        ...evaluation(environment, [again], T0 + 1),
        dropped: ['gone'],
      })
      assert.deepEqual(await alerts.livingAlerts(environment), [again])
      assert.deepEqual(await alerts.progress(environment), [
        { environment, group: 'tars', evaluatedAt: T0 + 1 },
      ])
      const resolved = { ...again, state: 'resolved', resolvedAt: T0 + 2 } as const
      await alerts.saveEvaluation(evaluation(environment, [resolved], T0 + 2))
      assert.deepEqual(await alerts.livingAlerts(environment), [])
      assert.deepEqual(await store.reads.alert(environment, resolved.id), resolved)
    }),
  )

  it(
    'saves thousands at once, their changes in order',
    withStore(open, async (store, environment) => {
      const many = Array.from({ length: 2345 }, (_, n) => alert(environment, { id: `alert ${n}` }))
      await store.alerts.saveEvaluation(evaluation(environment, many))
      assert.equal((await store.alerts.livingAlerts(environment)).length, many.length)
      const pending = await store.plans.pendingChanges(3000, 0)
      assert.deepEqual(
        pending.map((one) => one.change.alert.id),
        many.map(({ id }) => id),
      )
      const dropped = many.map(({ id }) => id)
      await store.alerts.saveEvaluation({ ...evaluation(environment, []), dropped })
      assert.deepEqual(await store.alerts.livingAlerts(environment), [])
    }),
  )
}

function refusalCases(open: Open): void {
  it(
    'what fails leaves nothing behind',
    withStore(open, async (store, environment) => {
      // The second alert cannot be stored, after progress and the first were.
      const broken = alert(environment, { id: 'broken', activeAt: Number.NaN })
      await assert.rejects(
        store.alerts.saveEvaluation(evaluation(environment, [alert(environment), broken])),
        RangeError,
      )
      assert.deepEqual(await store.alerts.livingAlerts(environment), [])
      assert.deepEqual(await store.alerts.progress(environment), [])
      assert.deepEqual(await store.plans.pendingChanges(9, 0), [])
    }),
  )

  it(
    'nothing slips into a transaction that then fails',
    withStore(open, async (store, environment) => {
      const broken = alert(environment, { id: 'broken', activeAt: Number.NaN })
      const failing = store.alerts.saveEvaluation(evaluation(environment, [broken]))
      const beside = Array.from({ length: 20 }, (_, n) =>
        saveDeliveries(store, [delivery(environment, { id: `delivery ${n}` })]),
      )
      await assert.rejects(failing)
      await Promise.all(beside)
      assert.equal((await claim(store, T0, 1000, 99)).length, 20)
    }),
  )

  it(
    'an alert of another environment is refused',
    withStore(open, async (store, environment) => {
      const other = await newEnvironment(store, 'other')
      await assert.rejects(
        store.alerts.saveEvaluation(evaluation(environment, [alert(other)])),
        RangeError,
      )
      assert.deepEqual(await store.alerts.livingAlerts(other), [])
    }),
  )

  it(
    'the same alert id in two environments is two alerts',
    withStore(open, async (store, environment) => {
      const other = await newEnvironment(store, 'other')
      await store.alerts.saveEvaluation(evaluation(environment, [alert(environment)]))
      await store.alerts.saveEvaluation(evaluation(other, [alert(other, { value: 2 })]))
      await store.alerts.saveEvaluation({ ...evaluation(other, []), dropped: ['alert-1'] })
      assert.deepEqual(await store.alerts.livingAlerts(environment), [alert(environment)])
      assert.equal(await store.reads.alert(other, 'alert-1'), undefined)
    }),
  )
}

function readingCases(open: Open): void {
  it(
    'reads alerts newest first, by state, page by page',
    withStore(open, async ({ alerts, reads }, environment) => {
      const states = ['pending', 'firing', 'resolved'] as const
      const all = Array.from({ length: 9 }, (_, n) =>
        alert(environment, { id: `${n}`, activeAt: T0 + n, state: states[n % 3] ?? 'firing' }),
      )
      await alerts.saveEvaluation(evaluation(environment, all))
      const ids = async (query: Omit<Parameters<typeof reads.alerts>[0], 'environment'>) =>
        (await reads.alerts({ environment, ...query })).map(({ id }) => id).join('')
      assert.equal(await ids({ limit: 99 }), '876543210')
      assert.equal(await ids({ limit: 4 }), '8765')
      assert.equal(await ids({ limit: 4, before: T0 + 5 }), '4321')
      assert.equal(await ids({ limit: 99, states: ['firing', 'resolved'] }), '875421')
      assert.equal(await ids({ limit: 1, states: ['pending'], before: T0 + 6 }), '3')
      assert.equal(await ids({ limit: 99, states: [] }), '')
      const drill = alert(environment, { id: 'd', labels: { a: "'", watchdog: 'drill', z: '%' } })
      const progress = { environment, group: 'drill', evaluatedAt: T0 }
      await alerts.saveEvaluation({ progress, alerts: [drill], dropped: [], changes: [] })
      assert.equal(await ids({ limit: 99, drills: 'only' }), 'd')
      assert.equal(await ids({ limit: 99, drills: 'without' }), '876543210')
      assert.deepEqual(await reads.alerts({ environment: 'al-other', limit: 99 }), [])
    }),
  )

  it(
    'searches alerts for words, and those of a level',
    withStore(open, async ({ alerts, reads }, environment) => {
      const pay = { callee: 'App.PayServer', interface: 'pay_all', node: '10.0.0.5' }
      const all = [
        alert(environment, {
          ...{ id: '1', rule: 'FailureRatio', severity: 'ERROR', labels: pay, activeAt: T0 + 1 },
          annotations: { title: '调用失败率高' },
        }),
        alert(environment, {
          ...{ id: '2', rule: 'LatencyHigh', severity: 'WARN', activeAt: T0 + 2 },
          labels: { callee: 'App.OrderServer', interface: 'payXall' },
          annotations: { title: '平均耗时高 100%', title_en: 'latency', description: 'PayServer' },
        }),
      ]
      await alerts.saveEvaluation(evaluation(environment, all))
      const ids = async (
        query: Omit<Parameters<typeof reads.alerts>[0], 'environment' | 'limit'>,
      ) => (await reads.alerts({ environment, limit: 9, ...query })).map(({ id }) => id).join('')
      for (const [words, found] of [
        [['payserver'], '1'],
        [['FAILURE'], '1'],
        [['server'], '21'],
        [['server', '10.0'], '1'],
        [['server', 'nobody'], ''],
        [['耗时'], '2'],
        [['Latency'], '2'],
        // What a pattern means elsewhere is a letter here; names of labels are no text of the alarm.
        [['pay_all'], '1'],
        [['100%'], '2'],
        [['%'], '2'],
        [['\\'], ''],
        [['callee'], ''],
        [['"'], ''],
        [[], '21'],
      ] as const) {
        assert.equal(await ids({ words }), found, words.join(' '))
      }
      assert.equal(await ids({ level: 'WARN' }), '2')
      assert.equal(await ids({ level: 'ERROR', words: ['server'] }), '1')
      assert.equal(await ids({ level: 'ERROR', words: ['order'] }), '')
      assert.equal(await ids({ words: ['server'], before: T0 + 2 }), '1')
    }),
  )

  it(
    'reads deliveries newest first, of all alerts or of one',
    withStore(open, async (store, environment) => {
      await saveDeliveries(store, [
        delivery(environment, { id: 'a', plannedAt: T0, alerts: ['x'] }),
        delivery(environment, { id: 'b', plannedAt: T0 + 1, alerts: ['y', 'x', 'y'] }),
        delivery(environment, { id: 'c', plannedAt: T0 + 2, alerts: ['y'] }),
      ])
      const ids = async (query: { alert?: string; limit: number }) =>
        (await store.reads.deliveries({ environment, ...query })).map(({ id }) => id).join('')
      assert.equal(await ids({ limit: 9 }), 'cba')
      assert.equal(await ids({ limit: 1 }), 'c')
      assert.equal(await ids({ limit: 9, alert: 'x' }), 'ba')
      assert.deepEqual(await store.reads.deliveries({ environment: 'al-other', limit: 9 }), [])
    }),
  )
}
