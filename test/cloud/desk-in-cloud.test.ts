/** What people set in the console, in a real cloud: the calendar and thresholds, from the API to the alarms. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { RealCloud, type RealEnvironment } from './real-cloud.ts'
import { stat } from './series/fixture.ts'

/** A Saturday in Shanghai. */
const T0 = Date.UTC(2026, 10, 21, 2)
const STEP = 10_000
const FAILED = 'sum by (callee, interface) (sum_over_time(tars_exceptions[1m]))'
const RULES = `
groups:
  - name: g
    rules:
      - alert: Failed
        expr: |
          (${FAILED} >= 20 unless on (callee, interface) tars_threshold{rule="Failed"})
          or ${FAILED} >= on (callee, interface) tars_threshold{rule="Failed"}
        annotations: {threshold: '20', threshold_unit: count}
      - record: day_kind
        expr: tars_baseline_today
`

describe('what people set in a real cloud', () => {
  let cloud: RealCloud
  let environment: RealEnvironment
  let ours = ''
  let reported = 0

  before(async () => {
    cloud = await RealCloud.open({ nowMs: T0, rules: RULES })
    environment = await cloud.createEnvironment('ours')
    ours = `/environments/${environment.id}`
  })
  after(() => cloud.close())

  /** Windows up to this step, each with 5 failures. */
  async function reportUntil(step: number): Promise<void> {
    while (reported < step) {
      const at = T0 + ++reported * STEP
      cloud.clock.advance(Math.max(0, at - cloud.clock.now()))
      await cloud.post(environment, [stat({}, { exceptions: 5 })], at)
      await cloud.idle()
    }
  }

  async function kinds(): Promise<string[]> {
    const rule = { name: 'asks', expr: 'tars_baseline_today' }
    const { preview } = await cloud.call('POST', `${ours}/rules/preview`, { kind: 'promql', rule })
    return preview.examples.map(({ kind }: { kind: string }) => kind)
  }

  it('a day of their own is what rules are told soon after, and nothing else is', async () => {
    await reportUntil(1)
    assert.deepEqual(await kinds(), ['weekend'])
    const specialDays = [{ date: '11-21', name: '店庆', like: 'special' }]
    assert.equal((await cloud.call('PUT', `${ours}/calendar`, { specialDays })).status, 200)
    await reportUntil(60)
    assert.deepEqual(await kinds(), ['special'])
  })

  it('an alarm that is too sensitive is proposed a threshold, tried with it, and ends with it', async () => {
    const firing = async () => (await cloud.call('GET', `${ours}/alarms?state=firing`)).alarms
    const [alarm] = await firing()
    assert.deepEqual([alarm.rule, alarm.value], ['Failed', 30])
    const { threshold } = await cloud.call('GET', `${ours}/alarms/${alarm.id}/threshold`)
    assert.deepEqual([threshold.reached, threshold.proposed], [30, 33])
    const { server, interface: name } = threshold
    const set = { level: 'interface', server, interface: name, rule: 'Failed' }
    const rules = { kind: 'threshold', threshold: { ...set, value: 33 } }
    const { before, report } = await cloud.call('POST', `${ours}/backtest`, { rules })
    assert.deepEqual([before.alarmCount, report.alarmCount], [1, 0])

    assert.equal(
      (await cloud.call('POST', `${ours}/thresholds`, { ...set, value: 33 })).status,
      200,
    )
    await reportUntil(60 + 12)
    assert.deepEqual(await firing(), [])
    await cloud.call('POST', `${ours}/thresholds`, { ...set, value: null })
    await reportUntil(60 + 24)
    assert.equal((await firing()).length, 1)
  })

  it('knows the servers and interfaces that were called', async () => {
    const { servers } = await cloud.call('GET', `${ours}/thresholds/rules`)
    assert.equal(servers.length, 1)
    const { rules } = await cloud.call('GET', `${ours}/thresholds/rules?server=${servers[0]}`)
    assert.equal(rules[0].interfaces.length, 1)
    assert.deepEqual(rules[0].effective, { value: 20 })
  })

  it('a rule file is tried on what is stored, and its bad rule says why', async () => {
    const rule = (name: string, expr: string) => `{alert: ${name}, expr: '${expr}'}`
    const text = `groups: [{name: g, rules: [${rule('A', 'sum(tars_calls) > 0')}, ${rule('B', 'tars_calls + on () tars_duration_ms_bucket')}]}]`
    const { report } = await cloud.call('POST', `${ours}/backtest`, {
      rules: { kind: 'text', text },
    })
    assert.deepEqual(report.byRule, { A: 1 })
    assert.match(report.failed[0].message, /duplicate|multiple matches/)
  })
})
