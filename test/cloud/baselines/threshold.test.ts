import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  type Threshold,
  Thresholds,
  thresholdsSchema,
} from '../../../src/cloud/baselines/threshold.ts'
import { ThresholdWriter } from '../../../src/cloud/baselines/threshold-writer.ts'
import { silentLog } from '../../../src/support/log.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { MINUTE_MS, type Teller, TrafficSeries } from './traffic.ts'

const rule = 'FailureRatio'
const ALL: readonly Threshold[] = [
  { level: 'global', rule, value: 1 },
  { level: 'app', app: 'Shop', rule, value: 2 },
  { level: 'server', server: 'Shop.Cart', rule, value: 3 },
  { level: 'interface', server: 'Shop.Cart', interface: 'add', rule, value: 4 },
]

describe('the nearest threshold', () => {
  const cases = [
    ['Shop.Cart', 'add', 4],
    ['Shop.Cart', 'drop', 3],
    ['Shop.Cart', '', 3],
    ['Shop.Pay', 'add', 2],
    ['Shop.Pay', '', 2],
    ['Shopping.Cart', 'add', 1],
    ['Shop', 'add', 1],
    ['', '', 1],
  ] as const
  for (const [callee, name, value] of cases) {
    it(`of ${callee || 'nobody'} ${name || 'as a whole'} is ${value}`, () => {
      const found = new Thresholds(ALL).nearest(rule, { callee, interface: name })
      assert.equal(found?.value, value)
    })
  }

  it('is that of the rule file where none is set', () => {
    const some = new Thresholds(ALL.slice(1))
    assert.equal(some.nearest(rule, { callee: 'App.Other', interface: 'add' }), undefined)
    assert.equal(some.nearest('Other', { callee: 'Shop.Cart', interface: 'add' }), undefined)
  })
})

describe('thresholds as they are stored', () => {
  it('are read as they were written', () => {
    assert.deepEqual(thresholdsSchema.parse(JSON.parse(JSON.stringify(ALL))), ALL)
  })

  const refused = [
    [[{ level: 'node', rule, value: 1 }], /level/],
    [[{ level: 'app', rule, value: 1 }], /app/],
    [[{ level: 'global', rule, value: '1' }], /value/],
    [[{ level: 'global', rule, value: Number.NaN }], /value/],
    [[ALL[0], ALL[0]], /threshold of FailureRatio for this global is there twice/],
    [[{ level: 'global', server: 'Shop.Cart', rule, value: 1 }], /server/],
  ] as const
  for (const [thresholds, message] of refused) {
    it(`are refused: ${JSON.stringify(thresholds)}`, () => {
      assert.match(thresholdsSchema.safeParse(thresholds).error?.message ?? '', message)
    })
  }
})

const NOON = Date.parse('2026-11-19T12:00+08:00')
const ENVIRONMENT = 'al-test'
/** As a rule of `conf/rules` would have it, with 0.2 as its default. */
const RULE = `
  (ratio >= 0.2 unless on (callee, interface) tars_threshold{rule="FailureRatio"})
  or ratio >= on (callee, interface) group_left () tars_threshold{rule="FailureRatio"}`.replaceAll(
  'ratio',
  `(sum by (callee, interface) (sum_over_time(tars_exceptions[1m]))
    / sum by (callee, interface) (sum_over_time(tars_calls[1m])))`,
)

/** 3 of 10 calls end in exceptions. */
const failing = (callee: string, name: string): Teller => ({
  ...{ callee, interface: name },
  tells: () => ({ calls: 100, failures: 40 }),
})

describe('thresholds as series', () => {
  const tellers = [failing('Shop.Cart', 'add'), failing('Shop.Cart', 'drop'), failing('App.B', 'c')]

  async function written(steps: readonly (readonly Threshold[])[], everyMs = MINUTE_MS) {
    const series = new TrafficSeries(tellers)
    let thresholds = steps[0] ?? []
    const source = { thresholds: async () => thresholds }
    const options = { series, thresholds: source, clock: new FakeClock(), log: silentLog }
    const writer = new ThresholdWriter(options)
    for (const [at, step] of steps.entries()) {
      thresholds = step
      writer.advance(ENVIRONMENT, NOON + at * everyMs)
      await writer.idle()
    }
    return { series, writer }
  }

  it('are there for each interface and each server, as the nearest level says', async () => {
    const { series } = await written([ALL])
    assert.deepEqual(await series.instant('sum by (callee, interface) (tars_threshold)', NOON), {
      'callee=Shop.Cart': 3,
      'callee=Shop.Cart interface=add': 4,
      'callee=Shop.Cart interface=drop': 3,
      'callee=App.B': 1,
      'callee=App.B interface=c': 1,
    })
  })

  it('are none where people set none: the rule has its default', async () => {
    const { series } = await written([[]])
    assert.deepEqual([series.count, series.queries], [0, 0])
    assert.equal(Object.keys(await series.instant(RULE, NOON)).length, 3)
  })

  it('are joined by a rule that stays plain PromQL', async () => {
    const { series } = await written([
      [
        { level: 'app', app: 'Shop', rule, value: 0.5 },
        { level: 'interface', server: 'Shop.Cart', interface: 'add', rule, value: 0.1 },
      ],
    ])
    const found = await series.instant(RULE, NOON)
    assert.deepEqual(Object.keys(found).sort(), [
      'callee=App.B interface=c',
      'callee=Shop.Cart interface=add',
    ])
  })

  it('are there again when the clock was set back', async () => {
    const { series, writer } = await written([ALL, ALL], 120 * MINUTE_MS)
    const { count } = series
    writer.advance(ENVIRONMENT, NOON + MINUTE_MS)
    await writer.idle()
    assert.ok(series.count > count)
  })

  it('count from the minute they changed, and end in the minute they were taken back', async () => {
    const one = (value: number): Threshold[] => [{ level: 'server', server: 'App.B', rule, value }]
    const { series } = await written([one(0.5), one(0.9), []])
    const at = (minute: number) =>
      series.instant('tars_threshold{interface="c"}', NOON + minute * MINUTE_MS)
    const values = await Promise.all(
      [0, 1, 2].map(async (minute) => Object.values(await at(minute))),
    )
    assert.deepEqual(values, [[0.5], [0.9], []])
  })

  it('are written again before they are forgotten, but not each minute', async () => {
    const steps = Array.from({ length: 30 }, () => ALL)
    const { series } = await written(steps)
    for (const minute of steps.keys()) {
      const found = await series.instant('tars_threshold', NOON + minute * MINUTE_MS)
      assert.equal(Object.keys(found).length, 5, `${minute}`)
    }
    assert.equal(series.count, 5 * 8)
  })

  it('are bounded, and those too many counted', async () => {
    const series = new TrafficSeries(tellers)
    const source = { thresholds: async () => ALL }
    const options = { series, thresholds: source, clock: new FakeClock(), log: silentLog }
    const writer = new ThresholdWriter({ ...options, maxSeries: 2 })
    writer.advance(ENVIRONMENT, NOON)
    await writer.idle()
    assert.deepEqual([series.count, writer.counters.dropped], [2, 3])
  })
})
