import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { AlertTracker, type TrackerOptions } from '../../../src/cloud/alerts/tracker.ts'
import { parseRuleFile } from '../../../src/cloud/rules/parse.ts'
import type { Observation, RuleResult } from '../../../src/cloud/rules/ports.ts'
import type { RuleGroup, RuleSet } from '../../../src/cloud/rules/rule.ts'
import type { NotifyEvent } from '../../../src/model/event.ts'
import type { Labels } from '../../../src/model/labels.ts'
import { silentLog } from '../../../src/support/log.ts'
import { MemoryStore } from './memory-store.ts'

const STEP = 10_000

function rulesOf(yaml: string): RuleSet {
  const { groups, faults } = parseRuleFile('test.yaml', `groups: [{name: g, rules: [${yaml}]}]`)
  assert.deepEqual(faults, [])
  return { files: ['test.yaml'], groups }
}

const SLOW = '{alert: Slow, expr: up, for: 20s, keep_firing_for: 20s, labels: {severity: critical}}'
const FAST = '{alert: Fast, expr: up}'
const NOTIFY = '{alert: Notify, expr: "sum_over_time(tars_notify_events[1m]) > 0"}'

interface Frame {
  readonly at: number
  /** By index of the rule: its elements' `instance`, or a fault. */
  readonly found: readonly (readonly string[] | 'failed')[]
}

function observationOf(rules: RuleSet, { at, found }: Frame): Observation {
  const group = rules.groups[0] as RuleGroup
  const results = group.rules.map((rule, i): RuleResult => {
    const instances = found[i] ?? []
    if (instances === 'failed') return { kind: 'failed', rule, message: 'too expensive' }
    if (rule.kind === 'recording') return { kind: 'recording', rule, count: 0 }
    const elements = instances.map((instance) => {
      const labels: Labels = { ...rule.fixedLabels, module: instance, alertname: rule.name }
      return { labels, value: at / STEP, annotations: { title: `${instance} is slow` } }
    })
    return { kind: 'alerting', rule, elements }
  })
  return {
    environment: 'al-1',
    group,
    rules,
    at,
    previousAt: at - STEP,
    receivedAt: at + 5,
    results,
  }
}

class Bench {
  readonly store = new MemoryStore()
  events: NotifyEvent[] = []
  eventRules: TrackerOptions['eventRules']
  damps = true
  tracker = this.start()

  start(): AlertTracker {
    const select = async (_: string, labels: readonly Labels[], from: number, to: number) =>
      labels.map((each) =>
        this.events.filter(({ at, module }) => at >= from && at < to && module === each.module),
      )
    const { store, eventRules } = this
    return new AlertTracker({
      ...{ store, events: { events: select }, log: silentLog, maxPerRule: 3 },
      ...(eventRules && { eventRules }),
      damps: () => this.damps,
    })
  }

  observe(rules: RuleSet, step: number, ...found: Frame['found']): Promise<void> {
    return this.tracker.observe(observationOf(rules, { at: step * STEP, found }))
  }

  /** `3 fired Slow a` for each change, in steps. */
  told(): string[] {
    return this.store.changes.map(({ kind, at, alert }) => {
      return `${at / STEP} ${kind} ${alert.rule} ${alert.labels.module}`
    })
  }
}

/** A timeline of one rule: for each step the letters found, `-` none, `!` the rule failed. */
async function play(rule: string, timeline: string): Promise<string[]> {
  const bench = new Bench()
  const rules = rulesOf(rule)
  for (const [step, mark] of timeline.split(' ').entries()) {
    await bench.observe(rules, step, mark === '!' ? 'failed' : mark === '-' ? [] : [...mark])
  }
  return bench.told()
}

describe('AlertTracker', () => {
  // Sentence, rule, timeline, changes.
  const cases = [
    [
      'tells of an alert when it fires and when it is over',
      FAST,
      'a a - -',
      ['0 fired Fast a', '2 resolved Fast a'],
    ],
    [
      'tells each element apart',
      FAST,
      'a ab b -',
      ['0 fired Fast a', '1 fired Fast b', '2 resolved Fast a', '3 resolved Fast b'],
    ],
    [
      'waits out `for` and keeps firing',
      SLOW,
      'a a a - a - - -',
      ['2 fired Slow a', '7 resolved Slow a'],
    ],
    ['says nothing of a pending alert that leaves', SLOW, 'a a - a a -', []],
    [
      'a new run after the end is told again',
      FAST,
      'a - a',
      ['0 fired Fast a', '1 resolved Fast a', '2 fired Fast a'],
    ],
    [
      'what comes and goes is told three times within half an hour, then when it is calm for 10 min',
      FAST,
      `a - a - a - a - ${'a '.repeat(9)}${'- '.repeat(60)}-`,
      [
        ...['0 fired Fast a', '1 resolved Fast a', '2 fired Fast a', '3 resolved Fast a'],
        ...['4 fired Fast a', '77 resolved Fast a'],
      ],
    ],
    [
      'what comes again after half an hour does not flap',
      FAST,
      `a - a - ${'- '.repeat(177)}a - -`,
      [
        ...['0 fired Fast a', '1 resolved Fast a', '2 fired Fast a', '3 resolved Fast a'],
        ...['181 fired Fast a', '182 resolved Fast a'],
      ],
    ],
    [
      'a rule that fails keeps its alerts',
      FAST,
      'a ! ! a -',
      ['0 fired Fast a', '4 resolved Fast a'],
    ],
    ['a failed rule does not restart the wait', SLOW, 'a ! a', ['2 fired Slow a']],
    [
      'a rule with too many alerts keeps those it has',
      FAST,
      'a abcd -',
      ['0 fired Fast a', '2 resolved Fast a'],
    ],
  ] as const
  for (const [sentence, rule, timeline, changes] of cases) {
    it(sentence, async () => assert.deepEqual(await play(rule, timeline), changes))
  }

  it('hands on what the alert is: severity, value, annotations, and when its data came', async () => {
    const bench = new Bench()
    for (const step of [1, 2, 3]) await bench.observe(rulesOf(SLOW), step, ['a'])
    const [change] = bench.store.changes
    assert.deepEqual(
      { ...change, alert: { ...change?.alert, id: '' } },
      {
        kind: 'fired',
        at: 3 * STEP,
        receivedAt: 3 * STEP + 5,
        alert: {
          id: '',
          environment: 'al-1',
          rule: 'Slow',
          labels: { alertname: 'Slow', severity: 'critical', module: 'a' },
          annotations: { title: 'a is slow' },
          severity: 'ERROR',
          state: 'firing',
          value: 3,
          activeAt: STEP,
          firedAt: 3 * STEP,
          events: [],
        },
      },
    )
  })

  it('says that an alert flaps, and for the alert remembers it over a restart', async () => {
    const bench = new Bench()
    for (const [step, found] of [...'a-a-a'].entries()) {
      await bench.observe(rulesOf(FAST), step, found === 'a' ? ['a'] : [])
    }
    const texts = bench.store.changes.map(({ alert }) => alert.annotations.description_en ?? '')
    assert.deepEqual(
      texts.map((text) => /fired 3 times within half an hour/.test(text)),
      [false, false, false, false, true],
    )
    bench.tracker = bench.start()
    await bench.observe(rulesOf(FAST), 5, [])
    await bench.observe(rulesOf(FAST), 6, ['a'])
    await bench.observe(rulesOf(FAST), 7, [])
    await bench.observe(rulesOf(FAST), 66, [])
    assert.equal(bench.store.changes.length, 5)
    await bench.observe(rulesOf(FAST), 67, [])
    assert.equal(bench.store.changes.at(-1)?.kind, 'resolved')
  })

  it('does so only where it is wanted: rule files of others are followed to the letter', async () => {
    const bench = new Bench()
    bench.damps = false
    for (const [step, found] of [...'a-a-a-'].entries()) {
      await bench.observe(rulesOf(FAST), step, found === 'a' ? ['a'] : [])
    }
    assert.deepEqual(bench.told().at(-1), '5 resolved Fast a')
  })

  it('keeps one rule from harming another', async () => {
    const bench = new Bench()
    const rules = rulesOf(`${FAST}, ${SLOW}`)
    for (const step of [0, 1, 2]) await bench.observe(rules, step, 'failed', ['a'])
    assert.deepEqual(bench.told(), ['2 fired Slow a'])
  })

  it('goes on after a restart where it was', async () => {
    const bench = new Bench()
    const rules = rulesOf(SLOW)
    for (const step of [0, 1, 2, 3, 4, 5, 6]) {
      bench.tracker = bench.start()
      await bench.observe(rules, step, step < 3 ? ['a'] : [])
    }
    assert.deepEqual(bench.told(), ['2 fired Slow a', '5 resolved Slow a'])
  })

  it('keeps the alerts of a rule over a reload, and tells the end of those of a rule that is gone', async () => {
    const bench = new Bench()
    await bench.observe(rulesOf(`${FAST}, {alert: Other, expr: up}`), 0, ['a'], ['b'])
    await bench.observe(rulesOf(FAST), 1, ['a'])
    await bench.observe(rulesOf(FAST), 2, ['a'])
    assert.deepEqual(bench.told(), ['0 fired Fast a', '0 fired Other b', '1 resolved Other b'])
    assert.deepEqual(
      [...bench.store.alerts.values()].map(({ rule, state }) => `${rule} ${state}`),
      ['Fast firing', 'Other resolved'],
    )
    const { description = '', description_en = '' } =
      bench.store.changes.at(-1)?.alert.annotations ?? {}
    assert.match(description, /规则已删除或更改/)
    assert.match(description_en, /rule was removed or changed/)
  })

  it('ends a pending alert of a rule that is gone in silence', async () => {
    const bench = new Bench()
    await bench.observe(rulesOf(`${FAST}, ${SLOW}`), 0, [], ['a'])
    await bench.observe(rulesOf(FAST), 1, [])
    assert.deepEqual([bench.told(), [...bench.store.alerts.values()]], [[], []])
  })

  it('takes what two rules of one name find for one alert, as long as either finds it', async () => {
    const bench = new Bench()
    const rules = rulesOf(`${FAST}, ${FAST}`)
    const both = [
      [['a'], ['a']],
      [[], ['a']],
      [['a'], []],
      [[], []],
    ] as const
    for (const [step, found] of both.entries()) await bench.observe(rules, step, ...found)
    assert.deepEqual(bench.told(), ['0 fired Fast a', '3 resolved Fast a'])
  })

  for (const change of ['a start', 'a reload'] as const) {
    it(`leaves an alert that a rule of another group may have found to that one, after ${change}`, async () => {
      const text = `groups: [{name: g, rules: [${FAST}]}, {name: h, rules: [${FAST}]}]`
      const read = () => ({ files: [], groups: parseRuleFile('test.yaml', text).groups })
      const bench = new Bench()
      let rules = read()
      const evaluate = async (step: number, ...found: readonly string[][]) => {
        for (const [at, group] of rules.groups.entries()) {
          const frame = { at: step * STEP, found: [found[at] ?? []] }
          await bench.tracker.observe({
            ...observationOf({ ...rules, groups: [group] }, frame),
            rules,
          })
        }
      }
      await evaluate(0, [], ['a'])
      if (change === 'a start') bench.tracker = bench.start()
      else rules = read()
      await evaluate(1, [], ['a'])
      await evaluate(2, [], [])
      assert.deepEqual(bench.told(), ['0 fired Fast a', '2 resolved Fast a'])
    })
  }

  it('saves the newest value, and nothing where nothing changed', async () => {
    const bench = new Bench()
    const saved: number[] = []
    const save = bench.store.saveEvaluation.bind(bench.store)
    bench.store.saveEvaluation = (evaluation) => {
      saved.push(evaluation.alerts.length)
      return save(evaluation)
    }
    const rules = rulesOf('{alert: Fast, expr: up, keep_firing_for: 1h}')
    for (const [step, found] of [['a'], ['a'], [], []].entries())
      await bench.observe(rules, step, found)
    assert.deepEqual(saved, [1, 1, 1, 0])
    assert.equal([...bench.store.alerts.values()][0]?.value, 1)
  })

  it('tells rules of one name apart by their labels after a restart', async () => {
    const bench = new Bench()
    const rules = rulesOf(
      '{alert: X, expr: up, labels: {severity: warn}}, {alert: X, expr: up, labels: {severity: error}}',
    )
    await bench.observe(rules, 0, ['a'], ['a'])
    bench.tracker = bench.start()
    await bench.observe(rules, 1, ['a'], [])
    const told = bench.store.changes.map(({ kind, alert }) => `${kind} ${alert.severity}`)
    assert.deepEqual(told, ['fired WARN', 'fired ERROR', 'resolved ERROR'])
  })
})

describe('AlertTracker on notifies', () => {
  const event = (at: number, text: string): NotifyEvent => {
    return {
      at,
      module: 'a',
      level: 'error',
      kind: 'business',
      node: 'n',
      set: '',
      title: 't',
      text,
    }
  }
  const texts = (bench: Bench) =>
    bench.store.changes.map(({ kind, at, alert }) => {
      return `${at / STEP} ${kind} ${alert.events.map(({ text }) => text).join()}`
    })

  it('tells each text once, as fired or repeated, and no end', async () => {
    const bench = new Bench()
    const rules = rulesOf(NOTIFY)
    bench.events = [event(95_000, 'one'), event(108_000, 'two'), event(139_999, 'three')]
    const found = [[], ['a'], ['a'], ['a'], ['a'], ['a'], [], []]
    for (const [i, one] of found.entries()) await bench.observe(rules, 10 + i, one)
    assert.deepEqual(texts(bench), ['11 fired one,two', '14 repeated three'])
    assert.deepEqual(
      [...bench.store.alerts.values()].map(({ state, events }) => `${state} ${events.length}`),
      ['resolved 3'],
    )
  })

  it('tells no end of it where its rule is gone, either', async () => {
    const bench = new Bench()
    bench.events = [event(95_000, 'one')]
    await bench.observe(rulesOf(`${FAST}, ${NOTIFY}`), 10, [], ['a'])
    await bench.observe(rulesOf(FAST), 11, [])
    assert.deepEqual(texts(bench), ['10 fired one'])
    assert.deepEqual(
      [...bench.store.alerts.values()].map(({ state }) => state),
      ['resolved'],
    )
  })

  it('tells a text that came after its window was evaluated', async () => {
    const bench = new Bench()
    const rules = rulesOf(NOTIFY)
    bench.events = [event(95_000, 'one')]
    await bench.observe(rules, 10, ['a'])
    bench.events.unshift(event(94_000, 'late'))
    await bench.observe(rules, 11, ['a'])
    await bench.observe(rules, 12, ['a'])
    assert.deepEqual(texts(bench), ['10 fired one', '11 repeated late'])
  })

  it('tells those alone that the rule counts', async () => {
    const bench = new Bench()
    bench.eventRules = {
      takes: (rule, { text }) => rule.name !== 'Notify' || text !== 'other',
      backMs: () => 0,
    }
    bench.tracker = bench.start()
    bench.events = [event(95_000, 'one'), event(96_000, 'other')]
    const rules = rulesOf(`${NOTIFY}, {alert: All, expr: "tars_notify_events > 0"}`)
    await bench.observe(rules, 10, ['a'], ['a'])
    bench.events.push(event(105_000, 'other'))
    await bench.observe(rules, 11, ['a'], ['a'])
    assert.deepEqual(texts(bench), ['10 fired one', '10 fired one,other', '11 repeated other'])
  })

  it('tells what was counted as far back as the rule looks, and each text once', async () => {
    const bench = new Bench()
    const backMs = ({ name }: { name: string }) => (name === 'Notify' ? 600_000 : 0)
    bench.eventRules = { takes: () => true, backMs }
    bench.tracker = bench.start()
    const rules = rulesOf(`${NOTIFY}, {alert: All, expr: "tars_notify_events > 0"}`)
    bench.events = [event(410_000, 'old'), event(901_000, 'older'), event(995_000, 'new')]
    await bench.observe(rules, 101, ['a'], ['a'])
    bench.events.push(event(1_015_000, 'newest'))
    await bench.observe(rules, 102, ['a'], ['a'])
    assert.deepEqual(texts(bench), [
      ...['101 fired old,older,new', '101 fired new'],
      ...['102 repeated newest', '102 repeated newest'],
    ])
  })

  it('tells equal texts of one instant as often as they came, and keeps the newest 50', async () => {
    const bench = new Bench()
    const rules = rulesOf(NOTIFY)
    bench.events = [event(95_000, 'x'), event(95_000, 'x')]
    await bench.observe(rules, 10, ['a'])
    bench.events.push(...Array.from({ length: 49 }, (_, i) => event(101_000 + i, `${i}`)))
    await bench.observe(rules, 11, ['a'])
    assert.deepEqual(
      bench.store.changes.map(({ alert }) => alert.events.length),
      [2, 49],
    )
    assert.equal([...bench.store.alerts.values()][0]?.events.length, 50)
  })
})

describe('AlertTracker when saving fails', () => {
  const RULES = rulesOf(`${FAST}, ${SLOW}, ${NOTIFY}`)
  const EVENTS = Array.from({ length: 40 }, (_, i): NotifyEvent => {
    const module = i % 2 === 0 ? 'a' : 'b'
    const at = i * 7000
    return {
      at,
      module,
      level: 'error',
      kind: 'business',
      node: '',
      set: '',
      title: 't',
      text: `${i}`,
    }
  })

  const found = fc.oneof(
    { arbitrary: fc.subarray(['a', 'b', 'c']), weight: 8 },
    { arbitrary: fc.constant('failed' as const), weight: 1 },
  )
  const frames = fc.array(fc.tuple(found, found, found), { minLength: 1, maxLength: 30 })
  const faults = fc.infiniteStream(
    fc.constantFrom('before' as const, 'after' as const, undefined, undefined),
  )

  /** Evaluates until each instant is saved. After a death a new process goes on from the store. */
  async function run(sequence: readonly (readonly Frame['found'][number][])[], bench: Bench) {
    bench.events = EVENTS
    for (let step = 0; step < sequence.length; ) {
      try {
        await bench.observe(RULES, step, ...(sequence[step] ?? []))
      } catch (error) {
        if (!(error instanceof Error) || !/disk full|lost/.test(error.message)) throw error
        if (bench.store.saves % 3 === 0) bench.tracker = bench.start()
      }
      const [progress] = await bench.store.progress('al-1')
      step = progress ? progress.evaluatedAt / STEP + 1 : 0
    }
    return bench.store
  }

  it('tells the same as without failures, each exactly once', async () => {
    await fc.assert(
      fc.asyncProperty(frames, faults, async (sequence, stream) => {
        const calm = await run(sequence, new Bench())
        const bench = new Bench()
        bench.store.fail = () => stream.next().value
        const rough = await run(sequence, bench)
        assert.deepEqual(rough.changes, calm.changes)
        assert.deepEqual(rough.alerts, calm.alerts)
        const keys = rough.changes.map(({ kind, at, alert }) => `${alert.id} ${kind} ${at}`)
        assert.equal(new Set(keys).size, keys.length)
      }),
      { numRuns: 300 },
    )
  })
})
