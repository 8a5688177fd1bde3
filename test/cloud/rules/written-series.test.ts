/** What rules write: results of recording rules, `ALERTS` and `ALERTS_FOR_STATE`, as Prometheus does. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { RuleWorld, rulesOf } from './rule-world.ts'

const SLOW = '{alert: Slow, expr: up == 0, for: 20s, labels: {severity: error}}'
const FAST = '{alert: Fast, expr: up == 0}'
const ALERTS = '{__name__=~"ALERTS.*"}'
const up = (job: string) => ({ __name__: 'up', job })

/** `ALERTS` at each step, when `up` of job a is so at each step; `-`: no sample. */
async function alertsOf(rule: string, timeline: string): Promise<string[][]> {
  const world = new RuleWorld(rulesOf(rule))
  const found: string[][] = []
  for (const [step, value] of timeline.split(' ').entries()) {
    world.put(up('a'), step * 10_000, Number(value))
    await world.evaluate(step)
    found.push(await world.query(ALERTS, step))
  }
  return found
}

describe('ALERTS', () => {
  it('tells of each alert its state, as long as it lives, and since when', async () => {
    const labels = 'alertname=Slow,alertstate=pending,job=a,severity=error'
    const since = 'ALERTS_FOR_STATE{alertname=Slow,job=a,severity=error} 10'
    assert.deepEqual(await alertsOf(SLOW, '1 0 0 0 0 1 1'), [
      [],
      [since, `ALERTS{${labels}} 1`],
      [since, `ALERTS{${labels}} 1`],
      [since, `ALERTS{${labels.replace('pending', 'firing')}} 1`],
      [since, `ALERTS{${labels.replace('pending', 'firing')}} 1`],
      [],
      [],
    ])
  })

  it('can be read by the rules after it, at the same instant', async () => {
    const next = '{alert: Next, expr: "ALERTS{alertname=\\"Fast\\", alertstate=\\"firing\\"}"}'
    const count = '{record: alerts, expr: "count by (alertstate) (ALERTS)"}'
    const world = new RuleWorld(rulesOf(`${FAST}, ${next}, ${count}`))
    world.put(up('a'), 0, 0)
    await world.evaluate(0)
    assert.deepEqual(world.told(), ['0 fired Fast a', '0 fired Next a'])
    assert.deepEqual(await world.query('alerts', 0), ['alerts{alertstate=firing} 2'])
  })

  it('ends for an alert that ends after a restart', async () => {
    const world = new RuleWorld(rulesOf(FAST))
    world.put(up('a'), 0, 0)
    await world.evaluate(0)
    world.restart()
    world.put(up('a'), 10_000, 1)
    await world.evaluate(1)
    assert.deepEqual(await world.query(ALERTS, 1), [])
    assert.equal((await world.query(ALERTS, 0)).length, 2)
  })

  it('ends for a rule that is taken away, and for a group', async () => {
    for (const rest of [
      rulesOf('{alert: Other, expr: vector(0) > 1}'),
      rulesOf('{alert: O, expr: vector(0) > 1}', 'interval: 20s,'),
    ]) {
      const world = new RuleWorld(rulesOf(FAST))
      world.put(up('a'), 0, 0)
      await world.evaluate(0)
      world.rules = rest
      await world.evaluate(1)
      assert.deepEqual(await world.query(ALERTS, 1), [])
    }
  })

  it('says the same when the instant is evaluated again', async () => {
    const world = new RuleWorld(rulesOf(`${FAST}, {record: r, expr: up}`))
    world.put(up('a'), 0, 0)
    await world.evaluate(0)
    const before = await world.query('{job="a"}', 0)
    world.restart()
    await world.evaluate(0)
    assert.deepEqual(await world.query('{job="a"}', 0), before)
    assert.deepEqual(world.told(), ['0 fired Fast a'])
  })

  it('that cannot be written keeps nobody from being told', async () => {
    const world = new RuleWorld(rulesOf(FAST))
    world.full = 'no space'
    world.put(up('a'), 0, 0)
    await world.evaluate(0)
    assert.deepEqual(world.told(), ['0 fired Fast a'])
    assert.deepEqual(world.faults(), ['ALERTS not written: no space'])
  })

  it('carries the time of the data, not of the evaluation, with a query offset', async () => {
    const world = new RuleWorld(rulesOf(FAST, 'query_offset: 30s,'))
    world.put(up('a'), 0, 0)
    await world.evaluate(3)
    assert.equal((await world.query('ALERTS', 0)).length, 1)
  })
})

describe('a recording rule', () => {
  const RECORD = '{record: "job:down", expr: "up == 0", labels: {team: pay}}'

  it('writes what it finds, and ends what it finds no more', async () => {
    const world = new RuleWorld(rulesOf(RECORD))
    for (const job of ['a', 'b']) world.put(up(job), 0, 0)
    await world.evaluate(0)
    world.put(up('b'), 10_000, 1)
    await world.evaluate(1)
    assert.deepEqual(await world.query('{__name__="job:down"}', 0), [
      'job:down{job=a,team=pay} 0',
      'job:down{job=b,team=pay} 0',
    ])
    assert.deepEqual(await world.query('{__name__="job:down"}', 1), ['job:down{job=a,team=pay} 0'])
  })

  it('ends what is found no more, in whatever order the others come', async () => {
    const world = new RuleWorld(rulesOf('{record: r, expr: "topk(2, up)"}'))
    const timeline = ['a=2 b=1', 'a=1 b=2', 'a=0 b=2 c=1', 'a=0 b=1 c=2', 'a=3 b=2 c=0']
    const found: string[] = []
    for (const [step, values] of timeline.entries()) {
      for (const each of values.split(' ')) {
        const [job = '', value] = each.split('=')
        world.put(up(job), step * 10_000, Number(value))
      }
      await world.evaluate(step)
      found.push((await world.query('r', step)).join(' ').replaceAll(/r\{job=(.)\} /g, '$1='))
    }
    assert.deepEqual(found, ['a=2 b=1', 'a=1 b=2', 'b=2 c=1', 'b=1 c=2', 'a=3 b=2'])
  })

  it('that cannot write has failed with the reason, and no other rule of its group', async () => {
    const world = new RuleWorld(rulesOf(`${RECORD}, {alert: Other, expr: vector(1)}`))
    world.full = 'series limit'
    world.put(up('a'), 0, 0)
    await world.evaluate(0)
    assert.deepEqual(world.faults(), ['series limit', 'ALERTS not written: series limit'])
    assert.deepEqual(world.told(), ['0 fired Other -'])
    // Once there is room again, nothing is missing but that instant.
    world.full = ''
    await world.evaluate(1)
    assert.deepEqual(world.faults(), [undefined, undefined])
    assert.deepEqual(await world.query('{__name__="job:down"}', 1), ['job:down{job=a,team=pay} 0'])
  })

  it('that fails ends nothing: what is missing is unknown', async () => {
    const world = new RuleWorld(rulesOf('{record: r, expr: "up"}', 'limit: 1,'))
    world.put(up('a'), 0, 7)
    await world.evaluate(0)
    world.put(up('b'), 10_000, 7)
    await world.evaluate(1)
    assert.match(world.faults()[0] ?? '', /limit of 1/)
    assert.deepEqual(await world.query('r', 1), ['r{job=a} 7'])
  })
})
