import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { BacktestFailure } from '../../../src/cloud/backtest/failure.ts'
import { START } from './console.ts'
import { RATIO, startTriedConsole, type TriedConsole } from './tried-world.ts'

const HOUR = 3_600_000

describe('the API of backtests', () => {
  let site: TriedConsole
  let cookie: string
  let ours: string
  before(async () => {
    site = await startTriedConsole()
    cookie = await site.login()
    ours = (await site.store.createEnvironment({ name: 'a', framework: 'TARSFramework' }, START)).id
  })
  after(() => site.close())

  const url = () => `/api/v1/environments/${ours}/backtest`
  const run = (rules: unknown, span = {}) =>
    site.call('POST', url(), { cookie, body: { rules, ...span } })
  const threshold = (value: number) => {
    return { level: 'interface', server: 'App.Pay', interface: 'pay', rule: 'FailureRatio', value }
  }
  const withThreshold = (value: number, span = {}) =>
    run({ kind: 'threshold', threshold: threshold(value) }, span)
  const text = (expr: string) => `groups: [{name: g, rules: [{alert: Mine, expr: "${expr}"}]}]`
  /** Range queries wait until it is called. */
  function closeGate(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>()
    site.gate.open = promise
    return resolve
  }
  async function underWay(): Promise<{ doneMs: number; ofMs: number }> {
    for (;;) {
      const { running } = (await site.call('GET', url(), { cookie })).body
      if (running) return running
    }
  }

  it('a threshold is told of before and after, for where it holds alone', async () => {
    const { before, report } = (await withThreshold(0.4)).body
    assert.deepEqual([before.alarmCount, report.alarmCount], [1, 0])
    assert.deepEqual(before.byRule, { FailureRatio: 1 })
    // It fired, and was over.
    assert.deepEqual([before.messageCount, report.messageCount], [2, 0])
    const [alarm] = before.alarms
    assert.equal(alarm.labels.interface, 'pay')
    assert.equal(alarm.firedAtMs, START - 118 * 60_000)
    assert.deepEqual([report.fromMs, report.toMs], [START - 24 * HOUR, START])
  })

  it('it is compared with those that are set', async () => {
    const set = (value: number | null) => {
      const body = { ...threshold(0), value }
      return site.call('POST', `/api/v1/environments/${ours}/thresholds`, { cookie, body })
    }
    await set(0.5)
    const { before, report } = (await withThreshold(0.3)).body
    assert.deepEqual([before.alarmCount, report.alarmCount], [0, 1])
    await set(null)
  })

  it('says whom it would have told, and of which time there were data', async () => {
    const span = { fromMs: START - 50 * HOUR, toMs: START }
    const { before } = (await withThreshold(0.4, span)).body
    assert.deepEqual(before.byContact, { Li: 2 })
    assert.deepEqual(before.judged, { fromMs: START - 25 * HOUR, toMs: START })
    assert.ok(before.noise.longestQuietMs < 25 * HOUR)
    assert.deepEqual([before.short, before.unreadable], [[], []])
  })

  it('says what lacks when nothing could be judged', async () => {
    const { report } = (await run({ kind: 'text', text: text('typed_wrong > 1') })).body
    assert.deepEqual([report.judged, report.noise, report.alarmCount], [null, null, 0])
    assert.deepEqual(report.short, [{ rule: 'Mine', judged: null, missing: ['typed_wrong'] }])
  })

  it('a rule file is tried as it is typed', async () => {
    const { status, body } = await run({
      ...{ kind: 'text', text: text(`${RATIO.replace(/\s+/g, ' ')} > 0.24`) },
    })
    assert.equal(status, 200)
    assert.deepEqual(body.report.byRule, { Mine: 2 })
    assert.equal(body.before, undefined)
    assert.ok(body.report.noise.messagesADay > 0)
  })

  it('a form is tried before it is saved', async () => {
    const form = {
      ...{ name: 'mine', metric: { of: 'timeouts' }, level: 'interface', keepFiringMinutes: 0 },
      ...{ comparison: { kind: 'threshold', op: '>', value: 30 }, filter: { server: ['Pay'] } },
    }
    const { report } = (await run({ kind: 'own', body: { kind: 'form', form } })).body
    assert.deepEqual(report.byRule, { mine: 1 })
  })

  it('what fails says why', async () => {
    const { report } = (await run({ kind: 'text', text: text('tars_calls + on () tars_calls') }))
      .body
    assert.equal(report.alarmCount, 0)
    assert.match(report.failed[0].message, /^found duplicate series/)
  })

  const refused: [string, unknown, object, string, RegExp][] = [
    ['no PromQL', { kind: 'text', text: text('sum(') }, {}, 'rules/text', /^1:\d+: .*parse error/],
    ['no YAML', { kind: 'text', text: '{' }, {}, 'rules/text', /^\d+:\d+: /],
    ['no rule', { kind: 'text', text: 'groups: []' }, {}, 'rules/text', /a rule in it/],
    [
      'PromQL of an own rule',
      { kind: 'own', body: { kind: 'promql', rule: { name: 'x', expr: 'sum(' } } },
      ...([{}, 'rules/body/rule/expr', /parse expression/] as const),
    ],
    [
      'a rule without threshold',
      { kind: 'threshold', threshold: { level: 'global', rule: 'Quiet', value: 1 } },
      ...([{}, 'rules/threshold/rule', /reads a threshold/] as const),
    ],
    ['too much time', { kind: 'text', text: text('up') }, { fromMs: 0 }, 'fromMs', /8 days/],
    ['the future', { kind: 'text', text: text('up') }, { fromMs: START + 1 }, 'fromMs', /before/],
  ]
  for (const [name, rules, span, field, expected] of refused) {
    it(`is refused where it is wrong: ${name}`, async () => {
      const { status, body } = await run(rules, span)
      assert.deepEqual([status, body.error.fields[0].field], [400, field])
      assert.match(body.error.fields[0].expected, expected)
    })
  }

  it('only one is under way at a time, and says how far it is', async () => {
    const open = closeGate()
    const first = withThreshold(0.4)
    assert.deepEqual(await underWay(), { doneMs: 0, ofMs: 48 * HOUR })
    const second = await withThreshold(0.4)
    assert.deepEqual([second.status, second.body.error.reason], [409, 'busy'])
    open()
    assert.equal((await first).status, 200)
    assert.equal((await site.call('GET', url(), { cookie })).body.running, undefined)
    assert.equal((await withThreshold(0.4)).status, 200)
  })

  it('is stopped after 60 s', async () => {
    const open = closeGate()
    const late = withThreshold(0.4)
    await underWay()
    site.clock.advance(60_000)
    open()
    const { status, body } = await late
    assert.deepEqual([status, body.error.reason], [422, 'too-long'])
    assert.equal((await withThreshold(0.4)).status, 200)
  })

  it('says that rules record more than is kept', async () => {
    const { promise, reject } = Promise.withResolvers<void>()
    // It may not be waited for yet.
    promise.catch(() => {})
    site.gate.open = promise
    const large = withThreshold(0.4)
    await underWay()
    reject(new BacktestFailure('too-large', 'rules record too much'))
    const { status, body } = await large
    site.gate.open = Promise.resolve()
    assert.deepEqual([status, body.error.reason], [422, 'too-long'])
  })

  it('ends when nobody waits for it any more', async () => {
    const open = closeGate()
    const controller = new AbortController()
    const body = JSON.stringify({ rules: { kind: 'threshold', threshold: threshold(0.4) } })
    const headers = { cookie, 'x-requested-with': 'tars-alarm', 'content-type': 'application/json' }
    const asked = { method: 'POST', headers, body, signal: controller.signal }
    const gone = assert.rejects(fetch(`${site.url}${url()}`, asked), { name: 'AbortError' })
    await underWay()
    controller.abort()
    await gone
    open()
    // The place is free as soon as the hang-up was heard.
    while ((await site.call('GET', url(), { cookie })).body.running) {}
    assert.equal((await withThreshold(0.4)).status, 200)
  })
})
