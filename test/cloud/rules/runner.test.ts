import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { pino } from 'pino'
import { parseRuleFile } from '../../../src/cloud/rules/parse.ts'
import type { Observation } from '../../../src/cloud/rules/ports.ts'
import type { FeedMark } from '../../../src/cloud/rules/reach.ts'
import type { RuleSet } from '../../../src/cloud/rules/rule.ts'
import { RuleFeeds } from '../../../src/cloud/rules/rule-feeds.ts'
import { RuleRunner } from '../../../src/cloud/rules/runner.ts'
import { type Log, silentLog } from '../../../src/support/log.ts'
import { FakeClock } from '../../support/fake-clock.ts'

const MINUTE = 60_000

function ruleOf(expr: string): RuleSet {
  const text = `groups: [{name: g, interval: 10s, rules: [{alert: A, expr: '${expr}'}]}]`
  return { files: ['a.yaml'], groups: parseRuleFile('a.yaml', text).groups }
}

function rulesOf(...intervals: string[]): RuleSet {
  const groups = intervals.map((interval) => {
    return `{name: ${interval}, interval: ${interval}, rules: [{alert: A, expr: tars_calls}]}`
  })
  return { files: ['a.yaml'], groups: parseRuleFile('a.yaml', `groups: [${groups}]`).groups }
}

/** A runner whose saves keep the progress, unless `save` rejects. */
class Bench {
  readonly clock = new FakeClock()
  readonly seen: Observation[] = []
  readonly progress = new Map<string, number>()
  save: (observation: Observation) => Promise<void> = () => Promise.resolve()
  instant: (at: number) => Promise<{ type: 'vector'; samples: [] }> = () =>
    Promise.resolve({ type: 'vector', samples: [] })
  /** The group `10s`. */
  isAsleep = false
  history: (groups: readonly (readonly Observation[])[]) => void = () => {}
  readonly runner: RuleRunner

  constructor(rules: RuleSet, log: Log = silentLog) {
    this.runner = new RuleRunner({
      rules,
      log,
      clock: this.clock,
      progress: {
        progress: async (environment) =>
          [...this.progress].flatMap(([key, evaluatedAt]) => {
            const [of, group = ''] = key.split(' ')
            return of === environment ? [{ group, evaluatedAt }] : []
          }),
      },
      query: () => ({ instant: (_, at) => this.instant(at) }),
      sleeps: (_, { name }) => this.isAsleep && name === '10s',
      observeLate: async () => {},
      observeHistory: async (groups) => this.history(groups),
      observe: async (observation) => {
        await this.save(observation)
        this.seen.push(observation)
        this.progress.set(`${observation.environment} ${observation.group.key}`, observation.at)
      },
    })
  }

  async advance(watermark: number, environment = 'al-1', feeds: FeedMark[] = []): Promise<void> {
    this.runner.advance(environment, watermark, watermark + 7, { feeds })
    await this.runner.idle()
  }

  /** Time goes on, second by second. */
  async moveTo(at: number): Promise<void> {
    for (let now = this.clock.now(); now < at; now += 1000) {
      this.clock.moveTo(Math.min(at, now + 1000))
      await this.runner.idle()
    }
  }

  /** `group@seconds`, in order. */
  instants(): string[] {
    return this.seen.map(({ group, at }) => `${group.name}@${at / 1000}`)
  }
}

describe('RuleRunner', () => {
  it('starts a new environment with the instant of its first watermark', async () => {
    const bench = new Bench(rulesOf('10s'))
    await bench.advance(125_000)
    assert.deepEqual(bench.instants(), ['10s@120'])
  })

  it('evaluates at each multiple of the interval the watermark has passed, once', async () => {
    const bench = new Bench(rulesOf('10s'))
    for (const watermark of [100_000, 109_999, 110_000, 110_000, 135_000, 90_000]) {
      await bench.advance(watermark)
    }
    assert.deepEqual(bench.instants(), ['10s@100', '10s@110', '10s@120', '10s@130'])
  })

  it('leaves a group alone while it sleeps; it wakes with the newest instant', async () => {
    const bench = new Bench(rulesOf('10s', '30s'))
    await bench.advance(60_000)
    bench.isAsleep = true
    await bench.advance(90_000)
    assert.deepEqual(bench.instants(), ['10s@60', '30s@60', '30s@90'])
    bench.isAsleep = false
    await bench.advance(100_000)
    assert.deepEqual(bench.instants().slice(3), ['10s@100'])
  })

  for (const [isAsleep, again] of [
    [true, 0],
    [false, 1],
  ] as const) {
    it(`data that come late are ${isAsleep ? 'not ' : ''}judged again by a group that ${isAsleep ? 'sleeps' : 'does not sleep'}`, async () => {
      const bench = new Bench(rulesOf('10s'))
      await bench.advance(60_000)
      bench.isAsleep = isAsleep
      await bench.advance(65_000)
      bench.runner.advance('al-1', 65_000, 65_000, { oldestMs: 60_000 })
      await bench.moveTo(70_000)
      assert.equal(bench.runner.counters.again, again)
    })
  }

  it('takes groups of different intervals in order of time', async () => {
    const bench = new Bench(rulesOf('10s', '30s'))
    await bench.advance(60_000)
    await bench.advance(90_000)
    assert.deepEqual(bench.instants(), ['10s@60', '30s@60', '10s@70', '10s@80', '10s@90', '30s@90'])
  })

  it('hands on the instant before, when the data came, and all rules', async () => {
    const rules = rulesOf('10s')
    const bench = new Bench(rules)
    bench.progress.set('al-1 a.yaml;10s', 50_000)
    await bench.advance(61_000)
    const [seen] = bench.seen
    assert.deepEqual(
      [seen?.environment, seen?.at, seen?.previousAt, seen?.receivedAt, seen?.rules === rules],
      ['al-1', 60_000, 50_000, 61_007, true],
    )
    assert.deepEqual(
      seen?.results.map(({ kind }) => kind),
      ['alerting'],
    )
  })

  it('goes on from the stored progress after a restart, at most 10 minutes back', async () => {
    const bench = new Bench(rulesOf('1m'))
    bench.progress.set('al-1 a.yaml;1m', 5 * MINUTE)
    await bench.advance(30 * MINUTE + 1)
    assert.deepEqual(
      bench.instants(),
      Array.from({ length: 10 }, (_, i) => `1m@${(21 + i) * 60}`),
    )
    // 6 to 20 were passed over.
    assert.equal(bench.runner.counters.skippedInstants, 15)
    assert.equal(bench.seen[0]?.previousAt, 5 * MINUTE)
  })

  it('judges ten minutes of what came before a start when nothing of it had been judged', async () => {
    const bench = new Bench(rulesOf('1m'))
    bench.runner.advance('al-1', 3600_000, 3600_007, { fromBefore: true })
    await bench.runner.idle()
    assert.deepEqual(bench.instants().at(0), '1m@3000')
    assert.equal(bench.seen.length, 11)
    const again = new Bench(rulesOf('1m'))
    again.progress.set('al-1 a.yaml;1m', 3540_000)
    again.runner.advance('al-1', 3600_000, 3600_007, { fromBefore: true })
    await again.runner.idle()
    assert.deepEqual(again.instants(), ['1m@3600'])
  })

  it('does so of each group: a crash may have come after another, which begins earlier', async () => {
    const bench = new Bench(rulesOf('1m', '5m'))
    bench.progress.set('al-1 a.yaml;5m', 3600_000)
    bench.runner.advance('al-1', 3600_000, 3600_007, { fromBefore: true })
    await bench.runner.idle()
    assert.deepEqual(bench.instants().at(0), '1m@3000')
    assert.equal(bench.seen.length, 11)
  })

  it('keeps environments apart', async () => {
    const bench = new Bench(rulesOf('10s'))
    await bench.advance(100_000, 'al-1')
    await bench.advance(500_000, 'al-2')
    await bench.advance(110_000, 'al-1')
    assert.deepEqual(
      bench.seen.map(({ environment, at }) => `${environment}@${at / 1000}`),
      ['al-1@100', 'al-2@500', 'al-1@110'],
    )
  })

  it('never evaluates an environment twice at a time; calls meanwhile come to the newest watermark', async () => {
    const bench = new Bench(rulesOf('10s'))
    let saving = 0
    let most = 0
    bench.save = async () => {
      most = Math.max(most, ++saving)
      await new Promise(setImmediate)
      saving--
    }
    await bench.advance(100_000)
    for (let at = 100_000; at <= 200_000; at += 5000) bench.runner.advance('al-1', at, at)
    await bench.runner.idle()
    assert.equal(most, 1)
    assert.deepEqual(
      bench.seen.map(({ at }) => at),
      Array.from({ length: 11 }, (_, i) => 100_000 + i * 10_000),
    )
    assert.equal(bench.seen.at(-1)?.receivedAt, 200_000)
  })

  it('misses no watermark that comes just as it ends', async () => {
    const bench = new Bench(rulesOf('10s'))
    await bench.advance(100_000)
    for (let depth = 0; depth < 20; depth++) {
      const watermark = 110_000 + depth * 20_000
      bench.runner.advance('al-1', watermark, watermark)
      // A few microtasks later, at whatever point of the run that is.
      let later = Promise.resolve()
      for (let i = 0; i < depth; i++) later = later.then(() => {})
      await later
      bench.runner.advance('al-1', watermark + 10_000, watermark + 10_000)
      await bench.runner.idle()
      assert.equal(bench.seen.at(-1)?.at, watermark + 10_000, `after ${depth} microtasks`)
    }
  })

  it('tries an instant that could not be saved again, by itself, and skips none', async () => {
    const bench = new Bench(rulesOf('10s'))
    await bench.advance(100_000)
    let failures = 2
    bench.save = () => (failures-- > 0 ? Promise.reject(new Error('disk full')) : Promise.resolve())
    await bench.advance(120_000)
    assert.deepEqual(bench.instants(), ['10s@100'])
    for (let i = 0; i < 3; i++) {
      bench.clock.advance(MINUTE)
      await bench.runner.idle()
    }
    assert.deepEqual(bench.instants(), ['10s@100', '10s@110', '10s@120'])
    assert.equal(bench.runner.counters.failedSaves, 2)
  })

  it('does not repeat an instant that was saved although the answer got lost', async () => {
    const bench = new Bench(rulesOf('10s'))
    await bench.advance(100_000)
    bench.save = ({ group, at }) => {
      bench.progress.set(`al-1 ${group.key}`, at)
      bench.save = () => Promise.resolve()
      return Promise.reject(new Error('lost'))
    }
    await bench.advance(110_000)
    await bench.advance(120_000)
    assert.deepEqual(bench.instants(), ['10s@100', '10s@120'])
  })

  it('counts rules that fail, and goes on', async () => {
    const bench = new Bench(rulesOf('10s'))
    bench.instant = () => Promise.reject(new Error('too expensive'))
    await bench.advance(100_000)
    await bench.advance(110_000)
    assert.deepEqual(
      bench.seen.map(({ results }) => results[0]?.kind),
      ['failed', 'failed'],
    )
    const { evaluationMs, again: _, ...counters } = bench.runner.counters
    assert.ok(evaluationMs > 0)
    assert.deepEqual(counters, {
      evaluations: 2,
      skippedInstants: 0,
      failedRules: 2,
      failedSaves: 0,
    })
  })

  it('tells how the last evaluation went, until the rules change or the environment is gone', async () => {
    const bench = new Bench(rulesOf('10s'))
    const last = () => bench.runner.lastEvaluation('al-1', 'a.yaml;10s')
    assert.equal(last(), undefined)
    bench.instant = () => Promise.reject(new Error('too expensive'))
    await bench.advance(100_000)
    assert.deepEqual(last()?.rules[0]?.fault, 'too expensive')
    bench.instant = () => Promise.resolve({ type: 'vector', samples: [] })
    await bench.advance(110_000)
    const { tookMs, rules } = last() ?? { tookMs: 0, rules: [] }
    assert.deepEqual(
      rules.map((one) => [one?.fault, one && one.tookMs > 0 && one.tookMs <= tookMs]),
      [[undefined, true]],
    )
    assert.equal(bench.runner.lastEvaluation('al-2', 'a.yaml;10s'), undefined)
    bench.runner.reload(rulesOf('10s'))
    assert.equal(last(), undefined)
    await bench.advance(120_000)
    bench.runner.forget('al-1')
    assert.equal(last(), undefined)
  })

  it('keeps how evaluations went of rules that are still there when an environment changes its own', async () => {
    const own = (...names: string[]) => {
      const rules = names.map((name) => ownRules[name] ?? assert.fail(name))
      return [{ ...group, rules }]
    }
    const names = ['A', 'B', 'C']
    const all = names.map((name) => `{alert: ${name}, expr: tars_calls}`)
    const text = `groups: [{name: own, interval: 10s, rules: [${all}]}]`
    const [group = assert.fail()] = parseRuleFile('own', text).groups
    const ownRules = Object.fromEntries(group.rules.map((rule) => [rule.name, rule]))
    const bench = new Bench(rulesOf('10s'))
    const last = (of: string) =>
      bench.runner.lastEvaluation('al-1', of)?.rules.map((one) => one && one.tookMs > 0)
    bench.runner.reloadOwn('al-1', own('A', 'B'))
    await bench.advance(100_000)
    assert.deepEqual([last('a.yaml;10s'), last('own;own')], [[true], [true, true]])
    bench.runner.reloadOwn('al-1', own('B', 'C'))
    assert.deepEqual([last('a.yaml;10s'), last('own;own')], [[true], [true, undefined]])
    await bench.advance(110_000)
    assert.deepEqual(last('own;own'), [true, true])
    bench.runner.reloadOwn('al-1', [])
    assert.deepEqual([last('a.yaml;10s'), last('own;own')], [[true], undefined])
  })

  it('logs a fault when it changes', async () => {
    const lines: string[] = []
    const log = pino({ base: null }, { write: (line: string) => lines.push(line) })
    const bench = new Bench(rulesOf('10s'), log)
    for (const [i, fault] of ['a', 'a', '', 'a', 'b'].entries()) {
      bench.instant = () =>
        fault === ''
          ? Promise.resolve({ type: 'vector', samples: [] })
          : Promise.reject(new Error(fault))
      await bench.advance(100_000 + i * 10_000)
    }
    assert.deepEqual(
      lines.map((line) => JSON.parse(line).fault),
      ['a', 'a', 'b'],
    )
  })

  it('takes new rules from the next instant on; new groups start with it', async () => {
    const bench = new Bench(rulesOf('10s'))
    await bench.advance(100_000)
    bench.runner.reload(rulesOf('10s', '30s'))
    await bench.advance(125_000)
    assert.deepEqual(bench.instants(), ['10s@100', '10s@110', '10s@120', '30s@120'])
  })

  it('begins anew when time was set back by more than an hour; by less it waits', async () => {
    const bench = new Bench(rulesOf('10s'))
    await bench.advance(10_000_000)
    await bench.advance(9_000_000)
    await bench.advance(5_000_000)
    await bench.advance(5_010_000)
    assert.deepEqual(bench.instants(), ['10s@10000', '10s@5000', '10s@5010'])
    assert.equal(bench.seen[1]?.previousAt, undefined)
  })

  it('stops after the instant at hand', async () => {
    const bench = new Bench(rulesOf('10s'))
    await bench.advance(100_000)
    bench.runner.advance('al-1', 200_000, 200_000)
    await bench.runner.stop()
    bench.runner.advance('al-1', 300_000, 300_000)
    await bench.runner.idle()
    assert.ok(bench.seen.length <= 2, bench.instants().join())
  })
})

describe('RuleRunner, of rules that read what agents hear', () => {
  const mark = (feed: FeedMark['feed'], newestMs: number): FeedMark => {
    return { feed, newestMs, receivedAt: newestMs + 7 }
  }
  const subscribe = (newestMs: number) => mark('subscribe', newestMs)
  /** Two agents have closed the window of 100 s. */
  async function begun(expr = 'tars_calls') {
    const bench = new Bench(ruleOf(expr))
    bench.clock.moveTo(100_007)
    await bench.advance(100_000, 'al-1', [subscribe(100_000)])
    return bench
  }
  const late = (bench: Bench) => bench.seen.map(({ at, late = [] }) => `${at / 1000}${late.join()}`)

  it('does not wait longer than 15 s for an agent that is behind, and says so', async () => {
    const bench = await begun()
    bench.clock.moveTo(110_007)
    await bench.advance(100_000, 'al-1', [subscribe(110_000)])
    await bench.moveTo(124_000)
    assert.deepEqual(late(bench), ['100'])
    await bench.moveTo(126_000)
    assert.deepEqual(late(bench), ['100', '110subscribe'])
    const last = bench.runner.lastEvaluation('al-1', 'a.yaml;g')
    assert.deepEqual(last?.late, ['subscribe'])
  })

  for (const [sentence, rules] of [
    ['that it reads', '{alert: A, expr: tars_calls == 0}'],
    [
      'of which it reads a recorded part',
      '{record: part, expr: tars_calls}, {alert: A, expr: part == 0}',
    ],
  ] as const) {
    it(`takes what it does not find for unknown, of an agent that is behind, ${sentence}`, async () => {
      const text = `groups: [{name: g, interval: 10s, rules: [${rules}]}]`
      const bench = new Bench({ files: ['a.yaml'], groups: parseRuleFile('a.yaml', text).groups })
      bench.clock.moveTo(100_007)
      await bench.advance(100_000, 'al-1', [subscribe(100_000)])
      bench.clock.moveTo(110_007)
      await bench.advance(100_000, 'al-1', [subscribe(110_000)])
      await bench.moveTo(126_000)
      const partial = bench.seen.map(({ results }) => results.map((one) => 'partial' in one).at(-1))
      assert.deepEqual(partial, [false, true])
    })
  }

  it('goes on at once when it has come', async () => {
    const bench = await begun()
    bench.runner.advance('al-1', 100_000, 110_007, { feeds: [subscribe(110_000)] })
    await bench.moveTo(115_000)
    await bench.advance(110_000, 'al-1', [subscribe(110_000)])
    assert.deepEqual(late(bench), ['100', '110'])
    assert.equal(bench.runner.lastEvaluation('al-1', 'a.yaml;g')?.late, undefined)
  })

  it('evaluates nothing while no agent comes: what is missing neither fires nor resolves', async () => {
    const bench = await begun()
    await bench.moveTo(3_600_000)
    assert.deepEqual(late(bench), ['100'])
  })

  it('says when what is polled has had no news for three buckets, and waits for none of it', async () => {
    const bench = await begun('sum_over_time(tars_calls{span="5m"}[5m])')
    for (const [at, bucketEnd] of [
      [1_200_000, 300_000],
      [1_210_000, 300_000],
      [1_220_000, 1_200_000],
    ] as const) {
      await bench.advance(at, 'al-1', [subscribe(at), mark('query', bucketEnd)])
    }
    assert.deepEqual(late(bench).slice(-3), ['1200', '1210query', '1220'])
  })

  it('says nothing of a feed whose data the rules do not read', async () => {
    const bench = await begun('tars_calls{span="10s"}')
    await bench.advance(1_210_000, 'al-1', [subscribe(1_210_000), mark('query', 300_000)])
    assert.equal(late(bench).at(-1), '1210')
  })
})

describe('RuleRunner, when data come late', () => {
  /** Instants to 300 s are evaluated, then data of `oldest` come; which instants are evaluated again? */
  async function again(rules: RuleSet, oldest: readonly number[], nowSeconds = 300) {
    const bench = new Bench(rules)
    const asked: number[] = []
    bench.clock.moveTo(nowSeconds * 1000)
    for (let at = 10; at <= 300; at += 10) await bench.advance(at * 1000)
    for (const at of oldest) {
      bench.runner.advance('al-1', 300_000, 300_007, { oldestMs: at * 1000 })
    }
    await bench.runner.idle()
    bench.instant = async (at) => {
      asked.push(at / 1000)
      return { type: 'vector', samples: [] }
    }
    await bench.moveTo(nowSeconds * 1000 + 20_000)
    return asked
  }
  const MINUTES = ruleOf('sum_over_time(tars_calls[1m]) > 0')
  const BY_WAY: RuleSet = {
    files: [],
    groups: parseRuleFile(
      'a.yaml',
      `groups:
        - {name: g, interval: 10s, rules: [{alert: A, expr: "sum_over_time(r[10s])"}]}
        - {name: h, interval: 10s, rules: [{record: r, expr: "sum_over_time(tars_calls[10s])"}]}`,
    ).groups,
  }

  const cases = [
    [
      'the instants whose windows contain them',
      MINUTES,
      [200],
      300,
      [200, 210, 220, 230, 240, 250, 260, 270],
    ],
    [
      'those of all that came together, once',
      MINUTES,
      [260, 280, 260],
      300,
      [260, 270, 280, 290, 300],
    ],
    ['none, when they are of windows that are still to come', MINUTES, [310], 300, []],
    ['none of more than ten minutes ago', MINUTES, [245], 840, [250, 260, 270, 280, 290, 300]],
    [
      'also those that read them by way of what other groups record, these first',
      BY_WAY,
      [230],
      300,
      [230, 230, 240, 240, 250, 250, 260, 270],
    ],
    [
      'none, of rules that read nothing that agents hear',
      ruleOf('sum_over_time(tars_calls{span="5m"}[1m])'),
      [200],
      300,
      [],
    ],
  ] as const
  for (const [sentence, rules, oldest, now, instants] of cases) {
    it(`evaluates ${sentence}`, async () => {
      assert.deepEqual(await again(rules, oldest, now), instants)
    })
  }

  it('repairs the history of an outage once, when a minute long nothing of it has come', async () => {
    const bench = new Bench(MINUTES)
    const seen: string[] = []
    bench.history = (groups) => {
      const at = groups[0]?.map((each) => each.at / 1000) ?? []
      seen.push(`${at[0]} to ${at.at(-1)} in ${at.length}, at ${bench.clock.now() / 1000}`)
    }
    bench.clock.moveTo(10_000_000)
    await bench.advance(10_000_000)
    for (let at = 3_000; at <= 9_300; at += 300) {
      bench.runner.advance('al-1', 10_000_000, 10_000_007, { oldestMs: at * 1000 })
      await bench.moveTo(bench.clock.now() + 10_000)
    }
    await bench.moveTo(bench.clock.now() + 200_000)
    // 638 instants: each second one, and the last.
    assert.deepEqual(seen, ['3000 to 9370 in 320, at 10270'])
  })

  it('evaluates also the instants before them that `for` may count', async () => {
    const text =
      'groups: [{name: g, rules: [{alert: A, expr: "sum_over_time(tars_calls[10s]) > 0", for: 30s}]}]'
    const rules = { files: [], groups: parseRuleFile('a.yaml', text).groups }
    assert.deepEqual(await again(rules, [200]), [170, 180, 190, 200, 210, 220])
  })

  it('evaluates sixty instants of a group at the most', async () => {
    const day = ruleOf('sum_over_time(tars_calls[1d]) > 0')
    const found = await again(
      { ...day, groups: day.groups.map((group) => ({ ...group, intervalMs: 1000 })) },
      [100],
    )
    assert.deepEqual([found.length, found[0], found.at(-1)], [60, 241, 300])
  })
})

describe('RuleRunner, of rules that read nothing of the framework', () => {
  for (const expr of [
    'up == 0',
    'vector(1)',
    'sum_over_time(tars_notify_events[1m]) > 0',
    'absent(up)',
  ]) {
    it(`${expr} runs by the clock`, async () => {
      const bench = new Bench(ruleOf(expr))
      bench.clock.moveTo(100_000)
      bench.runner.begin('al-1', 100_000)
      await bench.moveTo(119_000)
      assert.deepEqual(bench.instants(), ['g@100', 'g@110'])
    })
  }

  it('begins with the first data of an environment, whichever way it comes', async () => {
    const bench = new Bench(ruleOf('vector(1)'))
    await bench.moveTo(30_000)
    assert.deepEqual(bench.instants(), [])
    await bench.advance(30_000)
    bench.runner.begin('al-2', 30_000)
    await bench.moveTo(31_000)
    assert.deepEqual(
      bench.seen.map(({ environment, at }) => `${environment}@${at / 1000}`),
      ['al-1@30', 'al-2@30'],
    )
  })

  it('is never evaluated twice when the clock is set back, and goes on when time is there again', async () => {
    const bench = new Bench(ruleOf('vector(1)'))
    let skewMs = 0
    const { now } = bench.clock
    bench.clock.now = () => now.call(bench.clock) + skewMs
    bench.clock.moveTo(100_000)
    bench.runner.begin('al-1', 100_000)
    await bench.moveTo(110_000)
    skewMs = -30_000
    await bench.moveTo(130_000)
    assert.deepEqual(bench.instants(), ['g@100', 'g@110'])
    await bench.moveTo(152_000)
    assert.deepEqual(bench.instants(), ['g@100', 'g@110', 'g@120'])
  })

  const groups = [
    [
      'a rule of data time in the group holds all of it',
      '{alert: A, expr: up}, {alert: B, expr: tars_calls}',
      false,
    ],
    [
      'what it reads of a recording rule is of data time',
      '{record: r, expr: tars_calls}, {alert: A, expr: r}',
      false,
    ],
    ['a notify is told at once', '{alert: A, expr: tars_notify_events}', true],
    ['a selector without a name may match anything', `{alert: A, expr: '{job="x"}'}`, false],
    [
      'names of our own that are not known are of data time',
      '{alert: A, expr: tars_threshold}',
      false,
    ],
  ] as const
  for (const [sentence, rules, onClock] of groups) {
    it(`${onClock ? 'by the clock' : 'on data time'}: ${sentence}`, () => {
      const { groups } = parseRuleFile('a.yaml', `groups: [{name: g, rules: [${rules}]}]`)
      const feeds = new RuleFeeds({ files: [], groups })
      assert.deepEqual(
        groups.map((group) => feeds.isOnClock(group)),
        [onClock],
      )
    })
  }

  it('on data time: a rule that reads what another group records of it, or an alert of it', () => {
    const { groups } = parseRuleFile(
      'a.yaml',
      `groups:
        - {name: a, rules: [{record: r, expr: tars_calls}, {alert: Slow, expr: r > 1}]}
        - {name: b, rules: [{alert: B, expr: r > 1}]}
        - {name: c, rules: [{alert: C, expr: 'ALERTS{alertname="Slow"}'}]}
        - {name: d, rules: [{alert: D, expr: 'ALERTS{alertname="Other"}'}]}`,
    )
    const feeds = new RuleFeeds({ files: [], groups })
    assert.deepEqual(
      groups.map((group) => feeds.isOnClock(group)),
      [false, false, false, true],
    )
  })
})
