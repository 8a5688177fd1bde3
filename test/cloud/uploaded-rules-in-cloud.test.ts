/** Rule files that are uploaded, from the API to the alert, over a change of the file and a restart. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { RealCloud, type RealEnvironment } from './real-cloud.ts'
import { stat } from './series/fixture.ts'

const T0 = Date.UTC(2026, 10, 21, 2)
const RULES = 'groups: [{name: g, rules: [{alert: Quiet, expr: absent(tars_calls), for: 5m}]}]'
const UPLOADED = `groups:
  - name: api
    rules:
      - record: callee:exceptions:sum1m
        expr: sum by (callee) (sum_over_time(tars_exceptions[1m]))
      - alert: ManyExceptions
        expr: callee:exceptions:sum1m > 10
        labels: {severity: ERROR}
        annotations: {title: '{{ $labels.callee }}: {{ $value }}'}
`

describe('uploaded rule files in a real cloud', () => {
  let cloud: RealCloud
  const environments: RealEnvironment[] = []
  const ours = () => `/environments/${environments[0]?.id}`

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

  const upload = (text: string, name = 'api.yaml') =>
    cloud.call('POST', `${ours()}/rule-files`, { files: [{ name, text }] })

  async function alarms(environment = ours()): Promise<[string, string, number][]> {
    const found = (await cloud.call('GET', `${environment}/alarms`)).alarms
    return found.map((one: { rule: string; state: string; firedAtMs: number }) => [
      ...[one.rule, one.state, one.firedAtMs],
    ])
  }

  it('fire in the environment that they were uploaded for alone, and record for each other', async () => {
    for (let step = 1; step <= 5; step++) await report(step)
    assert.equal((await upload(UPLOADED)).status, 200)
    await report(6)
    await report(7)
    assert.deepEqual(
      (await alarms()).map(([rule, state]) => [rule, state]),
      [['ManyExceptions', 'firing']],
    )
    assert.deepEqual(await alarms(`/environments/${environments[1]?.id}`), [])
    const { rules } = await cloud.call('GET', `${ours()}/rules`)
    const shown = rules.find(({ name }: { name: string }) => name === 'ManyExceptions')
    const { kind, state, group } = shown
    assert.deepEqual([kind, state, group], ['uploaded', 'firing', 'api.yaml;api'])
  })

  it('keep their alerts when the file changes, and over a restart', async () => {
    const before = await alarms()
    const other = UPLOADED.replace('> 10', '> 11')
    assert.deepEqual((await upload(other)).report.changed, ['api.yaml;api'])
    await report(8)
    await cloud.stop()
    await cloud.start()
    await report(9)
    assert.deepEqual(await alarms(), before)
    assert.equal((await cloud.call('GET', `${ours()}/rule-files/api.yaml`)).text, other)
  })

  it('change nothing when one is wrong; no rule of the console takes the name of one of theirs', async () => {
    const { status, error } = await upload(UPLOADED.replace('record:', 'recorded:'))
    assert.deepEqual([status, error.fields[0].field], [400, 'files/api.yaml/4:9'])
    const rule = { name: 'ManyExceptions', expr: 'vector(1)' }
    const taken = await cloud.call('POST', `${ours()}/rules`, { kind: 'promql', rule })
    assert.deepEqual([taken.status, taken.error.reason], [409, 'taken'])
    await report(10)
    assert.deepEqual(
      (await alarms()).map(([, state]) => state),
      ['firing'],
    )
  })

  it('end with their file', async () => {
    assert.equal((await cloud.call('DELETE', `${ours()}/rule-files/api.yaml`)).status, 200)
    await report(12)
    assert.deepEqual(
      (await alarms()).map(([, state]) => state),
      ['resolved'],
    )
    const { rules } = await cloud.call('GET', `${ours()}/rules`)
    assert.ok(!JSON.stringify(rules).includes('ManyExceptions'))
  })
})
