import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { RouteTree } from '../../../src/cloud/notify/routing/route-tree.ts'
import type { Store } from '../../../src/cloud/store/store.ts'
import {
  alert,
  change,
  convergence,
  convergenceIn,
  newEnvironment,
  type Open,
  T0,
  withStore,
} from './samples.ts'

function treeOf(receiver: string): RouteTree {
  return {
    route: {
      ...{ receiver, matchers: [], continue: false, routes: [] },
      ...{ muteTimeIntervals: [], activeTimeIntervals: [] },
    },
    receivers: { [receiver]: { contacts: ['c1'], groups: [], receivers: [] } },
    ...{ timeIntervals: {}, inhibitRules: [] },
  }
}

function save(store: Store, environment: string, version: number, tree?: RouteTree) {
  const text = tree ? `route ${version}` : ''
  const saved = { version, text, author: '张三', savedAt: T0 + version }
  return store.routeTrees.saveRouteTree(environment, saved, tree)
}

export function routeCases(open: Open): void {
  it(
    'of trees of routes the newest counts, for its environment',
    withStore(open, async (store, environment) => {
      const other = await newEnvironment(store, 'other')
      const routes = async (of: string) => (await store.plans.audience(of)).routes
      assert.equal(await routes(environment), undefined)
      assert.equal(await save(store, environment, 1, treeOf('a')), true)
      assert.equal(await save(store, environment, 2, treeOf('b')), true)
      assert.deepEqual(await routes(environment), treeOf('b'))
      assert.equal(await routes(environment), await routes(environment), 'it is read once')
      await save(store, environment, 3, treeOf('c'))
      assert.deepEqual(await routes(environment), treeOf('c'))
      await save(store, environment, 4, treeOf('b'))
      assert.deepEqual(await store.routeTrees.routeTree(environment), treeOf('b'))
      assert.deepEqual(await store.routeTrees.routeTrees(environment), [
        ...[4, 3, 2, 1].map((version) => ({
          ...{ version, text: `route ${version}`, author: '张三', savedAt: T0 + version },
        })),
      ])
      assert.deepEqual(await store.routeTrees.routeTrees(other), [])
      assert.equal(await routes(other), undefined)
    }),
  )

  it(
    'a version that does not follow the newest is not saved; one without a tree ends it',
    withStore(open, async (store, environment) => {
      assert.equal(await save(store, environment, 2, treeOf('a')), false)
      await save(store, environment, 1, treeOf('a'))
      assert.equal(await save(store, environment, 1, treeOf('b')), false)
      assert.equal(await save(store, environment, 2), true)
      assert.equal((await store.plans.audience(environment)).routes, undefined)
      assert.equal((await store.routeTrees.routeTrees(environment)).length, 2)
    }),
  )

  it(
    'the newest 20 are kept',
    withStore(open, async (store, environment) => {
      for (let n = 1; n <= 23; n++) await save(store, environment, n, treeOf('a'))
      const kept = await store.routeTrees.routeTrees(environment)
      assert.deepEqual([kept.length, kept[0]?.version, kept.at(-1)?.version], [20, 23, 4])
    }),
  )

  it(
    'a group of a route keeps what was told, and what waited before',
    withStore(open, async (store, environment) => {
      const firing = [change(alert(environment, { value: Number.NaN }))]
      const group = convergence(environment, {
        of: { policy: 'route:{}/{a="\0"}', rule: '', service: '', subject: '[["a","b"]]' },
        ...{ firing, kept: 2, dueAt: T0 + 1 },
      })
      await store.plans.savePlans([{ deliveries: [], convergences: [group] }])
      assert.deepEqual(await convergenceIn(store.plans, group.kind), group)
      const { firing: _, kept: __, dueAt: ___, ...over } = group
      await store.plans.savePlans([{ deliveries: [], convergences: [over] }])
      assert.deepEqual(await convergenceIn(store.plans, group.kind), over)
    }),
  )

  it(
    'what fires is known by its labels, the newest first, of one environment',
    withStore(open, async (store, environment) => {
      const other = await newEnvironment(store, 'other')
      const one = (id: string, activeAt: number, state: 'pending' | 'firing' | 'resolved') =>
        alert(environment, { id, activeAt, state, labels: { callee: id } })
      const evaluation = (of: string, alerts: ReturnType<typeof alert>[]) =>
        store.alerts.saveEvaluation({
          progress: { environment: of, group: 'tars', evaluatedAt: T0 },
          ...{ alerts, dropped: [], changes: [] },
        })
      await evaluation(environment, [
        ...[one('old', T0, 'firing'), one('new', T0 + 2, 'firing')],
        ...[one('over', T0 + 3, 'resolved'), one('soon', T0 + 4, 'pending')],
      ])
      await evaluation(other, [alert(other, { id: 'theirs' })])
      const [newest, ...rest] = await store.plans.firing(environment, 10)
      const { rule, severity } = alert(environment)
      assert.deepEqual(newest, { id: 'new', labels: { callee: 'new' }, rule, severity })
      assert.deepEqual(
        rest.map(({ id }) => id),
        ['old'],
      )
      assert.equal((await store.plans.firing(environment, 1)).length, 1)
    }),
  )
}
