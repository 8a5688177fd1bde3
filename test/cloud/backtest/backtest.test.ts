import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { seriesOf } from '../../../src/cloud/backtest/local-series.ts'
import { planOf } from '../../../src/cloud/backtest/plan.ts'
import { portSeries } from '../../../src/cloud/backtest/port-series.ts'
import type { StoredSeries } from '../../../src/cloud/backtest/ports.ts'
import { parseRuleFile } from '../../../src/cloud/rules/parse.ts'
import type { RuleSet } from '../../../src/cloud/rules/rule.ts'
import { SourceQueries } from '../../../src/cloud/series/read/source-queries.ts'
import { labelsKey } from '../../../src/model/labels.ts'
import { fileOf, RuleWorld, STEP } from '../rules/rule-world.ts'
import { Stored } from './stored.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
/** Midnight of some day. */
const DAY = 20_000 * 24 * HOUR

/** A day of two services; of B half the calls fail from 10:05 to 10:15. */
function dayWithFault(): Stored {
  const stored = new Stored()
  for (let at = DAY; at <= DAY + 24 * HOUR; at += MINUTE) {
    for (const callee of ['App.A', 'App.B']) {
      const labels = { callee, caller: 'App.C', side: 'client', span: '1m' }
      const minute = (at - DAY) / MINUTE
      const isFaulty = callee === 'App.B' && minute > 605 && minute <= 615
      stored.add({ __name__: 'tars_calls', ...labels }, at, 100)
      stored.add({ __name__: 'tars_timeouts', ...labels }, at, isFaulty ? 50 : 0)
    }
  }
  return stored
}

const FAILURES = `
groups:
  - name: g
    interval: 1m
    rules:
      - alert: Failures
        expr: sum by (callee) (sum_over_time(tars_timeouts[2m])) / sum by (callee) (sum_over_time(tars_calls[2m])) > 0.3
        for: 2m
        keep_firing_for: 5m
        labels: {severity: ERROR}
        annotations: {title: '{{ $labels.callee }} {{ $value }} of {{ query "sum(tars_calls)" | first | value }}'}
`
const day = { fromMs: DAY, toMs: DAY + 24 * HOUR }
const clock = (ms: number) => new Date(ms).toISOString().slice(11, 16)

describe('a day with a planted fault', () => {
  it('gives exactly that alarm, at its minutes', async () => {
    const { alarms, alarmCount } = await dayWithFault().backtest(fileOf(FAILURES), day)
    assert.equal(alarmCount, 1)
    const [alarm] = alarms
    assert.ok(alarm)
    assert.deepEqual(alarm.labels, { callee: 'App.B', alertname: 'Failures', severity: 'ERROR' })
    // Two minutes of faults from 10:07 on; the last such at 10:15, gone at 10:16, patient for 5 min.
    assert.deepEqual([alarm.activeAt, alarm.firedAt, alarm.resolvedAt ?? 0].map(clock), [
      '10:07',
      '10:09',
      '10:21',
    ])
    assert.equal(alarm.annotations.title, 'App.B 0.5 of 200')
  })

  it('tells who would have got which messages, and how noisy that is', async () => {
    const report = await dayWithFault().backtest(fileOf(FAILURES), day)
    assert.deepEqual(
      report.messages.map(({ at, kind, contact, service }) => [clock(at), kind, contact, service]),
      [
        ['10:09', 'fired', 'Li', 'App.B'],
        ['10:21', 'resolved', 'Li', 'App.B'],
      ],
    )
    assert.deepEqual(report.byContact, { Li: 2 })
    assert.equal(report.services, 3)
    assert.deepEqual(report.noise, {
      messagesADay: 2,
      alarmsPerServiceWeek: 7 / 3,
      flappingShare: 0,
      longestQuietMs: 24 * HOUR - (10 * HOUR + 21 * MINUTE),
    })
  })

  it('is the same in chunks of an hour and of a day, asked in ranges', async () => {
    const stored = dayWithFault()
    const hours = await stored.backtest(fileOf(FAILURES), { ...day, chunkMs: HOUR })
    const ranges: number[] = []
    const instants: string[] = []
    const series = seriesOf(stored, async (labels) => labels.map(() => []))
    const counted: StoredSeries = {
      ...series,
      range: (query, { startMs, endMs, stepMs }) => {
        ranges.push((endMs - startMs) / stepMs + 1)
        return series.range(query, { startMs, endMs, stepMs })
      },
      instant: (text, at) => {
        if (text === 'sum(tars_calls)') instants.push(clock(at))
        return series.instant(text, at)
      },
    }
    const options = { ...day, chunkMs: 24 * HOUR, series: counted }
    assert.deepEqual(await stored.backtest(fileOf(FAILURES), options), hours)
    // A few minutes first, to see how much there is; then all the rest. And the template.
    assert.deepEqual(ranges, [10, 24 * 60 - 10])
    assert.deepEqual(instants, ['10:09'])
  })
})

describe('a backtest of rules that read each other', () => {
  const yaml = (alert: string) =>
    fileOf(
      `groups: [{name: g, interval: 1m, rules: [{record: r, expr: sum(tars_calls)}, ${alert}]}]`,
    )

  it('begins with what they would have recorded before, and its alarms with its first instant', async () => {
    const rules = yaml('{alert: Hour, expr: "count_over_time(r[1h]) >= 60", for: 2m}')
    const fromMs = DAY + 5 * HOUR
    const { alarms } = await dayWithFault().backtest(rules, { fromMs, toMs: fromMs + HOUR })
    assert.deepEqual(
      alarms.map(({ activeAt, firedAt }) => [clock(activeAt), clock(firedAt)]),
      [['05:00', '05:02']],
    )
  })

  it('forgets of what is recorded only what nobody looks back at', async () => {
    const rules = yaml('{alert: Hour, expr: "count_over_time(r[1h]) < 60"}')
    const options = { fromMs: DAY + 5 * HOUR, toMs: DAY + 9 * HOUR, chunkMs: 10 * MINUTE }
    assert.deepEqual((await dayWithFault().backtest(rules, options)).alarms, [])
  })

  it('counts what was evaluated in its time', async () => {
    const rules = yaml('{alert: Hour, expr: "count_over_time(r[1h]) < 0"}')
    const options = { fromMs: DAY + 5 * HOUR, toMs: DAY + 6 * HOUR }
    assert.equal((await dayWithFault().backtest(rules, options)).evaluations, 2 * 60)
  })

  it('keeps what templates ask for, from before its first instant on', async () => {
    const asks = '{{ with query "count(d)" }}{{ . | first | value }}{{ else }}none{{ end }}'
    const rules = fileOf(`groups:
      - {name: d, interval: 5m, rules: [{record: d, expr: tars_calls}]}
      - {name: e, interval: 1m, rules: [{alert: E, expr: sum(tars_calls) > 0, labels: {n: '${asks}'}}]}`)
    const options = { fromMs: DAY + 3 * MINUTE + HOUR, toMs: DAY + 3 * HOUR, chunkMs: 33 * MINUTE }
    const { alarms } = await dayWithFault().backtest(rules, options)
    assert.deepEqual(
      alarms.map(({ labels, firedAt, resolvedAt }) => [labels.n, clock(firedAt), resolvedAt]),
      [['2', '01:03', undefined]],
    )
  })

  it('tells how far it is, also of the time before', async () => {
    const rules = yaml('{alert: Hour, expr: "count_over_time(r[1h]) < 0"}')
    const done: number[] = []
    const onProgress = (doneMs: number, ofMs: number) => done.push(doneMs / ofMs)
    const options = { fromMs: DAY + 5 * HOUR, toMs: DAY + 6 * HOUR, onProgress }
    await dayWithFault().backtest(rules, options)
    assert.deepEqual(done, [10 / 120, 1 / 2, 1])
  })

  it('evaluates less at a time where there is much, with the same result', async () => {
    const rules = yaml('{alert: Many, expr: "tars_timeouts + on () group_left () r > 230"}')
    const options = { fromMs: DAY + 9 * HOUR, toMs: DAY + 11 * HOUR }
    const stored = dayWithFault()
    const whole = await stored.backtest(rules, options)
    let chunks = 0
    const some = await stored.backtest(rules, {
      ...options,
      limits: { held: 20 },
      onProgress: () => chunks++,
    })
    assert.deepEqual(some, whole)
    assert.equal(whole.alarmCount, 1)
    assert.ok(chunks > 15, `${chunks} chunks`)
  })

  it('ends where rules record more than may be held', async () => {
    const rules = yaml('{alert: Hour, expr: "count_over_time(r[1h]) < 0"}')
    const options = { fromMs: DAY + 5 * HOUR, toMs: DAY + 6 * HOUR }
    const some = { ...options, chunkMs: 10 * MINUTE, limits: { recorded: 50 } }
    await assert.rejects(dayWithFault().backtest(rules, some), {
      reason: 'too-large',
      message: /^rules record more than 50 samples that other rules look back at/,
    })
    const near = yaml('{alert: Now, expr: "count_over_time(r[10m]) < 0"}')
    assert.equal((await dayWithFault().backtest(near, some)).alarmCount, 0)
  })

  it('says which rules failed, how often and why', async () => {
    const rules = yaml('{alert: Odd, expr: "tars_calls + on () tars_calls"}')
    const { failed } = await dayWithFault().backtest(rules, { fromMs: DAY, toMs: DAY + HOUR })
    assert.deepEqual(
      failed.map(({ rule, times, firstAt }) => [rule, times, firstAt]),
      [['Odd', 60, DAY]],
    )
    assert.match(failed[0]?.message ?? '', /^found duplicate series for the match group/)
  })

  it('is the same through the port of a running cloud', async () => {
    const stored = dayWithFault()
    const queries = new SourceQueries({ sourceOf: () => stored })
    const events = async (_: string, labels: readonly unknown[]) => labels.map(() => [])
    const port = Object.assign(queries, { events })
    const options = { fromMs: DAY + 9 * HOUR, toMs: DAY + 11 * HOUR }
    const own = await stored.backtest(fileOf(FAILURES), options)
    const asked = await stored.backtest(fileOf(FAILURES), {
      ...options,
      series: portSeries(port, 'al-1'),
    })
    assert.equal(own.alarmCount, 1)
    assert.deepEqual(asked, own)
  })
})

const RULES = [
  '{alert: High, expr: x > 5, for: 20s, keep_firing_for: 30s}',
  '{alert: Busy, expr: "sum by (job) (sum_over_time(x[1m])) > 20", for: 10s}',
  '{alert: Valued, expr: x > 7, labels: {size: "{{ $value }}"}}',
  '{record: total, expr: sum by (job) (x)}',
  '{record: total, expr: sum by (job) (x) + 1, labels: {job: b}}',
  '{record: counter, expr: "sum by (job) (total) + (counter or total * 0) > 3"}',
  '{alert: Total, expr: "total > 6", keep_firing_for: 10s}',
  '{alert: Counter, expr: "max_over_time(counter[1m]) > 12"}',
  "{alert: Told, expr: \"ALERTS{alertname='High', alertstate='firing'}\", for: 10s}",
  '{alert: Since, expr: "time() - ALERTS_FOR_STATE > 40"}',
  '{alert: Divided, expr: "x{job=~\'a|b\'} / on () x > 0"}',
  '{alert: Ranged, expr: "x > bool 5 == 1 and x @ end() > 2"}',
]
const FIRST = 1000
const STEPS = 30

const cell = fc.option(fc.integer({ min: 0, max: 9 }), { freq: 5 })
const columns = fc.array(fc.array(cell, { minLength: STEPS, maxLength: STEPS }), {
  minLength: 3,
  maxLength: 3,
})
const groupsOf = fc
  .record({
    rules: fc
      .subarray(RULES, { minLength: 1 })
      .chain((rules) =>
        fc.shuffledSubarray(rules, { minLength: rules.length, maxLength: rules.length }),
      ),
    cuts: fc.array(fc.nat(3), { minLength: RULES.length, maxLength: RULES.length }),
    offsets: fc.array(fc.constantFrom('0s', '0s', '20s'), { minLength: 4, maxLength: 4 }),
  })
  .map(({ rules, cuts, offsets }) => {
    const groups = [0, 1, 2, 3].flatMap((group) => {
      const own = rules.filter((_, i) => cuts[i] === group)
      const fields = `interval: 10s, query_offset: ${offsets[group]}`
      return own.length > 0 ? [`{name: g${group}, ${fields}, rules: [${own.join(', ')}]}`] : []
    })
    return `groups: [${groups.join(', ')}]`
  })

/** What the cloud says, evaluating all groups at each instant. */
async function evaluated(rules: RuleSet, values: readonly (readonly (number | null)[])[]) {
  const world = new RuleWorld(rules)
  eachSample(values, (labels, at, value) => world.put(labels, at, value))
  for (let step = FIRST; step < FIRST + STEPS; step++) await world.evaluate(step)
  return world.store.changes.map(({ kind, at, alert }) => {
    return `${at / STEP} ${kind} ${alert.rule} ${labelsKey(alert.labels)}`
  })
}

async function replayed(rules: RuleSet, values: readonly (readonly (number | null)[])[]) {
  const stored = new Stored()
  eachSample(values, (labels, at, value) => stored.add(labels, at, value))
  const names = rules.groups.flatMap((group) => group.rules.map(({ name }) => name))
  // What rules of these names wrote once does not count.
  if (names.includes('total')) stored.add({ __name__: 'total', job: 'a' }, FIRST * STEP - 1, 99)
  if (names.includes('High')) {
    stored.add({ __name__: 'ALERTS', alertname: 'High', alertstate: 'firing' }, FIRST * STEP, 1)
  }
  const report = await stored.backtest(rules, {
    fromMs: FIRST * STEP,
    toMs: (FIRST + STEPS) * STEP,
    stepMs: STEP,
    chunkMs: 7 * STEP,
  })
  return report.alarms.flatMap(({ rule, labels, firedAt, resolvedAt }) => {
    const line = (at: number, kind: string) => `${at / STEP} ${kind} ${rule} ${labelsKey(labels)}`
    const end = resolvedAt === undefined ? [] : [line(resolvedAt, 'resolved')]
    return [line(firedAt, 'fired'), ...end]
  })
}

function eachSample(
  values: readonly (readonly (number | null)[])[],
  put: (labels: Record<string, string>, at: number, value: number) => void,
): void {
  for (const [i, column] of values.entries()) {
    const labels = { __name__: 'x', job: 'abb'[i] ?? '', i: String(i) }
    for (const [step, value] of column.entries()) {
      if (value !== null) put(labels, (FIRST + step) * STEP, value)
    }
  }
}

describe('a backtest', () => {
  it('says what the cloud says instant by instant, whatever rules read of each other', async () => {
    let [fast, slow, alarms] = [0, 0, 0]
    await fc.assert(
      fc.asyncProperty(groupsOf, columns, async (yaml, values) => {
        const { groups, faults } = parseRuleFile('a.yaml', yaml)
        assert.deepEqual(faults, [])
        const rules = { files: ['a.yaml'], groups }
        const [told, expected] = [await replayed(rules, values), await evaluated(rules, values)]
        assert.deepEqual(told.sort(), expected.sort())
        for (const planned of planOf(groups).groups) planned.slow ? slow++ : fast++
        alarms += told.length
      }),
      { numRuns: 12 },
    )
    // Both ways were gone, and led somewhere.
    assert.ok(fast > 0 && slow > 0 && alarms > 0, `${fast} ${slow} ${alarms}`)
  })
})
