/** What rules find, through the doors of a real cloud: `ALERTS`, results of recording rules, over a restart. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { Console } from '../../scripts/demo/console.ts'
import { type Cloud, startCloud } from '../../src/cloud/cloud.ts'
import { parseCloudConfig } from '../../src/cloud/config.ts'
import { silentLog } from '../../src/support/log.ts'
import { BATCH_MEDIA_TYPE, BATCH_PATH, encodeBatch } from '../../src/wire/index.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { batch, stat, window } from './series/fixture.ts'

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
  const root = mkdtempSync(join(tmpdir(), 'tars-alarm-rules-'))
  const clock = new FakeClock(T0)
  let cloud: Cloud
  let password = ''
  let environment: { readonly id: string; readonly envKey: string }
  let secret = ''
  let seq = 0

  async function start(): Promise<void> {
    const text = `listen: 127.0.0.1:0\ndata: ${root}/data\nrules: [${root}/rules.yaml]\n`
    cloud = await startCloud({
      config: parseCloudConfig(text, 'cloud.yaml'),
      clock,
      log: silentLog,
    })
    password ||= cloud.firstPassword ?? ''
  }
  before(async () => {
    writeFileSync(join(root, 'rules.yaml'), RULES)
    await start()
    const console = new Console(cloud.url)
    await console.login('admin', password)
    environment = await console.createEnvironment('ours')
    secret = await console.createToken(environment.id, 'Grafana')
  })
  after(async () => {
    await cloud.stop()
    rmSync(root, { recursive: true })
  })

  async function post(step: number, exceptions: number): Promise<void> {
    const windows = [window({ endMs: T0 + step * 10_000, stats: [stat({}, { exceptions })] })]
    const { ok } = await fetch(`${cloud.url}${BATCH_PATH}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${environment.envKey}`, 'content-type': BATCH_MEDIA_TYPE },
      body: new Uint8Array(encodeBatch(batch({ seq: ++seq }, windows))),
    })
    assert.ok(ok)
  }

  /** The window of `step` closes, with so many exceptions. */
  async function window10s(step: number, exceptions: number): Promise<void> {
    clock.moveTo(T0 + step * 10_000)
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
    await start()
    writeFileSync(join(root, 'rules.yaml'), `# moved\n${RULES}`)
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
    await start()
    for (let step = 12; step <= 13; step++) await window10s(step, 0)
    assert.deepEqual(await query('ALERTS{alertname="Failing"}', 13), [])
  })

  it('rules that read nothing of the framework go on by the clock', async () => {
    clock.moveTo(T0 + 200_000)
    await cloud.idle()
    assert.deepEqual(await query('always', 20), ['always{} 7'])
    assert.deepEqual(await query('count_over_time(callee:exceptions:rate1m[65s])', 20), [])
  })

  it('data that come late make fire what they would have made fire', async () => {
    for (let step = 21; step <= 24; step++) await window10s(step, 0)
    for (const step of [21, 22, 23]) await post(step, 50)
    for (let seconds = 241; seconds <= 247; seconds++) {
      clock.moveTo(T0 + seconds * 1000)
      await cloud.idle()
    }
    const console = new Console(cloud.url)
    await console.login('admin', password)
    const alarms = await console.alarms(environment.id)
    const fired = alarms.filter(({ rule }) => rule === 'Many').map((each) => each.firedAtMs ?? 0)
    assert.deepEqual(fired, [T0 + 230_000])
  })
})
