import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseAgentConfig } from '../../src/agent/config.ts'
import { AgentConfigError } from '../../src/agent/config-file.ts'
import { type Mail, OwnMail } from '../../src/agent/own-mail.ts'
import type { OwnMailState } from '../../src/agent/own-mail-text.ts'
import { silentLog } from '../../src/support/log.ts'
import { PASSWORD, startSmtp } from '../cloud/notify/support/smtp-peer.ts'
import { FakeClock } from '../support/fake-clock.ts'

const MINUTE = 60_000

function configOf(lines: string) {
  return parseAgentConfig(`<main>\nenv_key=x\n${lines}\n</main>`, 'AgentServer.conf')
}

const CONFIG = configOf(
  'own_mail=smtps://alarm%40example.com:p%3Aw@mail.example.com\nown_mail_to=a@example.com,b@example.com',
)

function opened(config = CONFIG) {
  const clock = new FakeClock(1_800_000_000_000)
  const state = {
    trouble: undefined as OwnMailState['trouble'],
    wellAt: clock.now(),
    host: '10.0.0.1',
    cloudUrls: ['https://user:secret@alarm.example.com'],
    queuedBatches: 7,
  }
  const mails: Mail[] = []
  const sends = { fail: false, tries: 0 }
  const send = async (_: unknown, mail: Mail) => {
    sends.tries++
    if (sends.fail) throw new Error('421 busy')
    mails.push(mail)
  }
  const mail = new OwnMail(config, { state: () => state, clock, log: silentLog, send })
  mail.start()
  const advance = async (ms: number) => {
    for (let left = ms; left > 0; left -= 10_000) {
      clock.advance(10_000)
      await mail.stop()
      mail.start()
    }
  }
  return { clock, state, mails, sends, mail, advance }
}

describe('the agent’s own mail', () => {
  it('goes out once when the cloud has taken nothing for ten minutes, and once when it does again', async () => {
    const { state, mails, advance } = opened()
    state.trouble = 'unreachable'
    await advance(9 * MINUTE)
    assert.equal(mails.length, 0)
    await advance(30 * MINUTE)
    assert.equal(mails.length, 1)
    assert.deepEqual(mails[0]?.to, ['a@example.com', 'b@example.com'])
    assert.match(mails[0]?.subject ?? '', /10 分钟未收数据 \(10\.0\.0\.1\).*for 10 min/)
    assert.match(mails[0]?.text ?? '', /连不上告警云[\s\S]*cannot be reached[\s\S]*7 batches/)
    assert.doesNotMatch(mails[0]?.text ?? '', /secret/)
    state.trouble = undefined
    await advance(30 * MINUTE)
    assert.equal(mails.length, 2)
    assert.match(mails[1]?.subject ?? '', /已恢复/)
  })

  it('is none for trouble that is shorter, or when nobody wants it', async () => {
    const { state, mails, advance } = opened()
    state.trouble = 'busy'
    await advance(9 * MINUTE)
    state.trouble = undefined
    await advance(30 * MINUTE)
    const unwanted = opened(configOf(''))
    unwanted.state.trouble = 'key'
    await unwanted.advance(60 * MINUTE)
    assert.deepEqual([mails, unwanted.mails], [[], []])
  })

  it('is tried again, less and less often, until it goes out', async () => {
    const { state, mails, sends, advance } = opened()
    Object.assign(state, { trouble: 'unreachable' })
    sends.fail = true
    await advance(70 * MINUTE)
    assert.ok(sends.tries >= 3 && sends.tries <= 10, `${sends.tries} tries`)
    sends.fail = false
    await advance(40 * MINUTE)
    assert.equal(mails.length, 1)
  })

  it('goes by a new config at once', async () => {
    const { state, mails, mail, advance } = opened(configOf(''))
    state.trouble = 'version'
    await advance(30 * MINUTE)
    mail.adopt(CONFIG)
    await advance(MINUTE)
    assert.equal(mails.length, 1)
  })

  it('arrives at a real server, logged in', async () => {
    const peer = await startSmtp({ auth: true })
    const { host, port } = peer.config
    const password = encodeURIComponent(PASSWORD)
    const config = configOf(
      `own_mail=smtp://alarm%40example.com:${password}@${host}:${port}\nown_mail_to=a@example.com`,
    )
    const clock = new FakeClock(1_800_000_000_000)
    const state = { trouble: 'unreachable', wellAt: 0, host: 'h', cloudUrls: [], queuedBatches: 0 }
    const own = new OwnMail(config, {
      ...{ state: () => state as OwnMailState, clock, log: silentLog },
    })
    try {
      own.start()
      clock.advance(10_000)
      await own.stop()
      assert.deepEqual(
        peer.mails.map(({ to, from }) => [to?.[0]?.address, from?.address]),
        [['a@example.com', 'alarm@example.com']],
      )
    } finally {
      await peer.close()
    }
  })
})

describe('the config of the agent’s own mail', () => {
  const faults = [
    ['a server without addressees', 'own_mail=smtps://a%40b.c:p@h', /own_mail_to need each other/],
    ['addressees without a server', 'own_mail_to=a@b.c', /own_mail_to need each other/],
    [
      'no address of a server',
      'own_mail=mail.example.com\nown_mail_to=a@b.c',
      /:3: own_mail: is no address like smtps/,
    ],
    [
      'nobody whom it is from',
      'own_mail=smtp://h\nown_mail_to=a@b.c',
      /:3: own_mail: whom it is from is missing/,
    ],
    [
      'no mail address',
      'own_mail=smtps://a%40b.c:p@h\nown_mail_to=ops',
      /:4: own_mail_to: 'ops' is no mail address/,
    ],
    ['less than a minute', 'own_mail_after=5s', /:3: own_mail_after: .*1m to 24h/],
  ] as const
  for (const [name, lines, fault] of faults) {
    it(`must not have ${name}`, () => {
      assert.throws(
        () => configOf(lines),
        (error) => error instanceof AgentConfigError && fault.test(error.message),
      )
    })
  }

  it('is as said', () => {
    const { ownMail, ownMailTo, ownMailAfterMs } = configOf(
      'own_mail=smtp://u:p%3Aw@[::1]:2525?from=x@y.z\nown_mail_to=a@b.c\nown_mail_after=1h',
    )
    assert.deepEqual(
      [ownMail, ownMailTo, ownMailAfterMs],
      [
        {
          host: '::1',
          port: 2525,
          implicitTls: false,
          user: 'u',
          password: 'p:w',
          from: 'x@y.z',
        },
        ['a@b.c'],
        3_600_000,
      ],
    )
  })
})
