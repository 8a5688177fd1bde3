/** Drills through a real cloud and a real mail server: told, over, reported; across a restart; and one that fails. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { type SmtpPeer, startSmtp } from './notify/support/smtp-peer.ts'
import { RealCloud, type RealEnvironment } from './real-cloud.ts'
import { stat } from './series/fixture.ts'

/** 09:59:30 in Shanghai, on the first workday of the month. */
const T0 = Date.UTC(2026, 10, 2, 1, 59, 30)
const SERVICE = 'TarsAlarmDrill.DrillServer'

describe('drills in a real cloud', () => {
  let smtp: SmtpPeer
  let cloud: RealCloud
  let environment: RealEnvironment
  let ours = ''
  let theirs = ''

  before(async () => {
    smtp = await startSmtp()
    const mail = `mail: { host: 127.0.0.1, port: ${smtp.config.port}, from: alarm@example.com }`
    const rules = readFileSync('conf/rules/tars.yaml', 'utf8')
    cloud = await RealCloud.open({ nowMs: T0, rules, config: [mail, 'convergence: 1m'] })
    environment = await cloud.createEnvironment('生产')
    ours = `/environments/${environment.id}`
    theirs = `/environments/${(await cloud.createEnvironment('theirs')).id}`
    const zhang = { name: '张三', email: 'zhang@example.com' }
    const { contact } = await cloud.call('POST', `${ours}/contacts`, zhang)
    const john = { name: 'John', email: 'john@example.com', language: 'en', timeZone: 'UTC' }
    await cloud.call('POST', `${ours}/contacts`, john)
    await cloud.call('POST', `${theirs}/contacts`, { name: '李四', email: 'li@example.com' })
    const plan = { enabled: true, day: 'first-workday', at: '10:00', contacts: [contact.id] }
    const saved = await cloud.call('PUT', `${ours}/drills/plan`, plan)
    assert.equal(saved.plan.nextAtMs, T0 + 30_000)
  })
  after(async () => {
    await cloud.close()
    await smtp.close()
  })

  /** Meanwhile an agent tells of calls that go well, unless it is silent. */
  async function goOn(seconds: number, stepS: number, isSilent = false): Promise<void> {
    for (let gone = 0; gone < seconds; gone += stepS) {
      cloud.clock.advance(stepS * 1000)
      const isWindow = !isSilent && cloud.clock.now() % 10_000 === 0
      if (isWindow) await cloud.post(environment, [stat({}, { timeouts: 0, exceptions: 0 })])
      await cloud.idle()
    }
  }

  const newest = async () => (await cloud.call('GET', `${ours}/drills`)).drills[0]
  const mails = () => smtp.mails.map(({ to, subject }) => `${to?.[0]?.address} ${subject}`).sort()

  it('one begins when it is due, and goes on in the next process', async () => {
    await goOn(35, 5)
    const { month, outcome, storedMs, firedMs } = await newest()
    assert.deepEqual([month, outcome, storedMs, firedMs], ['2026-11', 'under-way', 0, undefined])
    assert.equal((await cloud.call('POST', `${ours}/drills`)).error.reason, 'busy')
    await cloud.stop()
    await cloud.start()
    await goOn(10, 1)
    assert.deepEqual(mails(), [
      `john@example.com 【生产-Default】${SERVICE}-[DRILL] alarm drill, nothing to do-ERROR`,
      `zhang@example.com 【生产-默认通知】${SERVICE}-【演练】告警演练，无需处理-ERROR`,
    ])
    const [john, zhang] = ['john', 'zhang'].map((name) =>
      smtp.mails.find(({ to }) => to?.[0]?.address?.startsWith(name)),
    )
    assert.match(john?.text ?? '', /This is a drill: no service is at fault/)
    assert.match(zhang?.text ?? '', /没有任何服务发生故障/)
  })

  it('that it is over is told, and the report says how long each step took', async () => {
    await goOn(130, 5)
    const rest = mails().filter((mail) => !mail.endsWith('ERROR'))
    assert.deepEqual(rest, [
      `john@example.com 【生产-Default】${SERVICE}-[DRILL] alarm drill, nothing to do-RESOLVED`,
      `zhang@example.com 【生产-默认通知】${SERVICE}-【演练】告警演练，无需处理-恢复`,
      'zhang@example.com 【生产】告警演练报告：通过，10.0 秒送达',
    ])
    const { outcome, takenUp, channels, firedMs, resolvedMs, overToldMs } = await newest()
    assert.deepEqual([outcome, takenUp, firedMs], ['passed', true, 10_000])
    assert.ok(resolvedMs >= 120_000 && overToldMs >= resolvedMs && overToldMs < 150_000)
    const [{ firstMs, lastMs, ...mail }] = channels
    assert.deepEqual(mail, { channel: 'mail', planned: 2, accepted: 2, missing: [] })
    assert.ok(firstMs >= 10_000 && lastMs < 15_000, `${firstMs} to ${lastMs}`)
  })

  it('nothing but its alarm is left of it, and nothing of it elsewhere', async () => {
    const { alarms } = await cloud.call('GET', `${ours}/alarms`)
    const [{ rule, state, labels }, ...others] = alarms
    assert.deepEqual([rule, state, labels.service, others], ['Drill', 'resolved', SERVICE, []])
    const heard = ['agents', 'reporters'].map(async (what) =>
      JSON.stringify((await cloud.call('GET', `${ours}/${what}`))[what]),
    )
    for (const text of await Promise.all(heard)) {
      assert.notEqual(text, '[]')
      assert.doesNotMatch(text, /drill/i)
    }
    const { nextAtMs } = (await cloud.call('GET', `${ours}/drills`)).plan
    assert.equal(nextAtMs, Date.UTC(2026, 11, 1, 2))
    assert.deepEqual((await cloud.call('GET', `${theirs}/alarms`)).alarms, [])
    assert.deepEqual((await cloud.call('GET', `${theirs}/drills`)).drills, [])
    assert.ok(mails().every((mail) => !mail.startsWith('li@')))
  })

  it('one whose messages nobody takes fails, and the watchdog says at what', async () => {
    smtp.behave('asks to come later')
    assert.equal((await cloud.call('POST', `${ours}/drills`)).status, 202)
    await goOn(12 * 60, 20, true)
    const { outcome, step, why, month } = await newest()
    assert.deepEqual([outcome, step, month], ['failed', 'accepted', undefined])
    assert.match(why[0], /greylisted/)
    const { alarms } = await cloud.call('GET', `${ours}/alarms`)
    const failed = alarms.find((alarm: { rule: string }) => alarm.rule === 'DrillFailed')
    assert.deepEqual([failed?.state, failed?.labels.step], ['firing', 'accepted'])
    assert.deepEqual((await cloud.call('GET', `${theirs}/alarms`)).alarms, [])
  })
})
