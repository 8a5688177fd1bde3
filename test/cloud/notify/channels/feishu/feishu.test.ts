import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { type Channel, ChannelFailure } from '../../../../../src/cloud/notify/channels/channel.ts'
import { feishuMeaning } from '../../../../../src/cloud/notify/channels/feishu/errors.ts'
import { feishuSign } from '../../../../../src/cloud/notify/channels/feishu/feishu.ts'
import { feishuSettings } from '../../../../../src/cloud/notify/channels/feishu/settings.ts'
import type { OutgoingRequest } from '../../../../../src/cloud/notify/channels/outgoing-http.ts'
import { RECEIVER_CHANNELS } from '../../../../../src/cloud/notify/channels/registry.ts'
import { delivery } from '../../support/nouns.ts'
import { KEYWORD, type RobotPeer, startRobotPeer, TOKEN } from '../../support/robot-peers.ts'

const NEVER = new AbortController().signal

describe('Feishu', () => {
  let peer: RobotPeer
  before(async () => {
    peer = await startRobotPeer('feishu')
  })
  after(() => peer.close())
  beforeEach(() => {
    peer.http.received.length = 0
  })

  const bodies = () => peer.http.received.map(({ body }) => JSON.parse(body))

  function send(channel: Channel, subject: string, text = '**IP**: 10.1.2.3') {
    return channel.send(delivery('d1', { message: { subject, text, html: '' } }), NEVER)
  }

  it('signs as its documentation says', () => {
    const sign = feishuSign(1_700_000_000, 'SECtest')
    assert.equal(sign, 'G7XpBpG8NgG02fJOAhX6FRAObIljmFoxVReo8I62pEk=')
  })

  for (const host of ['open.feishu.cn', 'open.larksuite.com']) {
    it(`takes an address at ${host} for its hook`, () => {
      const hook = `https://${host}/open-apis/bot/v2/hook/${TOKEN}`
      assert.deepEqual(feishuSettings.parse({ robots: [{ hook }] }).robots, [{ hook: TOKEN }])
    })
  }

  it('says a card whose head has the subject, with the keyword', async () => {
    await send(peer.open(), '🟠 a-b-WARN')
    const [{ msg_type, card }] = bodies()
    assert.equal(msg_type, 'interactive')
    assert.deepEqual(card.header, {
      template: 'orange',
      title: { tag: 'plain_text', content: `${KEYWORD} 🟠 a-b-WARN` },
    })
    const content = `${KEYWORD}\n\n**IP**: 10.1.2.3`
    assert.deepEqual(card.elements, [{ tag: 'markdown', content }])
  })

  it('mentions people while it lasts, nobody when it is over', async () => {
    const channel = peer.openWith({ at_user_ids: ['ou_1'], at_all: true })
    await send(channel, '🔴 a')
    await send(channel, '🟢 a')
    const [fired, over] = bodies().map(({ card }) => card)
    assert.match(fired.elements[0].content, /\n<at id=ou_1><\/at> <at id=all><\/at>$/)
    assert.doesNotMatch(over.elements[0].content, /<at/)
    assert.deepEqual([fired.header.template, over.header.template], ['red', 'green'])
  })

  it('goes by the sign of the level, whatever names hold', async () => {
    const channel = peer.openWith({ at_user_ids: ['ou_1'] })
    await send(channel, '🔵 【生产🟢-🔴】a')
    await send(channel, '🟢 【生产🔴】a')
    const [fired, over] = bodies().map(({ card }) => card)
    assert.deepEqual([fired.header.template, over.header.template], ['blue', 'green'])
    assert.match(fired.elements[0].content, /<at id=ou_1>/)
    assert.doesNotMatch(over.elements[0].content, /<at/)
  })

  const taken = ['{"StatusCode":0,"StatusMessage":"success"}', '{"code":0,"msg":null}']
  for (const answer of taken) {
    it(`${answer}: taken`, async () => {
      const usual = peer.http.answer
      peer.http.answer = (_, response) => response.end(answer)
      const outcome = await send(peer.open(), '🔴 a').finally(() => {
        peer.http.answer = usual
      })
      assert.match(outcome, /^127\.0\.0\.1:\d+: '\{/)
    })
  }

  it('is within 20 KB whatever the text', async () => {
    await send(peer.open(), '🔴 a', '"告\n'.repeat(9_000))
    const [{ body = '' } = {}] = peer.http.received
    assert.ok(Buffer.byteLength(body) <= 20_000 && Buffer.byteLength(body) > 18_000)
  })

  it('speaks 4 times a second', async () => {
    const channel = peer.open()
    for (let count = 0; count < 4; count++) await send(channel, '🔴 a')
    const failure = await send(channel, '🔴 a').catch((error: unknown) => error)
    assert.ok(failure instanceof ChannelFailure)
    assert.deepEqual([failure.reason, failure.retryAfterMs], ['busy', 1_000])
    peer.clock.advance(1_000)
    await send(channel, '🔴 a')
  })

  it('goes to Feishu, or to Lark', async () => {
    const urls: string[] = []
    const http = {
      post: async ({ url }: OutgoingRequest) => {
        urls.push(url)
        return { status: 200, text: '{"code":0,"msg":"success"}' }
      },
      close() {},
    }
    for (const region of ['feishu', 'lark']) {
      const settings = { region, robots: [{ hook: TOKEN }] }
      const channel = RECEIVER_CHANNELS.feishu.open(settings, { http, clock: peer.clock })
      await send(channel, '🔴 a')
    }
    assert.deepEqual(urls, [
      `https://open.feishu.cn/open-apis/bot/v2/hook/${TOKEN}`,
      `https://open.larksuite.com/open-apis/bot/v2/hook/${TOKEN}`,
    ])
  })

  const wrong: [string, object, RegExp][] = [
    ['a wrong hook', { robots: [{ hook: 'another-hook' }] }, /Feishu 19001 .* — there is no such/],
    ['no secret', { robots: [{ hook: TOKEN }] }, /Feishu 19021 .* — give its secret/],
    ['no keyword', { keyword: '' }, /Feishu 19024 'Key Words Not Found' — give one of its keywo/],
  ]
  for (const [name, settings, message] of wrong) {
    it(`${name}: says what to do`, async () => {
      const failure = await send(peer.openWith(settings), '🔴 a').catch((error: unknown) => error)
      assert.ok(failure instanceof ChannelFailure)
      assert.match(failure.message, message)
    })
  }

  const codes = [
    [11232, 'throttled'],
    [9499, 'too-long'],
    [19001, 'disabled'],
    [19002, 'refused'],
    [19022, 'misconfigured'],
    [77777, 'misconfigured'],
  ] as const
  for (const [code, meaning] of codes) {
    it(`${code}: ${meaning}`, () => assert.equal(feishuMeaning({ code, said: '' })[0], meaning))
  }
})
