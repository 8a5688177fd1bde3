/** Rules that people make in the console, from the API to the alert, over a restart. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { RealCloud, type RealEnvironment } from './real-cloud.ts'
import { stat } from './series/fixture.ts'

const T0 = Date.UTC(2026, 10, 21, 2)
const RULES = `groups:
  - name: g
    rules:
      - {alert: Quiet, expr: absent(tars_calls), for: 5m}
      - {record: set, expr: 'tars_threshold{rule="FailureRatio"}'}
`
const FORM = {
  ...{ name: '异常多', metric: { of: 'failures' }, level: 'interface', severity: 'ERROR' },
  comparison: { kind: 'threshold', op: '>', value: 10 },
}

describe('rules of people in a real cloud', () => {
  let cloud: RealCloud
  const environments: RealEnvironment[] = []

  const ours = () => `/environments/${environments[0]?.id}`
  const listed = async (environment = ours()) => {
    const { rules } = await cloud.call('GET', `${environment}/rules`)
    return rules.map(({ name, kind, state }: Record<string, string>) => `${name} ${kind} ${state}`)
  }

  before(async () => {
    cloud = await RealCloud.open({ nowMs: T0, rules: RULES })
    for (const name of ['ours', 'theirs']) environments.push(await cloud.createEnvironment(name))
  })
  after(() => cloud.close())

  /** Both environments report failures up to here. */
  async function report(step: number): Promise<void> {
    const at = T0 + step * 10_000
    cloud.clock.advance(Math.max(0, at - cloud.clock.now()))
    for (const each of environments) await cloud.post(each, [stat({}, { exceptions: 5 })], at)
    await cloud.idle()
  }

  it('a form says what it would find, is made, and fires in its environment alone', async () => {
    for (let step = 1; step <= 5; step++) await report(step)
    const body = { kind: 'form', form: FORM }
    const { preview } = await cloud.call('POST', `${ours()}/rules/preview`, body)
    assert.match(preview.expr, /sum by \(callee, ?interface\)/)
    assert.equal(preview.found, 1)
    const [labels] = preview.examples
    assert.deepEqual(Object.keys(labels).sort(), ['callee', 'interface'])

    const made = await cloud.call('POST', `${ours()}/rules`, body)
    assert.equal(made.status, 201)
    await report(6)
    assert.ok((await listed()).includes('异常多 form firing'))
    assert.ok(!(await listed(`/environments/${environments[1]?.id}`)).join().includes('异常多'))
    const { alarms } = await cloud.call('GET', `${ours()}/alarms`)
    assert.deepEqual(
      alarms.map(({ rule, level, state }: Record<string, string>) => [rule, level, state]),
      [['异常多', 'ERROR', 'firing']],
    )
    assert.match(alarms[0].annotations.description, /每分钟失败数 48，高于 10$/)
    const theirs = await cloud.call('GET', `/environments/${environments[1]?.id}/alarms`)
    assert.deepEqual(theirs.alarms, [])
  })

  it('of its alarm a value is told that would have kept it quiet', async () => {
    const [alarm] = (await cloud.call('GET', `${ours()}/alarms`)).alarms
    const { own } = await cloud.call('GET', `${ours()}/alarms/${alarm.id}/threshold`)
    const { value, reached, proposed } = own.compared
    assert.deepEqual([value, reached, proposed], [10, alarm.value, 53])
  })

  it('it is still there after a restart, and its alert with it', async () => {
    await cloud.stop()
    await cloud.start()
    assert.ok((await listed()).includes('异常多 form firing'))
    await report(9)
    assert.ok((await listed()).includes('异常多 form firing'))
  })

  it('it is written on as PromQL; what is no PromQL is refused with its reason', async () => {
    const { rules } = await cloud.call('GET', `${ours()}/rules`)
    const { own } = rules.find(({ kind }: { kind: string }) => kind === 'form')
    const path = `${ours()}/rules/${own.id}`
    const rule = { name: '异常多', expr: 'sum by (callee) (' }
    const refused = await cloud.call('PUT', path, { kind: 'promql', rule })
    assert.equal(refused.status, 400)
    assert.match(refused.error.fields[0].expected, /^1:17: could not parse expression/)
    const { preview } = await cloud.call('POST', `${ours()}/rules/preview`, {
      kind: 'promql',
      rule,
    })
    assert.match(preview.fault, /^1:17: could not parse expression/)

    const sound = { ...rule, expr: 'sum by (callee) (sum_over_time(tars_exceptions[1m])) > 1' }
    assert.equal((await cloud.call('PUT', path, { kind: 'promql', rule: sound })).status, 200)
    await report(12)
    assert.ok((await listed()).includes('异常多 promql firing'))
    assert.equal((await cloud.call('DELETE', path)).status, 200)
    assert.equal((await cloud.call('DELETE', path)).status, 404)
    await report(15)
    assert.ok(!(await listed()).join().includes('异常多'))
    const { alarms } = await cloud.call('GET', `${ours()}/alarms`)
    assert.deepEqual(
      new Set(alarms.map((one: { state: string }) => one.state)),
      new Set(['resolved']),
    )
  })

  it('one that fails says why on its page, and harms no other', async () => {
    const rule = { name: 'failing', expr: '{__name__=~"tars_(calls|timeouts)"}' }
    await cloud.call('POST', `${ours()}/rules`, { kind: 'promql', rule })
    await cloud.call('POST', `${ours()}/rules`, { kind: 'form', form: FORM })
    await report(18)
    const { rules } = await cloud.call('GET', `${ours()}/rules`)
    const [failing, well] = rules.filter(({ kind }: { kind: string }) => kind !== 'file')
    assert.match(failing.lastError, /several elements have the same labels/)
    assert.equal(failing.state, 'inactive')
    assert.deepEqual([well.name, well.state, well.lastError], ['异常多', 'firing', undefined])
    assert.equal(well.evaluatedAtMs, T0 + 180_000)
  })

  it('thresholds are set together, and become series', async () => {
    const thresholds = [{ level: 'global', rule: 'FailureRatio', value: 0.3 }]
    assert.deepEqual((await cloud.call('GET', `${ours()}/thresholds`)).thresholds, [])
    assert.equal((await cloud.call('PUT', `${ours()}/thresholds`, thresholds)).status, 200)
    assert.deepEqual((await cloud.call('GET', `${ours()}/thresholds`)).thresholds, thresholds)
    const twice = await cloud.call('PUT', `${ours()}/thresholds`, [...thresholds, ...thresholds])
    assert.equal(twice.status, 400)
    await report(24)
    await report(30)
    const rule = { name: 'asks', expr: 'tars_threshold{rule="FailureRatio"}' }
    const { preview } = await cloud.call('POST', `${ours()}/rules/preview`, {
      kind: 'promql',
      rule,
    })
    assert.ok(preview.found > 0)
  })
})
