/** A text of one's own and the summary of a day, in a real cloud that is started anew in between. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type SmtpPeer, startSmtp } from './notify/support/smtp-peer.ts'
import { FAILURE_RULES, RealCloud, type RealEnvironment } from './real-cloud.ts'
import { stat } from './series/fixture.ts'

/** 10:00 in Shanghai. */
const T0 = Date.UTC(2026, 10, 20, 2)
/** The next day at 09:05. */
const NEXT_DAY = Date.UTC(2026, 10, 21, 1, 5)

describe('words of people in a real cloud', () => {
  let smtp: SmtpPeer
  let cloud: RealCloud
  let environment: RealEnvironment
  let ours = ''

  before(async () => {
    smtp = await startSmtp()
    const mail = `mail: { host: 127.0.0.1, port: ${smtp.config.port}, from: alarm@example.com }`
    const config = ["root_cause: 'off'", mail]
    cloud = await RealCloud.open({ nowMs: T0, rules: FAILURE_RULES, config })
    environment = await cloud.createEnvironment('生产')
    ours = `/environments/${environment.id}`
    const fields = { name: '张三', email: 'zhang@example.com' }
    const { contact } = await cloud.call('POST', `${ours}/contacts`, fields)
    const summary = { every: 'day', at: '09:00', contacts: [contact.id] }
    assert.equal((await cloud.call('POST', `${ours}/summaries`, summary)).status, 201)
    const parts = { subject: '[{{ service }}] {{ labels.interface }} {{ level }}' }
    assert.equal((await cloud.call('PUT', `${ours}/templates/mail/zh`, { parts })).status, 200)
  })
  after(async () => {
    await cloud.close()
    await smtp.close()
  })

  const subjects = () => smtp.mails.map(({ subject }) => subject)

  it('an alarm is mailed in the words of the template', async () => {
    cloud.clock.advance(10_000)
    await cloud.post(environment, [stat({ interface: 'pay' }, { exceptions: 9 })])
    await cloud.idle()
    assert.deepEqual(subjects(), ['[App.HelloServer] pay ERROR'])
    const [alarm] = (await cloud.call('GET', `${ours}/alarms`)).alarms
    const asked = { parts: { subject: '预览 {{ rule }}' }, alarm: alarm.id }
    const { preview } = await cloud.call('POST', `${ours}/templates/mail/zh/preview`, asked)
    assert.equal(preview.subject, '预览 Failed')
  })

  it('a summary that fell due while the cloud was down comes when it is up, once', async () => {
    await cloud.stop()
    cloud.clock.moveTo(NEXT_DAY)
    await cloud.start()
    await cloud.idle()
    // Watchdogs may tell of the gap, too.
    const summaries = () => smtp.mails.filter(({ subject }) => subject?.includes('日报'))
    assert.equal(summaries()[0]?.subject, '【生产】告警日报 2026-11-21 09:00：1 条告警，1 条未恢复')
    assert.match(summaries()[0]?.text ?? '', /App\.HelloServer ERROR 1 {2}1 {2}0/)
    await cloud.stop()
    await cloud.start()
    await cloud.idle()
    assert.equal(summaries().length, 1)
    assert.equal((await cloud.call('GET', `${ours}/templates`)).templates.length, 1)
  })
})
