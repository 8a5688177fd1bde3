import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { planOf } from '../../../src/cloud/backtest/plan.ts'
import { fileOf } from '../rules/rule-world.ts'

const MINUTE = 60_000

/** Of each rule that is read, in minutes: `name kept/warm`. */
function reaches(...groups: readonly string[]): string[] {
  const yaml = groups.map((group, i) => `{name: g${i}, ${group}}`).join(', ')
  return [...planOf(fileOf(`groups: [${yaml}]`).groups).reaches]
    .map(([{ name }, { keptMs, warmMs }]) => `${name} ${keptMs / MINUTE}/${warmMs / MINUTE}`)
    .sort()
}

const R = '{record: r, expr: x}'
const asks = (query: string) => `'{{ with query ${query} }}yes{{ end }}'`

describe('what rules write is kept and begins before', () => {
  for (const [sentence, groups, expected] of [
    [
      'not at all when nobody reads it',
      [`rules: [${R}, {alert: A, expr: 'avg_over_time(y[9m]) > 1'}]`],
      [],
    ],
    [
      'as far as others look back',
      [`rules: [${R}, {alert: A, expr: 'max_over_time(r[20m])'}]`],
      ['r 20/20'],
    ],
    [
      'as far as the furthest looks',
      [`rules: [${R}, {alert: A, expr: r > 1}, {alert: B, expr: 'r offset 7m'}]`],
      ['r 12/12'],
    ],
    [
      'no further for what is looked at beside it',
      [`rules: [${R}, {alert: A, expr: 'r > avg_over_time(x[9h])'}]`],
      ['r 5/5'],
    ],
    [
      'in a subquery with all of it',
      [`rules: [${R}, {alert: A, expr: 'max_over_time((r + 1)[10m:1m])'}]`],
      ['r 15/15'],
    ],
    [
      'further by the offset of who reads',
      [`query_offset: 5m, rules: [${R}, {alert: A, expr: 'max_over_time(r[20m])'}]`],
      ['r 25/25'],
    ],
    [
      'by all that chains of rules look back',
      [
        `rules: [${R}, {record: s, expr: 'avg_over_time(r[1h])'}, {record: t, expr: 'avg_over_time(s[30m])'}, {alert: A, expr: t}]`,
      ],
      ['r 60/95', 's 30/35', 't 5/5'],
    ],
    [
      'once by what a rule looks back at itself',
      ["rules: [{record: r, expr: x or r + 1}, {alert: A, expr: 'max_over_time(r[20m])'}]"],
      ['r 20/25'],
    ],
    [
      'a bounded time where rules read each other in a circle',
      ['rules: [{record: r, expr: s + 1}, {record: s, expr: r + 1}]'],
      ['r 5/40', 's 5/40'],
    ],
    [
      'alerts not before the first instant',
      [
        `rules: [{alert: A, expr: x}, {record: r, expr: 'count_over_time(ALERTS{alertname="A"}[1h])'}, {alert: B, expr: r}]`,
      ],
      ['A 60/0', 'r 5/5'],
    ],
    [
      '5 min where a template may ask for it',
      [`rules: [${R}, {alert: A, expr: y, annotations: {t: ${asks('$labels.r')}}}]`],
      ['r 5/5'],
    ],
    [
      'as far as its template looks back, without the offset of its group',
      [
        `query_offset: 5m, rules: [${R}, {alert: A, expr: y, labels: {t: ${asks('"avg_over_time(r[1h])"')}}}]`,
      ],
      ['r 60/60'],
    ],
    [
      'also where the template fills in labels',
      [
        `rules: [${R}, {alert: A, expr: y, annotations: {t: ${asks('(printf `max_over_time(r{a=%q}[2h])` $labels.a)')}}}]`,
      ],
      ['r 120/120'],
    ],
  ] as const) {
    it(sentence, () => assert.deepEqual(reaches(...groups), expected))
  }
})
