import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inspect } from 'node:util'
import { ChannelFailure } from '../../../../src/cloud/notify/channels/channel.ts'
import type { OutgoingRequest } from '../../../../src/cloud/notify/channels/outgoing-http.ts'
import { Receivers } from '../../../../src/cloud/notify/channels/receivers.ts'
import { RECEIVER_CHANNELS } from '../../../../src/cloud/notify/channels/registry.ts'
import {
  maskedSettings,
  scrubber,
  unmaskedSettings,
} from '../../../../src/cloud/notify/channels/secrets.ts'
import { RECEIVER_KINDS, type Receiver } from '../../../../src/cloud/notify/ports.ts'
import { FakeClock } from '../../../support/fake-clock.ts'
import { AT, delivery, ENVIRONMENT } from '../support/nouns.ts'

const NEVER = new AbortController().signal

function receiver(id: string, more: Partial<Receiver> = {}): Receiver {
  return {
    id,
    environment: ENVIRONMENT,
    kind: 'dingtalk',
    name: `group ${id}`,
    language: 'zh',
    timeZone: 'Asia/Shanghai',
    settings: { robots: [{ access_token: `token-of-${id}` }] },
    ...more,
  }
}

/** Receivers in memory, and a client that takes all and keeps where it was sent. */
function setUp(...known: Receiver[]) {
  const receivers = new Map(known.map((one) => [one.id, one]))
  const urls: string[] = []
  const http = {
    post: async ({ url }: OutgoingRequest) => {
      urls.push(url)
      return { status: 200, text: '{"errcode":0,"errmsg":"ok"}' }
    },
    close() {},
  }
  const store = {
    receiver: async (environment: string, id: string) => {
      const found = receivers.get(id)
      return found?.environment === environment ? found : undefined
    },
  }
  const clock = new FakeClock(AT)
  const channel = new Receivers('dingtalk', store, { http, clock })
  const send = (to: string, more: object = {}) =>
    channel.send(delivery('d1', { channel: 'dingtalk', to, ...more }), NEVER)
  return { receivers, urls, clock, send }
}

describe('receivers of a kind', () => {
  it('each is sent to with its own settings', async () => {
    const { send, urls } = setUp(receiver('r1'), receiver('r2'))
    await send('r1')
    await send('r2')
    assert.deepEqual(
      urls.map((url) => new URL(url).searchParams.get('access_token')),
      ['token-of-r1', 'token-of-r2'],
    )
  })

  it('keeps the budget of a receiver from one delivery to the next', async () => {
    const { send } = setUp(receiver('r1'), receiver('r2'))
    for (let count = 0; count < 18; count++) await send('r1')
    const failure = await send('r1').catch((error: unknown) => error)
    assert.ok(failure instanceof ChannelFailure && failure.reason === 'busy')
    await send('r2')
  })

  it('takes up changed settings at the next delivery', async () => {
    const { send, urls, receivers } = setUp(receiver('r1'))
    await send('r1')
    receivers.set('r1', receiver('r1', { settings: { robots: [{ access_token: 'renewed' }] } }))
    await send('r1')
    assert.match(urls[1] ?? '', /access_token=renewed$/)
  })

  const gone: [string, string, object][] = [
    ['one that was removed', 'r9', {}],
    ['one of another environment', 'r1', { environment: 'al-other' }],
    ['one of another kind', 'hook', {}],
  ]
  for (const [name, to, more] of gone) {
    it(`${name} is told nothing`, async () => {
      const { send, urls } = setUp(receiver('r1'), receiver('hook', { kind: 'webhook' }))
      const failure = await send(to, more).catch((error: unknown) => error)
      assert.ok(failure instanceof ChannelFailure && !failure.retryable)
      assert.deepEqual(urls, [])
    })
  }

  it('settings that no longer fit wait for a person, and are not shown', async () => {
    const settings = { robots: [{ access_token: 'tok-secret', secrte: 'SEC-secret' }] }
    const { send } = setUp(receiver('r1', { settings }))
    const failure = await send('r1').catch((error: unknown) => error)
    assert.ok(failure instanceof ChannelFailure && failure.reason === 'misconfigured')
    assert.match(failure.message, /settings of group r1: .*secrte/s)
    assert.doesNotMatch(inspect(failure, { depth: 9 }), /-secret/)
  })
})

describe('secrets in settings', () => {
  const secretsOf: Record<(typeof RECEIVER_KINDS)[number], [object, string[]]> = {
    dingtalk: [
      {
        robots: [{ access_token: 'tok-1', secret: 'SEC-1' }, { access_token: 'tok-2' }],
        keyword: 'k',
      },
      ['tok-1', 'SEC-1', 'tok-2'],
    ],
    wecom: [{ robots: [{ key: 'key-1' }], at_user_ids: ['u'] }, ['key-1']],
    feishu: [{ robots: [{ hook: 'hook-1', secret: 's-1' }] }, ['hook-1', 's-1']],
    webhook: [
      { url: 'https://x/1', signing_secret: 'sixteen-letters!', headers: { a: 'b-1' } },
      ['https://x/1', 'sixteen-letters!', 'b-1'],
    ],
    'aliyun-sms': [
      {
        access_key_id: 'id-1',
        access_key_secret: 'sec-1',
        sign_name: 's',
        template_code: 't',
        phones: ['13800000000'],
      },
      ['id-1', 'sec-1'],
    ],
    'aliyun-voice': [
      {
        access_key_id: 'id-1',
        access_key_secret: 'sec-1',
        template_code: 't',
        phone: '13800000000',
      },
      ['id-1', 'sec-1'],
    ],
  }
  for (const kind of RECEIVER_KINDS) {
    const [given, secrets] = secretsOf[kind]
    const { settings } = RECEIVER_CHANNELS[kind]

    it(`of ${kind} are never shown, and stay where a person leaves their masks`, () => {
      settings.parse(given)
      const shown = maskedSettings(settings, given)
      for (const secret of secrets) assert.ok(!JSON.stringify(shown).includes(`"${secret}"`))
      assert.deepEqual(unmaskedSettings(settings, shown, given), given)
      assert.equal(JSON.stringify(shown).match(/••••••\d/g)?.length, secrets.length)
    })
  }

  it('follow their masks when a robot is removed or another added', () => {
    const [given] = secretsOf.dingtalk
    const { settings } = RECEIVER_CHANNELS.dingtalk
    const edited = { robots: [{ access_token: '••••••3' }, { access_token: 'new' }] }
    assert.deepEqual(unmaskedSettings(settings, edited, given), {
      robots: [{ access_token: 'tok-2' }, { access_token: 'new' }],
    })
  })

  it('are not a mask that stands for none', () => {
    const { error } = RECEIVER_CHANNELS.wecom.settings.safeParse({ robots: [{ key: '••••••9' }] })
    assert.match(error?.message ?? '', /enter it again/)
  })

  it('of a webhook do not follow it to another address', () => {
    const [given] = secretsOf.webhook
    const { settings } = RECEIVER_CHANNELS.webhook
    const shown = maskedSettings(settings, given) as object
    const moved = { ...shown, url: 'https://elsewhere/' }
    assert.deepEqual(unmaskedSettings(settings, moved, given), moved)
    assert.equal(settings.safeParse(moved).success, false)
    const { url } = given as { url: string }
    assert.deepEqual(unmaskedSettings(settings, { ...shown, url }, given), given)
  })

  it('are cut out of what peers say, the longest first, short words left alone', () => {
    const scrub = scrubber(['token-12/3', 'token-12/3-and-more', 'x'])
    assert.equal(scrub('ax token-12/3-and-more token-12%2F3'), 'ax [cut] [cut]')
  })
})
