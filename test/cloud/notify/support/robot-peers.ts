/**
 * Servers that check what they are sent as the vendors do and speak their error codes: DingTalk, WeCom,
 * Feishu, Aliyun; and a webhook's receiver.
 */
import { createHmac } from 'node:crypto'
import type { Channel, ChannelDeps } from '../../../../src/cloud/notify/channels/channel.ts'
import { openOutgoingHttp } from '../../../../src/cloud/notify/channels/outgoing-http.ts'
import { RECEIVER_CHANNELS } from '../../../../src/cloud/notify/channels/registry.ts'
import type { ReceiverKind } from '../../../../src/cloud/notify/ports.ts'
import { FakeClock } from '../../../support/fake-clock.ts'
import type { Behaviour, HttpBehaviour, HttpChannelPeer } from './channel-contract.ts'
import { type Answer, type HttpPeer, json, type Received, startHttp } from './http-peer.ts'
import { AT } from './nouns.ts'

export const TOKEN = 'token-3f2a99e1c7'
export const SECRET = 'SECtest-5d1b'
export const KEYWORD = '云告警'
export const WEBHOOK_KEY = 'webhook-signing-key'
const HOUR_MS = 3_600_000

/** How a vendor takes a message: what it answers, after it has checked it. */
interface Dialect {
  readonly settings: unknown
  /** The code of what came, with the words of the vendor; undefined: taken. */
  check(received: Received, now: number): Answer | undefined
  readonly taken: Answer
  readonly answers: Readonly<
    Record<'asks to come later' | 'refuses it' | 'does not let us in', (echo: string) => Answer>
  >
  readonly secrets: readonly string[]
  idOf(received: Received): string | undefined
}

export interface RobotPeer extends HttpChannelPeer {
  readonly clock: FakeClock
  readonly http: HttpPeer
  readonly deps: ChannelDeps
  /** A channel with settings other than the peer's own. */
  openWith(settings: object): Channel
}

const errcode = (code: number, errmsg: string) => json({ errcode: code, errmsg })
const idIn = ({ body }: Received) => /contract-\d+/.exec(body)?.[0]

const dingtalk: Dialect = {
  settings: { robots: [{ access_token: TOKEN, secret: SECRET }], keyword: KEYWORD },
  secrets: [TOKEN, SECRET],
  taken: errcode(0, 'ok'),
  answers: {
    'asks to come later': () => errcode(130101, 'send too fast, exceed 20 times per minute'),
    'refuses it': (echo) => errcode(430104, `send url ${echo} invalid`),
    'does not let us in': (echo) => errcode(310000, `sign not match, ${echo}`),
  },
  check({ url, body }, now) {
    const query = new URL(url, 'http://x').searchParams
    const timestamp = query.get('timestamp') ?? ''
    const sign = createHmac('sha256', SECRET).update(`${timestamp}\n${SECRET}`).digest('base64')
    if (query.get('access_token') !== TOKEN) return errcode(400101, 'token is not exist')
    if (Math.abs(Number(timestamp) - now) > HOUR_MS) return errcode(310000, 'invalid timestamp')
    if (query.get('sign') !== sign) return errcode(310000, 'sign not match')
    if (Buffer.byteLength(body) > 20_000) return errcode(460101, 'message too long, exceed 20000')
    const { markdown } = JSON.parse(body)
    if (!markdown.text.includes(KEYWORD)) return errcode(310000, 'keywords not in content')
    return undefined
  },
  idOf: idIn,
}

const wecom: Dialect = {
  settings: { robots: [{ key: TOKEN }] },
  secrets: [TOKEN],
  taken: errcode(0, 'ok'),
  answers: {
    'asks to come later': () => errcode(45009, 'api freq out of limit'),
    'refuses it': (echo) => errcode(40008, `invalid message type ${echo}`),
    'does not let us in': (echo) => errcode(93000, `invalid webhook url ${echo}`),
  },
  check({ url, body }) {
    const { msgtype, markdown, text } = JSON.parse(body)
    const size = Buffer.byteLength((markdown ?? text).content)
    if (new URL(url, 'http://x').searchParams.get('key') !== TOKEN) {
      return errcode(93000, 'invalid webhook url')
    }
    if (size > (msgtype === 'text' ? 2048 : 4096)) {
      return errcode(40058, 'markdown.content exceed max length 4096')
    }
    return undefined
  },
  idOf: idIn,
}

const code = (value: number, msg: string, status = 200) =>
  json({ code: value, msg, data: {} }, status)

const feishu: Dialect = {
  settings: { robots: [{ hook: TOKEN, secret: SECRET }], keyword: KEYWORD },
  secrets: [TOKEN, SECRET],
  taken: code(0, 'success'),
  answers: {
    'asks to come later': () => code(11232, 'frequency limited psm', 400),
    'refuses it': (echo) => code(19002, `params error, ${echo}`),
    'does not let us in': (echo) => code(19021, `sign match fail, ${echo}`),
  },
  check({ url, body }, now) {
    const { timestamp, sign, card } = JSON.parse(body)
    const expected = createHmac('sha256', `${timestamp}\n${SECRET}`).update('').digest('base64')
    if (!url.endsWith(`/hook/${TOKEN}`)) return code(19001, 'incoming webhook access token invalid')
    if (sign !== expected || Math.abs(timestamp * 1000 - now) > HOUR_MS) {
      return code(19021, 'sign match fail or timestamp is not within one hour from current time')
    }
    if (Buffer.byteLength(body) > 20 * 1024) return code(9499, 'Bad Request', 400)
    if (!JSON.stringify(card).includes(KEYWORD)) return code(19024, 'Key Words Not Found')
    return undefined
  },
  idOf: idIn,
}

const webhook: Dialect = {
  settings: { signing_secret: WEBHOOK_KEY, headers: { authorization: `Bearer ${TOKEN}` } },
  secrets: [TOKEN, WEBHOOK_KEY],
  taken: (_, response) => response.writeHead(202).end(),
  answers: {
    'asks to come later': () => (_, response) =>
      response.writeHead(503, { 'retry-after': '7' }).end('full'),
    'refuses it': (echo) => json({ error: `no route for ${echo} ${TOKEN} ${WEBHOOK_KEY}` }, 422),
    'does not let us in': (echo) => json({ error: `Bearer ${TOKEN} at ${echo}` }, 401),
  },
  check({ headers, body }, now) {
    const [, t = '', v1] =
      /^t=(\d+),v1=(\w+)$/.exec(String(headers['x-tars-alarm-signature'])) ?? []
    const mac = createHmac('sha256', WEBHOOK_KEY).update(`${t}.${body}`).digest('hex')
    const fine = v1 === mac && Math.abs(Number(t) * 1000 - now) < 300_000
    return fine ? undefined : json({ error: 'signature' }, 401)
  },
  idOf: ({ headers }) => String(headers['x-tars-alarm-delivery']),
}

const aliyunCode = (value: string, message: string, status = 200) =>
  json({ Code: value, Message: message, RequestId: 'D9CB3933' }, status)

/** Both services check alike. */
function aliyun(own: object): Dialect {
  const key = { access_key_id: TOKEN, access_key_secret: SECRET, template_code: 'SMS_71390007' }
  return {
    settings: { ...key, ...own },
    secrets: [TOKEN, SECRET],
    taken: aliyunCode('OK', 'OK'),
    answers: {
      'asks to come later': () =>
        aliyunCode('isv.BUSINESS_LIMIT_CONTROL', '触发小时级流控Permits:5'),
      'refuses it': (echo) =>
        aliyunCode('isv.BLACK_KEY_CONTROL_LIMIT', `${echo} ${TOKEN} ${SECRET}`),
      'does not let us in': (echo) => aliyunCode('SignatureDoesNotMatch', `${TOKEN} ${echo}`, 400),
    },
    check({ body }, now) {
      const form = new URLSearchParams(body)
      const signature = form.get('Signature')
      form.delete('Signature')
      const query = [...form]
        .map((pair) => pair.map(rfc3986).join('='))
        .sort()
        .join('&')
      const text = `POST&%2F&${rfc3986(query)}`
      const expected = createHmac('sha1', `${SECRET}&`).update(text).digest('base64')
      if (signature !== expected) return aliyunCode('SignatureDoesNotMatch', 'not match', 400)
      const skew = Math.abs(Date.parse(form.get('Timestamp') ?? '') - now)
      return skew < 900_000 ? undefined : aliyunCode('InvalidTimeStamp.Expired', 'expired', 400)
    },
    idOf: ({ body }) => new URLSearchParams(body).get('OutId') ?? '',
  }
}

/** As Python's `quote(text, safe='~')` does it: byte by byte. */
function rfc3986(text: string): string {
  return [...Buffer.from(text)]
    .map((byte) => {
      const char = String.fromCharCode(byte)
      return /[\w.~-]/.test(char) ? char : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
    })
    .join('')
}

const DIALECTS: Readonly<Record<ReceiverKind, Dialect>> = {
  dingtalk,
  wecom,
  feishu,
  webhook,
  'aliyun-sms': aliyun({ sign_name: '阿里云短信测试专用', phones: ['15300000001'] }),
  'aliyun-voice': aliyun({ phone: '15300000001' }),
}

export async function startRobotPeer(kind: ReceiverKind): Promise<RobotPeer> {
  const dialect = DIALECTS[kind]
  const clock = new FakeClock(AT)
  const taken: string[] = []
  let behaviour: Behaviour | HttpBehaviour = 'takes it'
  const http = await startHttp((received, response, request) => {
    const take = () => taken.push(dialect.idOf(received) ?? '')
    const answer = behaviourOf(behaviour, dialect, received, clock.now(), take)
    answer(received, response, request)
  })
  http.greet = (request) => {
    if (behaviour === 'drops the connection half-way') request.socket.destroy()
    return behaviour === 'drops the connection half-way'
  }
  const client = openOutgoingHttp({ clock, allowPrivate: true })
  const deps = { http: client, clock, origin: http.origin }
  const settings = { ...(dialect.settings as object), ...(kind === 'webhook' && hookOf(http)) }
  return {
    clock,
    http,
    deps,
    judgesBy: kind === 'webhook' ? 'status' : 'body',
    secrets: dialect.secrets,
    taken: () => taken,
    behave(next) {
      behaviour = next
    },
    later: () => clock.advance(HOUR_MS),
    open: () => RECEIVER_CHANNELS[kind].open(settings, deps),
    openWith: (other) => RECEIVER_CHANNELS[kind].open({ ...settings, ...other }, deps),
    async close() {
      client.close()
      await http.close()
    },
  }
}

function hookOf({ origin }: HttpPeer) {
  return { url: `${origin}/hooks/${TOKEN}` }
}

function behaviourOf(
  behaviour: Behaviour | HttpBehaviour,
  dialect: Dialect,
  received: Received,
  now: number,
  take: () => void,
): Answer {
  switch (behaviour) {
    case 'takes it': {
      const wrong = dialect.check(received, now)
      if (!wrong) take()
      return wrong ?? dialect.taken
    }
    case 'asks to come later':
    case 'refuses it':
    case 'does not let us in':
      return dialect.answers[behaviour](received.url)
    case 'takes it and dies before the answer':
      take()
      return (_, _response, request) => request.socket.destroy()
    case 'answers 500':
      return (_, response) => response.writeHead(500).end(`at ${received.url}`)
    case 'redirects':
      return (_, response) => response.writeHead(302, { location: '/elsewhere' }).end()
    case 'answers garbage':
      return (_, response) => response.end(`<html>${received.url}</html>`)
    case 'is behind a gateway that refuses':
      return (_, response) => response.writeHead(413).end('<html>Request Entity Too Large</html>')
    case 'answers without end':
      return (_, response) => response.end('x'.repeat(4 << 20))
    case 'breaks off its answer':
      return (_, response) => {
        response
          .writeHead(200, { 'content-length': '100' })
          .write('{"err', () => response.destroy())
      }
    default:
      return () => {}
  }
}
