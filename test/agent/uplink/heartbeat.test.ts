import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { pino } from 'pino'
import { CloudClient, type HeartbeatReply } from '../../../src/agent/uplink/cloud-client.ts'
import { Heartbeat, type HeartbeatClient } from '../../../src/agent/uplink/heartbeat.ts'
import type { Heartbeat as Body, HeartbeatAnswer } from '../../../src/wire/index.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { answer, CloudDouble } from '../support/cloud-double.ts'

const BODY: Body = {
  ...{ agent: 'a'.repeat(32), epoch: 'e'.repeat(16), host: 'node-a', version: '1.0.0' },
  ...{
    startedAt: 1,
    sentAt: 2,
    polls: true,
    feeds: [],
    lagMs: 0,
    queuedBytes: 0,
    queuedBatches: 0,
  },
  ...{
    dropped: 0,
    folded: 0,
    cpu: 0.01,
    rssBytes: 5e7,
    skewMs: null,
    trouble: '',
    batchVersion: 2,
  },
}

const NOW = 1_000_000

const ANSWER: HeartbeatAnswer = {
  ...{ serverTimeMs: NOW, framework: 'TARSFramework', lease: null, batchVersions: [2] },
}

/** A cloud that answers as told, so long after it was asked. */
class Cloud implements HeartbeatClient {
  readonly clock = new FakeClock(NOW)
  readonly logged: string[] = []
  readonly asked: Body[] = []
  tookMs = 0
  reply: () => Promise<HeartbeatReply> = async () => ({ kind: 'failed', why: 'nobody there' })
  readonly pulse = new Heartbeat({
    client: () => this,
    clock: this.clock,
    log: pino({ base: null, timestamp: false }, { write: (line) => this.logged.push(line) }),
    body: () => BODY,
  })

  async heartbeat(body: Body): Promise<HeartbeatReply> {
    this.asked.push(body)
    this.clock.advance(this.tookMs)
    return this.reply()
  }

  says(more: Partial<HeartbeatAnswer>): void {
    this.reply = async () => {
      const serverTimeMs = this.clock.now()
      return { kind: 'answered', answer: { ...ANSWER, serverTimeMs, ...more } }
    }
  }

  fails(): void {
    this.reply = async () => ({ kind: 'failed', why: 'nobody there' })
  }

  /** The next beat, with all that comes of it. */
  async beat(): Promise<void> {
    if (this.asked.length === 0) this.pulse.start()
    else this.clock.advance(10_000)
    for (let step = 0; step < 20; step++) await null
  }
}

describe('heartbeat', () => {
  it('comes at once, then every 10 s, and stops', async () => {
    const cloud = new Cloud()
    await cloud.beat()
    for (const count of [2, 3]) {
      cloud.clock.advance(9_999)
      assert.equal(cloud.asked.length, count - 1)
      cloud.clock.advance(1)
      for (let step = 0; step < 20; step++) await null
      assert.equal(cloud.asked.length, count)
    }
    await cloud.pulse.stop()
    cloud.clock.advance(60_000)
    assert.equal(cloud.asked.length, 3)
  })

  it('waits for the answer to the one before', async () => {
    const cloud = new Cloud()
    const { promise, resolve } = Promise.withResolvers<HeartbeatReply>()
    cloud.reply = () => promise
    await cloud.beat()
    await cloud.beat()
    assert.equal(cloud.asked.length, 1)
    resolve({ kind: 'failed', why: 'late' })
    await cloud.beat()
    assert.equal(cloud.asked.length, 1)
    await cloud.beat()
    assert.equal(cloud.asked.length, 2)
  })

  it('holds a lease as long as it was granted, from when it asked', async () => {
    const cloud = new Cloud()
    cloud.tookMs = 1_500
    cloud.says({ lease: { term: 7, ttlMs: 5_000 } })
    await cloud.beat()
    const lease = () => cloud.pulse.lease(cloud.clock.now())
    assert.equal(lease(), 7)
    cloud.clock.moveTo(NOW + 4_999)
    assert.equal(lease(), 7)
    cloud.clock.moveTo(NOW + 5_000)
    assert.equal(lease(), undefined)
  })

  it('gives a lease back when the cloud says so, keeps it when the cloud says nothing', async () => {
    const cloud = new Cloud()
    cloud.says({ lease: { term: 7, ttlMs: 30_000 } })
    await cloud.beat()
    cloud.fails()
    await cloud.beat()
    assert.equal(cloud.pulse.lease(cloud.clock.now()), 7)
    cloud.says({ lease: null })
    await cloud.beat()
    assert.equal(cloud.pulse.lease(cloud.clock.now()), undefined)
  })

  it('an answer that comes after the lease has ended grants none', async () => {
    const cloud = new Cloud()
    cloud.tookMs = 6_000
    cloud.says({ lease: { term: 7, ttlMs: 5_000 } })
    await cloud.beat()
    assert.equal(cloud.pulse.lease(NOW), undefined)
  })

  it('a clock set back does not lengthen a lease', async () => {
    const cloud = new Cloud()
    cloud.says({ lease: { term: 7, ttlMs: 5_000 } })
    await cloud.beat()
    assert.equal(cloud.pulse.lease(NOW - 1), undefined)
    await cloud.pulse.stop()
    assert.equal(cloud.pulse.lease(NOW), undefined)
  })

  it('measures the skew, and puts the clock right with the first answer', async () => {
    const cloud = new Cloud()
    const beats: [skewMs: number | undefined, correctionMs: number][] = []
    for (const _ of [1, 2, 3]) {
      const at = cloud.clock.now() + (cloud.asked.length === 0 ? 0 : 10_000)
      cloud.says({ serverTimeMs: at + 5_000, framework: 'K8SFramework' })
      await cloud.beat()
      beats.push([cloud.pulse.skewMs, cloud.pulse.correctionMs])
    }
    assert.deepEqual(beats, [
      [-5_000, 5_000],
      [-5_000, 5_000],
      [-5_000, 5_000],
    ])
    assert.equal(cloud.pulse.framework, 'K8SFramework')
    assert.equal(cloud.logged.length, 1)
    assert.match(cloud.logged[0] ?? '', /"correctionMs":5000.*clock of this machine is wrong/)
  })

  it('says once that nobody answers, and once that somebody does', async () => {
    const cloud = new Cloud()
    for (const _ of [1, 2, 3]) await cloud.beat()
    cloud.says({})
    for (const _ of [1, 2, 3]) await cloud.beat()
    assert.equal(cloud.logged.length, 2)
    assert.match(cloud.logged[0] ?? '', /nobody there/)
    assert.match(cloud.logged[1] ?? '', /answers again/)
    assert.deepEqual(cloud.pulse.counts, { sent: 6, failed: 3 })
  })

  it('survives whatever goes wrong on our side', async () => {
    const cloud = new Cloud()
    cloud.reply = () => Promise.reject(new Error('a bug'))
    await cloud.beat()
    assert.match(cloud.logged[0] ?? '', /a bug/)
    cloud.says({})
    await cloud.beat()
    assert.equal(cloud.pulse.framework, 'TARSFramework')
  })
})

describe('heartbeat over HTTP', () => {
  const signal = new AbortController().signal

  it('is JSON with the key; the answer is checked', async (t) => {
    const double = await CloudDouble.start(t)
    const answers = [ANSWER, { ...ANSWER, framework: 'else' }].map((each) => JSON.stringify(each))
    double.beat = (response, request) => {
      const next = answers.shift()
      if (next === undefined) answer(404)(response, request)
      else response.end(next)
    }
    const client = new CloudClient({ url: double.url, envKey: 'the-key' })
    t.after(() => client.close())
    assert.deepEqual(await client.heartbeat(BODY, signal), { kind: 'answered', answer: ANSWER })
    const { path, contentType, authorization, bytes } = double.heartbeats[0] ?? assert.fail()
    assert.deepEqual(
      [path, contentType, authorization],
      ['/api/v1/heartbeat', 'application/json', 'Bearer the-key'],
    )
    assert.deepEqual(JSON.parse(bytes.toString()), BODY)
    assert.deepEqual(await client.heartbeat(BODY, signal), { kind: 'failed', why: 'status 200' })
    assert.deepEqual(await client.heartbeat(BODY, signal), { kind: 'failed', why: 'status 404' })
  })
})
