/** What rules find, through the doors of a real cloud: `ALERTS`, results of recording rules, over a restart. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { RealCloud, type RealEnvironment } from './real-cloud.ts'
import { stat } from './series/fixture.ts'

const T0 = Date.UTC(2026, 10, 21, 2)
const RULES = `groups:
  - name: failing
    interval: 10s
    rules:
      - record: callee:exceptions:rate1m
        expr: sum by (callee) (sum_over_time(tars_exceptions[1m]))
      - alert: Failing
        expr: callee:exceptions:rate1m > 5
        for: 20s
        keep_firing_for: 30s
        labels: {severity: error}
      - alert: Echo
        expr: ALERTS{alertname="Failing", alertstate="firing"}
  - name: many
    interval: 10s
    rules:
      - alert: Many
        expr: sum by (callee) (sum_over_time(tars_exceptions[1m])) > 40
        for: 20s
  - name: clock
    interval: 10s
    rules:
      - {record: always, expr: vector(7)}
`
const FAILING = 'alertname="Failing",callee="App.HelloServer",severity="error"'

describe('rules in a real cloud', () => {
  let cloud: RealCloud
  let environment: RealEnvironment
  let secret = ''

  before(async () => {
    cloud = await RealCloud.open({ nowMs: T0, rules: RULES })
    environment = await cloud.createEnvironment('ours')
    const token = { name: 'Grafana', scopes: ['read', 'write'] }
    secret = (await cloud.call('POST', `/environments/${environment.id}/tokens`, token)).secret
  })
  after(() => cloud.close())

  const post = (step: number, exceptions: number) =>
    cloud.post(environment, [stat({}, { exceptions })], T0 + step * 10_000)

  /** The window of `step` closes, with so many exceptions. */
  async function window10s(step: number, exceptions: number): Promise<void> {
    cloud.clock.moveTo(T0 + step * 10_000)
    await post(step, exceptions)
    await cloud.idle()
  }

  /** Lines of `{labels} value`, as of `step`. */
  async function query(expr: string, step: number): Promise<string[]> {
    const at = (T0 + step * 10_000) / 1000
    const path = `/prometheus/${environment.id}/api/v1/query?time=${at}&query=${encodeURIComponent(expr)}`
    const answer = await fetch(cloud.url + path, { headers: { authorization: `Bearer ${secret}` } })
    const { data } = (await answer.json()) as {
      data: { result: { metric: Record<string, string>; value: [number, string] }[] }
    }
    return data.result
      .map(({ metric: { __name__ = '', ...labels }, value }) => {
        const pairs = Object.entries(labels)
          .sort()
          .map(([name, text]) => `${name}="${text}"`)
        return `${__name__}{${pairs}} ${value[1]}`
      })
      .sort()
  }
  const pending = FAILING.replace(',callee', ',alertstate="pending",callee')
  const firing = FAILING.replace(',callee', ',alertstate="firing",callee')

  it('results of recording rules can be asked for, and are read by the rules after them', async () => {
    await window10s(1, 10)
    assert.deepEqual(await query('callee:exceptions:rate1m', 1), [
      'callee:exceptions:rate1m{callee="App.HelloServer"} 10',
    ])
    assert.deepEqual(await query('ALERTS', 1), [`ALERTS{${pending}} 1`])
    assert.deepEqual(await query('ALERTS_FOR_STATE', 1), [
      `ALERTS_FOR_STATE{${FAILING}} ${T0 / 1000 + 10}`,
    ])
  })

  it('`for` goes on over a restart and a reload of the rules', async () => {
    await window10s(2, 10)
    await cloud.stop()
    await cloud.start()
    cloud.writeRules(`# moved\n${RULES}`)
    await cloud.reloadRules()
    await window10s(3, 10)
    const echo = firing.replace('Failing', 'Echo')
    assert.deepEqual(await query('ALERTS', 3), [`ALERTS{${echo}} 1`, `ALERTS{${firing}} 1`].sort())
  })

  it('`keep_firing_for` too, and then ALERTS ends', async () => {
    // The window of a minute forgets the failures.
    for (let step = 10; step <= 11; step++) await window10s(step, 0)
    assert.deepEqual(await query('ALERTS{alertname="Failing"}', 11), [`ALERTS{${firing}} 1`])
    await cloud.stop()
    await cloud.start()
    for (let step = 12; step <= 13; step++) await window10s(step, 0)
    assert.deepEqual(await query('ALERTS{alertname="Failing"}', 13), [])
  })

  it('rules that read nothing of the framework go on by the clock', async () => {
    cloud.clock.moveTo(T0 + 200_000)
    await cloud.idle()
    assert.deepEqual(await query('always', 20), ['always{} 7'])
    assert.deepEqual(await query('count_over_time(callee:exceptions:rate1m[65s])', 20), [])
  })

  it('data that come late make fire what they would have made fire', async () => {
    for (let step = 21; step <= 24; step++) await window10s(step, 0)
    for (const step of [21, 22, 23]) await post(step, 50)
    for (let seconds = 241; seconds <= 247; seconds++) {
      cloud.clock.moveTo(T0 + seconds * 1000)
      await cloud.idle()
    }
    const path = `/environments/${environment.id}/alarms?limit=200`
    const alarms: { rule: string; firedAtMs?: number }[] = (await cloud.call('GET', path)).alarms
    const fired = alarms.filter(({ rule }) => rule === 'Many').map((each) => each.firedAtMs ?? 0)
    assert.deepEqual(fired, [T0 + 230_000])
  })
})
