/** From a mail by its link to quiet, and by the clock to others, in a real cloud that is started anew in between. */
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
import { type SmtpPeer, startSmtp } from './notify/support/smtp-peer.ts'
import { batch, stat, window } from './series/fixture.ts'

const T0 = Date.UTC(2026, 10, 20, 2)
const MINUTE = 60_000
const RULES = `
groups:
  - name: g
    rules:
      - alert: Failed
        expr: sum by (callee, interface) (sum_over_time(tars_exceptions[1h])) >= 5
        labels: {severity: ERROR}
`

describe('an alarm in a real cloud, and what people do about it', () => {
  const root = mkdtempSync(join(tmpdir(), 'tars-alarm-acts-'))
  const clock = new FakeClock(T0)
  let smtp: SmtpPeer
  let cloud: Cloud
  let password = ''
  let cookie = ''
  let ours = ''
  let key = ''
  let seq = 0

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
    const { port } = smtp.config
    const mail = `{ host: 127.0.0.1, port: ${port}, tls: none, from: alarm@example.com, verify: false }`
    const text = `listen: 127.0.0.1:0\npublic_url: https://alarm.example.com\ndata: ${root}/data\nrules: [${root}/rules.yaml]\nroot_cause: 'off'\nmail: ${mail}\n`
    const config = parseCloudConfig(text, 'cloud.yaml')
    cloud = await startCloud({ config, clock, log: silentLog })
    password ||= cloud.firstPassword ?? ''
    await call('POST', '/login', { name: 'admin', password })
  }

  before(async () => {
    writeFileSync(join(root, 'rules.yaml'), RULES)
    smtp = await startSmtp()
    await start()
    const name = { name: 'ours', framework: 'TARSFramework' }
    const { environment } = await call('POST', '/environments', name)
    ours = `/environments/${environment.id}`
    key = environment.envKey
    const [first, second] = await Promise.all(
      ['first', 'second'].map(async (who) => {
        const fields = { name: who, email: `${who}@example.com`, language: 'en' }
        return (await call('POST', `${ours}/contacts`, fields)).contact.id
      }),
    )
    const [policy] = (await call('GET', `${ours}/policies`)).policies
    const escalation = [{ afterMinutes: 15, contacts: [second] }]
    const { id, ...rest } = policy
    const changed = { ...rest, contacts: [first], escalation }
    assert.equal((await call('PUT', `${ours}/policies/${id}`, changed)).status, 200)
  })
  after(async () => {
    await cloud.stop()
    await smtp.close()
    rmSync(root, { recursive: true })
  })

  /** Failures of this interface, which make an alarm. */
  async function fail(called: string): Promise<void> {
    clock.advance(10_000)
    const stats = [stat({ interface: called }, { exceptions: 9 })]
    const windows = [window({ endMs: clock.now(), stats })]
    const { ok } = await fetch(`${cloud.url}${BATCH_PATH}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': BATCH_MEDIA_TYPE },
      body: new Uint8Array(encodeBatch(batch({ seq: ++seq }, windows))),
    })
    assert.ok(ok)
    await cloud.idle()
  }

  it('is acknowledged by the link of its mail; the other escalates after a new start', async () => {
    await fail('pay')
    assert.equal(smtp.mails.length, 1)
    const link = /https:\/\/alarm\.example\.com(\/act\?link=\S+)/.exec(smtp.mails[0]?.text ?? '')
    const path = link?.[1] ?? ''
    const page = await fetch(`${cloud.url}${path}`)
    assert.match(await page.text(), /You are first/)
    const form = { link: path.replace('/act?link=', ''), kind: 'acknowledge', note: 'on it' }
    const body = new URLSearchParams(form)
    assert.equal((await fetch(`${cloud.url}/act`, { method: 'POST', body })).status, 200)
    await fail('refund')
    assert.equal(smtp.mails.length, 2)
    const { alarms } = await call('GET', `${ours}/alarms?unacknowledged=true`)
    assert.deepEqual(
      alarms.map(({ labels }: { labels: { interface: string } }) => labels.interface),
      ['refund'],
    )
    await cloud.stop()
    clock.advance(20 * MINUTE)
    await start()
    await cloud.idle()
    const others = smtp.mails.filter(({ to }) => to?.[0]?.address === 'second@example.com')
    assert.deepEqual(
      others.map(({ subject }) => subject),
      ['【ours-默认通知-escalation 1】App.HelloServer-Failed-ERROR'],
    )
    assert.match(others[0]?.text ?? '', /nobody acknowledged it/)
  })

  it('says on its page what was done, by whom and how', async () => {
    const { alarms } = await call('GET', `${ours}/alarms`)
    const pay = alarms.find(
      ({ labels }: { labels: { interface: string } }) => labels.interface === 'pay',
    )
    assert.equal(pay.handling.state, 'acknowledged')
    const { acts } = await call('GET', `${ours}/alarms/${pay.id}/acts`)
    const [{ atMs, ...act }] = acts
    assert.ok(atMs > T0)
    assert.deepEqual(act, { kind: 'acknowledge', by: 'first', byLink: true, note: 'on it' })
  })
})
