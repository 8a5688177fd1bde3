import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MINUTE_MS } from '../../../scripts/bench/alarms/calendar.ts'
import { Conditions } from '../../../scripts/bench/alarms/conditions.ts'
import { plantOf } from '../../../scripts/bench/alarms/plant.ts'
import { Reports } from '../../../scripts/bench/alarms/reports.ts'
import type { Incident, IncidentKind } from '../../../scripts/bench/alarms/scenario.ts'
import { incidentHappening } from '../../../scripts/bench/alarms/truth.ts'
import { at, smallScenario } from './small-scenario.ts'

const [GATE, ORDER, STOCK, ROW] = [
  ...(['Shop.GateServer', 'Shop.OrderServer', 'Shop.StockServer', 'Shop.RowServer'] as const),
] as const
const noon = at('2026-10-19 12:00')
const plant = plantOf(smallScenario())

function happening(kind: IncidentKind, service: string, more: Partial<Incident> = {}) {
  const incident = { id: 'one', kind, at: noon, minutes: 10, service, size: 0.5, counts: true }
  return incidentHappening(plant, { ...incident, ...more })
}

/** What is reported in the minute before `until` of calls to a service, by side. */
function reported(
  { disturbances }: ReturnType<typeof happening>,
  { service, until, node }: { service: string; until: number; node?: string },
) {
  const sums = { client: zero(), server: zero() }
  new Reports(plant).report(until, plant.processes, disturbances, {
    stat({ key }, values) {
      if (key.callee !== service || (node && key.calleeIp !== node)) return
      const sum = sums[key.side]
      sum.calls += values.calls
      sum.exceptions += values.exceptions
      sum.timeouts += values.timeouts
      sum.meanMs += values.durationSumMs
    },
    property() {},
  })
  for (const sum of [sums.client, sums.server]) sum.meanMs /= sum.calls
  return sums
}

function zero() {
  return { calls: 0, exceptions: 0, timeouts: 0, meanMs: 0 }
}

const during = noon + 5 * MINUTE_MS
const quiet = { disturbances: [] } as unknown as ReturnType<typeof happening>

test('on a normal day both sides report the same calls, and none fails', () => {
  const { client, server } = reported(quiet, { service: ROW, until: noon })
  assert.ok(client.calls > 2000)
  assert.ok(Math.abs(client.calls - server.calls) < 0.1 * client.calls)
  assert.equal(client.exceptions + client.timeouts, 0)
})

test('failures are the share of the calls that was asked for, on both sides', () => {
  const { client, server } = reported(happening('failures', ROW), { service: ROW, until: during })
  for (const side of [client, server])
    assert.ok(Math.abs(side.exceptions / side.calls - 0.5) < 0.05)
})

test('an interval that is half over when it begins reports half of it', () => {
  const { client } = reported(happening('failures', ROW), {
    ...{ service: ROW, until: noon + MINUTE_MS / 2 },
  })
  assert.ok(Math.abs(client.exceptions / client.calls - 0.25) < 0.04)
})

test('of time-outs the server knows nothing but that it took long', () => {
  const { client, server } = reported(happening('timeouts', ROW, { size: 0.2 }), {
    ...{ service: ROW, until: during },
  })
  assert.ok(Math.abs(client.timeouts / client.calls - 0.2) < 0.04)
  assert.equal(server.timeouts, 0)
  assert.ok(server.meanMs > 500)
})

test('a broken network is seen by callers alone', () => {
  const { client, server } = reported(happening('network', ROW, { size: 0.3 }), {
    ...{ service: ROW, until: during },
  })
  assert.ok(client.timeouts > 0.25 * client.calls)
  assert.equal(server.timeouts + server.exceptions, 0)
  assert.ok(server.meanMs < 30)
  assert.ok(server.calls < 0.8 * client.calls)
})

test('failures go up the call graph as far as callers pass them on, and through a circle once', () => {
  const { truth, disturbances } = happening('failures', ROW)
  assert.deepEqual(truth.affected.toSorted(), [GATE, ORDER, ROW, STOCK].toSorted())
  const share = (service: string) => {
    const { server } = reported({ disturbances } as never, { service, until: during })
    return server.exceptions / server.calls
  }
  // 0.5 of Row's fail; Stock passes on all of them, Order half, Gate 0.8 of those of the half it sends there.
  assert.ok(Math.abs(share(STOCK) - 0.55) < 0.1)
  assert.ok(Math.abs(share(ORDER) - 0.275) < 0.1)
  assert.ok(Math.abs(share(GATE) - 0.11) < 0.06)
})

test('what takes longer takes longer for all above, what is below notices nothing', () => {
  const { truth, disturbances } = happening('latency', STOCK, { size: 4 })
  assert.deepEqual(truth.causes, [STOCK])
  assert.ok(!truth.affected.includes(ROW))
  const mean = (service: string) =>
    reported({ disturbances } as never, { service, until: during }).server.meanMs
  assert.ok(Math.abs(mean(STOCK) - 4 * 20) < 12)
  assert.ok(mean(ORDER) > 60)
  assert.ok(mean(ROW) < 25)
})

test('fewer calls concern all below', () => {
  const { truth, disturbances } = happening('traffic-drop', ORDER, { size: 0.3 })
  assert.deepEqual(truth.affected.toSorted(), [ORDER, ROW, STOCK].toSorted())
  const calls = (from: ReturnType<typeof happening>) =>
    reported(from, { service: ROW, until: during }).client.calls
  assert.ok(Math.abs(calls({ disturbances } as never) / calls(quiet) - 0.3) < 0.05)
})

test('a dead node is silent; its calls fail at first, and then go to the other', () => {
  const dead = happening('node-dead', ROW, { node: '10.1.0.6' })
  const of = (node: string, until: number) => reported(dead, { service: ROW, node, until })
  assert.equal(of('10.1.0.6', noon + MINUTE_MS).server.calls, 0)
  const first = of('10.1.0.6', noon + MINUTE_MS).client
  assert.ok(first.timeouts > 0.9 * first.calls && first.calls > 100)
  const later = of('10.1.0.6', during).client
  assert.ok(later.calls < 0.2 * first.calls)
  const normal = reported(quiet, { service: ROW, node: '10.1.0.7', until: during }).server.calls
  assert.ok(of('10.1.0.7', during).server.calls > 1.8 * normal)
  assert.deepEqual(dead.truth.nodes, ['10.1.0.6'])
})

test('of a service that runs on the dead node alone nothing is left: above and below it shows', () => {
  const { truth } = happening('node-dead', STOCK, { node: '10.1.0.5' })
  assert.deepEqual(truth.causes, [STOCK])
  assert.deepEqual(truth.affected.toSorted(), [GATE, ORDER, ROW, STOCK].toSorted())
  const half = happening('node-dead', ROW, { node: '10.1.0.6' })
  assert.deepEqual(half.truth.affected, [ROW])
})

test('a dead server is silent, its callers fail, what it called hears nothing, and tarsnode says so', () => {
  const dead = happening('server-dead', STOCK)
  const { client, server } = reported(dead, { service: STOCK, until: during })
  assert.equal(server.calls, 0)
  assert.equal(client.exceptions + client.timeouts, client.calls)
  assert.equal(reported(dead, { service: ROW, until: during }).client.calls, 0)
  assert.deepEqual(
    dead.reports.map(({ level, kind }) => `${level} ${kind}`),
    ['alarm down', 'normal restart'],
  )
})

test('a queue grows on the nodes of its service alone', () => {
  const conditions = new Conditions(plant)
  conditions.set(happening('queue', ROW, { size: 12 }).disturbances, during, during + MINUTE_MS)
  const factors = plant.processes.map(({ number }) => conditions.property(number, 'queue'))
  assert.deepEqual(factors, [1, 1, 1, 1, 1, 12, 12])
  conditions.set([], during, during + MINUTE_MS)
  assert.equal(conditions.property(6, 'queue'), 1)
})

test('when it must be told', async (t) => {
  const cases: readonly [string, ReturnType<typeof happening>, number][] = [
    ['at once', happening('failures', ROW), 0],
    ['a creeping latency when it has doubled', happening('latency-creep', ROW, { size: 5 }), 2.5],
    [
      'a bad version when it is on enough nodes',
      happening('bad-version', ROW, { size: 0.08 }),
      98 / 60,
    ],
  ]
  for (const [name, { truth }, minutes] of cases) {
    await t.test(name, () => assert.equal((truth.tellableMs - noon) / MINUTE_MS, minutes))
  }
})
