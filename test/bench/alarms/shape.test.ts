import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { DAY_MS, dayKind, localTime, MINUTE_MS } from '../../../scripts/bench/alarms/calendar.ts'
import { intensity } from '../../../scripts/bench/alarms/disturbance.ts'
import { NoiseTable, noiseFactor } from '../../../scripts/bench/alarms/noise.ts'
import { normalShare, Random } from '../../../scripts/bench/alarms/random.ts'
import { SHAPES } from '../../../scripts/bench/alarms/scenario.ts'
import { shapeAt, Traffic } from '../../../scripts/bench/alarms/traffic.ts'
import { at, smallScenario } from './small-scenario.ts'

test('days as they are lived in China in 2026', () => {
  const kinds = {
    '2026-09-18': 'workday',
    '2026-09-19': 'weekend',
    '2026-09-20': 'workday', // a Sunday worked for National Day
    '2026-09-25': 'holiday', // Mid-Autumn
    '2026-09-30': 'workday',
    '2026-10-01': 'holiday',
    '2026-10-07': 'holiday',
    '2026-10-08': 'workday',
    '2026-10-10': 'workday', // a Saturday worked
    '2026-10-11': 'weekend',
  }
  for (const [day, kind] of Object.entries(kinds)) {
    assert.equal(dayKind(at(day)), kind, day)
    assert.equal(dayKind(at(day) + DAY_MS - 1), kind, `${day}, its last millisecond`)
  }
  assert.equal(localTime(at('2026-10-01 14:05')), '2026-10-01 14:05')
})

test('a day has no jumps, and its night is quiet where people sleep', () => {
  const midnight = at('2026-10-20')
  for (const shape of SHAPES) {
    for (let minute = 0; minute <= 24 * 60; minute++) {
      const [now, next] = [minute, minute + 1].map((m) => shapeAt(shape, midnight + m * MINUTE_MS))
      assert.ok(Math.abs((next ?? 0) - (now ?? 0)) < 0.01, `${shape}, minute ${minute}`)
    }
  }
  const night = shapeAt('office', at('2026-10-20 03:00'))
  assert.ok(night < 0.05 * shapeAt('office', at('2026-10-20 10:00')))
})

test('a holiday comes overnight, not at the stroke of midnight', () => {
  const { entries } = smallScenario()
  const quiet = smallScenario({ entries: entries.map((each) => ({ ...each, holiday: 0.2 })) })
  const [before, holiday] = [smallScenario(), quiet].map((scenario) => new Traffic(scenario))
  const share = (minute: number) => {
    const time = at('2026-10-01') + minute * MINUTE_MS
    const [whole = 0, less = 0] = [before, holiday].map(
      (each) => each?.rates(time, undefined, false)[0],
    )
    return less / whole
  }
  assert.deepEqual([-1, 0, 120, 240, 720].map(share).map(rounded), [1, 1, 0.6, 0.2, 0.2])
})

test('calls flow down the call graph: each service sends on what it gets', () => {
  const traffic = new Traffic(smallScenario())
  const [entry = 0, order = 0, stock = 0, row = 0, back = 0] = traffic.rates(
    at('2026-10-19 12:00'),
    undefined,
    false,
  )
  const near = (value: number, wanted: number) =>
    assert.ok(Math.abs(value - wanted) < 1e-6 * wanted)
  near(entry, 6000 * shapeAt('flat', at('2026-10-19 12:00')))
  near(order, 0.5 * entry)
  near(stock, order)
  near(row, stock)
  near(back, 0.1 * stock)
})

test('what is less at the entry is less everywhere below, what is less at the end is not', () => {
  const traffic = new Traffic(smallScenario())
  const noon = at('2026-10-19 12:00')
  const before = traffic.rates(noon, undefined, false)
  const share = (factors: readonly number[]) =>
    traffic
      .rates(noon, Float64Array.from(factors), false)
      .map((rate, at) => rate / (before[at] ?? 1))
  assert.deepEqual([...share([0.5, 1, 1, 1, 1])].map(rounded), [0.5, 0.5, 0.5, 0.5, 0.5])
  assert.deepEqual([...share([1, 1, 1, 0, 1])].map(rounded), [1, 1, 1, 0, 1])
})

test('a job, a weekend, a new service and growth show in the calls', () => {
  const service = { name: 'Shop.NewServer', nodes: ['10.1.0.9'], from: '2026-10-19 06:00' }
  const base = smallScenario()
  const scenario = smallScenario({
    services: [...base.services, { ...service, interfaces: [{ name: 'get', latencyMs: 5 }] }],
    entries: base.entries.map((each) => ({ ...each, weekend: 0.4, growthPerDay: 0.01 })),
    jobs: [
      {
        ...{ caller: 'Shop.StockServer', callee: 'Shop.RowServer' },
        ...{ atMinute: 120, everyMinutes: 60, minutes: 5, factor: 3 },
      },
    ],
    calls: [
      ...base.calls,
      { caller: 'Shop.GateServer', callee: 'Shop.NewServer', interface: 'get', ratio: 1 },
    ],
  })
  const traffic = new Traffic(scenario)
  const rates = (time: string) => traffic.rates(at(time), undefined, false)
  const ofRow = (time: string) => (rates(time)[3] ?? 0) / (rates(time)[2] ?? 1)
  assert.deepEqual(
    ['01:30', '03:04', '03:05'].map((t) => rounded(ofRow(`2026-10-20 ${t}`))),
    [1, 3, 1],
  )
  const entry = (time: string) => rates(time)[0] ?? 0
  assert.equal(rounded(entry('2026-10-20 12:00') / entry('2026-10-19 12:00')), 1.01)
  const saturday = entry('2026-10-24 12:00') / entry('2026-10-23 12:00')
  assert.equal(rounded(saturday), rounded(0.4 * 1.01))
  const fresh = ['05:59', '06:01', '13:00'].map((t) => (rates(`2026-10-19 ${t}`)[5] ?? 0) > 0)
  assert.deepEqual(fresh, [false, true, true])
})

test('noise is the same whenever it is asked for, around 1, and smooth but for its jitter', () => {
  const values = Array.from({ length: 2000 }, (_, minute) => noiseFactor(7, minute * MINUTE_MS, 0))
  assert.deepEqual(values[500], noiseFactor(7, 500 * MINUTE_MS, 0))
  assert.ok(values.every((value) => value > 0.75 && value < 1.3))
  const steps = values.slice(1).map((value, before) => Math.abs(value - (values[before] ?? 0)))
  assert.ok(Math.max(...steps) < 0.03)
  assert.notEqual(noiseFactor(8, 0, 0.02), noiseFactor(7, 0, 0.02))
})

test('a table of noise is the noise of each thing, bit for bit, in whatever order it is asked', () => {
  const jitters = [0, 0.02, 0.25]
  const table = new NoiseTable(40_000_007, jitters)
  const minutes = [...Array(3_000).keys(), 61, 1_500, 59, 60].map((minute) => minute + 29_000_000)
  for (const minute of minutes) {
    const at = minute * MINUTE_MS
    const expected = jitters.map((jitter, thing) => noiseFactor(40_000_007 + thing, at, jitter))
    assert.deepEqual([...table.at(at + 7_000)], expected)
  }
})

test('chance: means and deviations are those that are asked for', () => {
  const random = new Random(11)
  const meanOf = (count: number, draw: () => number) => {
    let sum = 0
    for (let at = 0; at < count; at++) sum += draw()
    return sum / count
  }
  for (const mean of [0.5, 8, 29, 31, 4000]) {
    const found = meanOf(20_000, () => random.poisson(mean))
    assert.ok(Math.abs(found - mean) < 4 * Math.sqrt(mean / 20_000) + 0.01, `Poisson ${mean}`)
  }
  assert.ok(Math.abs(meanOf(5_000, () => random.binomial(200, 0.4)) - 80) < 0.5)
  assert.ok(Math.abs(meanOf(20_000, () => random.normal() ** 2) - 1) < 0.05)
  assert.equal(new Random(3).next(), new Random(3).next())
})

test('shares of the normal distribution', () => {
  for (const [x, share] of [
    [0, 0.5],
    [1, 0.8413447],
    [-1.96, 0.0249979],
    [3, 0.9986501],
  ] as const) {
    assert.ok(Math.abs(normalShare(x) - share) < 1e-6, `${x}`)
  }
})

test('a disturbance counts by the share of the interval that it fills; one that creeps by its mean', () => {
  const step = { fromMs: 1000, toMs: 3000 }
  assert.equal(intensity(step, 0, 1000), 0)
  assert.equal(intensity(step, 500, 1500), 0.5)
  assert.equal(intensity(step, 1000, 3000), 1)
  assert.equal(intensity(step, 0, 4000), 0.5)
  assert.equal(intensity({ ...step, creeps: true }, 1000, 3000), 0.5)
  assert.equal(intensity({ ...step, creeps: true }, 2000, 3000), 0.75)
  // What is asked for in parts adds up to the whole.
  const time = fc.integer({ min: 0, max: 4000 })
  fc.assert(
    fc.property(fc.boolean(), fc.tuple(time, time, time), (creeps, times) => {
      const [a, b, c] = times.toSorted((x, y) => x - y) as [number, number, number]
      fc.pre(a < b && b < c)
      const of = (from: number, to: number) =>
        intensity({ ...step, creeps }, from, to) * (to - from)
      assert.ok(Math.abs(of(a, b) + of(b, c) - of(a, c)) < 1e-6)
    }),
  )
})

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000
}
