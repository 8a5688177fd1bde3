/** Clocks that are set, values and labels that are odd, rules that ask too much: what becomes of alerts. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { RuleWorld, rulesOf, STEP } from './rule-world.ts'

const up = (job: string, more = {}) => ({ __name__: 'up', job, ...more })
const FAST = '{alert: Fast, expr: up == 0}'
const SLOW = '{alert: Slow, expr: up == 0, for: 20s, keep_firing_for: 20s}'

/** `up` of job a at each step that is given: what was told. */
async function play(rule: string, values: readonly (readonly [step: number, up: number])[]) {
  const world = new RuleWorld(rulesOf(rule))
  for (const [step, value] of values) {
    world.put(up('a'), step * STEP, value)
    await world.evaluate(step)
  }
  return world.told()
}

describe('time', () => {
  const cases = [
    [
      'that nobody looked at does not count for `for`',
      SLOW,
      [
        [0, 0],
        [1, 0],
        [360, 0],
        [361, 0],
      ],
      [],
    ],
    [
      'after it counts again',
      SLOW,
      [
        [0, 0],
        [360, 0],
        [361, 0],
        [362, 0],
      ],
      ['362 fired Slow a'],
    ],
    [
      'that nobody looked at does not count for `keep_firing_for`',
      SLOW,
      [
        [0, 0],
        [1, 0],
        [2, 0],
        [3, 1],
        [360, 1],
        [361, 1],
      ],
      ['2 fired Slow a', '361 resolved Slow a'],
    ],
    [
      'that was set back keeps who fires firing, and resolves it when it is over',
      FAST,
      [
        [1000, 0],
        [1, 0],
        [2, 1],
      ],
      ['1000 fired Fast a', '2 resolved Fast a'],
    ],
    [
      'that was set back lets a pending alert begin anew',
      SLOW,
      [
        [1000, 0],
        [1001, 0],
        [1, 0],
        [2, 0],
        [3, 0],
      ],
      ['3 fired Slow a'],
    ],
  ] as const
  for (const [sentence, rule, values, told] of cases) {
    it(sentence, async () => assert.deepEqual(await play(rule, values), told))
  }
})

describe('values', () => {
  const cases = [
    [
      'NaN is an element where a comparison lets it through',
      '{alert: A, expr: up != 0}',
      Number.NaN,
      ['0 fired A a'],
    ],
    ['NaN is none where it does not', '{alert: A, expr: up > 0}', Number.NaN, []],
    ['NaN without a comparison is an element', '{alert: A, expr: up}', Number.NaN, ['0 fired A a']],
    ['0 without a comparison is an element', '{alert: A, expr: up}', 0, ['0 fired A a']],
    ['infinity is a value', '{alert: A, expr: up > 1e300}', Infinity, ['0 fired A a']],
    ['a ratio to nothing is NaN, and above no threshold', '{alert: A, expr: up / up > 0.5}', 0, []],
    [
      'something to nothing is infinite, and above any',
      '{alert: A, expr: 1 / up > 0.5}',
      0,
      ['0 fired A a'],
    ],
  ] as const
  for (const [sentence, rule, value, told] of cases) {
    it(sentence, async () => assert.deepEqual(await play(rule, [[0, value]]), told))
  }
})

describe('a rule', () => {
  const rules = [
    [
      'with the same labels twice after labelling',
      '{alert: A, expr: up == 0, labels: {node: ""}}',
      /same labels/,
    ],
    [
      'that joins many to many',
      '{alert: A, expr: "up == on () up"}',
      /many-to-many|multiple matches|duplicate/,
    ],
    [
      'with more elements than its group allows',
      '{alert: A, expr: up == 0}',
      /more than the group's limit of 1/,
    ],
    [
      'that asks for too many samples',
      '{alert: A, expr: "sum_over_time(up[1d:1ms]) == 0"}',
      /too many samples|samples/,
    ],
  ] as const
  for (const [what, rule, fault] of rules) {
    it(`${what} fails with its reason, keeps its alerts, and harms no other`, async () => {
      const limit = what.includes('group allows') ? 'limit: 1,' : ''
      const world = new RuleWorld(
        rulesOf('{alert: A, expr: up == 0}, {alert: B, expr: up == 1}', limit),
      )
      world.put(up('a'), 0, 0)
      world.put(up('c'), 0, 1)
      await world.evaluate(0)
      world.rules = rulesOf(`${rule}, {alert: B, expr: up == 1}`, limit)
      world.put(up('a', { node: '2' }), STEP, 0)
      await world.evaluate(1)
      assert.match(world.faults()[0] ?? '', fault)
      assert.equal(world.faults()[1], undefined)
      assert.deepEqual(world.told(), ['0 fired A a', '0 fired B c'])
      // Back to what it was: the alert had lived on.
      world.rules = rulesOf('{alert: A, expr: up == 0}, {alert: B, expr: up == 1}')
      for (const node of [{}, { node: '2' }]) world.put(up('a', node), 2 * STEP, 1)
      await world.evaluate(2)
      assert.deepEqual(
        world.told().filter((line) => line.includes(' A ')),
        ['0 fired A a', '2 resolved A a'],
      )
    })
  }

  it('that finds more alerts than anybody reads fails with its reason, and keeps those it has', async () => {
    const world = new RuleWorld(rulesOf(FAST))
    world.put(up('a'), 0, 0)
    await world.evaluate(0)
    for (let n = 0; n <= 2000; n++) world.put(up(`job ${n}`), STEP, 0)
    await world.evaluate(1)
    assert.match(
      world.faults()[0] ?? '',
      /found 2002 elements, more than the 2000 alerts of a rule/,
    )
    assert.deepEqual(world.told(), ['0 fired Fast a'])
  })
})
