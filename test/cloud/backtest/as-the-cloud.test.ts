/** What a backtest says, beside what the cloud said of the same data instant by instant. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { BacktestOptions } from '../../../src/cloud/backtest/backtest.ts'
import { labelsKey } from '../../../src/model/labels.ts'
import { fileOf, RuleWorld, STEP } from '../rules/rule-world.ts'
import { Stored } from './stored.ts'

/** The first step that a backtest evaluates; data and the cloud's evaluations begin `BEFORE` steps before. */
const FIRST = 10_000
const BEFORE = 300

interface Day {
  readonly yaml: string
  /** By job: the value of `x` at a step after `FIRST`; undefined: there is none. */
  readonly x: Readonly<Record<string, (step: number) => number | undefined>>
  readonly steps: number
}

interface Told {
  readonly at: number
  readonly kind: string
  readonly rule: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
  readonly annotations: Readonly<Record<string, string>>
}

/** `3 fired A {labels} value {annotations}`, by step after `FIRST`; an end has neither value nor annotations. */
function lineOf({ at, kind, rule, labels, value, annotations }: Told): string {
  const { alertname: _, ...own } = labels
  const said = kind === 'fired' ? ` ${value} ${JSON.stringify(annotations)}` : ''
  return `${at / STEP - FIRST} ${kind} ${rule} ${labelsKey(own)}${said}`
}

function eachSample({ x, steps }: Day, put: (job: string, at: number, value: number) => void) {
  for (let step = -BEFORE; step < steps; step++) {
    for (const [job, valueAt] of Object.entries(x)) {
      const value = valueAt(step)
      if (value !== undefined) put(job, (FIRST + step) * STEP, value)
    }
  }
}

async function inCloud(day: Day): Promise<string[]> {
  const world = new RuleWorld(fileOf(day.yaml))
  eachSample(day, (job, at, value) => world.put({ __name__: 'x', job }, at, value))
  for (let step = -BEFORE; step < day.steps; step++) await world.evaluate(FIRST + step)
  const changes = world.store.changes.filter(({ at }) => at >= FIRST * STEP)
  return changes.map(({ at, kind, alert }) => lineOf({ ...alert, at, kind })).sort()
}

async function inBacktest(day: Day, options: Partial<BacktestOptions> = {}) {
  const stored = new Stored()
  eachSample(day, (job, at, value) => stored.add({ __name__: 'x', job }, at, value))
  const report = await stored.backtest(fileOf(day.yaml), {
    fromMs: FIRST * STEP,
    toMs: (FIRST + day.steps) * STEP,
    stepMs: STEP,
    ...options,
  })
  const lines = report.alarms.flatMap(({ firedAt, resolvedAt, ...alarm }) => {
    const fired = lineOf({ ...alarm, at: firedAt, kind: 'fired' })
    if (resolvedAt === undefined) return [fired]
    return [fired, lineOf({ ...alarm, at: resolvedAt, kind: 'resolved' })]
  })
  return { report, lines: lines.sort() }
}

/** Both say the same, and more than nothing. */
async function assertSame(day: Day, chunkSteps: number): Promise<readonly string[]> {
  const { lines } = await inBacktest(day, { chunkMs: chunkSteps * STEP })
  assert.deepEqual(lines, await inCloud(day))
  assert.notDeepEqual(lines, [])
  return lines
}

/** 9 from one step to before another, else 0. */
function pulse(from: number, to: number) {
  return (step: number) => (step >= from && step < to ? 9 : 0)
}

describe('a backtest says what the cloud said', () => {
  it('of what is looked back at in a group with an offset, also where chunks meet', async () => {
    const yaml = `groups: [{name: g, interval: 10s, query_offset: 60s, rules: [
      {record: c, expr: x},
      {alert: Few, expr: 'count_over_time(c[100s]) < 10'},
      {alert: High, expr: 'max_over_time(c[30s]) > 8 and last_over_time(c[10s]) < 5'}]}]`
    const x = { a: pulse(13, 15), b: pulse(28, 33), c: pulse(59, 60) }
    const lines = await assertSame({ yaml, x, steps: 100 }, 15)
    assert.ok(lines.every((line) => line.includes('High')))
  })

  it('of an alert that two groups find', async () => {
    const rule = (threshold: number, more: string) =>
      `[{alert: Same, expr: x > ${threshold}, labels: {severity: WARN}${more}}]`
    const yaml = `groups: [
      {name: p, interval: 10s, rules: ${rule(5, '')}},
      {name: q, interval: 10s, rules: ${rule(2, ', for: 20s')}}]`
    const low = (step: number) => pulse(20, 60)(step) / 3
    await assertSame({ yaml, x: { a: pulse(5, 9), b: pulse(17, 23), c: low }, steps: 100 }, 30)
  })

  it('of an alert that flaps, beside another group, in the words of the news', async () => {
    const yaml = `groups: [
      {name: p, interval: 10s, rules: [{alert: Other, expr: 'x{job="b"} > 5'}]},
      {name: q, interval: 10s, rules: [{alert: Flaps, expr: 'x{job="a"} > 5', annotations:
        {description: 'say {{ $value }}'}}]}]`
    // Twice before the second chunk ends, twice after it.
    const runs = [404, 412, 424, 440]
    const a = (step: number) => (runs.some((at) => step >= at && step < at + 2) ? 9 : 0)
    const b = (step: number) => (step % 100 === 0 ? 9 : 0)
    const lines = await assertSame({ yaml, x: { a, b }, steps: 900 }, 360)
    const flaps = lines.filter((line) => line.includes('Flaps'))
    assert.equal(flaps.length, 6)
    assert.match(flaps[4] ?? '', /^424 fired .*say 9（反复告警.*"flaps":"3"/)
  })

  it('of what rules record of what rules recorded', async () => {
    const yaml = `groups: [{name: g, interval: 10s, rules: [
      {record: one, expr: x},
      {record: two, expr: 'avg_over_time(one[200s])'},
      {record: three, expr: 'avg_over_time(two[300s])'},
      {alert: Chain, expr: 'three and on () (vector(time()) >= ${(FIRST * STEP) / 1000})'}]}]`
    const x = { a: (step: number) => step * step }
    await assertSame({ yaml, x, steps: 20 }, 20)
  })

  it('of a rule that fails at many instants', async () => {
    const last = (selector: string) => `last_over_time(${selector}[10s])`
    const yaml = `groups: [{name: g, interval: 10s, rules: [
      {alert: Odd, expr: '${last('x{job="a"}')} + on () ${last('x')} >= 18'}]}]`
    const a = (step: number) => (step % 20 > 12 ? 9 : 0)
    // There are two to add then.
    const b = (step: number) => (step % 3 === 0 ? 1 : undefined)
    const day = { yaml, x: { a, b }, steps: 300 }
    const { report, lines } = await inBacktest(day)
    assert.deepEqual(lines, await inCloud(day))
    assert.equal(lines.length, 5)
    assert.equal(report.failed[0]?.times, 100)
  })

  it('of what templates ask: as of the instant, what is recorded by then', async () => {
    const asks = (query: string) => `'{{ with query "${query}" }}{{ . | first | value }}{{ end }}'`
    const yaml = `groups: [{name: g, interval: 10s, query_offset: 50s, rules: [
      {record: c, expr: x},
      {alert: Ann, expr: x > 8, labels: {sum: ${asks('sum_over_time(c[1m])')}}, annotations: {
        now: ${asks('vector(time())')}, sum: ${asks('sum_over_time(c[2m])')}}}]}]`
    const x = { a: pulse(0, 2), b: pulse(18, 21), c: pulse(39, 40), d: pulse(77, 80) }
    await assertSame({ yaml, x, steps: 100 }, 20)
  })
})
