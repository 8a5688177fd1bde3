/** The cloud is killed (SIGKILL) while an alarm waits for its cause: it is told all the same, and in time. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import PostalMime from 'postal-mime'
import { SMTPServer } from 'smtp-server'
import { Console } from '../../scripts/demo/console.ts'
import {
  freePorts,
  type Started,
  startProcess,
  steer,
  stopAll,
} from '../../scripts/demo/processes.ts'
import type { ClockPlan } from '../../src/support/clock.ts'
import { BATCH_MEDIA_TYPE, BATCH_PATH, type Batch, encodeBatch } from '../../src/wire/index.ts'

const CLI = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
const WINDOW_MS = 10_000
const MINUTE_MS = 60_000
const T = 1_790_000_040_000

const RULES = `
groups:
  - name: calls
    interval: 10s
    rules:
      - alert: FailureRatio
        expr: sum by (callee) (sum_over_time(tars_exceptions{side="client"}[1m])) > 5
        labels: {severity: ERROR}
`

/** Web calls A, which calls D, all once a minute; A has told nothing since calls to it fail. */
const FEEDS: readonly (readonly [number, ...Parameters<typeof call>[]])[] = [
  [T - MINUTE_MS, ['App.Web', 'App.A', 0], ['App.A', 'App.D', 0]],
  ...[50, 40, 30, 20, 10].map((s) => [T - s * 1000] as const),
  [T, ['App.Web', 'App.A', 50]],
]

describe('a cloud that is killed while an alarm waits for its cause', { timeout: 600_000 }, () => {
  it('tells of it when that time is over', async () => {
    const scene = await raise()
    try {
      const { console, environment, start, mails } = scene
      for (const [seq, [endMs, ...calls]] of FEEDS.entries()) {
        await scene.post(batchOf(seq + 1, endMs, calls))
      }
      const alarm = await until(async () => (await console.alarms(environment))[0]?.id)
      const waitsUntil = (await console.waitsUntil(environment, alarm)) ?? Number.NaN
      assert.equal(waitsUntil, T + 1000 + MINUTE_MS + WINDOW_MS)
      await scene.kill()
      await start()
      assert.equal(await console.waitsUntil(environment, alarm), waitsUntil)
      assert.deepEqual(await console.deliveries(environment, alarm), [])
      scene.goOn(waitsUntil - 100)
      // That the agent is silent is told, too.
      const told = () => mails.filter((subject) => subject.includes('App.A-'))
      await until(async () => told()[0])
      const sent = await until(async () => {
        const [delivery] = await console.deliveries(environment, alarm)
        return delivery?.sentAtMs
      })
      assert.ok(sent >= waitsUntil && sent < waitsUntil + MINUTE_MS, `${sent - waitsUntil} ms late`)
      assert.equal(told().length, 1)
      assert.equal(await console.waitsUntil(environment, alarm), undefined)
    } finally {
      await scene.clear()
    }
  })
})

/** A cloud on a clock that stands still, a second after the data. */
async function raise() {
  const folder = mkdtempSync(join(tmpdir(), 'tars-alarm-held-'))
  const mails: string[] = []
  const smtp = await openSmtp(mails)
  const [port = 0] = await freePorts(1)
  const url = `http://127.0.0.1:${port}`
  const held: ClockPlan = { realMs: Date.now(), shownMs: T + 1000, speed: 0 }
  const config = join(folder, 'cloud.yaml')
  const { port: smtpPort } = smtp.server.address() as AddressInfo
  const mail = `{ host: 127.0.0.1, port: ${smtpPort}, tls: none, from: alarm@example.com }`
  writeFileSync(join(folder, 'rules.yaml'), RULES)
  writeFileSync(
    config,
    `listen: 127.0.0.1:${port}\ndata: data\nrules: [rules.yaml]\nroot_cause: on\nlog_level: error\nmail: ${mail}\n`,
  )
  let password = ''
  const onLine = (line: string) => {
    password ||= /password:\s*(\S+)/.exec(line)?.[1] ?? ''
  }
  const args = ['cloud', '--config', config, '--clock', JSON.stringify(held)]
  let cloud: Started
  const start = async () => {
    cloud = await startProcess('cloud', CLI, { args, onLine })
  }
  const kill = async () => {
    const ended = once(cloud.child, 'exit')
    cloud.child.kill('SIGKILL')
    await ended
  }
  await start()
  const console = new Console(url)
  await console.login('admin', password)
  const { id: environment, envKey } = await console.createEnvironment('held')
  const contact = { name: 'on call', email: 'oncall@example.com', language: 'en' }
  await console.addContact(environment, { ...contact, timeZone: 'Asia/Shanghai' })
  const post = async (batch: Batch) => {
    const headers = { 'Content-Type': BATCH_MEDIA_TYPE, Authorization: `Bearer ${envKey}` }
    const body = new Uint8Array(encodeBatch(batch))
    const response = await fetch(url + BATCH_PATH, { method: 'POST', headers, body })
    assert.equal(response.status, 200, await response.text())
  }
  const goOn = (shownMs: number) => steer([cloud], { realMs: Date.now(), shownMs, speed: 1 })
  const clear = async () => {
    await stopAll([cloud], 5000)
    await new Promise<void>((resolve) => smtp.close(() => resolve()))
    rmSync(folder, { recursive: true, force: true })
  }
  return { console, environment, mails, start, kill, post, goOn, clear }
}

function call(caller: string, callee: string, exceptions: number) {
  const buckets = [100 - exceptions, 0, 0, 0, 0, 0, 0, 0, 0, 0]
  return {
    key: {
      ...{ callee, interface: 'call', caller, calleeIp: '10.0.0.1', calleePort: 1 },
      ...{ callerIp: '10.0.0.2', returnCode: 0, set: '', version: '' },
      side: 'client',
      spanMs: MINUTE_MS,
    },
    values: { calls: 100, timeouts: 0, exceptions, durationSumMs: 100, durationMaxMs: 1, buckets },
  } as const
}

function batchOf(seq: number, endMs: number, calls: readonly Parameters<typeof call>[]): Batch {
  const stats = calls.map((each) => call(...each))
  return {
    id: { agent: 'a'.repeat(32), epoch: 'e'.repeat(16), seq },
    agent: { host: 'held', version: '0', startedAt: T - MINUTE_MS },
    madeAt: endMs,
    windows: [{ endMs, lengthMs: WINDOW_MS, stats, properties: [] }],
    events: [],
    unknown: [],
  }
}

async function openSmtp(mails: string[]): Promise<SMTPServer> {
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    disableReverseLookup: true,
    onData(stream, _session, done) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', async () => {
        mails.push((await PostalMime.parse(Buffer.concat(chunks))).subject ?? '')
        done()
      })
    },
  })
  server.listen(0, '127.0.0.1')
  await once(server.server, 'listening')
  return server
}

/** What `read` gives as soon as it gives something. */
async function until<T>(read: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await read()
    if (found !== undefined) return found
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
