/** Mail addresses from the console to the mailbox: confirmed by a link, left alone when refused. Over the embedded store. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { after, before, beforeEach, describe, it } from 'node:test'
import PostalMime from 'postal-mime'
import { SMTPServer } from 'smtp-server'
import { Notifier } from '../../../src/cloud/notify/notifier.ts'
import { Verification } from '../../../src/cloud/notify/verification.ts'
import type { Store } from '../../../src/cloud/store/store.ts'
import { silentLog } from '../../../src/support/log.ts'
import { dataFolder, openIn } from '../store/data-folder.ts'
import { serveConsole } from './console.ts'
import { alertRow } from './rows.ts'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

async function startMailbox() {
  const mails: { to: string; subject: string; text: string }[] = []
  const answers = new Map<string, string>()
  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    onRcptTo({ address }, _session, done) {
      const answer = answers.get(address)
      if (answer === undefined) return done()
      const [, code, text] = /^(\d+) (.*)$/.exec(answer) ?? []
      done(Object.assign(new Error(text), { responseCode: Number(code) }))
    },
    async onData(stream, session, done) {
      const chunks: Buffer[] = []
      for await (const chunk of stream) chunks.push(chunk)
      const { subject = '', text = '' } = await PostalMime.parse(Buffer.concat(chunks))
      for (const { address } of session.envelope.rcptTo) mails.push({ to: address, subject, text })
      done(null, 'queued')
    },
  })
  server.on('error', () => {})
  server.listen(0, '127.0.0.1')
  await once(server.server, 'listening')
  const { port } = server.server.address() as AddressInfo
  const close = () => new Promise<void>((closed) => server.close(() => closed()))
  /** `answers`: to `RCPT TO`, by address. */
  return { mails, answers, port, close }
}

describe('mail addresses of contacts', () => {
  const folder = dataFolder({ after })
  let mailbox: Awaited<ReturnType<typeof startMailbox>>
  let store: Store
  let notifier: Notifier
  let site: Awaited<ReturnType<typeof serveConsole>>
  let cookie: string
  let ours: string
  let others: string
  let numbers = 0

  before(async () => {
    mailbox = await startMailbox()
    store = await openIn(folder)
    const { environments, contacts, reads: alerts, users, plans, outbox, receivers } = store
    site = await serveConsole((clock) => {
      const publicUrl = 'https://alarm.example.com/'
      const onPlanned = () => notifier.wake()
      const key = new Uint8Array(32).fill(7)
      const verification = new Verification({
        ...{ store: contacts, clock, key, publicUrl, onPlanned },
      })
      return { environments, contacts, alerts, users, verification }
    })
    const { port } = mailbox
    notifier = new Notifier({
      ...{ plans, outbox, receivers, contacts, clock: site.clock, log: silentLog },
      channels: { mail: { host: '127.0.0.1', port, tls: 'none', from: 'alarm@example.com' } },
    })
    notifier.start()
  })
  after(async () => {
    await notifier.stop()
    await site.close()
    await store.close()
    await mailbox.close()
  })
  beforeEach(async () => {
    mailbox.mails.length = 0
    mailbox.answers.clear()
    // Asked for a moment ago, so that no mail of the test before counts.
    site.clock.advance(2 * DAY_MS)
    cookie = await site.login()
    const made = (name: string) =>
      store.environments.createEnvironment({ name, framework: 'TARSFramework' }, site.clock.now())
    ours = (await made(`生产${++numbers}`)).id
    others = (await made(`别人${numbers}`)).id
  })

  const call = (method: string, path: string, body?: unknown, environment = ours) =>
    site.call(method, `/api/v1/environments/${environment}/${path}`, { cookie, body })

  async function added(email = 'zhang@example.com', language = 'zh') {
    const { status, body } = await call('POST', 'contacts', { name: '张三', email, language })
    assert.equal(status, 201)
    await notifier.idle()
    return body.contact
  }

  /** The path behind the link in the newest mail. */
  function linkIn() {
    const [, path = ''] =
      /https:\/\/alarm\.example\.com(\/\S+)/.exec(mailbox.mails.at(-1)?.text ?? '') ?? []
    assert.match(path, /^\/confirm\/al-/)
    return path
  }

  const contactNow = async () => (await call('GET', 'contacts')).body.contacts[0]
  const follow = (method: string, path: string) =>
    site.call(method, path, { headers: { 'content-type': 'application/x-www-form-urlencoded' } })

  async function alarm() {
    const at = site.clock.now()
    const rule = `Rule${++numbers}`
    const alert = alertRow(ours, at + numbers, { rule, labels: { callee: 'DemoApp.PayServer' } })
    await store.alerts.saveEvaluation({
      progress: { environment: ours, group: rule, evaluatedAt: at },
      ...{ alerts: [alert], dropped: [] },
      changes: [{ kind: 'fired', at, receivedAt: at, alert }],
    })
    notifier.wake()
    await notifier.idle()
    const [trace] = await store.traces.trace(ours, alert.id, 1)
    return trace?.lines.at(-1)?.reason
  }

  it('nothing is told before the owner of the address confirmed it', async () => {
    const contact = await added()
    assert.equal(contact.unverifiedSinceMs, site.clock.now())
    const [mail] = mailbox.mails
    assert.deepEqual(
      [mail?.to, mail?.subject],
      ['zhang@example.com', '【TARS 云告警】请确认此邮箱接收告警'],
    )
    assert.equal(await alarm(), 'not-verified')
    assert.equal(mailbox.mails.length, 1)
    const path = linkIn()
    for (const method of ['GET', 'HEAD', 'GET']) {
      const { status, headers } = await follow(method, path)
      assert.equal(status, 200)
      assert.match(headers.get('content-security-policy') ?? '', /form-action 'self'/)
    }
    const asked = (await follow('GET', path)).body
    assert.match(asked, /确认后，环境「生产\d+」的告警会发送到 zhang@example\.com/)
    assert.match(asked, /<form method="post"><button>/)
    assert.equal(await alarm(), 'not-verified')
    assert.match((await follow('POST', path)).body, /zhang@example\.com 已确认/)
    assert.equal((await contactNow()).unverifiedSinceMs, undefined)
    assert.equal(await alarm(), 'addressed')
    assert.deepEqual(mailbox.mails.length, 2)
    // Again.
    assert.match((await follow('GET', path)).body, /已确认/)
  })

  it('in the language of the contact', async () => {
    await added('smith@example.com', 'en')
    assert.match(mailbox.mails[0]?.text ?? '', /^Confirm this mail address for alarms/)
    assert.match((await follow('GET', linkIn())).body, /<button>Confirm: send alarms here/)
  })

  it('a name cannot write the page', async () => {
    const now = site.clock.now()
    const wanted = { name: '<img src=x>', framework: 'TARSFramework' } as const
    ours = (await store.environments.createEnvironment(wanted, now)).id
    await added("o'neill@example.com")
    const { body } = await follow('GET', linkIn())
    assert.match(body, /「&lt;img src=x&gt;」的告警会发送到 o&#39;neill@example\.com/)
  })

  const changes: [string, (path: string) => string][] = [
    ['with another signature', (path) => path.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'))],
    ['with a later end', (path) => path.replace(/until=(\d+)/, (_, end) => `until=${end}1`)],
    ['without its end', (path) => path.replace(/&signature.*/, '')],
    ['with nonsense', (path) => path.replace(/until=\d+/, 'until=x')],
    ['for another contact', (path) => path.replace(/\/\w+\?/, '/0000?')],
    ['for another environment', (path) => path.replace(ours, others)],
  ]
  for (const [name, changed] of changes) {
    it(`a link ${name} confirms nothing`, async () => {
      const { id } = await added()
      const theirs = { name: '张三', email: 'zhang@example.com', language: 'zh', timeZone: 'UTC' }
      await store.contacts.saveContact({
        ...({ ...theirs, id, environment: others } as const),
        language: 'zh',
        address: { unverified: { since: 1 } },
      })
      const answer = await follow('POST', changed(linkIn()))
      assert.equal(answer.status, 404)
      assert.match(answer.body, /链接已失效.*\n.*\n.*This link does not work/)
      assert.ok((await contactNow()).unverifiedSinceMs)
      const [other] = await store.contacts.contacts(others)
      assert.ok(other?.address?.unverified)
    })
  }

  it('a link confirms nothing after three days, nor for another address', async () => {
    const { id } = await added()
    const path = linkIn()
    const body = { name: '张三', email: 'li@example.com' }
    const moved = (await call('PUT', `contacts/${id}`, body)).body.contact
    assert.ok(moved.unverifiedSinceMs)
    await notifier.idle()
    assert.equal((await follow('POST', path)).status, 404)
    const second = linkIn()
    site.clock.advance(3 * DAY_MS)
    assert.equal((await follow('POST', second)).status, 404)
    assert.ok((await contactNow()).unverifiedSinceMs)
  })

  it('a contact that keeps its address stays as it is', async () => {
    const { id } = await added()
    await follow('POST', linkIn())
    const body = { name: '李四', email: 'zhang@example.com', language: 'en' }
    const { contact } = (await call('PUT', `contacts/${id}`, body)).body
    await notifier.idle()
    assert.deepEqual([contact.name, contact.unverifiedSinceMs], ['李四', undefined])
    assert.equal(mailbox.mails.length, 1)
  })

  it('the owner is asked again once a minute and five times a day', async () => {
    const { id } = await added()
    const again = async () => (await call('POST', `contacts/${id}/verify`)).status
    const soon = await call('POST', `contacts/${id}/verify`)
    assert.deepEqual([soon.status, soon.body.error.reason], [429, 'too-soon'])
    assert.equal(soon.headers.get('retry-after'), '60')
    for (let times = 0; times < 4; times++) {
      site.clock.advance(MINUTE_MS)
      assert.equal(await again(), 200)
    }
    site.clock.advance(MINUTE_MS)
    assert.equal(await again(), 429)
    // For who owns the address it is the same from another environment.
    const body = { name: '张三', email: 'ZHANG@example.com' }
    const { status } = await call('POST', 'contacts', body, others)
    await notifier.idle()
    assert.deepEqual([status, mailbox.mails.length], [201, 5])
    site.clock.advance(DAY_MS - 5 * MINUTE_MS)
    assert.equal(await again(), 200)
    await notifier.idle()
    assert.equal(mailbox.mails.length, 6)
    assert.equal((await call('POST', `contacts/${id}/verify`, undefined, others)).status, 404)
    assert.equal((await call('POST', 'contacts/nobody/verify')).status, 404)
  })

  it('an address that the server does not know is disabled, until its owner confirms it', async () => {
    const { id } = await added()
    await follow('POST', linkIn())
    const theirs = { id, name: '张三', email: 'zhang@example.com', timeZone: 'UTC' }
    await store.contacts.saveContact({ ...theirs, environment: others, language: 'zh' })
    mailbox.answers.set('zhang@example.com', '550 5.1.1 User unknown')
    assert.equal(await alarm(), 'addressed')
    const { disabled } = await contactNow()
    assert.equal(disabled.atMs, site.clock.now())
    assert.match(disabled.why, /550 5\.1\.1 User unknown/)
    assert.equal(await alarm(), 'address-disabled')
    assert.equal((await store.contacts.contacts(others))[0]?.address, undefined)
    mailbox.answers.clear()
    site.clock.advance(MINUTE_MS)
    const { contact } = (await call('POST', `contacts/${id}/verify`)).body
    await notifier.idle()
    assert.deepEqual([contact.disabled, contact.unverifiedSinceMs], [undefined, site.clock.now()])
    await follow('POST', linkIn())
    assert.equal(await alarm(), 'addressed')
  })

  const others550 = {
    'spam in it': '554 5.7.1 looks like spam',
    'a full mailbox': '552 5.2.2 mailbox full',
    greylisting: '451 4.7.1 greylisted, try again',
    'a limit of ours': '550 5.7.1 too many mails from you',
  }
  for (const [name, answer] of Object.entries(others550)) {
    it(`a server that refuses for ${name} disables nothing`, async () => {
      await added()
      await follow('POST', linkIn())
      mailbox.answers.set('zhang@example.com', answer)
      for (let times = 0; times < 4; times++) assert.equal(await alarm(), 'addressed')
      assert.equal((await contactNow()).disabled, undefined)
    })
  }

  it('one that it only doubts is disabled by the third message in a row', async () => {
    await added()
    await follow('POST', linkIn())
    const doubt = () => mailbox.answers.set('zhang@example.com', '550 mailbox unavailable')
    doubt()
    for (let times = 0; times < 2; times++) await alarm()
    mailbox.answers.clear()
    site.clock.advance(1)
    await alarm()
    doubt()
    for (let times = 0; times < 2; times++) {
      await alarm()
      assert.equal((await contactNow()).disabled, undefined)
    }
    assert.equal(await alarm(), 'addressed')
    assert.ok((await contactNow()).disabled)
  })

  it('an address that does not exist is found out by the mail that asks', async () => {
    mailbox.answers.set('zhang@example.com', '550 no such user')
    await added()
    const { disabled, unverifiedSinceMs } = await contactNow()
    assert.ok(disabled)
    assert.equal(unverifiedSinceMs, undefined)
  })
})
