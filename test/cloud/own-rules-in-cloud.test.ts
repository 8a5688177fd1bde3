/** Rules that people make in the console, from the API to the alert, over a restart. */
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

const T0 = Date.UTC(2026, 10, 21, 2)
const RULES = 'groups: [{name: g, rules: [{alert: Quiet, expr: absent(tars_calls), for: 5m}]}]'
const FORM = {
  ...{ name: '异常多', metric: { of: 'failures' }, level: 'interface', severity: 'ERROR' },
  comparison: { kind: 'threshold', op: '>', value: 10 },
}

describe('rules of people in a real cloud', () => {
  const root = mkdtempSync(join(tmpdir(), 'tars-alarm-own-rules-'))
  const clock = new FakeClock(T0)
  let cloud: Cloud
  let password = ''
  let cookie = ''
  const ids: string[] = []
  const keys: string[] = []
  let seq = 0

  async function start(): Promise<void> {
    const text = `listen: 127.0.0.1:0\ndata: ${root}/data\nrules: [${root}/rules.yaml]\n`
    const config = parseCloudConfig(text, 'cloud.yaml')
    cloud = await startCloud({ config, clock, log: silentLog })
    password ||= cloud.firstPassword ?? ''
    const { headers } = await send('POST', '/login', { name: 'admin', password })
    cookie = headers.get('set-cookie')?.split(';')[0] ?? ''
  }

  function send(method: string, path: string, body?: unknown): Promise<Response> {
    const headers = { cookie, 'x-requested-with': 'tars-alarm' }
    const json =
      body === undefined
        ? { headers }
        : {
            headers: { ...headers, 'content-type': 'application/json' },
            body: JSON.stringify(body),
          }
    return fetch(`${cloud.url}/api/v1${path}`, { method, ...json })
  }

  // biome-ignore lint/suspicious/noExplicitAny: an assertion reads what it expects
  async function call(method: string, path: string, body?: unknown): Promise<any> {
    const answer = await send(method, path, body)
    return { status: answer.status, ...Object(await answer.json()) }
  }

  const ours = () => `/environments/${ids[0]}`
  const listed = async (environment = ours()) => {
    const { rules } = await call('GET', `${environment}/rules`)
    return rules.map(({ name, kind, state }: Record<string, string>) => `${name} ${kind} ${state}`)
  }

  before(async () => {
    writeFileSync(join(root, 'rules.yaml'), RULES)
    await start()
    for (const name of ['ours', 'theirs']) {
      const made = await call('POST', '/environments', { name, framework: 'TARSFramework' })
      ids.push(made.environment.id)
      keys.push(made.environment.envKey)
    }
  })
  after(async () => {
    await cloud.stop()
    rmSync(root, { recursive: true })
  })

  /** Both environments report failures up to here. */
  async function report(step: number): Promise<void> {
    clock.advance(Math.max(0, T0 + step * 10_000 - clock.now()))
    for (const key of keys) {
      const windows = [window({ endMs: T0 + step * 10_000, stats: [stat({}, { exceptions: 5 })] })]
      const { ok } = await fetch(`${cloud.url}${BATCH_PATH}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': BATCH_MEDIA_TYPE },
        body: new Uint8Array(encodeBatch(batch({ seq: ++seq }, windows))),
      })
      assert.ok(ok)
    }
    await cloud.idle()
  }

  it('a form says what it would find, is made, and fires in its environment alone', async () => {
    for (let step = 1; step <= 5; step++) await report(step)
    const body = { kind: 'form', form: FORM }
    const { preview } = await call('POST', `${ours()}/rules/preview`, body)
    assert.match(preview.expr, /sum by \(callee, ?interface\)/)
    assert.equal(preview.found, 1)
    const [labels] = preview.examples
    assert.deepEqual(Object.keys(labels).sort(), ['callee', 'interface'])

    const made = await call('POST', `${ours()}/rules`, body)
    assert.equal(made.status, 201)
    await report(6)
    assert.ok((await listed()).includes('异常多 form firing'))
    assert.ok(!(await listed(`/environments/${ids[1]}`)).join().includes('异常多'))
    const { alarms } = await call('GET', `${ours()}/alarms`)
    assert.deepEqual(
      alarms.map(({ rule, level, state }: Record<string, string>) => [rule, level, state]),
      [['异常多', 'ERROR', 'firing']],
    )
    assert.match(alarms[0].annotations.description, /每分钟失败数 48，高于 10$/)
    const theirs = await call('GET', `/environments/${ids[1]}/alarms`)
    assert.deepEqual(theirs.alarms, [])
  })

  it('it is still there after a restart, and its alert with it', async () => {
    await cloud.stop()
    await start()
    assert.ok((await listed()).includes('异常多 form firing'))
    await report(9)
    assert.ok((await listed()).includes('异常多 form firing'))
  })

  it('it is written on as PromQL; what is no PromQL is refused with its reason', async () => {
    const { rules } = await call('GET', `${ours()}/rules`)
    const { own } = rules.find(({ kind }: { kind: string }) => kind === 'form')
    const path = `${ours()}/rules/${own.id}`
    const rule = { name: '异常多', expr: 'sum by (callee) (' }
    const refused = await call('PUT', path, { kind: 'promql', rule })
    assert.equal(refused.status, 400)
    assert.match(refused.error.fields[0].expected, /^could not parse expression/)
    const { preview } = await call('POST', `${ours()}/rules/preview`, { kind: 'promql', rule })
    assert.match(preview.fault, /^could not parse expression/)

    const sound = { ...rule, expr: 'sum by (callee) (sum_over_time(tars_exceptions[1m])) > 1' }
    assert.equal((await call('PUT', path, { kind: 'promql', rule: sound })).status, 200)
    await report(12)
    assert.ok((await listed()).includes('异常多 promql firing'))
    assert.equal((await call('DELETE', path)).status, 200)
    assert.equal((await call('DELETE', path)).status, 404)
    await report(15)
    assert.ok(!(await listed()).join().includes('异常多'))
    const { alarms } = await call('GET', `${ours()}/alarms`)
    assert.deepEqual(
      new Set(alarms.map((one: { state: string }) => one.state)),
      new Set(['resolved']),
    )
  })

  it('one that fails says why on its page, and harms no other', async () => {
    const rule = { name: 'failing', expr: '{__name__=~"tars_(calls|timeouts)"}' }
    await call('POST', `${ours()}/rules`, { kind: 'promql', rule })
    await call('POST', `${ours()}/rules`, { kind: 'form', form: FORM })
    await report(18)
    const { rules } = await call('GET', `${ours()}/rules`)
    const [failing, well] = rules.filter(({ kind }: { kind: string }) => kind !== 'file')
    assert.match(failing.lastError, /several elements have the same labels/)
    assert.equal(failing.state, 'inactive')
    assert.deepEqual([well.name, well.state, well.lastError], ['异常多', 'firing', undefined])
    assert.equal(well.evaluatedAtMs, T0 + 180_000)
  })

  it('thresholds are set together, and become series', async () => {
    const thresholds = [{ level: 'global', rule: 'FailureRatio', value: 0.3 }]
    assert.deepEqual((await call('GET', `${ours()}/thresholds`)).thresholds, [])
    assert.equal((await call('PUT', `${ours()}/thresholds`, thresholds)).status, 200)
    assert.deepEqual((await call('GET', `${ours()}/thresholds`)).thresholds, thresholds)
    const twice = await call('PUT', `${ours()}/thresholds`, [...thresholds, ...thresholds])
    assert.equal(twice.status, 400)
    await report(24)
    await report(30)
    const rule = { name: 'asks', expr: 'tars_threshold{rule="FailureRatio"}' }
    const { preview } = await call('POST', `${ours()}/rules/preview`, { kind: 'promql', rule })
    assert.ok(preview.found > 0)
  })
})
