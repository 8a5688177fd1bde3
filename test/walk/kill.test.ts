/**
 * The cloud is killed (SIGKILL) at random moments of the walk, over and over, while an agent's batches
 * come in: every acknowledged batch is applied once, every due mail is sent. A mail may come twice only
 * where the process died between the final dot and the stored answer; then with the same Message-ID.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import PostalMime from 'postal-mime'
import { SMTPServer } from 'smtp-server'
import { Console } from '../../scripts/demo/console.ts'
import { freePorts, type Started, startProcess, stopAll } from '../../scripts/demo/processes.ts'
import { SeriesStore } from '../../src/cloud/series/series-store.ts'
import { evaluateInstant, parse } from '../../src/promql/index.ts'
import { systemClock } from '../../src/support/clock.ts'
import { silentLog } from '../../src/support/log.ts'
import { BATCH_MEDIA_TYPE, BATCH_PATH, type Batch, encodeBatch } from '../../src/wire/index.ts'

const CLI = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
const BATCHES = 40
const KILLS = 10
/** Twice what a life must do on average. */
const MOST_IN_A_LIFE = (2 * BATCHES) / KILLS
const WINDOW_MS = 10_000
/** Data time is long past: evaluation follows the data, not the clock. */
const FIRST_END = Math.floor(Date.now() / WINDOW_MS) * WINDOW_MS - BATCHES * WINDOW_MS

const folder = mkdtempSync(join(tmpdir(), 'tars-alarm-kill-'))
/** Subject → Message-IDs, one for each time it arrived. */
const mails = new Map<string, string[]>()
let smtp: SMTPServer
let environment = ''
let kills = 0
let taken = 0

describe('a cloud that is killed at random', { timeout: 600_000 }, () => {
  before(async () => {
    smtp = await openSmtp()
    await runUnderFire()
  })

  after(async () => {
    await new Promise<void>((resolve) => smtp.close(() => resolve()))
    rmSync(folder, { recursive: true, force: true })
  })

  it(`was killed at least ${KILLS} times`, () => assert.ok(kills >= KILLS, `${kills} kills`))

  it('applied every acknowledged batch exactly once', async () => {
    const series = await SeriesStore.open({
      folder: join(folder, 'data/series'),
      clock: systemClock,
      log: silentLog,
    })
    const lastEnd = FIRST_END + (BATCHES - 1) * WINDOW_MS
    const count = async (expression: string) => {
      const result = await evaluateInstant(parse(expression), lastEnd, series.source(environment))
      return result.type === 'vector' ? result.samples.map(({ value }) => value) : []
    }
    assert.deepEqual(await count('sum(sum_over_time(tars_calls[1h]))'), [BATCHES])
    assert.deepEqual(await count('count(sum_over_time(tars_notify_events[1h]) == 1)'), [BATCHES])
    await series.close()
  })

  it('sent every due mail, a repeat only with the same Message-ID', () => {
    let repeats = 0
    for (let number = 1; number <= BATCHES; number++) {
      const subject = [...mails.keys()].find((each) =>
        each.includes(`KillApp.${serverOf(number)}-`),
      )
      const ids = mails.get(subject ?? '') ?? []
      assert.ok(ids.length > 0, `no mail of ${serverOf(number)}`)
      assert.equal(new Set(ids).size, 1, `${serverOf(number)}: several Message-IDs`)
      repeats += ids.length - 1
    }
    assert.ok(repeats <= kills * 4, `${repeats} repeats of ${kills} kills`)
    console.log(`${kills} kills, ${BATCHES} batches, ${mails.size} mails, ${repeats} repeats`)
  })
})

async function runUnderFire(): Promise<void> {
  const [port = 0] = await freePorts(1)
  const url = `http://127.0.0.1:${port}`
  const config = join(folder, 'cloud.yaml')
  const { port: smtpPort } = smtp.server.address() as AddressInfo
  writeFileSync(
    config,
    `listen: 127.0.0.1:${port}\ndata: data\nlog_level: error\nmail: { host: 127.0.0.1, port: ${smtpPort}, tls: none, from: alarm@example.com }\n`,
  )
  let password = ''
  const onLine = (line: string) => {
    password ||= /password:\s*(\S+)/.exec(line)?.[1] ?? ''
  }
  const start = () => startProcess('cloud', CLI, { args: ['cloud', '--config', config], onLine })
  let cloud = await start()
  const envKey = await setUp(url, password)
  const shooting = (async () => {
    while (taken < BATCHES || kills < KILLS) {
      // By batches taken and mails sent, not by time: on a busy machine a life of some ms would do nothing.
      const done = () => taken + mails.size
      const until = Math.min(done() + Math.random() * 2 * MOST_IN_A_LIFE, 2 * due())
      while (done() < until) await passed(2)
      await passed(Math.random() * 60)
      await kill(cloud)
      cloud = await start()
    }
  })()
  for (; taken < BATCHES; taken++) {
    // Some for each life, so that every kill meets some of them somewhere on the walk.
    while (taken >= due()) await passed(2)
    await postUntilTaken(url, envKey, batchOf(taken + 1))
  }
  await shooting
  await mailsOfAll()
  await stopAll([cloud], 5_000)
}

/** So many batches may come until the next kill. */
function due(): number {
  return Math.min(MOST_IN_A_LIFE * (kills + 1), BATCHES)
}

async function setUp(url: string, password: string): Promise<string> {
  const console = new Console(url)
  await console.login('admin', password)
  const card = await console.createEnvironment('kill')
  environment = card.id
  const contact = { name: 'on call', email: 'oncall@example.com', language: 'en' }
  await console.addContact(environment, { ...contact, timeZone: 'Asia/Shanghai' })
  return card.envKey
}

async function kill({ child }: Started): Promise<void> {
  child.kill('SIGKILL')
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  kills++
}

async function postUntilTaken(url: string, envKey: string, batch: Batch): Promise<void> {
  const body = new Uint8Array(encodeBatch(batch))
  const headers = { 'Content-Type': BATCH_MEDIA_TYPE, Authorization: `Bearer ${envKey}` }
  for (;;) {
    const status = await fetch(url + BATCH_PATH, { method: 'POST', headers, body }).then(
      async (response) => {
        await response.arrayBuffer()
        return response.status
      },
      () => 0,
    )
    if (status === 200) return
    assert.ok(status === 0 || status >= 500, `answered with ${status}`)
    await passed(20)
  }
}

async function mailsOfAll(): Promise<void> {
  while (mails.size < BATCHES) await passed(50)
}

function serverOf(number: number): string {
  return `S${String(number).padStart(3, '0')}`
}

/** A window with one call, and one error notify of a server of its own. */
function batchOf(seq: number): Batch {
  const endMs = FIRST_END + (seq - 1) * WINDOW_MS
  const stat = {
    key: {
      callee: 'KillApp.Callee',
      interface: 'call',
      caller: 'KillApp.Caller',
      calleeIp: '127.0.0.1',
      calleePort: 1,
      callerIp: '127.0.0.1',
      returnCode: 0,
      set: '',
      version: '',
      side: 'client',
      spanMs: WINDOW_MS,
    },
    values: {
      calls: 1,
      timeouts: 0,
      exceptions: 0,
      durationSumMs: 1,
      durationMaxMs: 1,
      buckets: [1, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    },
  } as const
  const event = {
    at: endMs - 5_000,
    module: `KillApp.${serverOf(seq)}`,
    level: 'error',
    kind: 'business',
    node: '127.0.0.1',
    set: '',
    title: 'trouble',
    text: 'trouble',
  } as const
  return {
    id: { agent: 'a'.repeat(32), epoch: 'e'.repeat(16), seq },
    agent: { host: 'kill', version: '0', startedAt: FIRST_END },
    madeAt: endMs,
    windows: [{ endMs, lengthMs: WINDOW_MS, stats: [stat], properties: [] }],
    events: [event],
    unknown: [],
  }
}

async function openSmtp(): Promise<SMTPServer> {
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    disableReverseLookup: true,
    onData(stream, _session, done) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      // The cloud was killed within the message.
      stream.on('error', () => {})
      stream.on('end', async () => {
        const { subject = '', messageId = '' } = await PostalMime.parse(Buffer.concat(chunks))
        mails.set(subject, [...(mails.get(subject) ?? []), messageId])
        // Longer between the final dot and the answer: some kills fall there.
        setTimeout(done, Math.random() * 60)
      })
    },
  })
  // A peer that dies in mid-dialogue is what this test is about.
  server.on('error', () => {})
  server.listen(0, '127.0.0.1')
  await once(server.server, 'listening')
  return server
}

function passed(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
