import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { aliyunMeaning } from '../../../../../src/cloud/notify/channels/aliyun/errors.ts'
import { renderAliyun } from '../../../../../src/cloud/notify/channels/aliyun/render.ts'
import {
  aliyunSign,
  canonical,
  publicParameters,
  signedForm,
} from '../../../../../src/cloud/notify/channels/aliyun/rpc.ts'
import { ChannelFailure } from '../../../../../src/cloud/notify/channels/channel.ts'
import {
  AT,
  alert,
  change,
  contact,
  delivery,
  event,
  notice,
  notifyAlert,
} from '../../support/nouns.ts'
import { type RobotPeer, SECRET, startRobotPeer, TOKEN } from '../../support/robot-peers.ts'

const NEVER = new AbortController().signal
const KEY = { access_key_id: 'testId', access_key_secret: 'testSecret' }

describe('the signature of Aliyun, version 1.0', () => {
  it('is that of the example in its documentation of SendSms', () => {
    const query = canonical({
      ...publicParameters(KEY, 'SendSms', {
        now: Date.parse('2017-07-12T02:42:19Z'),
        nonce: '45e25e9b-0a6f-4070-8c85-2956eda1b466',
      }),
      Format: 'XML',
      OutId: '123',
      PhoneNumbers: '15300000001',
      SignName: '阿里云短信测试专用',
      TemplateCode: 'SMS_71390007',
      TemplateParam: '{"customer":"test"}',
    })
    assert.equal(aliyunSign('GET', query, 'testSecret'), 'zJDF+Lrzhj/ThnlvIToysFRq6t4=')
  })

  it('encodes what URLs need not: * ( ) ! and quotes', () => {
    assert.equal(canonical({ b: "*()!'~ +", a: '/' }), 'a=%2F&b=%2A%28%29%21%27~%20%2B')
  })

  it('goes first into the form', () => {
    assert.match(signedForm(KEY, { Action: 'X' }), /^Signature=[\w%]+%3D&Action=X$/)
  })
})

describe('what Aliyun is sent', () => {
  async function withPeer(
    kind: 'aliyun-sms' | 'aliyun-voice',
    use: (peer: RobotPeer) => Promise<void>,
  ) {
    const peer = await startRobotPeer(kind)
    try {
      await use(peer)
    } finally {
      await peer.close()
    }
  }
  const text = JSON.stringify({
    service: 'Shop.Pay',
    title: '服务宕机',
    level: 'ERROR',
    time: '10:05',
  })
  const message = { subject: '', text, html: '' }
  const formOf = ({ http }: RobotPeer) => {
    const form = new URLSearchParams(http.received[0]?.body)
    for (const name of ['Signature', 'SignatureNonce']) {
      assert.ok(form.get(name))
      form.delete(name)
    }
    return Object.fromEntries(form)
  }
  const common = {
    AccessKeyId: TOKEN,
    Format: 'JSON',
    RegionId: 'cn-hangzhou',
    SignatureMethod: 'HMAC-SHA1',
    SignatureVersion: '1.0',
    Timestamp: '2022-08-10T02:05:06Z',
    Version: '2017-05-25',
  }

  it('SendSms, to all numbers at once', () =>
    withPeer('aliyun-sms', async (peer) => {
      const channel = peer.openWith({
        phones: ['15300000001', '15300000002'],
        variables: { name: 'service', what: 'title', many: 'count' },
      })
      assert.match(await channel.send(delivery('d1', { message }), NEVER), /"Code":"OK"/)
      assert.deepEqual(formOf(peer), {
        ...common,
        Action: 'SendSms',
        OutId: 'd1',
        PhoneNumbers: '15300000001,15300000002',
        SignName: '阿里云短信测试专用',
        TemplateCode: 'SMS_71390007',
        TemplateParam: '{"name":"Shop.Pay","what":"服务宕机","many":""}',
      })
      assert.equal(
        peer.http.received[0]?.headers['content-type'],
        'application/x-www-form-urlencoded; charset=utf-8',
      )
    }))

  it('SingleCallByTts, with an OutId of 15 characters at the most', () =>
    withPeer('aliyun-voice', async (peer) => {
      const channel = peer.openWith({ show_number: '057112345678', variables: { a: 'level' } })
      await channel.send(delivery('0123456789abcdef', { message }), NEVER)
      assert.deepEqual(formOf(peer), {
        ...common,
        Action: 'SingleCallByTts',
        CalledNumber: '15300000001',
        CalledShowNumber: '057112345678',
        OutId: '0123456789abcde',
        PlayTimes: '2',
        TtsCode: 'SMS_71390007',
        TtsParam: '{"a":"ERROR"}',
      })
    }))

  it('a wrong key waits, says what to do, and shows nothing of it', () =>
    withPeer('aliyun-sms', async (peer) => {
      const channel = peer.openWith({ access_key_secret: `${SECRET}-wrong` })
      const failure = await channel.send(delivery('d1', { message }), NEVER).catch((error) => error)
      assert.ok(failure instanceof ChannelFailure)
      assert.equal(failure.reason, 'misconfigured')
      assert.match(failure.message, /SendSms SignatureDoesNotMatch 'not match' — check access_key/)
    }))

  it('a message of another kind is refused', () =>
    withPeer('aliyun-sms', async (peer) => {
      const failure = await peer
        .open()
        .send(delivery('d1'), NEVER)
        .catch((error) => error)
      assert.ok(failure instanceof ChannelFailure && failure.reason === 'refused')
    }))
})

describe('what a phone is told', () => {
  const valuesOf = (...args: Parameters<typeof notice>) =>
    JSON.parse(renderAliyun(notice(...args), { publicUrl: 'https://alarm.example.com' }).text)

  it('has the values of a template', () => {
    const of = alert('a', { annotations: { title: '服务宕机', title_en: 'service down' } })
    assert.deepEqual(valuesOf(change('fired', AT, of)), {
      service: 'Shop-PayServer',
      title: '服务宕机',
      level: 'ERROR',
      time: '2022-08-10 10:05:06',
      environment: '演示环境',
      count: '1',
    })
    const english = { contact: contact('c', { language: 'en', timeZone: 'UTC' }) }
    const over = valuesOf(change('resolved', AT, of), english)
    assert.deepEqual(
      [over.title, over.level, over.time],
      ['service down', 'RESOLVED', '2022-08-10 02:05:06'],
    )
  })

  it('has no value longer than 35 characters, none that looks like an address', () => {
    const said = event(`【x】🔥 http://evil.example.com/a ${'告'.repeat(99)}`)
    const { title } = valuesOf(change('fired', AT, notifyAlert('a', [said])))
    assert.ok([...title].length <= 35)
    assert.doesNotMatch(title, /[【】🔥]|:\/\/|\w\.\w/u)
  })
})

describe('what codes of Aliyun mean', () => {
  const cases: [string, string, string, number | undefined][] = [
    ['isv.BUSINESS_LIMIT_CONTROL', '触发分钟级流控Permits:1', 'busy', 60_000],
    ['isv.BUSINESS_LIMIT_CONTROL', '触发小时级流控Permits:5', 'busy', 3_600_000],
    ['isv.BUSINESS_LIMIT_CONTROL', '触发天级流控Permits:40', 'busy', 3_600_000],
    ['isv.BUSINESS_LIMIT_CONTROL', '', 'busy', undefined],
    ['Throttling.User', '', 'busy', undefined],
    ['isp.SYSTEM_ERROR', '', 'busy', undefined],
    ['isv.MOBILE_NUMBER_ILLEGAL', '', 'invalid-address', undefined],
    ['isv.SMS_TEMPLATE_ILLEGAL', '', 'misconfigured', undefined],
    ['SignatureDoesNotMatch', '', 'misconfigured', undefined],
    ['isv.AMOUNT_NOT_ENOUGH', '', 'disabled', undefined],
    ['InvalidAccessKeyId.NotFound', '', 'disabled', undefined],
    ['isv.PARAM_NOT_SUPPORT_URL', '', 'refused', undefined],
    ['isv.SOMETHING_NEW', '', 'misconfigured', undefined],
  ]
  for (const [code, said, reason, retryAfterMs] of cases) {
    it(`${code} ${said}: ${reason}`, () => {
      const meaning = aliyunMeaning(code, said)
      assert.deepEqual([meaning.reason, meaning.retryAfterMs], [reason, retryAfterMs])
    })
  }
})
