/** What rules record of instants that are evaluated again takes the place of what they recorded before. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { RuleFeeds } from '../../../src/cloud/rules/rule-feeds.ts'
import { fileOf, RuleWorld, rulesOf, STEP } from './rule-world.ts'

const up = (job: string) => ({ __name__: 'up', job })

/** `up` of these jobs: `1 - 0`, a value at each step. */
function world(rules: ReturnType<typeof rulesOf>, jobs: Record<string, string>): RuleWorld {
  const made = new RuleWorld(rules)
  for (const [job, timeline] of Object.entries(jobs)) tell(made, job, timeline)
  return made
}

/** They replace what was told before. */
function tell(world: RuleWorld, job: string, timeline: string): void {
  for (const [step, word] of timeline.split(' ').entries()) {
    if (word !== '-') world.put(up(job), step * STEP, Number(word), true)
  }
}

/** `name` at each of these steps, each `job=value`. */
async function shown(world: RuleWorld, name: string, steps: number): Promise<string[]> {
  const all: string[] = []
  for (let step = 0; step < steps; step++) {
    const found = await world.query(name, step)
    all.push(found.map((line) => line.replace(/.*job=(\w+).* (.*)/, '$1=$2')).join(' '))
  }
  return all
}

describe('a recording rule, of data that come late', () => {
  const SUM = '{record: sum, expr: "sum by (job) (up)"}'
  const DOWN = '{record: down, expr: "up == 0"}'

  const cases = [
    ['replaces values', SUM, '1 1 1 1', '1 5 5 1', 'a=1 a=5 a=5 a=1'],
    ['ends a series that has none any more', DOWN, '0 0 0 0', '0 1 1 0', 'a=0   a=0'],
    ['takes back an end', DOWN, '0 1 1 0', '0 0 0 0', 'a=0 a=0 a=0 a=0'],
    ['begins a series, and ends it again', DOWN, '1 1 1 1', '1 0 1 1', ' a=0  '],
    ['leaves what is as before', DOWN, '0 1 0 1', '0 1 0 1', 'a=0  a=0 '],
  ] as const
  for (const [sentence, rule, before, after, recorded] of cases) {
    it(sentence, async () => {
      const own = world(rulesOf(rule), { a: before })
      for (let step = 0; step < 4; step++) await own.evaluate(step)
      tell(own, 'a', after)
      await own.again([1, 2, 3], 4)
      assert.deepEqual(await shown(own, rule.slice(9, rule.indexOf(',')), 4), recorded.split(' '))
    })
  }

  it('ends a series that the newest instant began late', async () => {
    const own = world(rulesOf(DOWN), { a: '1 1 1' })
    for (const step of [0, 1]) await own.evaluate(step)
    tell(own, 'a', '1 0')
    await own.again([0, 1], 2)
    await own.evaluate(2)
    assert.deepEqual(await shown(own, 'down', 3), ['', 'a=0', ''])
  })

  it('ends no series that it did not write, though it has the same name', async () => {
    const own = world(rulesOf(`${DOWN}, {record: down, expr: "up == 5", labels: {of: five}}`), {
      ...{ a: '0 0', b: '5 5' },
    })
    for (const step of [0, 1]) await own.evaluate(step)
    own.put({ __name__: 'down', job: 'foreign' }, STEP, 7)
    tell(own, 'a', '1 1')
    await own.again([0, 1], 2)
    assert.deepEqual(await shown(own, 'down', 2), ['b=5', 'b=5 foreign=7'])
  })

  it('knows after a restart what it writes again', async () => {
    const own = world(rulesOf(SUM), { a: '1 1 1' })
    for (const step of [0, 1, 2]) await own.evaluate(step)
    own.restart()
    tell(own, 'a', '1 4 4')
    await own.again([1, 2], 3)
    assert.deepEqual(await shown(own, 'sum', 3), ['a=1', 'a=4', 'a=4'])
  })
})

describe('a rule that reads what another records, of data that come late', () => {
  const RECORD = '{record: "job:up", expr: "sum by (job) (up)"}'
  const ALERT = '{alert: A, expr: "job:up == 0", for: 10s}'
  const places = [
    ['after it in its group', `[{name: g, rules: [${RECORD}, ${ALERT}]}]`],
    ['in another group', `[{name: g, rules: [${RECORD}]}, {name: h, rules: [${ALERT}]}]`],
    [
      'by way of two others, in groups before it',
      `[{name: g, rules: [{alert: A, expr: "all == 0", for: 10s}]},
        {name: h, rules: [{record: all, expr: "job:up * 2"}]}, {name: i, rules: [${RECORD}]}]`,
    ],
  ] as const
  for (const [place, groups] of places) {
    it(`${place}: fires for what it finds now`, async () => {
      const own = world(fileOf(`groups: ${groups}`), { a: '1 1 1 1 1 1 1 1' })
      for (let step = 0; step < 8; step++) await own.evaluate(step)
      assert.deepEqual(own.told(), [])
      tell(own, 'a', '1 0 0 0 0 0 0 0')
      await own.again([1, 2, 3, 4, 5, 6, 7], 8)
      assert.deepEqual(own.told(), ['7 fired A a'])
    })
  }

  it('finds also what an outage hid, long ago', async () => {
    const own = world(rulesOf(`${RECORD}, ${ALERT}`), { a: '1 1 1 1 1' })
    for (let step = 0; step < 5; step++) await own.evaluate(step)
    tell(own, 'a', '1 0 0 0 1')
    await own.history([1, 2, 3, 4], 5)
    assert.deepEqual(own.told(), ['4 fired FoundLate -'])
    assert.deepEqual(await shown(own, 'job:up', 5), ['a=1', 'a=0', 'a=0', 'a=0', 'a=1'])
  })

  it('ALERTS goes on to say what was told then', async () => {
    const own = world(rulesOf('{alert: A, expr: "up == 0"}'), { a: '1 1 1' })
    for (const step of [0, 1]) await own.evaluate(step)
    tell(own, 'a', '0 0 0')
    await own.again([0, 1], 2)
    assert.deepEqual(own.told(), ['1 fired A a'])
    assert.deepEqual(await shown(own, 'ALERTS', 2), ['', ''])
    await own.evaluate(2)
    assert.deepEqual(await shown(own, 'ALERTS', 3), ['', '', 'a=1'])
  })
})

describe('how long after data a group may still read them', () => {
  const cases = [
    ['sum_over_time(up[1m])', '{record: r, expr: up}', 70],
    ['sum_over_time(r[1m])', '{record: r, expr: "sum_over_time(up[2m])"}', 70 + 130],
    ['sum_over_time(r[1m] offset 1h)', '{record: r, expr: "sum_over_time(up[2m])"}', 3670 + 130],
    [
      'sum_over_time(s[1m])',
      '{record: r, expr: "sum_over_time(up[2m])"}, {record: s, expr: "sum_over_time(r[3m])"}',
      70 + 130 + 190,
    ],
  ] as const
  for (const [expr, records, seconds] of cases) {
    it(`${expr}, of ${records}: ${seconds} s`, () => {
      const rules = fileOf(
        `groups: [{name: g, interval: 10s, rules: [{alert: A, expr: '${expr}'}]},
          {name: h, interval: 10s, rules: [${records}]}]`,
      )
      const [group] = rules.groups
      assert.ok(group)
      assert.equal(new RuleFeeds(rules).lookBackMs(group), seconds * 1000)
    })
  }

  it('of a rule that reads itself, some of its own times', () => {
    const rules = fileOf('groups: [{name: g, interval: 1m, rules: [{record: r, expr: r + up}]}]')
    const [group] = rules.groups
    assert.ok(group)
    assert.equal(new RuleFeeds(rules).lookBackMs(group), 8 * 360_000)
  })
})
