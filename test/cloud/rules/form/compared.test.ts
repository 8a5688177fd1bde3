import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { canBeOf, comparedOf, withValue } from '../../../../src/cloud/rules/form/compared.ts'
import { readRule } from '../../../../src/cloud/rules/form/compile.ts'
import { type FormRule, formRule } from '../../../../src/cloud/rules/form/form-rule.ts'
import { type Ask, comparedValues } from '../../../../src/cloud/rules/threshold/compared-values.ts'
import { reachedBeyond } from '../../../../src/cloud/rules/threshold/reached.ts'
import { type Labels, labelsKey } from '../../../../src/model/labels.ts'
import { evaluateInstant, evaluateRange, MemorySource } from '../../../../src/promql/index.ts'

type Input = Record<string, unknown>

const NOW = Date.UTC(2026, 10, 23, 2)
const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE
const SERVER = { callee: 'Pay.Order' }
const INTERFACE = { ...SERVER, interface: 'create' }

function formOf(input: Input): FormRule {
  return formRule.parse({ name: 'mine', metric: { of: 'calls' }, ...input })
}

/** Windows of 10 s in each of so many minutes up to a time. */
function report(source: MemorySource, values: Record<string, number>, place: Input = {}): void {
  const { minutes = 5, endMs = NOW, ...more } = place as { minutes?: number; endMs?: number }
  const key = { ...INTERFACE, side: 'client', span: '10s', ...more }
  for (let step = 0; step < minutes * 6; step++) {
    for (const [name, value] of Object.entries(values)) {
      source.add({ __name__: `tars_${name}`, ...key }, endMs - step * 10_000, value)
    }
  }
}

function learned(source: MemorySource, median: number, mad: number): void {
  for (const [stat, value] of Object.entries({ median, mad })) {
    const labels = { ...INTERFACE, of: 'calls', by: 'recent', stat }
    source.add({ __name__: 'tars_baseline', ...labels }, NOW, value)
  }
}

async function isFound(form: FormRule, labels: Labels, source: MemorySource): Promise<boolean> {
  const { rule, faults } = readRule({ kind: 'form', enabled: true, form })
  assert.deepEqual(faults, [])
  const value = await evaluateInstant(rule?.query ?? '', NOW, source)
  assert.ok(value.type === 'vector')
  return value.samples.some((one) => labelsKey(one.labels) === labelsKey(labels))
}

/** What the rule judged at NOW. */
async function reachedAt(form: FormRule, labels: Labels, source: MemorySource) {
  const compared = comparedOf(form, labels)
  assert.ok(compared)
  const ask: Ask = async (query, { startMs, endMs, stepMs }) => {
    const value = await evaluateRange(query, startMs, endMs, stepMs, source)
    assert.ok(value.type === 'matrix')
    return value.series.find((one) => labelsKey(one.labels) === labelsKey(labels))
  }
  const instants = { startMs: NOW, endMs: NOW, stepMs: MINUTE }
  return reachedBeyond(await comparedValues(compared, instants, ask), compared)
}

const threshold = (op: string, value: number) => ({ kind: 'threshold', op, value })

describe('the value of a form that would have kept its alarm quiet', () => {
  interface Case {
    readonly form: Input
    readonly labels?: Labels
    /** As the form has it: percent, ms, calls a minute, times as much. */
    readonly reached: number
    readonly proposed: number
    world(source: MemorySource): void
  }
  const calls = (count: number) => (source: MemorySource) => report(source, { calls: count })
  const cases: Record<string, Case> = {
    'calls above a threshold': {
      ...{ form: { comparison: threshold('>', 50) }, reached: 60, proposed: 66 },
      world: calls(10),
    },
    'calls below a threshold': {
      ...{ form: { comparison: threshold('<', 100) }, reached: 60, proposed: 54 },
      world: calls(10),
    },
    'a ratio, in percent': {
      form: { metric: { of: 'failure_ratio' }, comparison: threshold('>', 20) },
      ...{ reached: 35, proposed: 39 },
      world: (source) => report(source, { calls: 20, timeouts: 7, exceptions: 0 }),
    },
    'a duration': {
      form: { metric: { of: 'mean_duration' }, comparison: threshold('>', 99) },
      ...{ reached: 100, proposed: 110 },
      world(source) {
        report(source, { duration_ms_sum: 1000 })
        report(source, { duration_ms_bucket: 10 }, { le: '+Inf' })
      },
    },
    'of servers whose clients tell nothing, as the rule takes them': {
      ...{ form: { comparison: threshold('>', 50) }, reached: 60, proposed: 66 },
      world: (source) => report(source, { calls: 10 }, { side: 'server' }),
    },
    'the highest of intervals that are judged by themselves': {
      ...{ form: { comparison: threshold('>', 50) }, reached: 120, proposed: 140 },
      world(source) {
        report(source, { calls: 1 })
        for (let minute = 0; minute < 5; minute++) {
          const labels = { __name__: 'tars_calls', ...SERVER, side: 'client', span: '1m' }
          source.add(labels, NOW - minute * MINUTE, 120)
        }
      },
    },
    'a property, which may be below 0': {
      form: {
        metric: { of: 'property', property: 'balance*', policy: 'Min' },
        comparison: threshold('<', -10),
      },
      labels: { module: 'Pay.Order', property: 'balance' },
      ...{ reached: -50, proposed: -55 },
      world(source) {
        const labels = { module: 'Pay.Order', property: 'balance', policy: 'Min', span: '10s' }
        source.add({ __name__: 'tars_property', ...labels }, NOW, -50)
      },
    },
    events: {
      form: { metric: { of: 'events', all: ['full'] }, comparison: threshold('>', 0) },
      labels: { module: 'Pay.Order' },
      ...{ reached: 4, proposed: 4.4 },
      world(source) {
        const labels = { module: 'Pay.Order', title: 'disk full' }
        source.add({ __name__: 'tars_notify_events', ...labels }, NOW, 4)
      },
    },
    'times the minutes before, above': {
      form: { comparison: { kind: 'previous', op: '>', factor: 2, minutes: 30 } },
      ...{ reached: 3, proposed: 3.3 },
      world(source) {
        report(source, { calls: 30 }, { minutes: 1 })
        report(source, { calls: 10 }, { minutes: 30, endMs: NOW - MINUTE })
      },
    },
    'times the minutes before, below': {
      form: { comparison: { kind: 'previous', op: '<', factor: 0.5, minutes: 30 }, minCalls: 100 },
      ...{ reached: 0.05, proposed: 0.045 },
      world(source) {
        report(source, { calls: 1 }, { minutes: 1 })
        report(source, { calls: 20 }, { minutes: 30, endMs: NOW - MINUTE })
      },
    },
    'times yesterday': {
      form: { comparison: { kind: 'yesterday', op: '>', factor: 1.5 } },
      ...{ reached: 4, proposed: 4.4 },
      world(source) {
        report(source, { calls: 40 })
        report(source, { calls: 10 }, { endMs: NOW - DAY })
      },
    },
    'times a week ago': {
      form: { comparison: { kind: 'last_week', op: '>', factor: 1.5 } },
      ...{ reached: 2, proposed: 2.2 },
      world(source) {
        report(source, { calls: 20 })
        report(source, { calls: 10 }, { endMs: NOW - 7 * DAY })
      },
    },
    'times what is normal': {
      form: {
        level: 'interface',
        comparison: { kind: 'profile', op: '>', factor: 1.2, by: 'recent' },
      },
      ...{ labels: INTERFACE, reached: 1.8, proposed: 2 },
      world(source) {
        report(source, { calls: 30 })
        learned(source, 100, 10)
      },
    },
    'times what is normal, below': {
      form: {
        ...{ level: 'interface', minCalls: 100 },
        comparison: { kind: 'profile', op: '<', factor: 0.8, by: 'recent' },
      },
      ...{ labels: INTERFACE, reached: 0.3, proposed: 0.27 },
      world(source) {
        report(source, { calls: 5 })
        learned(source, 100, 10)
      },
    },
    'what so many of the minutes pass together, not one alone': {
      form: {
        comparison: { kind: 'repeated', op: '>', value: 100, times: 3, minutes: 5 },
      },
      ...{ reached: 240, proposed: 270 },
      /** Of 120, 540, 180, 360 and 240 a minute. */
      world(source) {
        for (const [ago, count] of [20, 90, 30, 60, 40].entries()) {
          report(source, { calls: count }, { minutes: 1, endMs: NOW - ago * MINUTE })
        }
      },
    },
  }

  for (const [name, { form: input, labels = SERVER, reached, proposed, world }] of Object.entries(
    cases,
  )) {
    it(name, async () => {
      const source = new MemorySource()
      world(source)
      const form = formOf(input)
      assert.equal(await isFound(form, labels, source), true)
      const found = await reachedAt(form, labels, source)
      assert.deepEqual(found, { outcome: 'proposed', reached, proposed })
      const [calm, loud] = [proposed, reached + (reached - proposed) / 10].map((value) =>
        withValue(form, value),
      )
      assert.ok(calm?.data && loud?.data)
      assert.equal(await isFound(calm.data, labels, source), false)
      assert.equal(await isFound(loud.data, labels, source), true)
    })
  }
})

describe('there is no such value', () => {
  const twice = { kind: 'yesterday', op: '>', factor: 2 }
  const cases: [string, Input, number, object][] = [
    ['where it fell to 0', { comparison: threshold('<', 5) }, 0, { outcome: 'none', reached: 0 }],
    ['where there was nothing before', { comparison: twice }, 10, { outcome: 'none' }],
    [
      'and none is needed: the form is quiet by now',
      { comparison: threshold('>', 66) },
      ...([10, { outcome: 'quiet', reached: 60 }] as const),
    ],
    [
      'and nothing is known where too little was called',
      { comparison: threshold('>', 1), minCalls: 100 },
      ...([10, { outcome: 'unknown' }] as const),
    ],
    [
      'and nothing is known of other days than those on which it is active',
      {
        comparison: threshold('>', 1),
        active: { weekdays: [7], from: '00:00', to: '00:00', zone: 'Asia/Shanghai' },
      },
      ...([10, { outcome: 'unknown' }] as const),
    ],
  ]
  for (const [name, input, count, expected] of cases) {
    it(name, async () => {
      const source = new MemorySource()
      report(source, { calls: count })
      report(source, { calls: 0 }, { endMs: NOW - DAY })
      assert.deepEqual(await reachedAt(formOf(input), SERVER, source), expected)
    })
  }

  it('of a form that waits for silence', () => {
    const silence = formOf({ comparison: { kind: 'no_data', minutes: 5 } })
    assert.equal(comparedOf(silence, SERVER), undefined)
  })

  it('of an alarm that is none of the form as it is now', () => {
    const of = (input: Input, labels: Labels) =>
      canBeOf(formOf({ comparison: threshold('>', 1), ...input }), labels)
    assert.equal(of({}, SERVER), true)
    assert.equal(of({}, INTERFACE), false)
    assert.equal(of({ level: 'interface' }, INTERFACE), true)
    assert.equal(of({ filter: { app: ['Pay'], server: ['Or*'] } }, SERVER), true)
    assert.equal(of({ filter: { app: ['Web'] } }, SERVER), false)
    assert.equal(of({ filter: { caller: ['Web.*'] } }, SERVER), true)
  })
})

describe('a form with another value', () => {
  it('is otherwise the same', () => {
    const form = formOf({ comparison: threshold('>', 1), minCalls: 7, advice: 'look' })
    assert.deepEqual(withValue(form, 9).data, { ...form, comparison: threshold('>', 9) })
  })

  it('has another factor where it has one, more than 0', () => {
    const form = formOf({ comparison: { kind: 'yesterday', op: '<', factor: 0.5 } })
    assert.deepEqual(withValue(form, 0.4).data?.comparison, { ...form.comparison, factor: 0.4 })
    assert.deepEqual(
      withValue(form, 0).error?.issues.map(({ message }) => message),
      ['more than 0'],
    )
  })
})

describe('what is read of one alarm', () => {
  it('is of what its labels name, whatever is in them', () => {
    const texts = (labels: Labels) => {
      const form = formOf({ level: 'interface', comparison: threshold('>', 1) })
      const compared = comparedOf(form, labels)
      return compared?.queries.map(({ value }) => value).join('\n') ?? ''
    }
    assert.match(texts(INTERFACE), /callee="Pay\.Order", interface="create"/)
    assert.doesNotMatch(texts({ callee: 'Pay.*', interface: 'a*' }), /\*|Pay/)
    assert.doesNotMatch(texts({ callee: 'odd', interface: 'x' }), /odd/)
    assert.match(texts({ callee: 'Pay.Order.Obj', interface: '"$span' }), /"\\"\\x24span"/)
  })
})
