/** A text of one's own and the summary of a day, in a real cloud that is started anew in between. */
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

/** 10:00 in Shanghai. */
const T0 = Date.UTC(2026, 10, 20, 2)
/** The next day at 09:05. */
const NEXT_DAY = Date.UTC(2026, 10, 21, 1, 5)
const RULES = `
groups:
  - name: g
    rules:
      - alert: Failed
        expr: sum by (callee, interface) (sum_over_time(tars_exceptions[1h])) >= 5
        labels: {severity: ERROR}
`

describe('words of people in a real cloud', () => {
  const root = mkdtempSync(join(tmpdir(), 'tars-alarm-words-'))
  const clock = new FakeClock(T0)
  let smtp: SmtpPeer
  let cloud: Cloud
  let password = ''
  let cookie = ''
  let ours = ''
  let key = ''

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
    const text = `listen: 127.0.0.1:0\ndata: ${root}/data\nrules: [${root}/rules.yaml]\nroot_cause: 'off'\nmail: ${mail}\n`
    const config = parseCloudConfig(text, 'cloud.yaml')
    cloud = await startCloud({ config, clock, log: silentLog })
    password ||= cloud.firstPassword ?? ''
    await call('POST', '/login', { name: 'admin', password })
    await cloud.idle()
  }

  before(async () => {
    writeFileSync(join(root, 'rules.yaml'), RULES)
    smtp = await startSmtp()
    await start()
    const name = { name: '生产', framework: 'TARSFramework' }
    const { environment } = await call('POST', '/environments', name)
    ours = `/environments/${environment.id}`
    key = environment.envKey
    const fields = { name: '张三', email: 'zhang@example.com' }
    const { contact } = await call('POST', `${ours}/contacts`, fields)
    const summary = { every: 'day', at: '09:00', contacts: [contact.id] }
    assert.equal((await call('POST', `${ours}/summaries`, summary)).status, 201)
    const parts = { subject: '[{{ service }}] {{ labels.interface }} {{ level }}' }
    assert.equal((await call('PUT', `${ours}/templates/mail/zh`, { parts })).status, 200)
  })
  after(async () => {
    await cloud.stop()
    await smtp.close()
    rmSync(root, { recursive: true })
  })

  const subjects = () => smtp.mails.map(({ subject }) => subject)

  it('an alarm is mailed in the words of the template', async () => {
    clock.advance(10_000)
    const stats = [stat({ interface: 'pay' }, { exceptions: 9 })]
    const windows = [window({ endMs: clock.now(), stats })]
    const { ok } = await fetch(`${cloud.url}${BATCH_PATH}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': BATCH_MEDIA_TYPE },
      body: new Uint8Array(encodeBatch(batch({ seq: 1 }, windows))),
    })
    assert.ok(ok)
    await cloud.idle()
    assert.deepEqual(subjects(), ['[App.HelloServer] pay ERROR'])
    const [alarm] = (await call('GET', `${ours}/alarms`)).alarms
    const asked = { parts: { subject: '预览 {{ rule }}' }, alarm: alarm.id }
    const { preview } = await call('POST', `${ours}/templates/mail/zh/preview`, asked)
    assert.equal(preview.subject, '预览 Failed')
  })

  it('a summary that fell due while the cloud was down comes when it is up, once', async () => {
    await cloud.stop()
    clock.moveTo(NEXT_DAY)
    await start()
    // Watchdogs may tell of the gap, too.
    const summaries = () => smtp.mails.filter(({ subject }) => subject?.includes('日报'))
    assert.equal(summaries()[0]?.subject, '【生产】告警日报 2026-11-21 09:00：1 条告警，1 条未恢复')
    assert.match(summaries()[0]?.text ?? '', /App\.HelloServer ERROR 1 {2}1 {2}0/)
    await cloud.stop()
    await start()
    assert.equal(summaries().length, 1)
    assert.equal((await call('GET', `${ours}/templates`)).templates.length, 1)
  })
})
