/** What people set in the console, in a real cloud: the calendar and thresholds, from the API to the alarms. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { type Cloud, startCloud } from '../../src/cloud/cloud.ts'
import { parseCloudConfig } from '../../src/cloud/config.ts'
import { silentLog } from '../../src/support/log.ts'
import { BATCH_MEDIA_TYPE, BATCH_PATH, encodeBatch } from '../../src/wire/index.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { batch, stat, window } from './series/fixture.ts'

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
  const root = mkdtempSync(join(tmpdir(), 'tars-alarm-desk-'))
  const clock = new FakeClock(T0)
  let cloud: Cloud
  let cookie = ''
  let ours = ''
  let key = ''
  let seq = 0

  // biome-ignore lint/suspicious/noExplicitAny: an assertion reads what it expects
  async function call(method: string, path: string, body?: unknown): Promise<any> {
    const headers = { cookie, 'x-requested-with': 'tars-alarm', 'content-type': 'application/json' }
    const answer = await fetch(`${cloud.url}/api/v1${path}`, {
      ...{ method, headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(body === undefined && { headers: { cookie, 'x-requested-with': 'tars-alarm' } }),
    })
    const session = answer.headers.get('set-cookie')?.split(';')[0]
    if (session) cookie = session
    return { status: answer.status, ...Object(await answer.json()) }
  }

  before(async () => {
    writeFileSync(join(root, 'rules.yaml'), RULES)
    const text = `listen: 127.0.0.1:0\ndata: ${root}/data\nrules: [${root}/rules.yaml]\n`
    const config = parseCloudConfig(text, 'cloud.yaml')
    cloud = await startCloud({ config, clock, log: silentLog })
    await call('POST', '/login', { name: 'admin', password: cloud.firstPassword })
    const name = { name: 'ours', framework: 'TARSFramework' }
    const { environment } = await call('POST', '/environments', name)
    ours = `/environments/${environment.id}`
    key = environment.envKey
  })
  after(async () => {
    await cloud.stop()
    rmSync(root, { recursive: true })
  })

  /** Windows up to this step, each with 5 failures. */
  async function reportUntil(step: number): Promise<void> {
    for (let at = T0 + (seq + 1) * STEP; at <= T0 + step * STEP; at += STEP) {
      clock.advance(Math.max(0, at - clock.now()))
      const windows = [window({ endMs: at, stats: [stat({}, { exceptions: 5 })] })]
      const { ok } = await fetch(`${cloud.url}${BATCH_PATH}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': BATCH_MEDIA_TYPE },
        body: new Uint8Array(encodeBatch(batch({ seq: ++seq }, windows))),
      })
      assert.ok(ok)
      await cloud.idle()
    }
  }

  async function kinds(): Promise<string[]> {
    const rule = { name: 'asks', expr: 'tars_baseline_today' }
    const { preview } = await call('POST', `${ours}/rules/preview`, { kind: 'promql', rule })
    return preview.examples.map(({ kind }: { kind: string }) => kind)
  }

  it('a day of their own is what rules are told soon after, and nothing else is', async () => {
    await reportUntil(1)
    assert.deepEqual(await kinds(), ['weekend'])
    const specialDays = [{ date: '11-21', name: '店庆', like: 'special' }]
    assert.equal((await call('PUT', `${ours}/calendar`, { specialDays })).status, 200)
    await reportUntil(60)
    assert.deepEqual(await kinds(), ['special'])
  })

  it('an alarm that is too sensitive is proposed a threshold, tried with it, and ends with it', async () => {
    const firing = async () => (await call('GET', `${ours}/alarms?state=firing`)).alarms
    const [alarm] = await firing()
    assert.deepEqual([alarm.rule, alarm.value], ['Failed', 30])
    const { threshold } = await call('GET', `${ours}/alarms/${alarm.id}/threshold`)
    assert.deepEqual([threshold.reached, threshold.proposed], [30, 33])
    const { server, interface: name } = threshold
    const set = { level: 'interface', server, interface: name, rule: 'Failed' }
    const rules = { kind: 'threshold', threshold: { ...set, value: 33 } }
    const { before, report } = await call('POST', `${ours}/backtest`, { rules })
    assert.deepEqual([before.alarmCount, report.alarmCount], [1, 0])

    assert.equal((await call('POST', `${ours}/thresholds`, { ...set, value: 33 })).status, 200)
    await reportUntil(60 + 12)
    assert.deepEqual(await firing(), [])
    await call('POST', `${ours}/thresholds`, { ...set, value: null })
    await reportUntil(60 + 24)
    assert.equal((await firing()).length, 1)
  })

  it('knows the servers and interfaces that were called', async () => {
    const { servers } = await call('GET', `${ours}/thresholds/rules`)
    assert.equal(servers.length, 1)
    const { rules } = await call('GET', `${ours}/thresholds/rules?server=${servers[0]}`)
    assert.equal(rules[0].interfaces.length, 1)
    assert.deepEqual(rules[0].effective, { value: 20 })
  })

  it('a rule file is tried on what is stored, and its bad rule says why', async () => {
    const rule = (name: string, expr: string) => `{alert: ${name}, expr: '${expr}'}`
    const text = `groups: [{name: g, rules: [${rule('A', 'sum(tars_calls) > 0')}, ${rule('B', 'tars_calls + on () tars_duration_ms_bucket')}]}]`
    const { report } = await call('POST', `${ours}/backtest`, { rules: { kind: 'text', text } })
    assert.deepEqual(report.byRule, { A: 1 })
    assert.match(report.failed[0].message, /duplicate|multiple matches/)
  })
})
