/** POSTs against real servers on loopback. */
import assert from 'node:assert/strict'
import type { LookupAddress } from 'node:dns'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { inspect } from 'node:util'
import { ChannelFailure } from '../../../../src/cloud/notify/channels/channel.ts'
import {
  outgoingFailure,
  statusFailure,
} from '../../../../src/cloud/notify/channels/outgoing-failure.ts'
import {
  type OutgoingHttpOptions,
  openOutgoingHttp,
} from '../../../../src/cloud/notify/channels/outgoing-http.ts'
import {
  isPublicAddress,
  PrivateAddressError,
  publicLookup,
} from '../../../../src/cloud/notify/channels/public-address.ts'
import { FakeClock } from '../../../support/fake-clock.ts'
import { type HttpPeer, startHttp } from '../support/http-peer.ts'
import { AT } from '../support/nouns.ts'
import { CERTIFICATE } from '../support/smtp-peer.ts'

const NEVER = new AbortController().signal
const SECRET = 'tok-3f2a99'
const PATH = `/hook/${SECRET}?access_token=${SECRET}`

/** One POST over a client of its own: the answer or the failure, neither with the secret in it. */
async function post(url: string, options: Partial<OutgoingHttpOptions> = {}, signal = NEVER) {
  const http = openOutgoingHttp({ clock: new FakeClock(AT), allowPrivate: true, ...options })
  const outgoing = { url, body: '{"告":"警"}', contentType: 'application/json' } as const
  try {
    return await http.post(outgoing, signal)
  } catch (error) {
    assert.ok(error instanceof ChannelFailure, inspect(error))
    assert.ok(!inspect(error, { depth: 9 }).includes(SECRET), inspect(error))
    return error
  } finally {
    http.close()
  }
}

async function failureOf(...args: Parameters<typeof post>): Promise<ChannelFailure> {
  const outcome = await post(...args)
  assert.ok(outcome instanceof ChannelFailure, inspect(outcome))
  return outcome
}

describe('isPublicAddress', () => {
  const refused =
    '127.0.0.1 127.255.1.2 10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1 169.254.169.254 100.100.100.200 ' +
    '0.0.0.0 192.0.2.1 198.18.0.1 198.51.100.1 203.0.113.9 224.0.0.1 239.1.1.1 240.0.0.1 255.255.255.255 ' +
    ':: ::1 ::ffff:10.0.0.1 ::ffff:8.8.8.8 ::127.0.0.1 64:ff9b::a00:1 64:ff9b:1::1 fe80::1 fe80::1%eth0 fc00::1 ' +
    'fd12:3456::1 fec0::1 ff02::1 2001::1 2001:db8::1 2002:7f00:1::1 100::1 localhost 1.2.3 [::1]'
  for (const address of refused.split(' ')) {
    it(`${address}: no`, () => assert.equal(isPublicAddress(address), false))
  }
  const open = '8.8.8.8 106.11.35.100 172.15.0.1 172.32.0.1 100.63.0.1 2400:3200::1 2606:4700::1111'
  for (const address of open.split(' ')) {
    it(`${address}: yes`, () => assert.equal(isPublicAddress(address), true))
  }
})

describe('publicLookup', () => {
  /** Looks up a name that stands for these addresses. */
  function lookUp(addresses: string[], all: boolean) {
    const found = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
    const resolve = (_host: string, _options: object, done: (...result: unknown[]) => void) =>
      done(null, found)
    return new Promise<{ error: unknown; address: string | LookupAddress[] }>((told) =>
      publicLookup(resolve as never)('hook.example.com', { all }, (error, address) =>
        told({ error, address }),
      ),
    )
  }

  it('leaves out private addresses', async () => {
    const { address } = await lookUp(['10.0.0.1', '8.8.8.8', '::1'], true)
    assert.deepEqual(address, [{ address: '8.8.8.8', family: 4 }])
    assert.equal((await lookUp(['127.0.0.1', '8.8.8.8'], false)).address, '8.8.8.8')
  })

  it('fails where none is left', async () => {
    const { error } = await lookUp(['10.0.0.1', '::ffff:127.0.0.1'], true)
    assert.ok(error instanceof PrivateAddressError)
  })
})

describe('where a POST may go', { concurrency: true }, () => {
  let peer: HttpPeer
  before(async () => {
    peer = await startHttp()
  })
  after(() => peer.close())

  const hosts = ['127.0.0.1', '127.1', '0x7f000001', '2130706433', '[::1]', '[::ffff:127.0.0.1]']
  for (const host of ['localhost', ...hosts]) {
    it(`not to ${host}`, async () => {
      const { port } = new URL(peer.origin)
      const failure = await failureOf(`https://${host}:${port}${PATH}`, { allowPrivate: false })
      assert.equal(failure.reason, 'misconfigured')
      assert.match(failure.message, /is no public address: the operator has to allow/)
      assert.equal(peer.received.length, 0)
    })
  }

  it('not without TLS', async () => {
    const failure = await failureOf(`http://8.8.8.8${PATH}`, { allowPrivate: false })
    assert.match(failure.message, /^8\.8\.8\.8: only https/)
  })

  it('not to a server whose certificate nobody vouches for', async () => {
    const key = readFileSync(CERTIFICATE.replace('cert.pem', 'key.pem'))
    const server = createServer({ key, cert: readFileSync(CERTIFICATE) })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const failure = await failureOf(`https://localhost:${port}${PATH}`)
    server.close()
    assert.deepEqual([failure.reason, failure.handedOver], ['misconfigured', false])
    assert.match(failure.message, /certificate is not trusted/)
  })
})

describe('a POST', { concurrency: true }, () => {
  async function withPeer(use: (peer: HttpPeer) => Promise<void>): Promise<void> {
    const peer = await startHttp()
    try {
      await use(peer)
    } finally {
      await peer.close()
    }
  }

  it('arrives whole, with its length and type', () =>
    withPeer(async (peer) => {
      const answer = await post(peer.origin + PATH)
      assert.deepEqual(answer, { status: 200, text: '' })
      const [{ body, headers } = { body: '', headers: {} }] = peer.received
      assert.equal(body, '{"告":"警"}')
      assert.equal(headers['content-length'], '13')
      assert.equal(headers['content-type'], 'application/json; charset=utf-8')
    }))

  it('keeps the first 64 KiB of a long answer', () =>
    withPeer(async (peer) => {
      peer.answer = (_, response) => response.end('x'.repeat(1 << 20))
      const answer = await post(peer.origin)
      assert.ok('text' in answer && answer.text === 'x'.repeat(64 * 1024))
    }))

  it('leaves a peer that never stops answering', () =>
    withPeer(async (peer) => {
      let writtenBytes = 0
      const left = new Promise<void>((resolve) => {
        peer.answer = (_, response) => {
          const more = () => {
            // Far more than the sockets between us hold.
            if (writtenBytes > 64 << 20) return void response.destroy()
            while (response.write('x'.repeat(1 << 16))) writtenBytes += 1 << 16
            writtenBytes += 1 << 16
          }
          response.on('drain', more).once('close', resolve)
          more()
        }
      })
      await post(peer.origin)
      await left
      assert.ok(writtenBytes < 32 << 20, `${writtenBytes} bytes`)
    }))

  it('ends in time when the answer drips, with the status that had come', () =>
    withPeer(async (peer) => {
      peer.answer = (_, response) => void response.writeHead(202).write('…')
      assert.deepEqual(await post(peer.origin, { timeoutMs: 1_000 }), { status: 202, text: '…' })
    }))

  it('follows no redirect', () =>
    withPeer(async (peer) => {
      const aside = `${peer.origin}/elsewhere?${SECRET}`
      peer.answer = (_, response) => response.writeHead(307, { location: aside }).end()
      const failure = await failureOf(peer.origin + PATH)
      assert.equal(failure.reason, 'misconfigured')
      assert.match(failure.message, /^127\.0\.0\.1:\d+: answers 307, a redirect, which is not foll/)
      assert.equal(peer.received.length, 1)
    }))

  const waits: [string, number | undefined][] = [
    ['30', 30_000],
    [new Date(AT + 90_000).toUTCString(), 90_000],
    [new Date(AT - 90_000).toUTCString(), 0],
    ['999999999', 24 * 3_600_000],
    ['soon', undefined],
  ]
  for (const [header, retryAfterMs] of waits) {
    it(`reads Retry-After: ${header}`, () =>
      withPeer(async (peer) => {
        peer.answer = (_, response) => response.writeHead(429, { 'retry-after': header }).end()
        const answer = await post(peer.origin)
        assert.ok('status' in answer)
        assert.equal(answer.retryAfterMs, retryAfterMs)
      }))
  }
})

describe('a POST without an answer', { concurrency: true }, () => {
  it('nobody listens: unreachable, not handed over', async () => {
    const peer = await startHttp()
    await peer.close()
    const failure = await failureOf(peer.origin + PATH)
    assert.deepEqual([failure.reason, failure.handedOver], ['unreachable', false])
    assert.match(failure.message, /^127\.0\.0\.1:\d+: .*ECONNREFUSED/)
  })

  it('the host does not exist: unreachable', () => {
    const error = Object.assign(new Error(`getaddrinfo for ${SECRET}`), { code: 'ENOTFOUND' })
    const failure = outgoingFailure(error, 'nobody.invalid', false)
    assert.equal(failure.reason, 'unreachable')
    assert.match(failure.message, /^nobody\.invalid: no such host/)
    assert.ok(!inspect(failure, { depth: 9 }).includes(SECRET))
  })

  it('the peer hangs: timeout, handed over', async () => {
    const peer = await startHttp(() => {})
    const failure = await failureOf(peer.origin + PATH, { timeoutMs: 1_000 })
    await peer.close()
    assert.deepEqual([failure.reason, failure.handedOver], ['timeout', true])
  })

  it('the peer takes it and dies: handed over', async () => {
    const peer = await startHttp((_received, _response, request) => request.socket.destroy())
    const failure = await failureOf(peer.origin + PATH)
    await peer.close()
    assert.deepEqual([failure.reason, failure.handedOver], ['unreachable', true])
  })

  it('the caller cuts it off: timeout', async () => {
    const cut = new AbortController()
    const peer = await startHttp(() => cut.abort())
    const failure = await failureOf(peer.origin + PATH, {}, cut.signal)
    await peer.close()
    assert.equal(failure.reason, 'timeout')
  })

  it('what answers speaks no HTTP: unreachable', async () => {
    const peer = await startHttp((_received, _response, request) =>
      request.socket.end(`SMTP ${SECRET}\r\n`),
    )
    const failure = await failureOf(peer.origin + PATH)
    await peer.close()
    assert.deepEqual([failure.reason, failure.handedOver], ['unreachable', true])
  })
})

describe('what a status means', () => {
  const cases = [
    [500, 'busy', true],
    [503, 'busy', true],
    [429, 'busy', true],
    [408, 'busy', true],
    [401, 'misconfigured', true],
    [404, 'misconfigured', true],
    [410, 'disabled', true],
    [400, 'refused', false],
    [413, 'refused', false],
    [422, 'refused', false],
  ] as const
  for (const [status, reason, retryable] of cases) {
    it(`${status}: ${reason}`, () => {
      const failure = statusFailure({ status, text: 'no\nroom', retryAfterMs: 7 }, 'hook.example')
      assert.deepEqual([failure.reason, failure.retryable], [reason, retryable])
      assert.equal(failure.message, `hook.example: HTTP ${status} 'no room'`)
      assert.equal(failure.retryAfterMs, 7)
    })
  }
})
