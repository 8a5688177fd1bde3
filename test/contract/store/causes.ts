/** News that waits for its cause, and where alerts stand meanwhile. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { AlertChange, Story } from '../../../src/cloud/alerts/alert.ts'
import type { Decisions } from '../../../src/cloud/cause/ports.ts'
import type { Store } from '../../../src/cloud/store/store.ts'
import { alert, change, type Open, T0, withStore } from './samples.ts'

const UNTIL = T0 + 70_000
const STORY: Story = {
  zh: [['始于 ', T0]],
  en: [['since ', T0]],
  into: { alert: 'alert-2', service: 'App.D' },
}

export function causeCases(open: Open): void {
  holdCases(open)
  decisionCases(open)
  renewedCases(open)
}

function holdCases(open: Open): void {
  it(
    'news that an alert fired waits for its cause, until then at the latest; other news does not',
    withStore(open, async (store, environment) => {
      const other = alert(environment, { id: 'other' })
      await save(store, [change(alert(environment)), change(other)])
      assert.deepEqual(await pending(store, UNTIL - 1), ['other'])
      assert.equal(await store.plans.firstHoldEnd(), UNTIL)
      assert.equal(await store.reads.waitsUntil(environment, 'alert-1'), UNTIL)
      assert.equal(await store.reads.waitsUntil(environment, 'other'), undefined)
      assert.equal(await store.reads.waitsUntil('another', 'alert-1'), undefined)
      assert.deepEqual(await pending(store, UNTIL), ['alert-1', 'other'])
    }),
  )

  it(
    'what is over waits no longer: that it fired comes before that',
    withStore(open, async (store, environment) => {
      await save(store, [change(alert(environment))])
      const over = alert(environment, { state: 'resolved', resolvedAt: T0 + 30_000 })
      await save(store, [change(over, { kind: 'resolved' })])
      const kinds = (await store.plans.pendingChanges(9, T0)).map((one) => one.change.kind)
      assert.deepEqual(kinds, ['fired', 'resolved'])
      assert.equal(await store.plans.firstHoldEnd(), undefined)
    }),
  )
}

function decisionCases(open: Open): void {
  it(
    'what is decided goes out with its story, and stands as saved',
    withStore(open, async (store, environment) => {
      await save(store, [change(alert(environment))])
      const standings = new Map([['alert-1', { isTold: false, into: 'alert-2' }]])
      await store.standings.saveDecisions(environment, decided({ standings }))
      const [first] = await store.plans.pendingChanges(9, T0)
      assert.deepEqual(first?.change.story, STORY)
      assert.equal(await store.reads.waitsUntil(environment, 'alert-1'), undefined)
      assert.deepEqual(await store.standings.standings(environment), standings)
      assert.deepEqual(await store.reads.story(environment, 'alert-1'), STORY)
    }),
  )

  it(
    'an evaluation leaves standings and stories as they are; those of what is over are not asked for',
    withStore(open, async (store, environment) => {
      await save(store, [change(alert(environment))])
      const standings = new Map([['alert-1', { isTold: true, named: 'health' }]])
      await store.standings.saveDecisions(environment, decided({ standings }))
      await save(store, [change(alert(environment, { value: 2 }), { kind: 'repeated' })])
      assert.deepEqual(await store.standings.standings(environment), standings)
      await save(store, [change(alert(environment, { state: 'resolved' }), { kind: 'resolved' })])
      assert.deepEqual(await store.standings.standings(environment), new Map())
      assert.deepEqual(await store.reads.story(environment, 'alert-1'), STORY)
    }),
  )

  it(
    'what was told, or belongs to another environment, stays as it is',
    withStore(open, async (store, environment) => {
      await save(store, [change(alert(environment))])
      await store.standings.saveDecisions('another', decided())
      assert.deepEqual(await pending(store, T0), [])
      const [due] = await store.plans.pendingChanges(9, UNTIL)
      await store.plans.savePlans([{ change: due?.id ?? 0, deliveries: [], convergences: [] }])
      await store.standings.saveDecisions(environment, decided())
      assert.deepEqual(await pending(store, UNTIL), [])
    }),
  )
}

function renewedCases(open: Open): void {
  it(
    'what is excused is taken back while it waits; not what was told, nor that it is over',
    withStore(open, async (store, environment) => {
      await save(store, [change(alert(environment))])
      const other = alert(environment, { id: 'other' })
      await save(store, [change(other), change(other, { kind: 'resolved' })])
      const excused = ['alert-1', 'other']
      await store.standings.saveDecisions(environment, decided({ excused }))
      assert.deepEqual(await pending(store, UNTIL), ['other', 'other'])
      assert.deepEqual(await store.reads.story(environment, 'alert-1'), STORY)
    }),
  )

  it(
    'what was folded and is no longer goes out, though it was planned before',
    withStore(open, async (store, environment) => {
      const one = alert(environment)
      await save(store, [change(one)])
      await store.standings.saveDecisions(environment, decided())
      const [due] = await store.plans.pendingChanges(9, T0)
      await store.plans.savePlans([{ change: due?.id ?? 0, deliveries: [], convergences: [] }])
      const { into, ...story } = STORY
      const standings = new Map([['alert-1', { isTold: true }]])
      const stories = new Map([['alert-1', story]])
      const renewed = [change(one, { story })]
      await store.standings.saveDecisions(environment, decided({ standings, stories, renewed }))
      const [again, ...others] = await store.plans.pendingChanges(9, T0)
      assert.deepEqual(others, [])
      assert.equal(again?.change.alert.id, 'alert-1')
      assert.deepEqual(again?.change.story, story)
      assert.deepEqual(await store.reads.story(environment, 'alert-1'), story)
    }),
  )
}

/** That `alert-1` has its story, and more. */
function decided(more: Partial<Decisions> = {}): Decisions {
  const stories = new Map([['alert-1', STORY]])
  return { standings: new Map(), stories, excused: [], renewed: [], ...more }
}

async function save(store: Store, changes: readonly AlertChange[]): Promise<void> {
  const alerts = changes.map((one) => one.alert)
  const environment = alerts[0]?.environment ?? ''
  const progress = { environment, group: 'tars', evaluatedAt: T0 }
  const holds = new Map([['alert-1', UNTIL]])
  await store.alerts.saveEvaluation({ progress, alerts, dropped: [], changes, holds })
}

async function pending(store: Store, now: number): Promise<string[]> {
  return (await store.plans.pendingChanges(9, now)).map((one) => one.change.alert.id)
}
