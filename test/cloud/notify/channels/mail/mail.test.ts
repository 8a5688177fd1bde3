/** Mail against a real SMTP server. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inspect } from 'node:util'
import type { Channel } from '../../../../../src/cloud/notify/channels/channel.ts'
import { ChannelFailure } from '../../../../../src/cloud/notify/channels/channel.ts'
import type { MailConfig } from '../../../../../src/cloud/notify/channels/mail/config.ts'
import { openMail } from '../../../../../src/cloud/notify/channels/mail/mail.ts'
import type { Delivery } from '../../../../../src/cloud/notify/ports.ts'
import { keepsTheContract } from '../../support/channel-contract.ts'
import { AT, delivery } from '../../support/nouns.ts'
import { PASSWORD, type SmtpPeer, startSmtp } from '../../support/smtp-peer.ts'

const NEVER = new AbortController().signal

keepsTheContract('mail', () => startSmtp())
keepsTheContract('mail with STARTTLS and a password', () => startSmtp({ tls: true, auth: true }))

/** Sends one message over a channel of its own; the answer or the failure. */
async function send(
  peer: SmtpPeer,
  settings: Partial<MailConfig> = {},
  what: Delivery = delivery('d1'),
): Promise<string | ChannelFailure> {
  const channel: Channel = openMail({ ...peer.config, ...settings })
  try {
    return await channel.send(what, NEVER)
  } catch (error) {
    assert.ok(error instanceof ChannelFailure, inspect(error))
    return error
  } finally {
    channel.close()
  }
}

async function withPeer(
  offers: Parameters<typeof startSmtp>[0],
  use: (peer: SmtpPeer) => Promise<void>,
): Promise<void> {
  const peer = await startSmtp(offers)
  try {
    await use(peer)
  } finally {
    await peer.close()
  }
}

describe('the mail that arrives', { concurrency: true }, () => {
  it('has subject, both bodies, and the headers that make it found again', async () => {
    await withPeer({}, async (peer) => {
      await send(peer, {}, delivery('d1', { alerts: ['a1', 'a2'] }))
      const [mail] = peer.mails
      assert.ok(mail)
      assert.equal(mail.subject, '【演示环境-默认通知】a-b-ERROR')
      assert.deepEqual([mail.text?.trim(), mail.html?.trim()], ['text 正文', '<p>正文</p>'])
      assert.equal(mail.messageId, '<d1@tars-alarm>')
      assert.equal(mail.inReplyTo, '<alert-a1@tars-alarm>')
      assert.equal(mail.references, '<alert-a1@tars-alarm> <alert-a2@tars-alarm>')
      assert.equal(mail.from?.name, 'TARS 告警')
      assert.equal(mail.to?.[0]?.address, 'zhang@example.com')
      assert.equal(Date.parse(mail.date ?? ''), AT)
      const header = (key: string) => mail.headers.find((one) => one.key === key)?.value
      assert.equal(header('auto-submitted'), 'auto-generated')
      assert.equal(header('x-tars-alarm-delivery'), 'd1')
      assert.equal(header('x-tars-alarm-alert'), 'a1')
    })
  })

  it('is one mail with one recipient, whatever subject and address hold', async () => {
    await withPeer({}, async (peer) => {
      const message = { subject: 'a\r\nBcc: evil@example.com\r\n\r\nbody', text: 't', html: 'h' }
      await send(peer, {}, delivery('d1', { message }))
      assert.equal(peer.mails[0]?.bcc, undefined)
      assert.equal(peer.mails[0]?.text?.trim(), 't')
      for (const to of ['a@b.c, evil@example.com', 'a@b.c\r\nRCPT TO:<x@y.z>', 'nobody', '']) {
        const failure = await send(peer, {}, delivery('d2', { to }))
        assert.ok(failure instanceof ChannelFailure)
        assert.deepEqual([failure.reason, failure.retryable], ['invalid-address', false])
      }
      assert.equal(peer.mails.length, 1)
    })
  })

  it('a repeat has the same Message-ID', async () => {
    await withPeer({}, async (peer) => {
      peer.behave('takes it and dies before the answer')
      const lost = await send(peer)
      assert.ok(lost instanceof ChannelFailure && lost.handedOver)
      peer.behave('takes it')
      await send(peer)
      assert.deepEqual(peer.taken(), ['d1', 'd1'])
    })
  })

  it('shares a connection with the mails before, and outlives its end', async () => {
    await withPeer({}, async (peer) => {
      const channel = peer.open()
      for (const id of ['d1', 'd2', 'd3']) await channel.send(delivery(id), NEVER)
      assert.equal(peer.connections, 1)
      peer.cut()
      await channel.send(delivery('d4'), NEVER)
      assert.deepEqual(peer.taken(), ['d1', 'd2', 'd3', 'd4'])
      channel.close()
    })
  })
})

describe('what the server answers', { concurrency: true }, () => {
  const cases = [
    ['asks to come later', 'busy', /451 greylisted/],
    ['refuses it', 'refused', /550 no such mailbox/],
    ['refuses the content', 'refused', /554 looks like spam/],
    ['refuses the sender', 'misconfigured', /553 .* check mail\.from/],
  ] as const
  for (const [behaviour, reason, message] of cases) {
    it(`a server that ${behaviour}: ${reason}`, async () => {
      await withPeer({}, async (peer) => {
        peer.behave(behaviour)
        const failure = await send(peer)
        assert.ok(failure instanceof ChannelFailure)
        assert.equal(failure.reason, reason)
        assert.match(failure.message, message)
        assert.equal(failure.handedOver, false)
      })
    })
  }

  it('a wrong password waits, says what to do and shows no password', async () => {
    await withPeer({ auth: true }, async (peer) => {
      const password = `${PASSWORD}-wrong`
      const failure = await send(peer, { password })
      assert.ok(failure instanceof ChannelFailure)
      assert.deepEqual([failure.reason, failure.retryable], ['misconfigured', true])
      assert.match(failure.message, /535 .*\[cut\].* check mail\.user and mail\.password/)
      assert.ok(!inspect(failure, { depth: 9 }).includes(PASSWORD))
    })
  })

  it('no server there: unreachable', async () => {
    const peer = await startSmtp()
    await peer.close()
    const failure = await send(peer)
    assert.ok(failure instanceof ChannelFailure)
    assert.deepEqual([failure.reason, failure.handedOver], ['unreachable', false])
    assert.match(failure.message, /^SMTP 127\.0\.0\.1:\d+: .*ECONNREFUSED.* — nobody listens/)
  })
})

describe('TLS', { concurrency: true }, () => {
  it('takes STARTTLS where it is offered', async () => {
    await withPeer({ tls: true }, async (peer) => {
      assert.equal(typeof (await send(peer)), 'string')
    })
  })

  const faults: [string, { tls?: boolean }, Partial<MailConfig>, RegExp][] = [
    ['a certificate nobody vouches for', { tls: true }, { ca_file: undefined }, /mail\.ca_file/],
    ['no STARTTLS where it must be', {}, { tls: 'starttls' }, /mail\.tls/],
    ['TLS from the start on a plain port', {}, { tls: 'implicit' }, /greets before TLS: mail\.tls/],
  ]
  for (const [name, offers, settings, advice] of faults) {
    it(`${name}: nothing is sent, and the message says what to change`, async () => {
      await withPeer(offers, async (peer) => {
        const failure = await send(peer, settings)
        assert.ok(failure instanceof ChannelFailure)
        assert.equal(failure.reason, 'misconfigured')
        assert.match(failure.message, advice)
        assert.doesNotMatch(failure.message, /Node\.js/)
        assert.equal(peer.mails.length, 0)
      })
    })
  }

  it('`none` does without, also where STARTTLS is offered', async () => {
    await withPeer({ tls: true }, async (peer) => {
      const { ca_file: _, ...plain } = peer.config
      const channel = openMail({ ...plain, tls: 'none' })
      assert.equal(typeof (await channel.send(delivery('d1'), NEVER)), 'string')
      channel.close()
    })
  })
})
