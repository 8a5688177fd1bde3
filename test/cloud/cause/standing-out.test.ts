import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  type CallsPart,
  type Finding,
  findingsOf,
  type Measure,
} from '../../../src/cloud/cause/standing-out.ts'
import { calls } from './support/world.ts'

/** `node a, caller X: failing 200`, `node a: slow 400`, `node a: 30 calls`, `node a`; 100 calls each before. */
function part(text: string): CallsPart {
  const [labels = '', change = ''] = text.split(': ')
  const number = (pattern: RegExp) => Number(pattern.exec(change)?.[1] ?? Number.NaN)
  const amount = number(/(\d+) calls/)
  const before = number(/after (\d+)/)
  const failures = number(/failing (\d+)/)
  const meanMs = number(/slow (\d+)/)
  const names: Record<string, string> = { node: 'callee_ip', code: 'return_code' }
  return {
    labels: Object.fromEntries(
      labels.split(', ').map((label) => {
        const [name = '', value = ''] = label.split(' ')
        return [names[name] ?? name, value]
      }),
    ),
    now: calls({
      ...(!Number.isNaN(amount) && { calls: amount }),
      ...(Number.isNaN(amount) && { calls: 100 }),
      ...(!Number.isNaN(failures) && { failures }),
      ...(!Number.isNaN(meanMs) && { meanMs }),
    }),
    before: calls({ calls: Number.isNaN(before) ? 100 : before }),
  }
}

/** `callee_ip a b 0.92` */
function shown(findings: readonly Finding[]): string[] {
  return findings.map(
    ({ dimension, values, share }) =>
      `${dimension} ${values.map(({ value }) => value).join(' ')} ${share.toFixed(2)}`,
  )
}

describe('of the excess stands out', () => {
  const cases: readonly (readonly [string, Measure, readonly string[], readonly string[]])[] = [
    [
      'the one node that fails',
      'failures',
      ['node a: failing 60', 'node b: failing 2', 'node c'],
      ['callee_ip a 0.97'],
    ],
    [
      'nothing where all nodes fail alike',
      'failures',
      ['node a: failing 40', 'node b: failing 36', 'node c: failing 44'],
      [],
    ],
    ['nothing where there is but one node', 'failures', ['node a: failing 60'], []],
    [
      'two of six nodes',
      'failures',
      ['node a: failing 60', 'node b: failing 50', 'node c', 'node d', 'node e', 'node f'],
      ['callee_ip a b 1.00'],
    ],
    [
      'the worst node, though others fail a little',
      'failures',
      ['node a: failing 70', 'node b: failing 15', 'node c: failing 15', 'node d: failing 12'],
      ['callee_ip a 0.63'],
    ],
    ['nothing of a few failures', 'failures', ['node a: failing 4', 'node b', 'node c'], []],
    [
      'nothing where the rest has hardly any calls',
      'failures',
      ['node a: failing 60', 'node b: 5 calls after 5'],
      [],
    ],
    [
      'the caller that alone has them',
      'failures',
      [
        'caller X, node a: failing 30',
        'caller X, node b: failing 30',
        'caller Y, node a',
        'caller Y, node b',
        'caller Z, node a',
        'caller Z, node b',
      ],
      ['caller X 1.00'],
    ],
    [
      'what explains most with the least traffic first',
      'failures',
      [
        'node a, set s: failing 60',
        'node b, set s',
        'node c, set t',
        'node d, set t',
        'node e, set t',
        'node f, set t',
      ],
      ['callee_ip a 1.00', 'set s 1.00'],
    ],
    ['nothing that has no name', 'failures', ['set : failing 60', 'set s', 'set t'], []],
    [
      'the return code of the new failures',
      'failures',
      ['code 0', 'code -7: 60 calls after 0 failing 60', 'code -3: 5 calls after 5 failing 5'],
      ['return_code -7 0.92'],
    ],
    [
      'no return code where all have none',
      'failures',
      ['code 0: failing 60', 'code -3: 5 calls after 5 failing 5'],
      [],
    ],
    [
      'a node that is new',
      'failures',
      ['node a: 90 calls after 0 failing 60', 'node b', 'node c'],
      ['callee_ip a 1.00'],
    ],
    ['not what has always failed so much', 'failures', ['node a', 'node b'], []],
    [
      'the slow node',
      'latency',
      ['node a: slow 400', 'node b', 'node c: slow 22'],
      ['callee_ip a 0.99'],
    ],
    [
      'nothing where all are slow',
      'latency',
      ['node a: slow 400', 'node b: slow 380', 'node c: slow 300'],
      [],
    ],
    [
      'nothing of a node with few calls',
      'latency',
      ['node a: 3 calls after 3 slow 900', 'node b', 'node c'],
      [],
    ],
    [
      'the caller that calls less',
      'traffic',
      ['caller X: 0 calls', 'caller Y', 'caller Z: 98 calls'],
      ['caller X 0.98'],
    ],
    [
      'the caller that calls more',
      'traffic',
      ['caller X: 900 calls', 'caller Y', 'caller Z: 104 calls'],
      ['caller X 1.00'],
    ],
    [
      'nothing where all call less',
      'traffic',
      ['caller X: 50 calls', 'caller Y: 52 calls', 'caller Z: 47 calls'],
      [],
    ],
  ]
  for (const [name, measure, parts, expected] of cases) {
    it(name, () => assert.deepEqual(shown(findingsOf(parts.map(part), measure)), expected))
  }

  it('each with its share, and that of the traffic', () => {
    const [finding] = findingsOf(
      ['node a: failing 45', 'node b: failing 5', 'node c'].map(part),
      'failures',
    )
    assert.equal(finding?.values[0]?.share, 0.9)
    assert.equal(finding?.values[0]?.trafficShare, 1 / 3)
    assert.equal(finding?.valueCount, 3)
  })
})

describe('by chance', () => {
  const seed = 11
  const random = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), {
    minLength: 12 * 200,
    maxLength: 12 * 200,
  })

  it('nothing stands out where 12 nodes fail at one rate', () => {
    fc.assert(
      fc.property(random, fc.constantFrom(0.05, 0.1, 0.3), (chances, ratio) => {
        const parts = Array.from({ length: 12 }, (_, node) => {
          const failures = chances
            .slice(node * 200, node * 200 + 200)
            .filter((x) => x < ratio).length
          return {
            labels: { callee_ip: `n${node}`, caller: `c${node % 3}` },
            now: calls({ calls: 200, failures }),
            before: calls({ calls: 200, failures: 1 }),
          }
        })
        assert.deepEqual(findingsOf(parts, 'failures'), [])
      }),
      { seed, numRuns: 300 },
    )
  })
})
