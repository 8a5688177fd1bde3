/** Every channel to receivers against a server that checks and answers as its vendor does. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { People } from '../../../../src/cloud/notify/people.ts'
import { RECEIVER_KINDS, type ReceiverKind } from '../../../../src/cloud/notify/ports.ts'
import { keepsTheHttpContract } from '../support/channel-contract.ts'
import { delivery } from '../support/nouns.ts'
import { startRobotPeer } from '../support/robot-peers.ts'

for (const kind of RECEIVER_KINDS) keepsTheHttpContract(kind, () => startRobotPeer(kind))

const NEVER = new AbortController().signal
const some = (userIds: readonly string[], mobiles: readonly string[]) => ({ userIds, mobiles })
const FIRED = '🔴 fired'
const OVER = '🟢 over'

/** What `kind` is posted: JSON, or the fields of a form; an alarm that mentions `people`. */
async function posted(kind: ReceiverKind, settings: object, people: People, more: object = {}) {
  const peer = await startRobotPeer(kind)
  try {
    const text = JSON.stringify({ service: '云告警', text: '告'.repeat(3_000) })
    const message = { subject: FIRED, text, html: '', ...more }
    await peer.openWith(settings).send(delivery('contract-1', { message, people }), NEVER)
    assert.deepEqual(peer.taken().length, 1, 'taken by the vendor, within its limits')
    const [{ body } = { body: '' }] = peer.http.received
    return body.startsWith('{') ? JSON.parse(body) : Object.fromEntries(new URLSearchParams(body))
  } finally {
    await peer.close()
  }
}

const lastLine = (text: string) => text.split('\n').at(-1)

describe('who is told beside a robot is mentioned as it mentions people', () => {
  const own = { at_user_ids: ['own', 'both'], at_mobiles: ['+86-13900000000'] }
  const told = some(['both', 'zhang'], ['13900000000', '13800000000'])

  it('DingTalk: by userid and mobile, in the text too, each once', async () => {
    const { at, markdown } = await posted('dingtalk', own, told)
    const atMobiles = ['+86-13900000000', '13800000000']
    assert.deepEqual(at, { atMobiles, atUserIds: ['own', 'both', 'zhang'], isAtAll: false })
    assert.equal(lastLine(markdown.text), '@+86-13900000000 @13800000000 @own @both @zhang')
  })

  it('WeCom: by userid in markdown, as many as there is room for beside the alarm', async () => {
    const { markdown } = await posted('wecom', {}, some(['zhang', 'li'], []))
    assert.equal(lastLine(markdown.content), '<@zhang> <@li>')
    const many = Array.from({ length: 50 }, (_, n) => `${n}`.padEnd(64, 'x'))
    const { markdown: crowded } = await posted('wecom', {}, some(many, []))
    assert.equal(lastLine(crowded.content)?.split(' ').length, 15)
  })

  it('WeCom: with a mobile as text', async () => {
    const { text } = await posted('wecom', own, told)
    assert.deepEqual(text.mentioned_list, ['own', 'both', 'zhang'])
    assert.deepEqual(text.mentioned_mobile_list, ['+86-13900000000', '13800000000'])
  })

  it('Feishu: by id, each once', async () => {
    const { card } = await posted('feishu', { at_user_ids: ['own'] }, some(['ou_1', 'own'], []))
    assert.equal(lastLine(card.elements[0].content), '<at id=own></at> <at id=ou_1></at>')
  })

  it('a webhook says what it says without', async () => {
    const text = '{"version":"4"}'
    assert.deepEqual(await posted('webhook', {}, told, { text }), { version: '4' })
  })

  for (const kind of ['dingtalk', 'wecom', 'feishu'] as const) {
    it(`${kind}: nobody of what is over`, async () => {
      const body = JSON.stringify(await posted(kind, {}, told, { subject: OVER }))
      assert.doesNotMatch(body, /zhang|13800000000|<at|@\w/)
    })

    it(`${kind}: 50 beside 50 of its own are within its limits`, async () => {
      const crowd = (letter: string) =>
        Array.from({ length: 50 }, (_, n) => `${letter}${n}`.padEnd(64, 'x'))
      await posted(kind, { at_user_ids: crowd('a') }, some(crowd('b'), []))
    })
  }
})

describe('a contact is told by phone', () => {
  const cases: [ReceiverKind, string, field: string, number: string, sent: string][] = [
    ['aliyun-sms', 'in China', 'PhoneNumbers', '13800000000', '13800000000'],
    ['aliyun-sms', 'elsewhere', 'PhoneNumbers', '+85291234567', '85291234567'],
    ['aliyun-voice', 'in China', 'CalledNumber', '13800000000', '13800000000'],
    ['aliyun-voice', 'at a desk in China', 'CalledNumber', '+861012345678', '01012345678'],
  ]
  for (const [kind, where, field, number, sent] of cases) {
    it(`${kind} ${where}, and no number of the receiver`, async () => {
      assert.equal((await posted(kind, {}, some([], [number])))[field], sent)
    })
  }

  const kinds = [
    ['aliyun-sms', { phones: [] }],
    ['aliyun-voice', { phone: undefined }],
  ] as const
  for (const [kind, settings] of kinds) {
    it(`${kind}: without any number says so; of one that is refused it says not which`, async () => {
      const peer = await startRobotPeer(kind)
      const channel = peer.openWith(settings)
      const failure = async (people?: People) => {
        const of = delivery('contract-1', {
          ...(people && { people }),
          message: { subject: '', text: '{}', html: '' },
        })
        return String(await channel.send(of, NEVER).catch((error: unknown) => error))
      }
      assert.match(await failure(), /no number of its own/)
      peer.http.answer = (_, response) =>
        response.end('{"Code":"isv.MOBILE_NUMBER_ILLEGAL","Message":"+13800000000 illegal"}')
      const said = await failure(some([], ['13800000000']))
      await peer.close()
      assert.match(said, /MOBILE_NUMBER_ILLEGAL '\+\[cut\] illegal'/)
    })
  }
})
