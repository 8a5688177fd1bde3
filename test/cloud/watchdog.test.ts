/** What the cloud tells of itself, by the rules in `conf/watchdog.yaml`. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { DrillStep } from '../../src/cloud/drill/drill.ts'
import type { Audience } from '../../src/cloud/notify/ports.ts'
import { evaluateGroup } from '../../src/cloud/rules/evaluate.ts'
import { loadRules } from '../../src/cloud/rules/load.ts'
import { RuleFeeds } from '../../src/cloud/rules/rule-feeds.ts'
import { type WatchedWorld, watchSource } from '../../src/cloud/watch-series.ts'
import { evaluateInstant } from '../../src/promql/index.ts'
import { AT, contact, ENVIRONMENT, policy } from './notify/support/nouns.ts'

const MINUTE_MS = 60_000
const rules = await loadRules('conf/watchdog.yaml')

/** Services and when they were called last. */
interface World {
  readonly called?: Readonly<Record<string, number>>
  readonly audience?: Partial<Audience>
  readonly failing?: Awaited<ReturnType<WatchedWorld['failing']>>
  readonly drillFailed?: DrillStep
  /** Since when it is looked at; as a rule since long. */
  readonly sinceMs?: number
}

function worldOf({ called = {}, audience, failing = [], drillFailed }: World): WatchedWorld {
  return {
    environment: ENVIRONMENT,
    called: async (fromMs, toMs) =>
      Object.keys(called).filter((one) => {
        const at = called[one] ?? 0
        return at >= fromMs && at <= toMs
      }),
    audience: async () => ({
      ...{ environmentName: 'env', policies: [policy('p')], contacts: [contact('zhang')] },
      ...audience,
    }),
    failing: async () => failing,
    drillFailedSince: async (since) => (since === ago(24 * 60) ? drillFailed : undefined),
  }
}

async function found(world: World) {
  const source = watchSource(worldOf(world), AT, world.sinceMs ?? 0)
  const query = { instant: (expr: string, at: number) => evaluateInstant(expr, at, source) }
  const results = []
  for (const group of rules.groups) results.push(...(await evaluateGroup(group, { at: AT, query })))
  return results.flatMap((result) => {
    assert.equal(result.kind, 'alerting')
    return result.kind === 'alerting' ? result.elements : []
  })
}

const ago = (minutes: number) => AT - minutes * MINUTE_MS

describe('the watchdog', () => {
  const only = (...services: string[]) => ({ policies: [policy('p', { services })] })
  const cases: [string, World, string[]][] = [
    ['has nothing to say where all is well', { called: { 'Shop.Pay': ago(1) } }, []],
    ['has nothing to say of an environment that never had data', {}, []],
    ['tells that data stay out', { called: { 'Shop.Pay': ago(16) } }, ['DataMissing ']],
    ['does not wait for data of yesterday', { called: { 'Shop.Pay': ago(24 * 60 + 1) } }, []],
    [
      'misses nothing that came before it listened',
      { called: { 'Shop.Pay': ago(16) }, sinceMs: ago(14) },
      [],
    ],
    [
      'tells of each app with services of which nobody is told',
      {
        called: { 'Shop.Pay': ago(1), 'Shop.Cart': ago(1), 'Game.Room': ago(1), 'Hr.Desk': ago(1) },
        audience: only('Hr', 'Shop.Pay'),
      },
      ['NobodyTold Shop', 'NobodyTold Game'],
    ],
    [
      'tells it also of services that had calls hours ago',
      { called: { 'Shop.Pay': ago(1), 'Game.Room': ago(600) }, audience: only('Shop') },
      ['NobodyTold Game'],
    ],
    [
      'tells which receiver takes no messages',
      { failing: [{ channel: 'dingtalk', to: '值班群', deliveries: 3 }] },
      ['DeliveriesFailing 值班群'],
    ],
    ['tells that the drill of the last day failed', { drillFailed: 'fired' }, ['DrillFailed ']],
  ]
  for (const [sentence, world, expected] of cases) {
    it(sentence, async () => {
      const alarms = (await found(world)).map(
        ({ labels }) => `${labels.alertname} ${labels.app ?? labels.to ?? ''}`,
      )
      assert.deepEqual(alarms.sort(), expected.sort())
    })
  }

  it('names services and figures in both languages', async () => {
    const audience = { policies: [] }
    const failing = [{ channel: 'mail', to: 'li@example.com', deliveries: 7 }]
    const world = { called: { 'Shop.Pay': ago(1), 'Shop.Cart': ago(1) }, audience, failing }
    const [refused, untold] = (await found(world)).map(({ annotations }) => annotations)
    assert.match(untold?.description ?? '', /2 个没有.*Shop\.(Pay|Cart) Shop\.(Pay|Cart)/s)
    assert.match(untold?.description_en ?? '', /2 are covered by no.*Shop\.Cart/s)
    assert.match(refused?.title ?? '', /送不到 li@example\.com（mail）/)
    assert.match(refused?.description_en ?? '', /last hour 7 were refused/)
  })

  const steps: [DrillStep, RegExp, RegExp][] = [
    ['stored', /停在：故障数据没有写入。/, /through: the fault was not stored\. Real/],
    ['fired', /停在：告警没有触发。/, /through: the alarm did not fire\. Real/],
    ['planned', /停在：没有任何人会收到通知。/, /through: nobody would have been told\. Real/],
    ['accepted', /停在：通知没有被任何渠道接收。/, /through: no channel accepted a message\. Real/],
  ]
  for (const [drillFailed, zh, en] of steps) {
    it(`says where a drill stopped that was not ${drillFailed}`, async () => {
      const [alarm] = await found({ drillFailed })
      assert.match(alarm?.annotations.description ?? '', zh)
      assert.match(alarm?.annotations.description_en ?? '', en)
    })
  }

  it('runs by the clock, whatever becomes of the data', () => {
    for (const group of rules.groups) assert.ok(new RuleFeeds(rules).isOnClock(group), group.name)
  })
})
