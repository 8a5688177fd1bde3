import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { describe, it } from 'node:test'
import { ChannelFailure } from '../../../../../src/cloud/notify/channels/channel.ts'
import { fingerprint } from '../../../../../src/cloud/notify/channels/webhook/fingerprint.ts'
import { renderWebhook } from '../../../../../src/cloud/notify/channels/webhook/render.ts'
import { webhookSettings } from '../../../../../src/cloud/notify/channels/webhook/settings.ts'
import { signatureHeader } from '../../../../../src/cloud/notify/channels/webhook/webhook.ts'
import { AT, alert, change, contact, delivery, ENVIRONMENT, notice } from '../../support/nouns.ts'
import { type RobotPeer, startRobotPeer, TOKEN, WEBHOOK_KEY } from '../../support/robot-peers.ts'

const NEVER = new AbortController().signal
const CONSOLE = 'https://alarm.example.com'
const WORDS = { title: '失败率高', description: '失败率 50%' }
const down = alert('a1', { annotations: WORDS, firedAt: AT - 60_000 })

function payloadOf(...args: Parameters<typeof notice>) {
  return JSON.parse(renderWebhook(notice(...args), { publicUrl: CONSOLE }).text)
}

describe('fingerprint', () => {
  // The vectors of prometheus/common, `model/signature_test.go`.
  it('of no labels', () => assert.equal(fingerprint({}), 'cbf29ce484222325'))
  it('of labels, in whatever order', () => {
    const expected = 5799056148416392346n.toString(16).padStart(16, '0')
    assert.equal(fingerprint({ name: 'garland, briggs', fear: 'love is not enough' }), expected)
    assert.equal(fingerprint({ fear: 'love is not enough', name: 'garland, briggs' }), expected)
  })
})

describe('the payload', () => {
  it('is that of Alertmanager, key by key', () => {
    const labels = {
      alertname: 'FailureRatio',
      callee: 'Shop.PayServer',
      environment: ENVIRONMENT,
      interface: 'pay',
      severity: 'ERROR',
    }
    const groupLabels = {
      alertname: 'FailureRatio',
      environment: ENVIRONMENT,
      service: 'Shop.PayServer',
    }
    const expected = {
      receiver: 'ops',
      status: 'firing',
      alerts: [
        {
          status: 'firing',
          labels,
          annotations: { description: '失败率 50%', title: '失败率高' },
          startsAt: '2022-08-10T02:04:06.000Z',
          endsAt: '0001-01-01T00:00:00Z',
          generatorURL: `${CONSOLE}/#/environments/${ENVIRONMENT}/alarms/a1`,
          fingerprint: fingerprint(labels),
        },
      ],
      notification_reason: 'first notification',
      groupLabels,
      commonLabels: labels,
      commonAnnotations: { description: '失败率 50%', title: '失败率高' },
      routeLabels: {},
      externalURL: CONSOLE,
      version: '4',
      groupKey: `{}:{alertname="FailureRatio", environment="${ENVIRONMENT}", service="Shop.PayServer"}`,
      truncatedAlerts: 0,
    }
    const payload = payloadOf(change('fired', AT, down), { contact: contact('ops') })
    assert.deepEqual(payload, expected)
    assert.deepEqual(Object.keys(payload), Object.keys(expected))
  })

  it('over: resolved, with its end and the same fingerprint and group', () => {
    const fired = payloadOf(change('fired', AT, down))
    const over = payloadOf(change('resolved', AT + 1_500, down))
    assert.deepEqual([over.status, over.alerts[0].status], ['resolved', 'resolved'])
    assert.equal(over.alerts[0].endsAt, '2022-08-10T02:05:07.500Z')
    assert.equal(over.alerts[0].fingerprint, fired.alerts[0].fingerprint)
    assert.equal(over.groupKey, fired.groupKey)
    assert.equal(over.notification_reason, 'all alerts resolved')
  })

  it('tells of what was held back: each alert once, as it stands last', () => {
    const other = alert('a2', { labels: { ...down.labels, interface: 'refund' } })
    const changes = [
      change('fired', AT - 3, other),
      change('resolved', AT - 2, other),
      change('fired', AT - 1, down),
    ]
    const heldBack = { changes, count: 7, since: AT - 3 }
    const { alerts, status, commonLabels, truncatedAlerts } = payloadOf(change('fired', AT, down), {
      heldBack,
    })
    assert.deepEqual(
      alerts.map(({ status, labels }: never) => [
        status,
        (labels as { interface: string }).interface,
      ]),
      [
        ['firing', 'pay'],
        ['resolved', 'refund'],
      ],
    )
    assert.equal(status, 'firing')
    assert.equal(commonLabels.interface, undefined)
    assert.equal(commonLabels.callee, 'Shop.PayServer')
    // 4 were held back that are no longer known one by one.
    assert.equal(truncatedAlerts, 4)
  })

  it('has at most 100 alerts and 256 KiB, and counts the rest', () => {
    const many = (count: number, text: string) => {
      const changes = Array.from({ length: count }, (_, n) =>
        change('fired', AT, alert(`a${n}`, { annotations: { text } })),
      )
      const heldBack = { changes, count, since: AT }
      return payloadOf(change('fired', AT, alert('head')), { heldBack })
    }
    const short = many(150, '')
    assert.deepEqual([short.alerts.length, short.truncatedAlerts], [100, 51])
    const long = many(90, '告'.repeat(10_000))
    assert.ok(Buffer.byteLength(JSON.stringify(long)) < 264 * 1024)
    assert.equal(long.alerts.length + long.truncatedAlerts, 91)
    assert.ok(long.alerts.length > 5)
  })

  it('quotes labels in the group key as Go does', () => {
    const of = alert('a', { labels: { callee: 'A.B"\\' } })
    assert.match(payloadOf(change('fired', AT, of)).groupKey, /service="A\.B\\"\\\\"\}$/)
  })
})

describe('a webhook', () => {
  async function withPeer(use: (peer: RobotPeer) => Promise<void>): Promise<void> {
    const peer = await startRobotPeer('webhook')
    try {
      await use(peer)
    } finally {
      await peer.close()
    }
  }

  it('is signed as its README says', () => {
    const mac = createHmac('sha256', WEBHOOK_KEY).update('1660097106.{"a":1}').digest('hex')
    assert.equal(signatureHeader(WEBHOOK_KEY, AT, '{"a":1}'), `t=1660097106,v1=${mac}`)
  })

  it('sends the rendered text as it is, with ids and own headers', () =>
    withPeer(async (peer) => {
      const message = { subject: '', text: '{"version":"4"}', html: '' }
      const what = delivery('d1', { message, maybeRepeated: true })
      assert.match(await peer.open().send(what, NEVER), /^127\.0\.0\.1:\d+: HTTP 202$/)
      const [{ url, body, headers } = { url: '', body: '', headers: {} }] = peer.http.received
      assert.deepEqual([url, body], [`/hooks/${TOKEN}`, '{"version":"4"}'])
      assert.equal(headers.authorization, `Bearer ${TOKEN}`)
      assert.equal(headers['x-tars-alarm-delivery'], 'd1')
      assert.equal(headers['x-tars-alarm-environment'], ENVIRONMENT)
      assert.equal(headers['x-tars-alarm-maybe-repeated'], 'true')
    }))

  it('has its own headers once, whatever their case', () =>
    withPeer(async (peer) => {
      const channel = peer.openWith({ headers: { 'User-Agent': 'mine', Accept: 'text/plain' } })
      await channel.send(delivery('d1'), NEVER)
      const { headers = {} } = peer.http.received[0] ?? {}
      assert.deepEqual([headers['user-agent'], headers.accept], ['mine', 'text/plain'])
    }))

  it('comes again when Retry-After says', () =>
    withPeer(async (peer) => {
      peer.behave('asks to come later')
      const failure = await peer
        .open()
        .send(delivery('d1'), NEVER)
        .catch((error) => error)
      assert.ok(failure instanceof ChannelFailure)
      assert.deepEqual([failure.reason, failure.retryAfterMs], ['busy', 7_000])
    }))

  it('another 4xx is refused for good, its words without secrets', () =>
    withPeer(async (peer) => {
      peer.behave('refuses it')
      const failure = await peer
        .open()
        .send(delivery('d1'), NEVER)
        .catch((error) => error)
      assert.ok(failure instanceof ChannelFailure && !failure.retryable)
      assert.match(
        failure.message,
        /HTTP 422 '\{"error":"no route for .*\[cut\].* \[cut\] \[cut\]"\}'/,
      )
    }))
})

describe('settings of a webhook', () => {
  const refused: [string, object, RegExp][] = [
    ['no address', { url: 'alarm' }, /expected https/],
    ['another scheme', { url: 'ftp://example.com/' }, /expected https/],
    ['a user name in it', { url: 'https://me:pw@example.com/' }, /without a user name/],
    ['a short key', { signing_secret: 'short' }, /16 characters/],
    ['a header with a line break', { headers: { a: 'b\r\nc: d' } }, /printable ASCII/],
    ['a header of HTTP itself', { headers: { Host: 'x' } }, /set by the channel/],
    ['a header of ours', { headers: { 'X-Tars-Alarm-Signature': 'x' } }, /set by the channel/],
    ['an unknown key', { insecure: true }, /insecure/],
  ]
  for (const [name, more, message] of refused) {
    it(`refuse ${name}`, () => {
      const { error } = webhookSettings.safeParse({ url: 'https://example.com/hook', ...more })
      assert.match(error?.message ?? '', message)
    })
  }
})
