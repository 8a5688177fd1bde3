import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { promqlOf, readRule, shownExpression } from '../../../../src/cloud/rules/form/compile.ts'
import { formRule } from '../../../../src/cloud/rules/form/form-rule.ts'
import { promqlRule } from '../../../../src/cloud/rules/form/own-rule.ts'
import { variablesIn } from '../../../../src/cloud/rules/form/variables.ts'
import { expand } from '../../../../src/cloud/rules/template/expand.ts'
import {
  compileMatcher,
  evaluateInstant,
  MemorySource,
  print,
  selectors,
} from '../../../../src/promql/index.ts'

type Input = Record<string, unknown>

/** A Monday, 10:00 in Shanghai. */
const NOW = Date.UTC(2026, 10, 23, 2)
const ABOVE = (value: number) => ({ kind: 'threshold', op: '>', value })

function bodyOf(input: Input) {
  const form = formRule.parse({
    name: 'mine',
    metric: { of: 'calls' },
    comparison: ABOVE(0),
    ...input,
  })
  return { kind: 'form', enabled: true, form } as const
}

function ruleOf(input: Input) {
  const { rule, faults } = readRule(bodyOf(input))
  assert.deepEqual(faults, [])
  assert.ok(rule?.kind === 'alerting')
  return rule
}

/** Six windows of 10 s in each of so many minutes up to now. */
function report(
  source: MemorySource,
  labels: Input,
  {
    minutes = 5,
    endMs = NOW,
    ...values
  }: { minutes?: number; endMs?: number } & Record<string, number>,
): void {
  const key = {
    ...{ callee: 'Pay.Order', interface: 'create', callee_ip: '10.0.0.1', caller: 'Web.Shop' },
    ...{ return_code: '0', set: '', side: 'client', span: '10s', ...labels },
  }
  for (let step = 0; step < minutes * 6; step++) {
    for (const [name, value] of Object.entries(values)) {
      source.add({ __name__: `tars_${name}`, ...key }, endMs - step * 10_000, value)
    }
  }
}

async function found(input: Input, source: MemorySource, at = NOW) {
  const value = await evaluateInstant(ruleOf(input).query, at, source)
  assert.ok(value.type === 'vector')
  return value.samples.map(({ labels, value }) => [
    Object.values(labels).join(' '),
    Math.round(value * 1000) / 1000,
  ])
}

describe('what a form finds', () => {
  it('counts a call once: by its client, by its server where it has none', async () => {
    const source = new MemorySource()
    const calls = { calls: 10, timeouts: 1, exceptions: 1 }
    report(source, {}, calls)
    report(source, { side: 'server' }, calls)
    report(source, { side: 'server', callee: 'Pay.Door' }, calls)
    const both = [
      ['Pay.Order', 60],
      ['Pay.Door', 60],
    ]
    assert.deepEqual(await found({}, source), both)
    const ratio = { metric: { of: 'failure_ratio' } }
    assert.deepEqual(await found({ ...ratio, comparison: ABOVE(19.9) }, source), [
      ['Pay.Order', 0.2],
      ['Pay.Door', 0.2],
    ])
    assert.deepEqual(await found({ ...ratio, comparison: ABOVE(20) }, source), [])
    assert.deepEqual(await found({ metric: { of: 'failures' }, comparison: ABOVE(11) }, source), [
      ['Pay.Order', 12],
      ['Pay.Door', 12],
    ])
  })

  it('is per minute whatever the reporters’ interval', async () => {
    const source = new MemorySource()
    report(source, {}, { calls: 10 })
    for (let minute = 0; minute < 5; minute++) {
      const labels = { __name__: 'tars_calls', callee: 'A.Minutes', side: 'client', span: '1m' }
      source.add(labels, NOW - minute * 60_000, 60)
    }
    source.add({ __name__: 'tars_calls', callee: 'A.Polled', side: 'client', span: '5m' }, NOW, 300)
    const three = ['Pay.Order', 'A.Minutes', 'A.Polled'].map((callee) => [callee, 60])
    assert.deepEqual(await found({}, source), three)
    assert.deepEqual(await found({ windowMinutes: 5 }, source), three)
  })

  const levels: [string, string][] = [
    ['server', 'Pay.Order'],
    ['interface', 'Pay.Order create'],
    ['node', 'Pay.Order 10.0.0.1'],
    ['set', 'Pay.Order a.b.1'],
    ['caller', 'Pay.Order Web.Shop'],
  ]
  for (const [level, labels] of levels) {
    it(`is told of each ${level}`, async () => {
      const source = new MemorySource()
      report(source, { set: 'a.b.1' }, { calls: 10 })
      assert.deepEqual(await found({ level }, source), [[labels, 60]])
    })
  }

  const filters: [string, Input, boolean][] = [
    ['an app', { app: ['Pay'] }, true],
    ['another app', { app: ['Pa'] }, false],
    ['a server of any app', { server: ['Ord*'] }, true],
    ['app and server', { app: ['Pay'], server: ['Order'] }, true],
    ['one of several', { app: ['X', 'P*'], server: ['Y', 'Order'] }, true],
    ['a server as pages spell it', { server: ['Pay.Order'] }, true],
    ['it with its app', { app: ['Pay'], server: ['Pay.Order'] }, true],
    ['it with a pattern of its app', { app: ['P*'], server: ['Pay.Order'] }, true],
    ['it beside others', { server: ['Door', 'Pay.Ord*', 'A.B'] }, true],
    ['another beside it', { server: ['A.B', 'Order'] }, true],
    ['it in another app', { app: ['Web', 'W*'], server: ['Pay.Order'] }, false],
    ['a server of this name in another app', { server: ['Web.Order'] }, false],
    ['a dot of a server that is no pattern', { server: ['Pay.Order*', 'PayxOrder.*'] }, true],
    ['a name that only begins so', { server: ['Pay.Ord', 'Pa.*'] }, false],
    ['a dot that is a dot', { node: ['10.0.0.1*'] }, true],
    ['a dot that is no pattern', { node: ['10x0*', '1000*'] }, false],
    ['everything', { interface: ['*'], caller: ['*'] }, true],
    ['a return code', { returnCode: ['-*'] }, false],
  ]
  for (const [name, filter, isFound] of filters) {
    it(`is of what the filter lets through: ${name}`, async () => {
      const source = new MemorySource()
      report(source, {}, { calls: 10 })
      assert.equal((await found({ filter }, source)).length, isFound ? 1 : 0)
    })
  }

  it('is a duration over the calls that have one, and percentiles of its buckets', async () => {
    const source = new MemorySource()
    report(source, {}, { calls: 10, timeouts: 5, duration_ms_sum: 1000 })
    for (const [le, count] of Object.entries({ 100: 0, 200: 10, '+Inf': 10 })) {
      report(source, { le }, { duration_ms_bucket: count })
    }
    const above = { comparison: ABOVE(99) }
    assert.deepEqual(await found({ metric: { of: 'mean_duration' }, ...above }, source), [
      ['Pay.Order', 100],
    ])
    assert.deepEqual(await found({ metric: { of: 'p95' }, ...above }, source), [['Pay.Order', 195]])
  })

  it('says nothing below the minimum volume; a fall is judged by what there was', async () => {
    const source = new MemorySource()
    report(source, {}, { calls: 1, minutes: 1 })
    report(source, {}, { calls: 20, minutes: 30, endMs: NOW - 60_000 })
    const fall = { comparison: { kind: 'previous', op: '<', factor: 0.5, minutes: 30 } }
    assert.deepEqual(await found({ ...fall, minCalls: 100 }, source), [['Pay.Order', 6]])
    assert.deepEqual(await found({ ...fall, minCalls: 121 }, source), [])
    assert.deepEqual(await found({ minCalls: 6 }, source), [['Pay.Order', 6]])
    assert.deepEqual(await found({ minCalls: 7 }, source), [])
  })

  for (const [kind, days] of [
    ['yesterday', 1],
    ['last_week', 7],
  ] as const) {
    it(`compares with ${kind}`, async () => {
      const source = new MemorySource()
      report(source, {}, { calls: 30 })
      report(source, {}, { calls: 10, endMs: NOW - days * 86_400_000 })
      const rise = (factor: number) => ({ comparison: { kind, op: '>', factor } })
      assert.deepEqual(await found(rise(2.9), source), [['Pay.Order', 180]])
      assert.deepEqual(await found(rise(3), source), [])
    })
  }

  it('compares with what is learned, outside of its spread; without that it says nothing', async () => {
    const profile = { kind: 'profile', op: '>', factor: 1.2, by: 'recent' }
    const input = { level: 'interface', comparison: profile }
    const source = new MemorySource()
    report(source, {}, { calls: 30 })
    assert.deepEqual(await found(input, source), [])
    const learned = (mad: number) => {
      const labels = { callee: 'Pay.Order', interface: 'create', of: 'calls', by: 'recent' }
      const name = { __name__: 'tars_baseline', ...labels }
      source.add({ ...name, stat: 'median' }, NOW, 100)
      source.add({ ...name, stat: 'mad' }, NOW, mad)
    }
    learned(10)
    assert.deepEqual(await found(input, source), [['Pay.Order create', 180]])
    learned(20)
    assert.deepEqual(await found(input, source), [])
  })

  it('judges a fall below what is learned by the volume that is usual', async () => {
    const comparison = { kind: 'profile', op: '<', factor: 0.5, by: 'day' }
    const source = new MemorySource()
    report(source, {}, { calls: 1 })
    for (const [stat, value] of Object.entries({ median: 100, mad: 10 })) {
      const labels = { callee: 'Pay.Order', interface: 'create', of: 'calls', by: 'day', stat }
      source.add({ __name__: 'tars_baseline', ...labels }, NOW, value)
    }
    const input = { level: 'interface', comparison }
    assert.deepEqual(await found({ ...input, minCalls: 100 }, source), [['Pay.Order create', 6]])
    assert.deepEqual(await found({ ...input, minCalls: 101 }, source), [])
  })

  it('counts the minutes in which a threshold was passed', async () => {
    const source = new MemorySource()
    report(source, {}, { calls: 30, minutes: 2, endMs: NOW - 60_000 })
    report(source, {}, { calls: 1, minutes: 1 })
    const repeated = (times: number) => ({
      comparison: { kind: 'repeated', op: '>', value: 100, times, minutes: 5 },
    })
    assert.deepEqual(await found(repeated(2), source), [['Pay.Order', 2]])
    assert.deepEqual(await found(repeated(3), source), [])
  })

  it('misses what was heard of lately', async () => {
    const source = new MemorySource()
    report(source, {}, { calls: 1, endMs: NOW - 10 * 60_000 })
    report(source, { callee: 'Pay.Well' }, { calls: 1, minutes: 60 })
    const silent = (minutes: number) => ({ comparison: { kind: 'no_data', minutes } })
    assert.deepEqual(await found(silent(9), source), [['Pay.Order', 30]])
    assert.deepEqual(await found(silent(11), source), [])
  })

  it('is of properties by their policy', async () => {
    const source = new MemorySource()
    const property = (ip: string, policy: string, value: number) => {
      const labels = { module: 'Pay.Order', property: 'queue', policy, ip, span: '10s' }
      source.add({ __name__: 'tars_property', ...labels }, NOW, value)
    }
    for (const policy of ['Sum', 'Avg', 'Max']) {
      property('10.0.0.1', policy, 10)
      property('10.0.0.2', policy, 20)
    }
    const of = (policy: string) => ({ metric: { of: 'property', property: 'q*', policy } })
    assert.deepEqual(await found(of('Sum'), source), [['Pay.Order queue', 30]])
    assert.deepEqual(await found(of('Avg'), source), [['Pay.Order queue', 15]])
    assert.deepEqual(await found({ ...of('Max'), level: 'node', comparison: ABOVE(10) }, source), [
      ['10.0.0.2 Pay.Order queue', 20],
    ])
    assert.deepEqual(await found({ ...of('Max'), filter: { node: ['10.0.0.1'] } }, source), [
      ['Pay.Order queue', 10],
    ])
  })

  it('counts notifies with all, any and none of the words, in any case', async () => {
    const source = new MemorySource()
    for (const [index, title] of ['Out of memory: heap', 'out of memory', 'disk full'].entries()) {
      const labels = {
        __name__: 'tars_notify_events',
        module: 'Pay.Order',
        node: '10.0.0.1',
        title,
      }
      source.add(labels, NOW - index * 60_000, 1)
    }
    const events = (words: Input, more: Input = {}) => ({
      metric: { of: 'events', ...words },
      ...{ windowMinutes: 10, ...more },
    })
    const count = async (words: Input, more?: Input) =>
      (await found(events(words, more), source))[0]?.[1]
    assert.equal(await count({}), 3)
    assert.equal(await count({}, { windowMinutes: 1 }), 1)
    assert.equal(await count({ all: ['MEMORY', 'out'] }), 2)
    assert.equal(await count({ all: ['memory', 'disk'] }), undefined)
    assert.equal(await count({ any: ['heap', 'disk'] }), 2)
    assert.equal(await count({ any: ['memory'], none: ['heap'] }), 1)
    assert.equal(await count({ any: ['.*'] }), undefined)
  })
})

describe('when a form is active', () => {
  const source = new MemorySource()
  const HOUR_MS = 3_600_000
  for (let hour = -48; hour <= 200; hour++)
    report(source, {}, { calls: 10, minutes: 2, endMs: NOW + hour * HOUR_MS })
  const active = { weekdays: [1, 2, 3, 4, 5], from: '09:00', to: '18:00', zone: 'Asia/Shanghai' }
  const at = async (input: Input, hours: number) =>
    (await found(input, source, NOW + hours * HOUR_MS)).length === 1

  const cases: [string, Input, readonly [hours: number, isActive: boolean][]][] = [
    [
      'by day',
      active,
      [
        [0, true],
        [-2, false],
        [7, true],
        [8, false],
        [5 * 24, false],
      ],
    ],
    [
      'over midnight: the day it began counts',
      { ...active, from: '22:00', to: '06:00' },
      [
        [0, false],
        [12, true],
        [19, true],
        [20, false],
        [4 * 24 + 15, true],
        [5 * 24 + 15, false],
        [6 * 24 + 15, false],
      ],
    ],
    [
      'in another zone',
      { ...active, zone: 'Asia/Kolkata' },
      [
        [0, false],
        [2, true],
        [10, true],
        [11, false],
      ],
    ],
    [
      'whole days',
      { ...active, weekdays: [7], to: '09:00' },
      [
        [0, false],
        [-2, true],
        [5 * 24, false],
      ],
    ],
    [
      'every day',
      { ...active, weekdays: [1, 2, 3, 4, 5, 6, 7] },
      [
        [0, true],
        [5 * 24, true],
        [9, false],
      ],
    ],
  ]
  for (const [name, input, times] of cases) {
    it(name, async () => {
      for (const [hours, isActive] of times) {
        assert.equal(await at({ active: input }, hours), isActive, `${hours} h`)
      }
    })
  }

  it('on workdays, or not on holidays, as the calendar says; without one always', async () => {
    const workdays = { days: 'workdays' }
    const notHolidays = { days: 'not_holidays' }
    assert.equal(await at(workdays, 0), true)
    const today = (kind: string, hours: number) =>
      source.add({ __name__: 'tars_baseline_today', kind }, NOW + hours * HOUR_MS, 0)
    today('weekend', 1)
    assert.deepEqual([await at(workdays, 1), await at(notHolidays, 1)], [false, true])
    today('holiday', 2)
    assert.deepEqual([await at(workdays, 2), await at(notHolidays, 2)], [false, false])
    today('make-up-workday', 3)
    assert.deepEqual([await at(workdays, 3), await at(notHolidays, 3)], [true, true])
  })

  it('not in a zone whose clocks are changed, for PromQL cannot follow it', () => {
    const input = { ...active, zone: 'Europe/Berlin' }
    assert.throws(() => bodyOf({ active: input }), /never changes its clocks/)
  })
})

describe('a form that contradicts itself is refused where', () => {
  const events = { of: 'events' }
  const refused: [string, Input, string][] = [
    ['events have interfaces', { metric: events, level: 'interface' }, 'level'],
    ['events have callers', { metric: events, filter: { caller: ['a'] } }, 'filter.caller'],
    ['events have calls', { metric: events, minCalls: 1 }, 'minCalls'],
    [
      'a percentile is learned',
      {
        metric: { of: 'p95' },
        level: 'interface',
        comparison: { kind: 'profile', op: '>', factor: 2, by: 'day' },
      },
      'metric',
    ],
    ['a window is no multiple of 5', { windowMinutes: 7 }, 'windowMinutes'],
    [
      'more minutes than there are',
      { comparison: { kind: 'repeated', op: '>', value: 1, times: 6, minutes: 5 } },
      'comparison.times',
    ],
    ['a number is none', { comparison: ABOVE(Number.NaN) }, 'comparison.value'],
    ['a name has a line break', { name: 'a\nb' }, 'name'],
  ]
  for (const [name, input, path] of refused) {
    it(name, () => {
      const { success, error } = formRule.safeParse({
        name: 'x',
        metric: { of: 'calls' },
        comparison: ABOVE(0),
        ...input,
      })
      assert.ok(!success)
      assert.deepEqual(
        error.issues.map((issue) => issue.path.join('.')),
        [path],
      )
    })
  }
})

describe('any text in any field', () => {
  const nasty = fc.constantFrom(
    '"',
    '\\',
    '$span',
    '$window',
    '{{',
    '}}',
    '*',
    ') or up',
    '\\"',
    '{{ $value }}',
    '`',
    '${',
    '|',
    '\\E',
    '#',
  )
  const text = fc
    .array(fc.oneof(nasty, fc.string({ unit: 'grapheme', maxLength: 5 })), {
      minLength: 1,
      maxLength: 4,
    })
    .map((parts) =>
      parts
        .join('')
        .replace(/[\p{Cc}\p{Cs}]/gu, '')
        .trim(),
    )
    .filter((joined) => joined !== '' && joined.length <= 60)

  it('stays inside its quotes: the rule parses and selects just that', () => {
    fc.assert(
      fc.property(text, text, text, (caller, name, advice) => {
        const rule = ruleOf({
          name,
          advice,
          filter: { caller: [caller], interface: ['x', caller] },
        })
        assert.equal(rule.name, name)
        const matchers = selectors(rule.expr).flatMap((one) => one.matchers)
        const callers = matchers.filter((one) => one.name === 'caller')
        // Three readings of both sides; the selector of what clients there are has no filter.
        assert.equal(callers.length, 6)
        const plain = caller.replaceAll('*', 'any thing')
        for (const matcher of callers) {
          assert.equal(compileMatcher(matcher)(plain), true)
          assert.equal(compileMatcher(matcher)(`${plain}'`), caller.endsWith('*'))
        }
        for (const matcher of matchers.filter((one) => one.name === 'interface')) {
          assert.equal(compileMatcher(matcher)(plain), true)
          assert.equal(compileMatcher(matcher)('x'), true)
        }
        const names = new Set(
          matchers.filter((one) => one.name === '__name__').map((one) => one.value),
        )
        assert.deepEqual([...names], ['tars_calls'])
      }),
      { numRuns: 300 },
    )
  })

  it('is no template: it is read as it was written', async () => {
    await fc.assert(
      fc.asyncProperty(text, async (name) => {
        const rule = ruleOf({ name, advice: name })
        const texts = new Map(rule.annotations.map((one) => [one.name, one.template]))
        const context = {
          labels: { callee: 'A.B' },
          value: 1,
          atMs: NOW,
          externalUrl: '',
          query: async () => [],
        }
        const said = async (which: string) => {
          const template = texts.get(which)
          return template && expand(template, context)
        }
        assert.equal(await said('title'), name)
        assert.equal(await said('description'), `A.B：每分钟调用数 1，高于 0\n${name}`)
      }),
      { numRuns: 200 },
    )
  })

  it('as words of events finds what has them, and nothing else', () => {
    fc.assert(
      fc.property(text, (word) => {
        const rule = ruleOf({ metric: { of: 'events', all: [word] }, windowMinutes: 5 })
        const [selector] = selectors(rule.expr)
        const matcher = selector?.matchers.find((one) => one.name === 'title')
        assert.ok(matcher)
        assert.equal(compileMatcher(matcher)(`before ${word} after`), true)
        assert.equal(compileMatcher(matcher)('~'), false)
      }),
      { numRuns: 200 },
    )
  })

  it('is the same rule when it is written on as PromQL', () => {
    const body = bodyOf({ filter: { caller: ['a"$span'] } })
    const rule = { ...promqlOf(body.form), expr: shownExpression(body) }
    const promql = { kind: 'promql', enabled: true, rule } as const
    const [written, ofForm] = [readRule(promql).rule, readRule(body).rule]
    assert.ok(written?.kind === 'alerting' && ofForm?.kind === 'alerting')
    assert.equal(print(written.expr), print(ofForm.expr))
    const { annotations, fixedLabels, forMs, keepFiringMs } = ofForm
    assert.partialDeepStrictEqual(written, { annotations, fixedLabels, forMs, keepFiringMs })
  })
})

describe('what is wrong with PromQL', () => {
  const read = (expr: string, name = 'typed') => {
    const rule = promqlRule.parse({ name, expr })
    return readRule({ kind: 'promql', enabled: true, rule })
  }
  const cases: [string, string, RegExp][] = [
    [
      'on one line',
      'sum by (callee) (tars_calls',
      /^1:27: could not parse expression: parse error: unclosed/,
    ],
    ['on a line below', 'sum(\n  up{a="\\"}"}\n) and (', /^3:7: could not parse expression/],
    ['behind a variable', 'up{span="$span"}[$window] and )', /^1:31: could not parse expression/],
    ['behind a tab', '\tup\t+\n\t\t)', /^2:3: could not parse expression/],
    ['as a whole', 'up[5m]', /^1:1: the expression is a /],
  ]
  for (const [name, expr, expected] of cases) {
    it(`is told with its place: ${name}`, () => {
      for (const said of [expr, `  ${expr} `]) {
        const { rule, faults } = read(said.trim(), 'a", "expr":"b\\')
        assert.equal(rule, undefined)
        assert.match(faults.join(), expected)
      }
    })
  }

  it('has no place outside of the expression', () => {
    const rule = promqlRule.parse({ name: 'x', expr: 'up', descriptionEn: '{{ $value' })
    const { faults } = readRule({ kind: 'promql', enabled: true, rule })
    assert.equal(faults.length, 1)
    assert.doesNotMatch(faults[0] ?? '', /^\d/)
  })

  it('is warned of where it is allowed, but hardly meant', () => {
    assert.match(
      read('tars_calls > 5').warnings.join(),
      /^tars_calls has deltas: its newest window/,
    )
    assert.match(
      read('rate(tars_calls[5m])').warnings.join(),
      /^tars_calls has deltas, no counters/,
    )
    assert.deepEqual(read('sum_over_time(tars_calls[$window]) > 5').warnings, [])
  })

  it('is nothing in what a form is compiled to', () => {
    const metrics = [
      ...['calls', 'failure_ratio', 'mean_duration', 'p99'].map((of) => ({ of })),
      ...[
        { of: 'property', property: 'a*', policy: 'Sum' },
        { of: 'events', any: ['x'] },
      ],
    ]
    const comparisons = [
      ...[ABOVE(5), { ...ABOVE(5), kind: 'repeated', times: 3, minutes: 5 }],
      ...[
        { kind: 'previous', op: '>', factor: 2, minutes: 30 },
        { kind: 'no_data', minutes: 5 },
      ],
    ]
    const profile = { kind: 'profile', op: '>', factor: 2, by: 'week' }
    const inputs = [
      ...metrics.flatMap((metric) => comparisons.map((comparison) => ({ metric, comparison }))),
      { level: 'interface', comparison: profile },
    ]
    for (const input of inputs) {
      const { faults, warnings } = readRule(bodyOf(input))
      assert.deepEqual([faults, warnings], [[], []], JSON.stringify(input))
    }
  })
})

describe('variables of PromQL', () => {
  it('are told with what they stand for, those that there are', () => {
    assert.deepEqual(variablesIn('tars_calls{span="$span"}[$window] / $windows'), {
      $span: ['10s', '1m', '5m'],
      $window: ['1m', '3m', '5m'],
    })
    assert.deepEqual(variablesIn('count_over_time(up[$burst]) / $burstMinutes'), {
      $burst: ['1m', '1m', '5m'],
      $burstMinutes: ['1', '1', '5'],
    })
    assert.deepEqual(variablesIn('up == 0'), {})
  })
})
