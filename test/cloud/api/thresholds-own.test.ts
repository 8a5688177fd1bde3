import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import { PromqlError } from '../../../src/promql/index.ts'
import { START } from './console.ts'
import { alertRow } from './rows.ts'
import { startTriedConsole, type TriedConsole } from './tried-world.ts'

const MINUTE = 60_000
const FORM = {
  ...{ name: '超时多', metric: { of: 'failure_ratio' }, level: 'interface', minCalls: 5 },
  comparison: { kind: 'threshold', op: '>', value: 20 },
}

describe('"too sensitive" of rules that people made', () => {
  let site: TriedConsole
  let cookie: string
  let ours: string
  let made: string[] = []
  before(async () => {
    site = await startTriedConsole()
    cookie = await site.login()
    ours = (await site.store.createEnvironment({ name: 'a', framework: 'TARSFramework' }, START)).id
  })
  after(() => site.close())
  afterEach(async () => {
    for (const id of made) await call('DELETE', `/rules/${id}`)
    made = []
  })

  const call = (method: string, path: string, body?: unknown) =>
    site.call(method, `/api/v1/environments/${ours}${path}`, { cookie, body })

  async function make(body: object): Promise<string> {
    const { id } = (await call('POST', '/rules', body)).body
    made.push(id)
    return id
  }
  const makeForm = (change: object = {}) => make({ kind: 'form', form: { ...FORM, ...change } })

  /** Of App.Pay, pay, as long as it failed; what the API says of its rule. */
  async function told(rule = FORM.name, change: object = {}) {
    const labels = { alertname: rule, severity: 'WARN', callee: 'App.Pay', interface: 'pay' }
    const over = { state: 'resolved', resolvedAt: START - 100 * MINUTE } as const
    const place = { id: `alert-${site.store.alertRows.length}`, rule, labels, ...over, ...change }
    const alert = alertRow(ours, START - 119 * MINUTE, place)
    site.store.alertRows.push(alert)
    return (await call('GET', `/alarms/${alert.id}/threshold`)).body
  }

  const stored = async (id: string) => {
    const { rules } = (await call('GET', '/rules')).body
    return rules.find(({ own }: { own?: { id: string } }) => own?.id === id).own.body
  }
  const run = (rules: object) => call('POST', '/backtest', { rules: { kind: 'value', ...rules } })

  it('of a form: which rule it is, how it compares, and what would have kept the alarm quiet', async () => {
    const id = await makeForm()
    const { own, threshold, file } = await told()
    assert.deepEqual([threshold, file], [undefined, undefined])
    assert.deepEqual(own, {
      ...{ id, name: FORM.name, kind: 'form' },
      compared: {
        ...{ comparison: 'threshold', op: '>', unit: 'percent', value: 20 },
        ...{ outcome: 'proposed', reached: 35, proposed: 39 },
      },
    })
  })

  it('the effect is told before and after, for all whom the rule is about; saved, it is quiet', async () => {
    const rule = await makeForm()
    const change = { comparison: 'threshold', value: 39 }
    const { before, report } = (await run({ rule, ...change })).body
    assert.deepEqual([before.alarmCount, report.alarmCount], [2, 0])
    assert.deepEqual((await stored(rule)).form.comparison, FORM.comparison)

    assert.equal((await call('PUT', `/rules/${rule}/threshold`, change)).status, 200)
    const { form } = await stored(rule)
    assert.partialDeepStrictEqual(form, { ...FORM, comparison: { ...FORM.comparison, value: 39 } })
    const { compared } = (await told()).own
    assert.deepEqual([compared.outcome, compared.value], ['quiet', 39])
  })

  it('a factor is one, of what the rule compares with', async () => {
    const rule = await makeForm({
      ...{ metric: { of: 'calls' }, minCalls: 0 },
      comparison: { kind: 'previous', op: '>', factor: 0.5, minutes: 30 },
    })
    const { compared } = (await told()).own
    assert.deepEqual([compared.unit, compared.value], ['times', 0.5])
    assert.deepEqual([compared.reached, compared.proposed], [1, 1.1])
    const change = { comparison: 'previous', value: compared.proposed }
    const { before, report } = (await run({ rule, ...change })).body
    assert.deepEqual([before.alarmCount, report.alarmCount], [3, 0])
    await call('PUT', `/rules/${rule}/threshold`, change)
    assert.equal((await stored(rule)).form.comparison.factor, 1.1)
  })

  it('minutes that are counted are judged as they are counted', async () => {
    await makeForm({
      comparison: { kind: 'repeated', op: '>', value: 20, times: 3, minutes: 5 },
    })
    const { compared } = (await told()).own
    assert.deepEqual([compared.reached, compared.proposed], [35, 39])
  })

  it('of an alarm that is going on what was judged counts, not what is on its way', async () => {
    await makeForm({
      comparison: { kind: 'threshold', op: '<', value: 90 },
      metric: { of: 'calls' },
    })
    const { reads } = site.ruleDesk
    const { progress } = reads
    // Of the minutes since nothing has come.
    const now = site.clock.now()
    site.clock.advance(2 * MINUTE)
    Object.assign(reads, { progress: async () => [{ group: 'own;data', evaluatedAt: now }] })
    const going = { state: 'firing', resolvedAt: undefined }
    const { compared } = (await told(FORM.name, going)).own
    Object.assign(reads, { progress })
    // It is quiet: all there were, 100 a minute, are above.
    assert.deepEqual([compared.outcome, compared.reached], ['quiet', 100])
  })

  it('without a value there is only which rule it is: PromQL, silence', async () => {
    const id = await make({ kind: 'promql', rule: { name: 'typed', expr: 'tars_calls > 1' } })
    assert.deepEqual((await told('typed')).own, { id, name: 'typed', kind: 'promql' })
    const silent = await makeForm({ comparison: { kind: 'no_data', minutes: 5 } })
    assert.deepEqual((await told()).own, { id: silent, name: FORM.name, kind: 'form' })
  })

  it('nothing is proposed where the values are gone, or cost too much', async () => {
    await makeForm()
    const outcome = async (change: object = {}) => (await told(FORM.name, change)).own.compared
    const ago = {
      activeAt: START - 90 * 24 * 60 * MINUTE,
      resolvedAt: START - 80 * 24 * 60 * MINUTE,
    }
    assert.equal((await outcome(ago)).outcome, 'unknown')
    const elsewhere = { labels: { alertname: FORM.name, callee: 'App.Pay' } }
    assert.equal((await outcome(elsewhere)).outcome, 'unknown')
    site.gate.open = Promise.reject(new PromqlError('too_many_samples', 'too many samples'))
    site.gate.open.catch(() => {})
    const refused = await outcome()
    site.gate.open = Promise.resolve()
    assert.deepEqual([refused.outcome, refused.proposed], ['unknown', undefined])
  })

  const refused: [string, object, string][] = [
    ['a factor for a threshold', { comparison: 'yesterday', value: 2 }, 'comparison'],
    ['silence', { comparison: 'no_data', value: 2 }, 'comparison'],
    ['no number', { comparison: 'threshold', value: 'much' }, 'value'],
    ['a ratio that none reaches', { comparison: 'threshold', value: 300 }, 'value'],
    ['a ratio that all pass', { comparison: 'threshold', value: -3 }, 'value'],
  ]
  for (const [name, change, field] of refused) {
    it(`another value is refused where it is wrong: ${name}`, async () => {
      const rule = await makeForm()
      const saved = await call('PUT', `/rules/${rule}/threshold`, change)
      assert.deepEqual([saved.status, saved.body.error.fields[0].field], [400, field])
      const tried = await run({ rule, ...change })
      assert.deepEqual([tried.status, tried.body.error.fields[0].field], [400, `rules/${field}`])
    })
  }

  it('a factor is more than 0, and only forms that are there have one', async () => {
    const rule = await makeForm({ comparison: { kind: 'yesterday', op: '<', factor: 0.5 } })
    const change = { comparison: 'yesterday', value: 0 }
    const saved = await call('PUT', `/rules/${rule}/threshold`, change)
    assert.deepEqual(saved.body.error.fields, [{ field: 'value', expected: 'more than 0' }])
    assert.equal((await call('PUT', '/rules/none/threshold', change)).status, 404)
    assert.equal((await run({ rule: 'none', ...change })).status, 404)
    const typed = await make({ kind: 'promql', rule: { name: 'typed', expr: 'tars_calls > 1' } })
    assert.equal((await call('PUT', `/rules/${typed}/threshold`, change)).status, 400)
  })
})
