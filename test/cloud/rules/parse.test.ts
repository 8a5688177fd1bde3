import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { formatFault } from '../../../src/cloud/rules/fault.ts'
import { parseRuleFile } from '../../../src/cloud/rules/parse.ts'
import { print } from '../../../src/promql/index.ts'

const faultsOf = (text: string) => parseRuleFile('a.yaml', text).faults.map(formatFault)

/** A file of one group and these rules, which begin on line 4. */
const rules = (text: string) => `groups:\n  - name: g\n    rules:\n${text}`

const WHOLE = `
groups:
  - name: first
    interval: 1m
    query_offset: 30s
    limit: 7
    labels: {team: pay, severity: INFO}
    rules:
      - record: job:up:sum
        expr: sum(up)
        labels: {severity: "{{ raw }}"}
      - alert: Slow
        expr: |
          # too slow
          rate(x[5m])
            > 1
        for: 1m30s
        keep_firing_for: 5m
        labels:
          severity: ERROR
          callee: '{{ $labels.callee }}'
          number: 1.0
        annotations: &texts
          title: slow
  - name: second
    rules:
      - alert: Again
        expr: vector(1)
        annotations: {<<: *texts, more: 1}
---
groups: [{name: ignored}]
`

describe('parseRuleFile', () => {
  it('reads groups and rules whole, of the first document', () => {
    const { groups, faults } = parseRuleFile('dir/a.yaml', WHOLE)
    assert.deepEqual(faults, [])
    const shown = groups.map(({ rules, ...group }) => {
      return {
        ...group,
        rules: rules.map(({ expr, query: _, ...rule }) => ({ ...rule, expr: print(expr) })),
      }
    })
    const [first, second] = shown
    assert.deepEqual(
      shown.map(({ rules: _, file: __, ...group }) => group),
      [
        { key: 'a.yaml;first', name: 'first', intervalMs: 60_000, queryOffsetMs: 30_000, limit: 7 },
        { key: 'a.yaml;second', name: 'second', intervalMs: 10_000, queryOffsetMs: 0, limit: 0 },
      ],
    )
    const texts = (labels: readonly { name: string; template: { text: string } }[]) =>
      labels.map(({ name, template }) => `${name}=${template.text}`)
    const [record, slow] = first?.rules ?? []
    assert.deepEqual(
      [record?.kind, record?.name, record?.expr, texts(record?.labels ?? [])],
      ['recording', 'job:up:sum', 'sum(up)', ['team=pay', 'severity={{ raw }}']],
    )
    assert.ok(slow?.kind === 'alerting')
    assert.deepEqual(
      [slow.name, slow.expr, slow.text, slow.forMs, slow.keepFiringMs, slow.line, slow.column],
      ['Slow', 'rate(x[5m]) > 1', '# too slow\nrate(x[5m])\n  > 1\n', 90_000, 300_000, 13, 15],
    )
    assert.deepEqual(texts(slow.labels), [
      'team=pay',
      'severity=ERROR',
      'callee={{ $labels.callee }}',
      'number=1.0',
    ])
    assert.deepEqual(slow.fixedLabels, { team: 'pay', severity: 'ERROR', number: '1.0' })
    const [again] = second?.rules ?? []
    assert.deepEqual(again?.kind === 'alerting' && texts(again.annotations), [
      'title=slow',
      'more=1',
    ])
  })

  it('takes an empty file as no rules', () => {
    assert.deepEqual(parseRuleFile('a.yaml', '# nothing\n'), { groups: [], faults: [] })
  })

  // Sentence, file, and every fault it has.
  const W = 'group "g", rule 1, "A"'
  const cases: readonly (readonly [string, string, readonly string[]])[] = [
    ['broken YAML', 'groups:\n  - name: "g\n', ['a.yaml:3:1: Missing closing "quote']],
    ['a repeated key', 'groups: []\ngroups: []\n', ['a.yaml:2:1: Map keys must be unique']],
    ['a list where a map belongs', '- a\n', ['a.yaml:1:1: expected a map, found a list']],
    ['groups that are no list', 'groups: 1\n', ['a.yaml:1:9: expected a list, found a text']],
    [
      'an unknown field at the top',
      'group: []\n',
      ['a.yaml:1:1: unknown field "group", known are groups'],
    ],
    [
      'an unknown field of a group',
      'groups:\n  - name: g\n    intervall: 1m\n',
      [
        'a.yaml:3:5: group "g": unknown field "intervall", known are name, interval, query_offset, limit, labels, rules',
      ],
    ],
    [
      'a group without a name',
      'groups:\n  - rules: []\n',
      ['a.yaml:2:5: the name of a group must not be empty'],
    ],
    [
      'two groups of one name',
      'groups:\n  - name: g\n  - name: g\n',
      ['a.yaml:3:11: group "g" is repeated in the same file'],
    ],
    [
      'bad numbers of a group',
      'groups:\n  - name: g\n    interval: 1 minute\n    query_offset: 5\n    limit: 1.5\n    labels: {__name__: x}\n    rules: [{alert: A, expr: up}]\n',
      [
        'a.yaml:3:15: group "g": "1 minute" is not a valid duration, such as 30s or 1h30m',
        'a.yaml:4:19: group "g": "5" is not a valid duration, such as 30s or 1h30m',
        'a.yaml:5:12: group "g": limit "1.5" is not a whole number',
        'a.yaml:6:14: group "g": invalid label name: __name__',
      ],
    ],
    [
      'an interval under a second',
      'groups:\n  - name: g\n    interval: 10ms\n',
      ['a.yaml:3:15: group "g": the interval must be at least 1s'],
    ],
    [
      'a rule that is both, neither, or no map',
      rules('      - {alert: A, record: b, expr: up}\n      - {expr: up}\n      - up\n'),
      [
        `a.yaml:4:9: ${W}: only one of 'record' and 'alert' must be set`,
        `a.yaml:5:9: group "g", rule 2, "": one of 'record' or 'alert' must be set`,
        'a.yaml:6:9: group "g", rule 3: expected a map, found a text',
      ],
    ],
    [
      'an unknown field of a rule',
      rules('      - alert: A\n        exp: up\n        expr: up\n'),
      [
        `a.yaml:5:9: ${W}: unknown field "exp", known are record, alert, expr, for, keep_firing_for, labels, annotations`,
      ],
    ],
    [
      'no expression, an empty one, one that is a list',
      rules('      - alert: A\n      - {alert: B, expr: ""}\n      - {alert: C, expr: [up]}\n'),
      [
        `a.yaml:4:9: ${W}: field 'expr' must be set in rule`,
        `a.yaml:5:26: group "g", rule 2, "B": field 'expr' must be set in rule`,
        'a.yaml:6:26: group "g", rule 3, "C": expected a text, found a list',
      ],
    ],
    [
      'an expression that does not parse, on one line',
      rules('      - alert: A\n        expr: sum(up) by by\n'),
      [
        `a.yaml:5:26: ${W}: could not parse expression: parse error: unexpected <by> in grouping opts, expected "("`,
      ],
    ],
    [
      'one over lines, after Chinese text',
      rules(
        '      - alert: A\n        expr: |\n          # 很慢\n          up{a="很"} >\n            foo bar\n',
      ),
      [`a.yaml:8:17: ${W}: could not parse expression: parse error: unexpected identifier "bar"`],
    ],
    [
      'one that is folded and quoted',
      rules(
        '      - alert: A\n        expr: >-\n          up\n          > foo bar\n      - alert: B\n        expr: "up{a=\\"x\\"} > foo bar"\n',
      ),
      [
        `a.yaml:7:17: ${W}: could not parse expression: parse error: unexpected identifier "bar"`,
        'a.yaml:9:34: group "g", rule 2, "B": could not parse expression: parse error: unexpected identifier "bar"',
      ],
    ],
    [
      'one that is quoted, with a backslash in it',
      rules(`      - alert: A\n        expr: ${JSON.stringify('up{a="\\""}\n > foo bar')}\n`),
      [`a.yaml:5:39: ${W}: could not parse expression: parse error: unexpected identifier "bar"`],
    ],
    [
      'one behind a variable, which is longer than what it stands for',
      rules('      - alert: A\n        expr: sum_over_time(x{span="$span"}[$window]) > foo bar\n'),
      [`a.yaml:5:61: ${W}: could not parse expression: parse error: unexpected identifier "bar"`],
    ],
    [
      'an unknown variable',
      rules('      - alert: A\n        expr: x[$windows]\n'),
      [
        `a.yaml:5:17: ${W}: could not parse expression: parse error: unexpected character in duration expression: '$'`,
      ],
    ],
    [
      'a range vector',
      rules('      - alert: A\n        expr: x[1m]\n'),
      [`a.yaml:5:15: ${W}: the expression is a matrix; a rule needs an instant vector or a scalar`],
    ],
    [
      'bad durations, labels and annotations of a rule',
      rules(
        '      - alert: A\n        expr: up\n        for: soon\n        keep_firing_for: 1m1h\n        labels: {__name__: y, ok: [1]}\n        annotations: {"": x}\n',
      ),
      [
        `a.yaml:6:14: ${W}: "soon" is not a valid duration, such as 30s or 1h30m`,
        `a.yaml:7:26: ${W}: "1m1h" is not a valid duration, such as 30s or 1h30m`,
        `a.yaml:8:18: ${W}: invalid label name: __name__`,
        `a.yaml:8:35: ${W}: expected a text, found a list`,
        `a.yaml:9:23: ${W}: invalid annotation name: `,
      ],
    ],
    [
      'bad templates',
      rules(
        '      - alert: A\n        expr: up\n        labels: {x: "{{ nope }}"}\n        annotations:\n          title: >-\n            first line\n            {{ $value | humanise }}\n',
      ),
      [
        `a.yaml:6:25: ${W}: label "x": function "nope" not defined`,
        `a.yaml:10:25: ${W}: annotation "title": function "humanise" not defined`,
      ],
    ],
    [
      'a recording rule with the fields of an alert, and a bad name',
      rules(
        '      - record: a{b}\n        expr: up\n        for: 1m\n        annotations: {a: b}\n',
      ),
      [
        'a.yaml:4:17: group "g", rule 1, "a{b}": braces present in the recording rule name; should it be in expr?: a{b}',
        `a.yaml:6:9: group "g", rule 1, "a{b}": invalid field 'for' in recording rule`,
        `a.yaml:7:9: group "g", rule 1, "a{b}": invalid field 'annotations' in recording rule`,
      ],
    ],
    [
      'a recording rule that writes what only we write',
      rules('      - {record: tars_calls, expr: up}\n'),
      [
        'a.yaml:4:18: group "g", rule 1, "tars_calls": metric names that begin with tars_ are written by tars-alarm itself: rename tars_calls',
      ],
    ],
  ]
  for (const [sentence, text, faults] of cases) {
    it(`refuses ${sentence}`, () => assert.deepEqual(faultsOf(text), faults))
  }

  it('reads a rule with $span three times, joined by or', () => {
    const text = rules('      - {alert: A, expr: \'x{span="$span"} > $minutes # c\'}\n')
    const [rule] = parseRuleFile('a.yaml', text).groups[0]?.rules ?? []
    assert.equal(rule?.text, 'x{span="$span"} > $minutes # c')
    assert.equal(
      rule && print(rule.expr).replace(/\s+/g, ' '),
      '(x{span="10s"} > 1) or (x{span="1m"} > 3) or (x{span="5m"} > 5)',
    )
  })

  it('answers any file with groups or with faults that have a place in it', () => {
    const lines = WHOLE.split('\n').length + 20
    const edit = fc.record({
      at: fc.nat(WHOLE.length),
      cut: fc.nat(20),
      put: fc.oneof(
        fc.string(),
        fc.constantFrom('{{', '"', '*texts', '&texts', '<<: ', '\n', '[', '- ', '$span', '\t'),
      ),
    })
    fc.assert(
      fc.property(fc.array(edit, { maxLength: 4 }), (edits) => {
        let text = WHOLE
        for (const { at, cut, put } of edits) text = text.slice(0, at) + put + text.slice(at + cut)
        for (const { line, column, message } of parseRuleFile('a.yaml', text).faults) {
          assert.ok(line >= 1 && line <= lines && column >= 1 && message !== '', message)
        }
      }),
      { numRuns: 1000 },
    )
  })

  // Expression, whether it looks at nothing but notifies.
  const ofEvents = [
    ['sum_over_time(tars_notify_events[1m]) > 0', true],
    ['sum_over_time({__name__="tars_notify_events"}[1m]) > 0', true],
    ['sum_over_time(tars_notify_events[1m]) > up', false],
    ['vector(1)', false],
  ] as const
  for (const [expr, expected] of ofEvents) {
    it(`${expected ? 'is' : 'is not'} of events: ${expr}`, () => {
      const text = rules(`      - {alert: A, expr: '${expr}'}\n`)
      const [rule] = parseRuleFile('a.yaml', text).groups[0]?.rules ?? []
      assert.equal(rule?.kind === 'alerting' && rule.ofEvents, expected)
    })
  }
})
