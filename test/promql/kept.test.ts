/** What is kept from one instant to the next changes no answer: an expression comes to what its text comes to anew. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { Labels } from '../../src/model/labels.ts'
import {
  type EvaluateOptions,
  type Expr,
  evaluateInstant,
  evaluateRange,
  MemorySource,
  PromqlError,
  parse,
} from '../../src/promql/index.ts'

const SECOND = 1000

const EXPRESSIONS = [
  'sum by (a) (m)',
  'sum by (a, __name__) ({b=~".+"})',
  'max without (b) (m)',
  'sum by (a) (sum by (a, b) (sum_over_time(m[20s])))',
  'avg_over_time(m[20s]) * 2',
  'm + on (a, b) n',
  'm / ignoring (c) group_left n',
  'm * on (a) group_left (c) max by (a, c) (n)',
  'm > bool on (a, b) n',
  'm > on (a, b) n',
  'm and on (a) n > 3',
  'm unless on (b) n',
  'm or n',
  'm or on (a) n',
  'sum by (a) (m) or sum by (b) (n) >= 2',
  'abs(m) - ignoring (c) abs(m)',
  '-m == -m',
  'max_over_time((m + 1)[20s:5s])',
  'label_replace(m, "d", "$1", "a", "(.*)") * on (d) group_right m',
] as const

/** Which of the series have a sample at an instant, in which of two environments. */
const instant = fc.record({
  environment: fc.constantFrom(0, 1),
  series: fc.array(
    fc.record({
      __name__: fc.constantFrom('m', 'm', 'n'),
      a: fc.constantFrom('x', 'y', 'z'),
      b: fc.constantFrom('1', '2'),
      c: fc.constantFrom('', 'p'),
    }),
    { maxLength: 12 },
  ),
})

const options = fc.constantFrom<EvaluateOptions>({}, {}, { delayedNameRemoval: true })

async function answerOf(evaluate: Promise<unknown>): Promise<unknown> {
  try {
    return await evaluate
  } catch (error) {
    if (error instanceof PromqlError) return error.message
    throw error
  }
}

const known = new Map<string, Labels>()

/** The same object for the same labels, as a store gives them. */
function labelsOf(labels: Labels): Labels {
  const key = JSON.stringify(labels)
  const before = known.get(key) ?? labels
  known.set(key, before)
  return before
}

describe('what an expression keeps', () => {
  for (const text of EXPRESSIONS) {
    it(`is nothing that its answers depend on: ${text}`, async () => {
      const kept: Expr = parse(text)
      await fc.assert(
        fc.asyncProperty(fc.array(instant, { maxLength: 8 }), options, async (instants, how) => {
          const sources = [new MemorySource(), new MemorySource()] as const
          for (const [at, { environment, series }] of instants.entries()) {
            const atMs = at * 10 * SECOND
            const source = sources[environment] ?? sources[0]
            const all = { ...how, lookbackMs: 15 * SECOND }
            for (const [value, { c, ...rest }] of series.entries())
              source.add(labelsOf(c === '' ? rest : { ...rest, c }), atMs, value)
            const ask = (expr: Expr | string) => answerOf(evaluateInstant(expr, atMs, source, all))
            assert.deepEqual(await ask(kept), await ask(text))
            const range = (expr: Expr | string) =>
              answerOf(evaluateRange(expr, 0, atMs, 5 * SECOND, source, all))
            assert.deepEqual(await range(kept), await range(text))
          }
        }),
        { numRuns: 60 },
      )
    })
  }

  it('is of the partners that series have', async () => {
    const kept = parse('m * on (a) group_left (c) (n > 5)')
    const source = new MemorySource()
    const partners: (string | undefined)[] = []
    for (const [at, partner] of ['p', 'q', 'p'].entries()) {
      source.add({ __name__: 'm', a: 'x' }, at, 1)
      for (const c of ['p', 'q']) {
        source.add({ __name__: 'n', a: 'x', c }, at, c === partner ? 6 : 1)
      }
      const value = await evaluateInstant(kept, at, source)
      assert(value.type === 'vector')
      partners.push(...value.samples.map(({ labels }) => labels.c))
    }
    assert.deepEqual(partners, ['p', 'q', 'p'])
  })

  it('is bounded: beyond it answers are the same', async () => {
    const groups = ['sum', 'max', 'min', 'avg', 'count', 'group'].map((op) => `${op} by (a) (m)`)
    const kept = parse(groups.join(' and '))
    const count = 15_000
    for (let round = 0; round < 3; round++) {
      const source = new MemorySource()
      for (let i = 0; i < count; i++) source.add({ __name__: 'm', a: `${round} ${i}` }, 0, i)
      const value = await evaluateInstant(kept, 0, source)
      assert(value.type === 'vector')
      const told = value.samples.map(({ labels, value }) => `${labels.a}: ${value}`)
      assert.deepEqual(
        told,
        Array.from({ length: count }, (_, i) => `${round} ${i}: ${i}`),
      )
    }
  })
})
