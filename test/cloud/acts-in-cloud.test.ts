/** From a mail by its link to quiet, and by the clock to others, in a real cloud that is started anew in between. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type SmtpPeer, startSmtp } from './notify/support/smtp-peer.ts'
import { FAILURE_RULES, RealCloud, type RealEnvironment } from './real-cloud.ts'
import { stat } from './series/fixture.ts'

const T0 = Date.UTC(2026, 10, 20, 2)
const MINUTE = 60_000

describe('an alarm in a real cloud, and what people do about it', () => {
  let smtp: SmtpPeer
  let cloud: RealCloud
  let environment: RealEnvironment
  let ours = ''

  before(async () => {
    smtp = await startSmtp()
    const { port } = smtp.config
    const mail = `{ host: 127.0.0.1, port: ${port}, tls: none, from: alarm@example.com, verify: false }`
    const config = [
      'public_url: https://alarm.example.com',
      ...["root_cause: 'off'", `mail: ${mail}`],
    ]
    cloud = await RealCloud.open({ nowMs: T0, rules: FAILURE_RULES, config })
    environment = await cloud.createEnvironment('ours')
    ours = `/environments/${environment.id}`
    const [first, second] = await Promise.all(
      ['first', 'second'].map(async (who) => {
        const fields = { name: who, email: `${who}@example.com`, language: 'en' }
        return (await cloud.call('POST', `${ours}/contacts`, fields)).contact.id
      }),
    )
    const [policy] = (await cloud.call('GET', `${ours}/policies`)).policies
    const escalation = [{ afterMinutes: 15, contacts: [second] }]
    const { id, ...rest } = policy
    const changed = { ...rest, contacts: [first], escalation }
    assert.equal((await cloud.call('PUT', `${ours}/policies/${id}`, changed)).status, 200)
  })
  after(async () => {
    await cloud.close()
    await smtp.close()
  })

  /** Failures of this interface, which make an alarm. */
  async function fail(called: string): Promise<void> {
    cloud.clock.advance(10_000)
    await cloud.post(environment, [stat({ interface: called }, { exceptions: 9 })])
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
    const { alarms } = await cloud.call('GET', `${ours}/alarms?unacknowledged=true`)
    assert.deepEqual(
      alarms.map(({ labels }: { labels: { interface: string } }) => labels.interface),
      ['refund'],
    )
    await cloud.stop()
    cloud.clock.advance(20 * MINUTE)
    await cloud.start()
    await cloud.idle()
    const others = smtp.mails.filter(({ to }) => to?.[0]?.address === 'second@example.com')
    assert.deepEqual(
      others.map(({ subject }) => subject),
      ['【ours-Default-escalation 1】App.HelloServer-Failed-ERROR'],
    )
    assert.match(others[0]?.text ?? '', /nobody acknowledged it/)
  })

  it('says on its page what was done, by whom and how', async () => {
    const { alarms } = await cloud.call('GET', `${ours}/alarms`)
    const pay = alarms.find(
      ({ labels }: { labels: { interface: string } }) => labels.interface === 'pay',
    )
    assert.equal(pay.handling.state, 'acknowledged')
    const { acts } = await cloud.call('GET', `${ours}/alarms/${pay.id}/acts`)
    const [{ atMs, ...act }] = acts
    assert.ok(atMs > T0)
    assert.deepEqual(act, { kind: 'acknowledge', by: 'first', byLink: true, note: 'on it' })
  })
})
