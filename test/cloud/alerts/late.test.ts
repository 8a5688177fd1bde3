/** Data that came late, or not at all: what fires, what ends, and what stays as it is. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { RuleWorld, rulesOf, STEP } from '../rules/rule-world.ts'

const FAILS = 'sum by (job) (sum_over_time(tars_exceptions[10s])) > 0'
const FAST = `{alert: Fast, expr: '${FAILS}'}`
const KEPT = `{alert: Kept, expr: '${FAILS}', keep_firing_for: 1m}`
const SLOW = `{alert: Slow, expr: '${FAILS}', for: 20s}`
const failures = (job: string) => ({ __name__: 'tars_exceptions', job })

/** Steps to 9 were evaluated with the failures of `inTime`, then those of `late` come, and steps go on to 12. */
async function play(rule: string, inTime: readonly number[], late: readonly number[]) {
  const world = new RuleWorld(rulesOf(rule))
  for (const step of inTime) world.put(failures('a'), step * STEP, 1)
  for (let step = 0; step <= 9; step++) await world.evaluate(step)
  for (const step of late) world.put(failures('a'), step * STEP, 1)
  // What was pending before them, too.
  const from = Math.min(...late) - 2
  await world.again(
    Array.from({ length: 10 - from }, (_, i) => from + i),
    10,
  )
  for (let step = 10; step <= 12; step++) await world.evaluate(step)
  return world
}

describe('data that came late', () => {
  const cases = [
    [
      'make an alert fire now that would have fired then',
      FAST,
      [],
      [8, 9],
      ['9 fired Fast a', '10 resolved Fast a'],
    ],
    [
      'tell also of one that is over by now, and of its end',
      FAST,
      [],
      [5],
      ['9 fired Fast a', '10 resolved Fast a'],
    ],
    ['fill the time that `for` wants', SLOW, [5, 7], [6], ['9 fired Slow a', '10 resolved Slow a']],
    ['are not enough where `for` wants more', SLOW, [5], [6], []],
    [
      'tell nothing again that was told',
      FAST,
      [5, 6],
      [4, 5],
      ['5 fired Fast a', '7 resolved Fast a'],
    ],
    ['tell nothing of an alert that fires', KEPT, [8, 9], [7], ['8 fired Kept a']],
    ['keep one that they made fire as long as others', KEPT, [], [8], ['9 fired Kept a']],
  ] as const
  for (const [sentence, rule, inTime, late, told] of cases) {
    it(sentence, async () => assert.deepEqual((await play(rule, inTime, late)).told(), told))
  }

  const after = (world: RuleWorld) => ({
    again: () => world.again([1, 2, 3, 4], 5),
    history: () => world.history([1, 2, 3, 4], 5),
  })
  for (const how of ['again', 'history'] as const) {
    it(`tell nothing again that was told before a start: ${how}`, async () => {
      const world = new RuleWorld(rulesOf(FAST))
      world.put(failures('a'), 2 * STEP, 1)
      for (let step = 0; step <= 3; step++) await world.evaluate(step)
      world.restart()
      await world.evaluate(4)
      await after(world)[how]()
      assert.deepEqual(world.told(), ['2 fired Fast a', '3 resolved Fast a'])
    })
  }

  it('tell what came and went before one that was told', async () => {
    assert.deepEqual((await play(FAST, [7], [4])).told(), [
      '7 fired Fast a',
      '8 resolved Fast a',
      '9 fired Fast a',
      '10 resolved Fast a',
    ])
  })

  it('mark what they find with how late it is, as long as it lives', async () => {
    const world = await play(KEPT, [], [8])
    const [change] = world.store.changes
    assert.equal(change?.alert.firedAt, 8 * STEP)
    assert.equal(change?.alert.annotations.late_seconds, '20')
    world.put(failures('a'), 13 * STEP, 1)
    await world.evaluate(13)
    const [alert] = world.store.alerts.values()
    assert.deepEqual([alert?.state, alert?.annotations.late_seconds], ['firing', '20'])
  })

  it('take the place of a pending alert, and leave one row', async () => {
    const world = await play(SLOW, [8, 9], [7])
    assert.deepEqual(world.told().slice(0, 1), ['9 fired Slow a'])
    assert.equal(world.store.alerts.size, 1)
  })

  it('are saved before they count: a failed save leaves everything as it was', async () => {
    const world = new RuleWorld(rulesOf(FAST))
    for (let step = 0; step <= 3; step++) await world.evaluate(step)
    world.put(failures('a'), 3 * STEP, 1)
    world.store.fail = () => 'before'
    await assert.rejects(world.again([3], 4))
    world.store.fail = () => undefined
    await world.again([3], 4)
    assert.deepEqual(world.told(), ['3 fired Fast a'])
  })
})

describe('data of an outage that is over', () => {
  /** Nothing came of steps 2 to 20; then everything does, when 200 steps are over. */
  async function outage(rules: string, failing: readonly number[]) {
    const world = new RuleWorld(rulesOf(rules))
    for (const step of [0, 1, 200]) await world.evaluate(step)
    for (const step of failing) world.put(failures('a'), step * STEP, 1)
    await world.history(
      Array.from({ length: 19 }, (_, i) => 2 + i),
      200,
    )
    await world.evaluate(201)
    return world
  }

  it('are recorded as alarms that were found late, and told in one message', async () => {
    const world = await outage(`${FAST}, ${SLOW}`, [5, 6, 7, 8])
    const stored = [...world.store.alerts.values()].map(({ rule, state, firedAt, resolvedAt }) => {
      return `${rule} ${state} ${(firedAt ?? 0) / STEP} ${(resolvedAt ?? 0) / STEP}`
    })
    assert.deepEqual(stored, [
      'Fast resolved 5 9',
      'Slow resolved 7 9',
      'FoundLate resolved 200 200',
    ])
    const [change, ...others] = world.store.changes
    assert.deepEqual([change?.kind, change?.alert.rule, others], ['fired', 'FoundLate', []])
    assert.match(
      change?.alert.annotations.description_en ?? '',
      /1970-01-01T00:00:50Z – 00:01:30Z Fast\n1970-01-01T00:01:10Z – 00:01:30Z Slow$/,
    )
    assert.equal([...world.store.alerts.values()][0]?.annotations.late_seconds, '1950')
  })

  it('tell nothing where nothing was', async () => {
    const world = await outage(FAST, [])
    assert.deepEqual([world.store.alerts.size, world.store.changes], [0, []])
  })

  it('end an alarm that has no end in them where they end', async () => {
    const world = await outage(FAST, [20])
    assert.equal([...world.store.alerts.values()][0]?.resolvedAt, 20 * STEP)
  })
})

describe('data that did not come', () => {
  it('end no alert when an agent was not waited for any longer, and others may fire', async () => {
    const world = new RuleWorld(rulesOf(FAST))
    world.put(failures('a'), 0, 1)
    await world.evaluate(0)
    world.put(failures('b'), STEP, 1)
    await world.evaluate(1, ['subscribe'])
    assert.deepEqual(world.told(), ['0 fired Fast a', '1 fired Fast b'])
    await world.evaluate(2)
    assert.deepEqual(world.told().slice(2).sort(), ['2 resolved Fast a', '2 resolved Fast b'])
  })

  it('do not end the patience of a pending alert', async () => {
    const world = new RuleWorld(rulesOf(SLOW))
    for (const step of [0, 2]) world.put(failures('a'), step * STEP, 1)
    await world.evaluate(0)
    await world.evaluate(1, ['subscribe'])
    await world.evaluate(2)
    assert.deepEqual(world.told(), ['2 fired Slow a'])
  })

  it('hold no rule that reads nothing of what agents hear', async () => {
    const world = new RuleWorld(rulesOf('{alert: Up, expr: up == 0}'))
    world.put({ __name__: 'up', job: 'a' }, 0, 0)
    await world.evaluate(0)
    world.put({ __name__: 'up', job: 'a' }, STEP, 1)
    await world.evaluate(1, ['subscribe'])
    assert.deepEqual(world.told(), ['0 fired Up a', '1 resolved Up a'])
  })
})
