import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { type Channel, ChannelFailure } from '../../../../../src/cloud/notify/channels/channel.ts'
import { dingtalkSign } from '../../../../../src/cloud/notify/channels/dingtalk/dingtalk.ts'
import { dingtalkMeaning } from '../../../../../src/cloud/notify/channels/dingtalk/errors.ts'
import { dingtalkSettings } from '../../../../../src/cloud/notify/channels/dingtalk/settings.ts'
import type { Message } from '../../../../../src/cloud/notify/ports.ts'
import { type Answer, json } from '../../support/http-peer.ts'
import { delivery } from '../../support/nouns.ts'
import {
  KEYWORD,
  type RobotPeer,
  SECRET,
  startRobotPeer,
  TOKEN,
} from '../../support/robot-peers.ts'

const NEVER = new AbortController().signal
const OK = json({ errcode: 0, errmsg: 'ok' })
const TOO_FAST = json({ errcode: 130101, errmsg: 'send too fast, exceed 20 times per minute' })

describe('DingTalk', () => {
  let peer: RobotPeer
  let usual: Answer
  before(async () => {
    peer = await startRobotPeer('dingtalk')
    usual = peer.http.answer
  })
  after(() => peer.close())
  beforeEach(() => {
    peer.http.answer = usual
    peer.http.received.length = 0
  })

  const bodies = () => peer.http.received.map(({ body }) => JSON.parse(body))
  const tokens = () =>
    peer.http.received.map(({ url }) => new URL(url, 'http://x').searchParams.get('access_token'))

  function send(channel: Channel, message: Partial<Message> = {}, more: object = {}) {
    const whole = { subject: '🔴 【演示】a-b-ERROR', text: '### 正文', html: '', ...message }
    return channel.send(delivery('d1', { message: whole, ...more }), NEVER)
  }

  async function failureOf(sending: Promise<string>): Promise<ChannelFailure> {
    const outcome = await sending.catch((error: unknown) => error)
    assert.ok(outcome instanceof ChannelFailure, String(outcome))
    return outcome
  }

  /** A group of robots whose tokens are these, without secrets. */
  const robots = (...names: string[]) =>
    peer.openWith({ robots: names.map((access_token) => ({ access_token })), keyword: '' })

  it('signs as its documentation says', () => {
    const sign = dingtalkSign(1_700_000_000_000, 'SECtest')
    assert.equal(sign, 'aZLLrriXgn05YbwaGR7knYsLeJADjr9NwLaNNKpxh4g=')
  })

  it('takes the address of the robot for its token', () => {
    const access_token = `https://oapi.dingtalk.com/robot/send?access_token=${TOKEN}`
    const { robots } = dingtalkSettings.parse({ robots: [{ access_token }] })
    assert.deepEqual(robots, [{ access_token: TOKEN }])
  })

  it('says markdown with the keyword in title and text, also when it is over', async () => {
    const subject = '🟢 【演示】a-b-恢复'
    await send(peer.open(), { subject, text: '好了' })
    const [{ msgtype, markdown }] = bodies()
    assert.equal(msgtype, 'markdown')
    assert.deepEqual(markdown, { title: `${KEYWORD} ${subject}`, text: `${KEYWORD}\n\n好了` })
  })

  it('leaves alone what has the keyword', async () => {
    await send(peer.open(), { subject: `${KEYWORD}一`, text: `二${KEYWORD}` })
    assert.deepEqual(bodies()[0].markdown, { title: `${KEYWORD}一`, text: `二${KEYWORD}` })
  })

  const at = { at_mobiles: ['13800000000'], at_user_ids: ['zhang'], at_all: true }
  it('mentions people, by name in the text too', async () => {
    await send(peer.openWith(at))
    const [body] = bodies()
    assert.deepEqual(body.at, {
      atMobiles: ['13800000000'],
      atUserIds: ['zhang'],
      isAtAll: true,
    })
    assert.match(body.markdown.text, /\n\n@13800000000 @zhang$/)
  })

  it('mentions nobody when it is over', async () => {
    await send(peer.openWith(at), { subject: '🟢 over' })
    assert.deepEqual(bodies()[0].at, { atMobiles: [], atUserIds: [], isAtAll: false })
  })

  it('is within 20,000 bytes whatever the text', async () => {
    for (const char of ['告', '"', '\n', '🔥', '\u0007']) {
      await send(peer.open(), { text: char.repeat(20_000) })
      const { body = '' } = peer.http.received.at(-1) ?? {}
      assert.ok(Buffer.byteLength(body) <= 20_000, `${char}: ${Buffer.byteLength(body)}`)
      assert.ok(Buffer.byteLength(body) > 15_000)
      assert.ok(!body.includes('\uFFFD'))
    }
  })

  it('too long: says half of it', async () => {
    peer.http.answer = (received, ...rest) => {
      const { length } = JSON.parse(received.body).markdown.text
      const answer = length > 300 ? json({ errcode: 460101, errmsg: 'too long' }) : OK
      answer(received, ...rest)
    }
    await send(robots('a'), { text: 'x'.repeat(1000) })
    const lengths = bodies().map(({ markdown }) => markdown.text.length)
    assert.deepEqual(lengths, [1000, 498, 248])
  })

  it('the links at the end stay where the text is cut, and so does the keyword', async () => {
    const end = `[打开](https://a/b)  \n环境 ${KEYWORD}`
    await send(peer.open(), { text: `${'告'.repeat(9_000)}\n\n${end}` })
    assert.ok(bodies()[0].markdown.text.endsWith(`告…\n\n${end}`))
    await send(peer.open(), { text: `${'告'.repeat(9_000)}${KEYWORD}` })
    const { text } = bodies()[1].markdown
    assert.ok(text.startsWith(`${KEYWORD}\n\n告`), text.slice(0, 20))
  })

  it('more mentions than there is room: the text gives way, the keyword does not', async () => {
    const at_user_ids = Array.from({ length: 50 }, (_, n) => `${n}${'张'.repeat(62)}`)
    await send(peer.openWith({ at_user_ids }), { text: '"'.repeat(9_000) })
    const { body = '' } = peer.http.received.at(-1) ?? {}
    assert.ok(Buffer.byteLength(body) <= 20_000 && body.includes(KEYWORD))
  })

  it('an address that asked too often is left alone, as its gateway says it', async () => {
    peer.http.answer = json({ status: 1111, wait: 5, source: 'x5', punish: 'deny', uuid: 'u' })
    const failure = await failureOf(send(robots('a')))
    assert.deepEqual([failure.reason, failure.retryAfterMs], ['busy', 600_000])
    assert.equal(failure.handedOver, false)
  })

  it('a code counts, whatever stands beside it', async () => {
    peer.http.answer = json({ errcode: 0, errmsg: null })
    await send(robots('a'))
    peer.http.answer = json({ errcode: 400101, errmsg: { zh: '无' } })
    assert.equal((await failureOf(send(robots('a')))).reason, 'disabled')
  })

  it('never short enough: refused, after 4 posts', async () => {
    peer.http.answer = json({ errcode: 460101, errmsg: 'too long' })
    const failure = await failureOf(send(robots('a'), { text: 'x'.repeat(1000) }))
    assert.equal(failure.reason, 'refused')
    assert.equal(peer.http.received.length, 4)
  })

  it('busy (-1): asked 3 times more, then later', async () => {
    peer.http.answer = json({ errcode: -1, errmsg: 'system busy' })
    const failure = await failureOf(send(robots('a')))
    assert.deepEqual([failure.reason, failure.retryable], ['busy', true])
    assert.match(failure.message, /DingTalk -1 'system busy'$/)
    assert.equal(peer.http.received.length, 4)
  })

  it('speaks 18 times in any minute, and says when it may speak again', async () => {
    const channel = robots('a')
    peer.http.answer = OK
    const start = peer.clock.now()
    for (let count = 0; count < 18; count++) {
      await send(channel)
      peer.clock.advance(1_000)
    }
    const failure = await failureOf(send(channel))
    assert.equal(failure.retryAfterMs, start + 60_000 - peer.clock.now())
    assert.equal(peer.http.received.length, 18)
    peer.clock.advance(failure.retryAfterMs ?? 0)
    await send(channel)
    assert.equal((await failureOf(send(channel))).retryAfterMs, 1_000)
  })

  it('several robots take turns', async () => {
    const channel = robots('a', 'b', 'c')
    peer.http.answer = OK
    for (let count = 0; count < 54; count++) {
      await send(channel)
      peer.clock.advance(1)
    }
    assert.deepEqual(tokens().slice(0, 6), ['a', 'b', 'c', 'a', 'b', 'c'])
    assert.equal((await failureOf(send(channel))).reason, 'busy')
  })

  it('one that spoke too fast is silent for 10 minutes, another speaks for it', async () => {
    const channel = robots('a', 'b')
    peer.http.answer = (received, ...rest) =>
      (received.url.includes('access_token=a') ? TOO_FAST : OK)(received, ...rest)
    assert.match(await send(channel), /ok.*before that .*130101/)
    peer.clock.advance(599_999)
    await send(channel)
    peer.clock.advance(1)
    await send(channel)
    assert.deepEqual(tokens(), ['a', 'b', 'b', 'a', 'b'])
  })

  it('all spoke too fast: later, when the first may speak again', async () => {
    peer.http.answer = TOO_FAST
    const failure = await failureOf(send(robots('a', 'b')))
    assert.deepEqual([failure.reason, failure.retryAfterMs], ['busy', 600_000])
    assert.deepEqual(tokens(), ['a', 'b'])
  })

  it('one that is gone does not keep another from speaking', async () => {
    peer.http.answer = (received, ...rest) =>
      (received.url.includes('access_token=a')
        ? json({ errcode: 400102, errmsg: 'robot stopped' })
        : OK)(received, ...rest)
    assert.match(await send(robots('a', 'b')), /before that .*400102 .*start it again in the group/)
  })

  it('one is gone and the other rests: later, not switched off', async () => {
    peer.http.answer = (received, ...rest) =>
      (received.url.includes('access_token=a')
        ? json({ errcode: 400102, errmsg: 'robot stopped' })
        : TOO_FAST)(received, ...rest)
    const channel = robots('b', 'a')
    for (let tries = 0; tries < 2; tries++) {
      const failure = await failureOf(send(channel))
      assert.equal(failure.reason, 'busy')
      assert.ok((failure.retryAfterMs ?? 0) > 0)
    }
  })

  it('a repeat says so', async () => {
    peer.http.answer = OK
    await send(robots('a'), {}, { maybeRepeated: true })
    assert.match(bodies()[0].markdown.text, / {2}\n可能重复发送 \/ may be a repeat: d1$/)
  })

  const wrong: [string, object, RegExp][] = [
    ['a wrong token', { robots: [{ access_token: 'x' }] }, /400101 'token is not exist' — /],
    [
      'a wrong secret',
      { robots: [{ access_token: TOKEN, secret: 'SECx' }] },
      /310000 'sign not match' — give its secret/,
    ],
    ['no keyword', { keyword: '' }, /310000 'keywords not in content' — give one of its keyw/],
  ]
  for (const [name, settings, message] of wrong) {
    it(`${name}: says what to do`, async () => {
      const failure = await failureOf(send(peer.openWith(settings)))
      assert.match(failure.message, message)
      assert.ok(!failure.message.includes(TOKEN) && !failure.message.includes(SECRET))
    })
  }

  const codes: [number, string, string, RegExp | undefined][] = [
    [410100, 'throttled', '', undefined],
    [101002, 'too-long', '', undefined],
    [400013, 'disabled', '', /dissolved/],
    [400101, 'disabled', '', /access_token/],
    [400102, 'disabled', '', /stopped/],
    [400106, 'disabled', '', /no longer in the group/],
    [430101, 'refused', '', /unsafe/],
    [310000, 'misconfigured', 'invalid timestamp', /clock/],
    [310000, 'misconfigured', 'ip 1.2.3.4 not in whitelist', /IP/],
    [310000, 'misconfigured', 'something new', /安全设置/],
    [999999, 'misconfigured', 'something new', undefined],
  ]
  for (const [code, meaning, said, advice] of codes) {
    it(`${code} ${said}: ${meaning}`, () => {
      const [found, words = ''] = dingtalkMeaning({ code, said })
      assert.equal(found, meaning)
      assert.match(words, advice ?? /^$/)
    })
  }
})
