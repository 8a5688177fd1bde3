/** Thresholds put into a rule find what the rule finds by the series that the cloud writes of them. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type Threshold, Thresholds } from '../../../../src/cloud/baselines/threshold.ts'
import { adjustableRules } from '../../../../src/cloud/rules/threshold/adjustable.ts'
import { withThresholds } from '../../../../src/cloud/rules/threshold/with-thresholds.ts'
import { type Labels, labelsKey } from '../../../../src/model/labels.ts'
import { evaluateInstant, MemorySource } from '../../../../src/promql/index.ts'
import { rulesOf } from '../rule-world.ts'

const AT = 1_000_000_000
const PAIRS = ['App.A f', 'App.A g', 'App.B f', 'App.AB f', 'App*.A f', 'Other.A f'].map((text) => {
  const [callee = '', name = ''] = text.split(' ')
  return { callee, interface: name }
})
const SOURCES = {
  interfaces: `
    (tars_calls >= 50 unless on (callee, interface) tars_threshold{rule="Many"})
    or tars_calls >= on (callee, interface) tars_threshold{rule="Many"}`,
  servers: `
    sum by (callee) (tars_calls)
    >= on (callee) (tars_threshold{interface="", rule="Many"}
      or on (callee) 0 * sum by (callee) (tars_calls) + 50)`,
} as const

function ruleOf(expr: string) {
  const rule = JSON.stringify({ alert: 'Many', expr, annotations: { threshold: '50' } })
  const [adjustable] = adjustableRules(rulesOf(`${rule}, {alert: Other, expr: up == 0}`))
  assert.ok(adjustable)
  return adjustable
}

const place = fc.oneof(
  fc.constant({ level: 'global' } as const),
  fc.constantFrom('App', 'App*', 'Other', 'None').map((app) => ({ level: 'app', app }) as const),
  fc.constantFrom(...PAIRS).map(({ callee: server }) => ({ level: 'server', server }) as const),
  fc.constantFrom(...PAIRS).map(({ callee: server, interface: name }) => {
    return { level: 'interface', server, interface: name } as const
  }),
)
const threshold = fc
  .record({ place, value: fc.integer({ min: -5, max: 100 }), rule: fc.constantFrom('Many', 'Few') })
  .map(({ place: where, ...rest }): Threshold => ({ ...where, ...rest }))
const thresholds = fc.uniqueArray(threshold, {
  maxLength: 8,
  selector: ({ value: _, ...rest }) => JSON.stringify(rest),
})
const calls = fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 6, maxLength: 6 })

function isWithin({ callee, interface: name }: Labels, where: object) {
  const { app, server, interface: own } = where as Record<string, string | undefined>
  if (app !== undefined) return callee?.startsWith(`${app}.`) ?? false
  return (server ?? callee) === callee && (own === undefined || (name ?? own) === own)
}

async function foundBy(expr: string, source: MemorySource): Promise<string[]> {
  const value = await evaluateInstant(expr, AT, source)
  assert.ok(value.type === 'vector')
  return value.samples.map(({ labels, value: at }) => `${labelsKey(labels)} ${at}`).toSorted()
}

describe('a rule with thresholds put into it', () => {
  for (const [name, expr] of Object.entries(SOURCES)) {
    it(`finds of ${name} what it would by their series, and nothing elsewhere`, async () => {
      const rule = ruleOf(expr)
      // What is told of servers has no interface.
      const places = place.filter(({ level }) => name === 'interfaces' || level !== 'interface')
      await fc.assert(
        fc.asyncProperty(thresholds, calls, places, async (all, amounts, where) => {
          const [bare, written] = [new MemorySource(), new MemorySource()]
          const resolved = new Thresholds(all)
          const put = (labels: Labels, value: number | undefined, sources: MemorySource[]) => {
            if (value === undefined) return
            for (const source of sources) source.add(labels, AT, value)
          }
          for (const [at, pair] of PAIRS.entries()) {
            const labels = { ...pair, span: '1m' }
            put({ __name__: 'tars_calls', ...labels }, amounts[at], [bare, written])
            for (const one of [pair, { ...pair, interface: '' }]) {
              const { interface: method, callee } = one
              const place = method === '' ? { callee } : { callee, interface: method }
              const series = { __name__: 'tars_threshold', rule: 'Many', ...place }
              put(series, resolved.nearest('Many', one)?.value, [written])
            }
          }
          const [changed] = withThresholds(rule, all, where)[0]?.rules ?? []
          const expected = await evaluateInstant(rule.rule.query, AT, written)
          assert.ok(expected.type === 'vector')
          const within = expected.samples.filter(({ labels }) => isWithin(labels, where))
          const texts = within.map(({ labels, value }) => `${labelsKey(labels)} ${value}`)
          assert.deepEqual(await foundBy(changed?.query ?? '', bare), texts.toSorted())
        }),
        { numRuns: 150 },
      )
    })
  }

  it('is one that says what its default is', () => {
    const expr = 'up > on () tars_threshold{rule="Mine"}'
    const silent = JSON.stringify({ alert: 'Silent', expr })
    const said = JSON.stringify({
      ...{ alert: 'Said', expr },
      annotations: { threshold: ' 12.5 ', threshold_unit: 'ms' },
    })
    const found = adjustableRules(rulesOf(`${silent}, ${said}`))
    assert.deepEqual(
      found.map(({ name, rule, otherwise, unit }) => [name, rule.name, otherwise, unit]),
      [['Mine', 'Said', 12.5, 'ms']],
    )
  })
})
