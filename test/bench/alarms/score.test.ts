import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DAY_MS, MINUTE_MS } from '../../../scripts/bench/alarms/calendar.ts'
import { figuresOf } from '../../../scripts/bench/alarms/figures.ts'
import { scoreOf, type Told } from '../../../scripts/bench/alarms/score.ts'
import type { Truth } from '../../../scripts/bench/alarms/truth.ts'
import { at, smallScenario } from './small-scenario.ts'

const [ORDER, STOCK, ROW] = ['Shop.OrderServer', 'Shop.StockServer', 'Shop.RowServer']
const noon = at('2026-10-19 12:00')

function truth(more: Partial<Truth> = {}): Truth {
  return {
    ...{ id: 'row', kind: 'failures', counts: true, fromMs: noon, toMs: noon + 10 * MINUTE_MS },
    ...{ tellableMs: noon, causes: [ROW], affected: [ROW, STOCK], nodes: [] },
    ...more,
  }
}

function told(service: string, afterMs: number, more: Partial<Told> = {}): Told {
  return {
    ...{ at: noon + afterMs, knownAt: noon + afterMs + 1500, rule: 'FailureRatio' },
    ...{ severity: 'ERROR', service, labels: { callee: service }, value: 0.3 },
    ...more,
  }
}

const score = (truths: readonly Truth[], alarms: readonly Told[], more = {}) =>
  scoreOf(smallScenario(more), truths, alarms)

test('which incident an alarm tells of', async (t) => {
  const cases: readonly [string, Told, boolean][] = [
    ['at the service at fault, while it lasts', told(ROW, MINUTE_MS), true],
    ['at a caller that feels it', told(STOCK, MINUTE_MS), true],
    ['at a service that has nothing to do with it', told(ORDER, MINUTE_MS), false],
    ['before it began', told(ROW, -1), false],
    ['a quarter of an hour after its end', told(ROW, 25 * MINUTE_MS), true],
    ['later than that', told(ROW, 25 * MINUTE_MS + 1), false],
    ['a node alone, which is not at fault', told('', MINUTE_MS, { labels: { node: '1' } }), false],
  ]
  for (const [name, alarm, belongs] of cases) {
    await t.test(name, () => {
      const { incidents, falseAlarms } = score([truth()], [alarm])
      assert.equal(incidents[0]?.alarms.length, belongs ? 1 : 0)
      assert.equal(falseAlarms.length, belongs ? 0 : 1)
    })
  }
})

test('an alarm that names the dead node alone names the cause', () => {
  const dead = truth({ kind: 'node-dead', nodes: ['10.1.0.6'] })
  const { incidents } = score([dead], [told('', MINUTE_MS, { labels: { node: '10.1.0.6' } })])
  assert.equal(incidents[0]?.isCauseNamed, true)
})

test('of two incidents at one place the later one is told of', () => {
  const later = truth({ id: 'later', fromMs: noon + 5 * MINUTE_MS, toMs: noon + 9 * MINUTE_MS })
  const { incidents } = score([truth(), later], [told(ROW, 6 * MINUTE_MS)])
  assert.deepEqual(
    incidents.map(({ isFound }) => isFound),
    [false, true],
  )
})

test('the delay counts from when it must be told until it was known; early is no delay', () => {
  const of = (tellableMs: number) =>
    score([truth({ tellableMs })], [told(ROW, 4 * MINUTE_MS)]).incidents[0]?.delayMs
  assert.equal(of(noon), 4 * MINUTE_MS + 1500)
  assert.equal(of(noon + 3 * MINUTE_MS), MINUTE_MS + 1500)
  assert.equal(of(noon + 8 * MINUTE_MS), 0)
})

test('an alarm more than five minutes after the end has not found it', () => {
  const { incidents } = score([truth()], [told(ROW, 15 * MINUTE_MS + 1)])
  assert.equal(incidents[0]?.isFound, false)
  assert.equal(incidents[0]?.alarms.length, 1)
})

test('the cause is named when all that is told first names it', () => {
  const named = (...alarms: Told[]) => score([truth()], alarms).incidents[0]?.isCauseNamed
  assert.equal(named(told(ROW, 1000), told(STOCK, 2000)), true)
  assert.equal(named(told(STOCK, 1000), told(ROW, 2000)), false)
  assert.equal(named(told(STOCK, 1000, { cause: ROW })), true)
  assert.equal(named(told(ROW, 1000, { cause: STOCK })), false)
  assert.equal(named(told(ROW, 1000), told(STOCK, 1000)), false)
})

test('what was going on when a false alarm was told', async (t) => {
  const deploys = [{ service: ORDER, at: '2026-10-19 12:00' }]
  const blips = [{ kind: 'latency', at: '2026-10-19 15:00', minutes: 1, service: ROW, size: 1.2 }]
  const jobs = [{ caller: STOCK, callee: ROW, atMinute: 0, minutes: 9, factor: 3 }]
  const yesterday = truth({ fromMs: noon - DAY_MS, toMs: noon - DAY_MS })
  const cases: readonly [string, Told][] = [
    ['deploy', told(ORDER, MINUTE_MS)],
    ['blip', told(STOCK, 181 * MINUTE_MS)],
    ['yesterday’s incident', told(ROW, MINUTE_MS)],
    ['job', told(ROW, 60 * MINUTE_MS)],
    ['weekend', told(STOCK, 5 * DAY_MS + 60 * MINUTE_MS)],
    ['night', told(STOCK, -8 * 60 * MINUTE_MS)],
    ['plain', told(STOCK, 60 * MINUTE_MS)],
  ]
  for (const [circumstance, alarm] of cases) {
    await t.test(circumstance, () => {
      const { falseAlarms } = score([yesterday], [alarm], { deploys, blips, jobs })
      assert.equal(falseAlarms[0]?.circumstance, circumstance)
    })
  }
})

test('figures of several worlds', () => {
  const quiet = score([], [told(ORDER, MINUTE_MS)])
  const busy = score(
    [
      truth(),
      truth({ id: 'missed', kind: 'queue', fromMs: noon + 60 * MINUTE_MS, affected: [ORDER] }),
      truth({ id: 'small', counts: false, affected: [] }),
    ],
    [told(ROW, MINUTE_MS), told(STOCK, 2 * MINUTE_MS)],
  )
  const figures = figuresOf([quiet, busy])
  assert.equal(figures.incidents, 2)
  assert.equal(figures.recall, 0.5)
  assert.equal(figures.delayMedianS, 61.5)
  assert.equal(figures.alarmsPerIncident, 2)
  assert.equal(figures.causeNamed, 1)
  // Four services: a day, and half a day before the first incident.
  assert.equal(figures.cleanServiceWeeks, (4 * 1.5) / 7)
  assert.equal(figures.falsePerServiceWeek, 1 / ((4 * 1.5) / 7))
  assert.deepEqual(figures.byKind.queue, {
    ...{ incidents: 1, found: 0, delayMedianS: null, alarms: 0, causeNamed: 0 },
  })
  assert.deepEqual(figures.falseByCircumstance, { plain: 1 })
  assert.deepEqual(figures.byRule, { FailureRatio: { ofIncidents: 2, false: 1 } })
})
