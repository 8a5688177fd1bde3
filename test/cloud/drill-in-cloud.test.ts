/** Drills through a real cloud and a real mail server: told, over, reported; across a restart; and one that fails. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { type Cloud, startCloud } from '../../src/cloud/cloud.ts'
import { parseCloudConfig } from '../../src/cloud/config.ts'
import { silentLog } from '../../src/support/log.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { type SmtpPeer, startSmtp } from './notify/support/smtp-peer.ts'

/** 09:59:30 in Shanghai, on the first workday of the month. */
const T0 = Date.UTC(2026, 10, 2, 1, 59, 30)
const ALARM = 'TarsAlarmDrill.DrillServer'

describe('drills in a real cloud', () => {
  const root = mkdtempSync(join(tmpdir(), 'tars-alarm-drill-'))
  const clock = new FakeClock(T0)
  let smtp: SmtpPeer
  let cloud: Cloud
  let password = ''
  let cookie = ''
  let ours = ''
  let theirs = ''

  // biome-ignore lint/suspicious/noExplicitAny: an assertion reads what it expects
  async function call(method: string, path: string, body?: unknown): Promise<any> {
    const json = body === undefined ? {} : { 'content-type': 'application/json' }
    const answer = await fetch(`${cloud.url}/api/v1${path}`, {
      method,
      headers: { cookie, 'x-requested-with': 'tars-alarm', ...json },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? cookie
    return { status: answer.status, ...Object(await answer.json()) }
  }

  async function start(): Promise<void> {
    const mail = `{ host: 127.0.0.1, port: ${smtp.config.port}, from: alarm@example.com }`
    const text = `listen: 127.0.0.1:0\ndata: ${root}/data\nrules: [${root}/rules.yaml]\nmail: ${mail}\n`
    const config = parseCloudConfig(text, 'cloud.yaml')
    cloud = await startCloud({ config, clock, log: silentLog })
    password ||= cloud.firstPassword ?? ''
    await call('POST', '/login', { name: 'admin', password })
    await cloud.idle()
  }

  async function environment(name: string): Promise<string> {
    const body = { name, framework: 'TARSFramework' }
    const { id } = (await call('POST', '/environments', body)).environment
    return `/environments/${id}`
  }

  async function goOn(seconds: number, stepS = 1): Promise<void> {
    for (let gone = 0; gone < seconds; gone += stepS) {
      clock.advance(stepS * 1000)
      await cloud.idle()
    }
  }

  const newest = async () => (await call('GET', `${ours}/drills`)).drills[0]
  const mails = () => smtp.mails.map(({ to, subject }) => `${to?.[0]?.address} ${subject}`).sort()

  before(async () => {
    writeFileSync(join(root, 'rules.yaml'), 'groups: []\n')
    smtp = await startSmtp()
    await start()
    ours = await environment('生产')
    theirs = await environment('theirs')
    const zhang = { name: '张三', email: 'zhang@example.com' }
    const { contact } = await call('POST', `${ours}/contacts`, zhang)
    const john = { name: 'John', email: 'john@example.com', language: 'en', timeZone: 'UTC' }
    await call('POST', `${ours}/contacts`, john)
    await call('POST', `${theirs}/contacts`, { name: '李四', email: 'li@example.com' })
    const plan = { enabled: true, day: 'first-workday', at: '10:00', contacts: [contact.id] }
    const saved = await call('PUT', `${ours}/drills/plan`, plan)
    assert.equal(saved.plan.nextAtMs, T0 + 30_000)
  })
  after(async () => {
    await cloud.stop()
    await smtp.close()
    rmSync(root, { recursive: true })
  })

  it('one begins when it is due, and goes on in the next process', async () => {
    await goOn(31)
    const { month, outcome, storedMs, firedMs } = await newest()
    assert.deepEqual([month, outcome, storedMs, firedMs], ['2026-11', 'under-way', 0, undefined])
    assert.equal((await call('POST', `${ours}/drills`)).error.reason, 'busy')
    await cloud.stop()
    await start()
    await goOn(12)
    assert.deepEqual(mails(), [
      `john@example.com 【生产-默认通知】${ALARM}-[DRILL] alarm drill, nothing to do-ERROR`,
      `zhang@example.com 【生产-默认通知】${ALARM}-【演练】告警演练，无需处理-ERROR`,
    ])
    assert.match(
      smtp.mails.find(({ subject }) => subject?.includes('演练'))?.text ?? '',
      /没有任何服务发生故障/,
    )
  })

  it('that it is over is told, and the report says how long each step took', async () => {
    await goOn(130)
    const rest = mails().filter((mail) => !mail.endsWith('ERROR'))
    assert.deepEqual(rest, [
      `john@example.com 【生产-默认通知】${ALARM}-[DRILL] alarm drill, nothing to do-RESOLVED`,
      `zhang@example.com 【生产-默认通知】${ALARM}-【演练】告警演练，无需处理-恢复`,
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
    const { alarms } = await call('GET', `${ours}/alarms`)
    const [{ rule, state, labels }, ...others] = alarms
    assert.deepEqual([rule, state, labels.service, others], ['Drill', 'resolved', ALARM, []])
    assert.deepEqual((await call('GET', `${ours}/agents`)).agents, [])
    assert.deepEqual((await call('GET', `${ours}/reporters`)).reporters, [])
    assert.deepEqual((await call('GET', `${theirs}/alarms`)).alarms, [])
    assert.deepEqual((await call('GET', `${theirs}/drills`)).drills, [])
    const { nextAtMs } = (await call('GET', `${ours}/drills`)).plan
    assert.equal(nextAtMs, Date.UTC(2026, 11, 1, 2))
  })

  it('one whose messages nobody takes fails, and the watchdog says at what', async () => {
    smtp.behave('asks to come later')
    assert.equal((await call('POST', `${ours}/drills`)).status, 202)
    await goOn(16 * 60, 10)
    const { outcome, step, why, month } = await newest()
    assert.deepEqual([outcome, step, month], ['failed', 'accepted', undefined])
    assert.match(why[0], /greylisted/)
    await goOn(60, 10)
    const { alarms } = await call('GET', `${ours}/alarms`)
    const failed = alarms.find((alarm: { rule: string }) => alarm.rule === 'DrillFailed')
    assert.deepEqual([failed?.state, failed?.labels.step], ['firing', 'accepted'])
    assert.deepEqual((await call('GET', `${theirs}/alarms`)).alarms, [])
  })
})
