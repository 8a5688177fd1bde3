import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { evaluateGroup } from '../../../src/cloud/rules/evaluate.ts'
import { parseRuleFile } from '../../../src/cloud/rules/parse.ts'
import type { InstantValue, RuleResult, Sample } from '../../../src/cloud/rules/ports.ts'
import type { RuleGroup } from '../../../src/cloud/rules/rule.ts'
import { parse, print } from '../../../src/promql/index.ts'

const AT = 600_000

function groupOf(rules: string, fields = ''): RuleGroup {
  const { groups, faults } = parseRuleFile(
    'a.yaml',
    `groups: [{name: g, ${fields} rules: [${rules}]}]`,
  )
  assert.deepEqual(faults, [])
  return groups[0] as RuleGroup
}

const vector = (...samples: Sample[]): InstantValue => ({ type: 'vector', samples })
const sample = (labels: Record<string, string>, value = 1): Sample => ({ labels, value })

/** Evaluates with canned answers by expression; also what was asked, as `expression @seconds`. */
async function evaluate(
  group: RuleGroup,
  answers: Readonly<Record<string, InstantValue>>,
  how: { readonly maxRuleMs?: number } = {},
) {
  const asked: string[] = []
  const recorded: Sample[] = []
  const results = await evaluateGroup(group, {
    at: AT,
    query: {
      async instant(text, at) {
        const expr = print(parse(text))
        asked.push(`${expr} @${at / 1000}`)
        const answer = answers[expr]
        return answer ? Promise.resolve(answer) : Promise.reject(new Error('no such data'))
      },
    },
    writer: {
      recorded: async (_, samples) => void recorded.push(...samples),
      judged: async () => {},
    },
    externalUrl: 'http://console',
    ...how,
  })
  return { results, asked, recorded }
}

/** What a result comes to, in short. */
function short(result: RuleResult | undefined): unknown {
  if (result?.kind === 'failed') return result.message
  return result?.kind === 'alerting' ? result.elements : result?.count
}

describe('evaluateGroup', () => {
  it('labels an element with its own labels, the group’s, the rule’s, and alertname', async () => {
    const group = groupOf(
      '{alert: A, expr: up, labels: {who: "{{ $labels.job }}={{ $value }}", job: "", severity: warn}, annotations: {title: "{{ $labels.who }}{{ $labels.job }} {{ externalURL }}"}}',
      'labels: {severity: info, team: pay},',
    )
    const { results } = await evaluate(group, {
      up: vector(sample({ __name__: 'up', job: 'x', alertname: 'mine' }, 3)),
    })
    assert.deepEqual(short(results[0]), [
      {
        labels: { alertname: 'A', who: 'x=3', severity: 'warn', team: 'pay' },
        value: 3,
        annotations: { title: 'x http://console' },
      },
    ])
  })

  it('takes a scalar as one element without labels', async () => {
    const { results } = await evaluate(groupOf('{alert: A, expr: "1"}'), {
      1: { type: 'scalar', value: 1 },
    })
    assert.deepEqual(short(results[0]), [{ labels: { alertname: 'A' }, value: 1, annotations: {} }])
  })

  it('asks as of the instant less query_offset; templates ask as of the instant, the same question once', async () => {
    const group = groupOf(
      '{alert: A, expr: up, annotations: {t: "{{ query `down` | first | value }}"}}',
      'query_offset: 30s,',
    )
    const { results, asked } = await evaluate(group, {
      up: vector(sample({ i: '1' }), sample({ i: '2' })),
      down: vector(sample({}, 7)),
    })
    assert.deepEqual(asked, ['up @570', 'down @600'])
    assert.deepEqual(
      results
        .flatMap((one) => (one.kind === 'alerting' ? one.elements : []))
        .map((one) => one.annotations),
      [{ t: '7' }, { t: '7' }],
    )
  })

  it('templates see what rules before theirs have written', async () => {
    const rest = 'expr: up, annotations: {t: "{{ query `down` | first | value }}"}'
    const group = groupOf(`{alert: A, ${rest}}, {alert: B, ${rest}}`)
    const answers = { up: vector(sample({ i: '1' })), down: vector(sample({}, 7)) }
    const { asked } = await evaluate(group, answers)
    assert.equal(asked.filter((one) => one.startsWith('down')).length, 2)
  })

  it('shows a template’s failure in the text, and the alert all the same', async () => {
    const group = groupOf('{alert: A, expr: up, annotations: {t: "{{ query `up(` }}"}}')
    const { results } = await evaluate(group, { up: vector(sample({})) })
    const [element] = results[0]?.kind === 'alerting' ? results[0].elements : []
    assert.match(
      element?.annotations.t ?? '',
      /^<error expanding template: error calling query: .*parse error/,
    )
  })

  it('answers templates no longer than a rule may take, and still tells of its alerts', async () => {
    const group = groupOf('{alert: A, expr: up, annotations: {t: "{{ query `down` }}"}}')
    const answers = { up: vector(sample({})), down: vector() }
    const { results, asked } = await evaluate(group, answers, { maxRuleMs: 0 })
    const [element] = results[0]?.kind === 'alerting' ? results[0].elements : []
    assert.match(element?.annotations.t ?? '', /templates of the rule have asked for too long/)
    assert.deepEqual(asked, ['up @600'])
  })

  it('records in the order of the rules, before the next one asks', async () => {
    const group = groupOf('{record: r, expr: up, labels: {a: b}}, {alert: A, expr: r}')
    const { results, recorded, asked } = await evaluate(group, {
      up: vector(sample({ __name__: 'up', job: 'x' }, 5)),
      r: vector(),
    })
    assert.deepEqual(recorded, [sample({ __name__: 'r', a: 'b', job: 'x' }, 5)])
    assert.deepEqual(
      [results.map(short), asked],
      [
        [1, []],
        ['up @600', 'r @600'],
      ],
    )
  })

  // Sentence, rules, fields of the group, what the first rule says.
  const failures = [
    ['the series do not answer', '{alert: A, expr: gone}', '', 'no such data'],
    [
      'two elements get the same labels',
      '{alert: A, expr: up, labels: {i: ""}}',
      '',
      'several elements have the same labels after labelling: [["alertname","A"]]',
    ],
    [
      'two recorded elements get the same labels',
      '{record: r, expr: up, labels: {i: ""}}',
      '',
      'several elements have the same labels after labelling',
    ],
    [
      'there are more elements than the limit',
      '{alert: A, expr: up}',
      'limit: 1,',
      "found 2 elements, more than the group's limit of 1",
    ],
  ] as const
  for (const [sentence, rule, fields, message] of failures) {
    it(`a rule fails when ${sentence}, and no other with it`, async () => {
      const group = groupOf(`${rule}, {alert: Other, expr: one}`, fields)
      const { results, recorded } = await evaluate(group, {
        up: vector(sample({ i: '1' }), sample({ i: '2' })),
        one: vector(sample({})),
      })
      assert.deepEqual(
        results.map(({ kind }) => kind),
        ['failed', 'alerting'],
      )
      assert.deepEqual([short(results[0]), recorded], [message, []])
    })
  }
})
