import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { type Channel, ChannelFailure } from '../../../../../src/cloud/notify/channels/channel.ts'
import { wecomMeaning } from '../../../../../src/cloud/notify/channels/wecom/errors.ts'
import { wecomSettings } from '../../../../../src/cloud/notify/channels/wecom/settings.ts'
import { json } from '../../support/http-peer.ts'
import { delivery } from '../../support/nouns.ts'
import { type RobotPeer, startRobotPeer, TOKEN } from '../../support/robot-peers.ts'

const NEVER = new AbortController().signal

describe('WeCom', () => {
  let peer: RobotPeer
  before(async () => {
    peer = await startRobotPeer('wecom')
  })
  after(() => peer.close())
  beforeEach(() => {
    peer.http.received.length = 0
  })

  const bodies = () => peer.http.received.map(({ body }) => JSON.parse(body))

  function send(channel: Channel, text: string, subject = '🔴 a-b-ERROR') {
    return channel.send(delivery('d1', { message: { subject, text, html: '' } }), NEVER)
  }

  it('takes the address of the robot for its key', () => {
    const key = `https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=${TOKEN}`
    assert.deepEqual(wecomSettings.parse({ robots: [{ key }] }).robots, [{ key: TOKEN }])
  })

  it('takes no address of another vendor, and does not quote it', () => {
    const key = `https://oapi.dingtalk.com/robot/send?access_token=${TOKEN}`
    const { error } = wecomSettings.safeParse({ robots: [{ key }] })
    assert.match(error?.message ?? '', /not an address of such a robot/)
    assert.ok(!error?.message.includes(TOKEN))
  })

  it('says markdown, within 4,096 bytes of content', async () => {
    await send(peer.open(), `### ${'告'.repeat(5_000)}`)
    const [{ msgtype, markdown }] = bodies()
    assert.equal(msgtype, 'markdown')
    const bytes = Buffer.byteLength(markdown.content)
    assert.ok(bytes <= 4_096 && bytes > 4_000, String(bytes))
    assert.match(markdown.content, /告…$/)
  })

  it('mentions users in markdown, also where the text is cut', async () => {
    const at_user_ids = ['zhang', 'li']
    await send(peer.openWith({ at_user_ids }), '告'.repeat(5_000))
    const [{ markdown }] = bodies()
    assert.match(markdown.content, /…\n<@zhang> <@li>$/)
    assert.ok(Buffer.byteLength(markdown.content) <= 4_096)
  })

  it('mentions mobiles and all in plain text, within 2,048 bytes', async () => {
    const text = `### 标题\n**IP**: 10.1.2.3\n[打开](https://x/y)\n${'告'.repeat(2_000)}`
    await send(peer.openWith({ at_mobiles: ['13800000000'], at_all: true }), text)
    const [{ msgtype, text: said }] = bodies()
    assert.equal(msgtype, 'text')
    assert.match(said.content, /^标题\nIP: 10\.1\.2\.3\n打开: https:\/\/x\/y\n告/)
    assert.ok(Buffer.byteLength(said.content) <= 2_048)
    assert.deepEqual(said.mentioned_list, ['@all'])
    assert.deepEqual(said.mentioned_mobile_list, ['13800000000'])
  })

  it('keeps the links at the end where it has to be cut, as markdown and as text', async () => {
    const text = `### 标题\n${'告'.repeat(2_000)}\n\n[打开](https://x/y)`
    await send(peer.open(), text)
    await send(peer.openWith({ at_all: true }), text)
    const [{ markdown }, { text: plain }] = bodies()
    assert.match(markdown.content, /告…\n\n\[打开\]\(https:\/\/x\/y\)$/)
    assert.match(plain.content, /告…\n\n打开: https:\/\/x\/y$/)
    assert.ok(Buffer.byteLength(plain.content) <= 2_048)
  })

  it('mentions nobody when it is over', async () => {
    const all = { at_user_ids: ['zhang'], at_mobiles: ['13800000000'], at_all: true }
    await send(peer.openWith(all), '好了', '🟢 a-b-恢复')
    assert.deepEqual(bodies(), [{ msgtype: 'markdown', markdown: { content: '好了' } }])
  })

  it('too often: silent for a minute', async () => {
    const usual = peer.http.answer
    peer.http.answer = json({ errcode: 45009, errmsg: 'api freq out of limit' })
    const failure = await send(peer.open(), 'x').catch((error: unknown) => error)
    peer.http.answer = usual
    assert.ok(failure instanceof ChannelFailure)
    assert.deepEqual([failure.reason, failure.retryAfterMs], ['busy', 60_000])
  })

  it('a wrong key: says what to do, not which', async () => {
    const channel = peer.openWith({ robots: [{ key: 'another-key-77' }] })
    const failure = await send(channel, 'x').catch((error: unknown) => error)
    assert.ok(failure instanceof ChannelFailure && failure.reason === 'disabled')
    assert.match(failure.message, /WeCom 93000 'invalid webhook url' — there is no robot/)
    assert.ok(!failure.message.includes('another-key-77'))
  })

  const codes = [
    [-1, 'again'],
    [45009, 'throttled'],
    [40058, 'too-long'],
    [93000, 'disabled'],
    [93008, 'disabled'],
    [40008, 'refused'],
    [60020, 'misconfigured'],
    [12345, 'misconfigured'],
  ] as const
  for (const [code, meaning] of codes) {
    it(`${code}: ${meaning}`, () => assert.equal(wecomMeaning({ code, said: '' })[0], meaning))
  }
})
