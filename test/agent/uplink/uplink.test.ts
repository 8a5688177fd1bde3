import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { pino } from 'pino'
import type { SpoolRecord } from '../../../src/agent/spool/record.ts'
import type { Spool } from '../../../src/agent/spool/spool.ts'
import { CloudClient, type CloudOptions } from '../../../src/agent/uplink/cloud-client.ts'
import { Uplink } from '../../../src/agent/uplink/uplink.ts'
import type { Cancel, Clock } from '../../../src/support/clock.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { batch, openSpool } from '../spool/spool-rig.ts'
import {
  answer,
  type Behave,
  CloudDouble,
  dawdle,
  drop,
  hang,
  page,
} from '../support/cloud-double.ts'
import { ProxyDouble } from '../support/proxy-double.ts'
import { type Cleanup, tempFolder } from '../support/temp-folder.ts'

/** A clock that tells when somebody begins to wait, and how long. */
class WatchedClock implements Clock {
  readonly inner = new FakeClock(1_000_000)
  #waits: number[] = []
  #onWait: () => void = () => {}

  now(): number {
    return this.inner.now()
  }

  after(delayMs: number, task: () => void): Cancel {
    const cancel = this.inner.after(delayMs, task)
    this.#waits.push(delayMs)
    this.#onWait()
    return cancel
  }

  /** The next wait that somebody begins, which is then over. */
  async pass(): Promise<number> {
    while (this.#waits.length === 0) {
      await new Promise<void>((resolve) => {
        this.#onWait = resolve
      })
    }
    const delayMs = this.#waits.shift() ?? 0
    this.inner.advance(delayMs)
    return delayMs
  }
}

interface Rig {
  readonly spool: Spool
  readonly uplink: Uplink
  readonly clock: WatchedClock
  /** By which batches are fresh. */
  readonly clockOfSpool: FakeClock
  readonly aside: SpoolRecord[]
  readonly told: string[]
  readonly logged: string[]
  /** Resolves when a line says this. */
  says(text: string): Promise<void>
}

async function startUplink(
  test: Cleanup,
  address: CloudOptions | undefined,
  options: { readonly clockOfSpool?: number } = {},
): Promise<Rig> {
  const clock = new WatchedClock()
  const clockOfSpool = new FakeClock(options.clockOfSpool)
  const spool = await openSpool(tempFolder(), { clock: clockOfSpool })
  const [aside, told, logged]: [SpoolRecord[], string[], string[]] = [[], [], []]
  let onLine = () => {}
  const write = (line: string) => {
    logged.push(line)
    onLine()
  }
  const says = async (text: string) => {
    while (!logged.some((line) => line.includes(text))) {
      await new Promise<void>((resolve) => {
        onLine = resolve
      })
    }
  }
  const uplink = new Uplink({
    source: spool,
    client: address && new CloudClient({ clock, ...address }),
    clock,
    log: pino({ base: null, timestamp: false }, { write }),
    setAside: (record) => `refused/${aside.push(record)}`,
    tell: (level, message) => told.push(`${level}: ${message}`),
  })
  test.after(async () => {
    await uplink.stop()
    await spool.close()
  })
  uplink.start()
  return { spool, clockOfSpool, uplink, clock, aside, told, logged, says }
}

const seqs = (double: CloudDouble) => double.received.map(({ bytes }) => bytes[0])
const key = (double: CloudDouble) => ({ url: double.url, envKey: 'the-key' })

describe('uplink', () => {
  it('sends batches in order, over connections that are kept, with the key', async (t) => {
    const double = await CloudDouble.start(t)
    const { spool, uplink } = await startUplink(t, key(double))
    const sent = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
    for (const seq of sent) await spool.append(batch(seq))
    await double.requests(10)
    await uplink.drained()
    assert.deepEqual(seqs(double), sent)
    assert.ok(double.connections <= 3)
    assert.deepEqual(double.received[0], {
      method: 'POST',
      path: '/api/v1/batches',
      authorization: 'Bearer the-key',
      contentType: 'application/vnd.tars-alarm.batch.v1',
      bytes: batch(1).bytes,
    })
    assert.equal(spool.queuedBytes, 0)
    assert.equal(uplink.counts.batchesOut, 10)
  })

  it('keeps a path of the cloud’s address', async (t) => {
    const double = await CloudDouble.start(t)
    const { spool } = await startUplink(t, { url: `${double.url}/alarm/`, envKey: 'k' })
    await spool.append(batch(1))
    await double.requests(1)
    assert.equal(double.received[0]?.path, '/alarm/api/v1/batches')
  })

  const repeats: [name: string, behave: Behave, waits: RegExp][] = [
    ['an error of the cloud', answer(500), /^(2[5-9]\d|[34]\d\d|500)(\.\d+)?$/],
    ['a cloud that is busy, as long as it asks', answer(503, { 'retry-after': '7' }), /^7000$/],
    ['a connection that breaks', drop, /^(2[5-9]\d|[34]\d\d|500)(\.\d+)?$/],
    ['a cloud that does not answer', hang, /^(2[5-9]\d|[34]\d\d|500)(\.\d+)?$/],
    ['an answer without end', dawdle, /^(2[5-9]\d|[34]\d\d|500)(\.\d+)?$/],
    ['a page that says OK to everything, rarely', page, /^60000$/],
  ]
  for (const [name, behave, waits] of repeats) {
    it(`repeats after ${name}, and then goes on`, async (t) => {
      const double = (await CloudDouble.start(t)).next(behave)
      const { spool, clock } = await startUplink(t, { ...key(double), timeoutMs: 500 })
      for (const seq of [1, 2]) await spool.append(batch(seq))
      assert.match(`${await clock.pass()}`, waits)
      await double.requests(3)
      assert.deepEqual(seqs(double), [1, 1, 2])
    })
  }

  it('a single broken connection is no trouble, the second is, and it is told once', async (t) => {
    const double = (await CloudDouble.start(t)).next(drop, drop, drop)
    const { spool, clock, uplink, logged, says } = await startUplink(t, key(double))
    await spool.append(batch(1))
    await clock.pass()
    assert.equal(uplink.trouble, undefined)
    await clock.pass()
    assert.equal(uplink.trouble, 'unreachable')
    await clock.pass()
    await says('takes batches again')
    assert.equal(uplink.trouble, undefined)
    assert.equal(logged.length, 2)
    assert.match(logged[0] ?? '', /cannot be reached/)
  })

  for (const status of [400, 413, 422]) {
    it(`${status}: sets the batch aside and goes on`, async (t) => {
      const double = (await CloudDouble.start(t)).next(answer(status))
      const { spool, uplink, aside, logged } = await startUplink(t, key(double))
      for (const seq of [1, 2]) await spool.append(batch(seq))
      await double.requests(2)
      await uplink.drained()
      assert.deepEqual(
        aside.map(({ entry }) => entry.id.seq),
        [1],
      )
      assert.equal(uplink.counts.refused, 1)
      assert.match(logged.join(''), new RegExp(`"status":${status}.*refused/1`))
    })
  }

  it('401: says what to do in log and panel, keeps the data, asks once a minute', async (t) => {
    const double = (await CloudDouble.start(t)).next(answer(401), answer(401), answer(401))
    const { spool, clock, told, logged, says } = await startUplink(t, key(double))
    await spool.append(batch(1))
    for (const _ of [1, 2, 3]) assert.equal(await clock.pass(), 60_000)
    await says('takes batches again')
    assert.deepEqual(seqs(double), [1, 1, 1, 1])
    assert.equal(told.length, 2)
    for (const hint of ['环境标示', 'card', 'AgentServer.conf', '服务配置']) {
      assert.match(told[0] ?? '', new RegExp(`^error: .*${hint}`))
      assert.match(logged[0] ?? '', new RegExp(hint))
    }
    assert.match(told[1] ?? '', /^normal: /)
    assert.doesNotMatch(logged.join('') + told.join(''), /the-key/)
  })

  it('without a key: says what to do, sends nothing, keeps the data', async (t) => {
    const { spool, uplink, told } = await startUplink(t, undefined)
    await spool.append(batch(1))
    assert.equal(uplink.trouble, 'no-key')
    assert.match(told[0] ?? '', /env_key is missing.*环境标示.*AgentServer\.conf/)
    await uplink.drained()
    assert.ok(spool.queuedBytes > 0)
  })

  it('trouble that lasts five minutes is told to the panel, once', async (t) => {
    const double = (await CloudDouble.start(t)).always(answer(500))
    const { spool, clock, told } = await startUplink(t, key(double))
    await spool.append(batch(1))
    const start = clock.now()
    while (clock.now() - start < 300_000) {
      assert.deepEqual(told, [])
      await clock.pass()
    }
    for (const _ of [1, 2, 3]) await clock.pass()
    assert.equal(told.length, 1)
  })

  it('a batch dropped from the spool meanwhile is not sent again', async (t) => {
    const double = (await CloudDouble.start(t)).next(answer(500))
    const { spool, clock } = await startUplink(t, key(double))
    for (const seq of [1, 2]) await spool.append(batch(seq))
    await double.requests(1)
    const first = spool.peek()
    assert.ok(first)
    spool.ack(first)
    await clock.pass()
    await double.requests(2)
    assert.deepEqual(seqs(double), [1, 2])
  })

  it('stops in the middle of a request and leaves the batch in the spool', async (t) => {
    const double = (await CloudDouble.start(t)).always(hang)
    const { spool, uplink } = await startUplink(t, { ...key(double), timeoutMs: 60_000 })
    await spool.append(batch(1))
    await double.requests(1)
    await uplink.stop()
    assert.equal(spool.peek()?.record.entry.id.seq, 1)
  })
})

describe('uplink: two lanes', () => {
  it('the fresh go first, the backlog 10 a second, each in order', async (t) => {
    const double = await CloudDouble.start(t)
    const { spool, uplink, clock } = await startUplink(t, key(double), { clockOfSpool: 600_000 })
    // Batch n was made at n × 10 s: 1 to 3 are old at 600 s, 55 to 57 are not.
    const made = [1, 2, 3, 55, 56, 57]
    await Promise.all(made.map((seq) => spool.append(batch(seq))))
    await double.requests(4)
    assert.deepEqual(seqs(double).toSorted(), [1, 55, 56, 57])
    assert.equal(await clock.pass(), 100)
    await double.requests(5)
    assert.equal(await clock.pass(), 100)
    await double.requests(6)
    await uplink.drained()
    const order = seqs(double)
    assert.deepEqual(
      order.filter((seq = 0) => seq < 50),
      [1, 2, 3],
    )
    assert.deepEqual(
      order.filter((seq = 0) => seq > 50),
      [55, 56, 57],
    )
  })

  it('an old batch that the cloud does not take holds up no fresh one', async (t) => {
    const double = await CloudDouble.start(t)
    double.always((response, request) => {
      const isOld = double.received.at(-1)?.bytes[0] === 1
      answer(isOld ? 500 : 200)(response, request)
    })
    const { spool, uplink } = await startUplink(t, key(double), { clockOfSpool: 600_000 })
    await Promise.all([1, 2].map((seq) => spool.append(batch(seq))))
    await double.requests(1)
    for (const seq of [55, 56, 57]) await spool.append(batch(seq))
    await double.requests(4)
    await uplink.drained()
    assert.deepEqual(seqs(double), [1, 55, 56, 57])
    assert.equal(uplink.trouble, 'busy')
  })

  it('a batch that grows old under way goes by one lane only', async (t) => {
    let finish = () => {}
    const double = (await CloudDouble.start(t)).next((response, request) => {
      finish = () => answer(200)(response, request)
    })
    const rig = await startUplink(t, { ...key(double), timeoutMs: 60_000 })
    await rig.spool.append(batch(1))
    await double.requests(1)
    rig.clockOfSpool.advance(200_000)
    assert.equal(rig.spool.peek('backlog')?.record.entry.id.seq, 1)
    await rig.spool.append(batch(21))
    finish()
    await double.requests(2)
    await rig.uplink.drained()
    assert.deepEqual(seqs(double), [1, 21])
    assert.equal(rig.spool.queuedBatches, 0)
  })
})

describe('uplink: what the cloud says', () => {
  it('another version: keeps the batch, says which side is too old and what to do', async (t) => {
    const message = 'batch version 3, this cloud takes 1 to 2'
    const refuse: Behave = (response) =>
      response.writeHead(400).end(JSON.stringify({ error: { reason: 'version', message } }))
    const double = (await CloudDouble.start(t)).next(refuse, refuse)
    const { spool, uplink, clock, told, logged, says } = await startUplink(t, key(double))
    await spool.append(batch(1))
    assert.equal(await clock.pass(), 60_000)
    assert.equal(uplink.trouble, 'version')
    assert.equal(await clock.pass(), 60_000)
    await says('takes batches again')
    assert.deepEqual(seqs(double), [1, 1, 1])
    assert.match(told[0] ?? '', /^error: .*update the older one.*takes 1 to 2\)$/)
    assert.equal(told.length, 2)
    assert.equal(logged.length, 2)
  })
})

describe('uplink: another client at run time', () => {
  it('takes over the batch at hand', async (t) => {
    const before = (await CloudDouble.start(t)).always(hang)
    const after = await CloudDouble.start(t)
    const rig = await startUplink(t, { ...key(before), timeoutMs: 60_000 })
    for (const seq of [1, 2]) await rig.spool.append(batch(seq))
    await before.requests(1)
    await rig.uplink.use(new CloudClient({ url: after.url, envKey: 'other' }))
    await after.requests(2)
    await rig.uplink.drained()
    assert.deepEqual([seqs(before), seqs(after)], [[1], [1, 2]])
    assert.equal(after.received[0]?.authorization, 'Bearer other')
    assert.deepEqual(rig.logged, [])
  })

  it('ends a long wait, and the lack of a key', async (t) => {
    const double = (await CloudDouble.start(t)).next(answer(401))
    const rig = await startUplink(t, undefined)
    await rig.spool.append(batch(1))
    assert.equal(rig.uplink.trouble, 'no-key')
    await rig.uplink.use(new CloudClient(key(double)))
    await rig.says('does not know this env_key')
    assert.equal(rig.uplink.trouble, 'key')
    await rig.uplink.use(new CloudClient(key(double)))
    await rig.says('takes batches again')
    assert.deepEqual(seqs(double), [1, 1])
    assert.equal(rig.uplink.trouble, undefined)
    assert.equal(rig.spool.queuedBatches, 0)
  })
})

describe('uplink: several addresses', () => {
  const signal = new AbortController().signal
  const urls = (...doubles: CloudDouble[]) => doubles.map(({ url }) => url)

  const faults: [name: string, behave: Behave][] = [
    ['breaks', drop],
    ['does not answer', hang],
    ['has an error', answer(502)],
  ]
  for (const [name, behave] of faults) {
    it(`when one ${name}, the next is asked at once and stays`, async (t) => {
      const first = (await CloudDouble.start(t)).always(behave)
      const second = await CloudDouble.start(t)
      const url = urls(first, second)
      const { spool, uplink, logged } = await startUplink(t, { url, envKey: 'k', timeoutMs: 300 })
      for (const seq of [1, 2, 3]) await spool.append(batch(seq))
      await second.requests(3)
      await uplink.drained()
      assert.deepEqual([seqs(first), seqs(second)], [[1], [1, 2, 3]])
      assert.deepEqual(logged, [])
    })
  }

  it('a definite answer is one, wherever it comes from', async (t) => {
    const [first, second] = [await CloudDouble.start(t), await CloudDouble.start(t)]
    const client = new CloudClient({ url: urls(first, second), envKey: 'k' })
    t.after(() => client.close())
    for (const status of [400, 401, 404, 429]) {
      first.next(answer(status))
      const said = await client.post(Buffer.from('x'), signal)
      assert.ok(said.kind === 'answered' && said.status === status)
    }
    assert.equal(second.received.length, 0)
  })

  it('each has its own Retry-After; when all wait, nobody is asked until the first is over', async (t) => {
    const clock = new FakeClock(1e12)
    const first = (await CloudDouble.start(t)).next(answer(503, { 'retry-after': '70' }))
    const second = (await CloudDouble.start(t)).next(answer(503, { 'retry-after': '20' }))
    const client = new CloudClient({ url: urls(first, second), envKey: 'k', clock })
    t.after(() => client.close())
    const post = () => client.post(Buffer.from('x'), signal)
    const { at: _, ...all } = { at: '', ...(await post()) }
    assert.deepEqual(all, {
      ...{ kind: 'answered', status: 503, confirmed: false, retryAfterMs: 20_000 },
    })
    clock.advance(5_000)
    assert.deepEqual(await post(), { kind: 'answered', status: 503, retryAfterMs: 15_000 })
    assert.deepEqual([first.received.length, second.received.length], [1, 1])
    clock.advance(15_000)
    assert.ok((await post()).kind === 'answered')
    assert.deepEqual([first.received.length, second.received.length], [1, 2])
  })

  it('all of them away: one trouble, one line', async (t) => {
    const doubles = [
      (await CloudDouble.start(t)).always(drop),
      (await CloudDouble.start(t)).always(drop),
    ]
    const { spool, uplink, clock, logged } = await startUplink(t, {
      url: urls(...doubles),
      envKey: 'k',
    })
    await spool.append(batch(1))
    for (const _ of [1, 2, 3]) await clock.pass()
    assert.equal(uplink.trouble, 'unreachable')
    assert.equal(logged.length, 1)
  })
})

describe('uplink: an HTTP proxy', () => {
  const TLS = 'test/fixtures/tls'
  const caFile = `${TLS}/ca.pem`
  const tls = () => ({
    key: readFileSync(`${TLS}/server.key`),
    cert: readFileSync(`${TLS}/server.pem`),
  })
  const portOf = ({ url }: CloudDouble) => Number(new URL(url).port)

  it('carries TLS that is verified to its end, with user and password', async (t) => {
    const double = await CloudDouble.start(t, tls())
    const proxy = await ProxyDouble.start(t, portOf(double))
    proxy.wants = 'me:s@cret'
    const httpProxy = `http://me:s%40cret@${proxy.host}`
    const rig = await startUplink(t, { url: 'https://localhost', envKey: 'k', caFile, httpProxy })
    for (const seq of [1, 2]) await rig.spool.append(batch(seq))
    await double.requests(2)
    await rig.uplink.drained()
    assert.deepEqual(new Set(proxy.asked), new Set(['localhost:443']))
    assert.deepEqual(seqs(double), [1, 2])
  })

  it('forwards plain http', async (t) => {
    const double = await CloudDouble.start(t)
    const proxy = await ProxyDouble.start(t, portOf(double))
    const httpProxy = `http://${proxy.host}`
    const rig = await startUplink(t, { url: 'http://127.0.0.1:9/alarm', envKey: 'k', httpProxy })
    await rig.spool.append(batch(1))
    await double.requests(1)
    assert.deepEqual(proxy.asked, ['http://127.0.0.1:9/alarm/api/v1/batches'])
  })

  const faults: [name: string, prepare: (proxy: ProxyDouble) => void, url: string, said: RegExp][] =
    [
      [
        'another password',
        (proxy) => {
          proxy.wants = 'me:other'
        },
        'https://localhost',
        /wants another user and password \(407\): check http_proxy/,
      ],
      [
        'another password, for plain http',
        (proxy) => {
          proxy.wants = 'me:other'
        },
        'http://localhost',
        /wants another user and password \(407\): check http_proxy/,
      ],
      [
        'a place it leads nobody to',
        (proxy) => {
          proxy.refuses = 403
        },
        'https://localhost',
        /did not connect to the cloud \(403\)/,
      ],
      [
        'a certificate of another host',
        () => {},
        'https://alarm.example.com',
        /is for another host/,
      ],
    ]
  for (const [name, prepare, url, said] of faults) {
    it(`says what is wrong: ${name}; never the password`, async (t) => {
      const double = await CloudDouble.start(t, tls())
      const proxy = await ProxyDouble.start(t, portOf(double))
      prepare(proxy)
      const httpProxy = `http://me:s%40cret@${proxy.host}`
      const rig = await startUplink(t, { url, envKey: 'k', caFile, httpProxy })
      await rig.spool.append(batch(1))
      for (const _ of [1, 2]) await rig.clock.pass()
      assert.equal(rig.uplink.trouble, 'unreachable')
      assert.match(rig.logged[0] ?? '', said)
      assert.match(rig.logged[0] ?? '', new RegExp(`proxy ${proxy.host}`))
      assert.doesNotMatch(rig.logged.join(''), /s@cret|s%40cret|czBjcmV0|Basic/)
      assert.equal(double.received.length, 0)
    })
  }

  it('that is not there is named', async (t) => {
    const httpProxy = 'http://me:secret@127.0.0.1:1'
    const rig = await startUplink(t, { url: 'https://localhost', envKey: 'k', httpProxy })
    await rig.spool.append(batch(1))
    for (const _ of [1, 2]) await rig.clock.pass()
    assert.match(rig.logged[0] ?? '', /by proxy 127\.0\.0\.1:1: ECONNREFUSED/)
    assert.doesNotMatch(rig.logged.join(''), /secret/)
  })

  for (const httpProxy of [
    '10.0.0.1:3128',
    'https://me:secret@h:1',
    'http://me:%zz-secret@h:1',
    'http://me:secret@h/x',
    'socks5://h:1',
  ]) {
    it(`${httpProxy} is refused, without saying it`, () => {
      assert.throws(() => new CloudClient({ url: 'https://x', envKey: 'k', httpProxy }), {
        reason: 'bad-proxy',
        message: /^http_proxy is no http:\/\/\[user:password@\]host:port((?!secret).)*$/,
      })
    })
  }
})

describe('uplink: transport', () => {
  const TLS = 'test/fixtures/tls'
  const certificate = () => ({
    key: readFileSync(`${TLS}/server.key`),
    cert: readFileSync(`${TLS}/server.pem`),
  })

  it('trusts what ca_file signs', async (t) => {
    const double = await CloudDouble.start(t, certificate())
    const { spool } = await startUplink(t, { ...key(double), caFile: `${TLS}/ca.pem` })
    await spool.append(batch(1))
    await double.requests(1)
  })

  it('sends nothing, not even the key, to who it does not trust', async (t) => {
    const double = await CloudDouble.start(t, certificate())
    const { spool, clock, uplink, logged } = await startUplink(t, key(double))
    await spool.append(batch(1))
    for (const _ of [1, 2]) await clock.pass()
    assert.equal(uplink.trouble, 'unreachable')
    assert.match(logged.join(''), /UNABLE_TO_VERIFY_LEAF_SIGNATURE|SELF_SIGNED/)
    assert.equal(double.received.length, 0)
  })

  const addresses: [url: string, allowInsecure: boolean, fault: RegExp | undefined][] = [
    ['https://alarm.example.com', false, undefined],
    ['http://127.0.0.1:8080', false, undefined],
    ['http://127.9.9.9:8080', false, undefined],
    ['http://[::1]:8080', false, undefined],
    ['http://localhost:8080', false, undefined],
    ['http://10.0.0.1:8080', false, /would send env_key in plain text/],
    ['http://127.0.0.1.example.com', false, /would send env_key in plain text/],
    ['http://10.0.0.1:8080', true, undefined],
    ['alarm.example.com', false, /is no https address/],
    ['ftp://alarm.example.com', true, /is no https address/],
  ]
  for (const [url, allowInsecure, fault] of addresses) {
    it(`${url}${allowInsecure ? ' with allow_insecure' : ''}: ${fault ? 'refused' : 'fine'}`, async () => {
      const make = () => new CloudClient({ url, envKey: 'k', allowInsecure })
      if (fault) assert.throws(make, { name: 'CloudFailure', message: fault })
      else await make().close()
    })
  }

  for (const caFile of ['/nowhere/ca.pem', 'package.json']) {
    it(`ca_file ${caFile} is refused in one line`, () => {
      const make = () => new CloudClient({ url: 'https://x', envKey: 'k', caFile })
      assert.throws(make, { reason: 'bad-ca-file', message: /^ca_file [^\n]*$/ })
    })
  }
})
