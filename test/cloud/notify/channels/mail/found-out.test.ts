/** How a real server wants TLS is found out, and never guessed to be none. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inspect } from 'node:util'
import { ChannelFailure } from '../../../../../src/cloud/notify/channels/channel.ts'
import type { MailConfig } from '../../../../../src/cloud/notify/channels/mail/config.ts'
import { openMail } from '../../../../../src/cloud/notify/channels/mail/mail.ts'
import { sendMailTest } from '../../../../../src/cloud/notify/channels/mail/mail-test.ts'
import { smtpFailure } from '../../../../../src/cloud/notify/channels/mail/smtp-failure.ts'
import { spokenAt } from '../../../../../src/cloud/notify/channels/mail/spoken.ts'
import { AT, delivery } from '../../support/nouns.ts'
import { PASSWORD, type SmtpPeer, startSmtp } from '../../support/smtp-peer.ts'

const NEVER = new AbortController().signal
const GREETING_MS = 300

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

/** Sends two mails; what became of each. */
async function send(config: MailConfig): Promise<string[]> {
  const channel = openMail(config, { greetingMs: GREETING_MS })
  try {
    const answers: string[] = []
    for (const id of ['d1', 'd2']) {
      answers.push(
        await channel.send(delivery(id), NEVER).catch((error: unknown) => {
          assert.ok(error instanceof ChannelFailure, inspect(error))
          return `${error.reason}: ${error.message}`
        }),
      )
    }
    return answers
  } finally {
    channel.close()
  }
}

describe('TLS of the mail server', () => {
  it('TLS at once at an unusual port is found out, and remembered', async () => {
    await withPeer({ implicit: true, auth: true }, async (peer) => {
      await send(peer.config)
      assert.deepEqual(peer.taken(), ['d1', 'd2'])
      // The one that waited in vain, the two that asked, the one that sends.
      assert.ok(peer.connections <= 4, `${peer.connections} connections`)
    })
  })

  it('STARTTLS where TLS at once was expected is found out', async () => {
    // As `auto` does at port 465: the first try is TLS at once.
    await withPeer({ tls: true, auth: true }, async (peer) => {
      const [failure = ''] = await send({ ...peer.config, tls: 'implicit' })
      assert.match(
        failure,
        /^misconfigured: .*this port greets before TLS: mail\.tls is auto or starttls/,
      )
      assert.deepEqual(peer.taken(), [])
    })
  })

  it('with `starttls` said, TLS at once is told and nothing is sent', async () => {
    await withPeer({ implicit: true }, async (peer) => {
      const [failure = ''] = await send({ ...peer.config, tls: 'starttls' })
      assert.match(
        failure,
        /^misconfigured: .*this port speaks TLS at once: mail\.tls is auto or implicit/,
      )
      assert.deepEqual(peer.taken(), [])
    })
  })

  it('a certificate nobody vouches for is refused, however TLS was found', async () => {
    await withPeer({ implicit: true }, async (peer) => {
      const { ca_file: _, ...config } = peer.config
      for (const failure of await send(config))
        assert.match(failure, /^misconfigured: .*mail\.ca_file/)
      assert.deepEqual(peer.taken(), [])
    })
  })

  it('what a port speaks is asked without a word', async () => {
    const asked = async (offers: Parameters<typeof startSmtp>[0]) => {
      const peer = await startSmtp(offers)
      const { host, port = 0 } = peer.config
      const spoken = await spokenAt(host, port)
      await peer.close()
      return { spoken, gone: await spokenAt(host, port) }
    }
    assert.deepEqual(await asked({ implicit: true }), { spoken: 'tls', gone: undefined })
    assert.deepEqual(await asked({ tls: true }), { spoken: 'smtp', gone: undefined })
    assert.deepEqual(await asked({}), { spoken: 'smtp', gone: undefined })
  })
})

describe('sendMailTest', () => {
  it('tells the dialogue, without the password', async () => {
    await withPeer({ tls: true, auth: true }, async (peer) => {
      const lines: string[] = []
      const hear = (line: string) => lines.push(line)
      assert.equal(await sendMailTest(peer.config, 'zhang@example.com', AT, hear), true)
      assert.deepEqual(peer.taken(), [`test-${AT}`])
      const said = lines.join('\n')
      assert.match(said, /^< 220 /m)
      assert.match(said, /^> STARTTLS$/m)
      assert.match(said, /^> RCPT TO:<zhang@example.com>$/m)
      assert.match(said, /^> AUTH PLAIN \[cut\]$/m)
      for (const secret of peer.secrets) assert.ok(!said.includes(secret))
    })
  })

  it('a refused log-in: what the server said and what to do, without the password', async () => {
    await withPeer({ tls: true, auth: true }, async (peer) => {
      const lines: string[] = []
      const config = { ...peer.config, password: `${PASSWORD}-wrong` }
      const hear = (line: string) => lines.push(line)
      assert.equal(await sendMailTest(config, 'zhang@example.com', AT, hear), false)
      const said = lines.join('\n')
      assert.match(said, /^< 535 no such user with \[cut\]/m)
      assert.match(lines.at(-1) ?? '', /check mail\.user and mail\.password/)
      assert.ok(!said.includes(PASSWORD))
    })
  })
})

describe('a refused log-in', () => {
  const cases: [string, RegExp][] = [
    ['smtp.qq.com:465', /授权码.*开启 SMTP/],
    ['smtp.163.com:465', /授权码/],
    ['smtp.exmail.qq.com:465', /客户端专用密码/],
    ['smtp.example.com:465', /many providers want an app password/],
  ]
  for (const [server, advice] of cases) {
    it(`of ${server} says what to do`, () => {
      const error = Object.assign(new Error('Invalid login'), { code: 'EAUTH', responseCode: 535 })
      const failure = smtpFailure(error, server, false, (text) => text)
      assert.deepEqual([failure.reason, failure.retryable], ['misconfigured', true])
      assert.match(failure.message, advice)
    })
  }
})
