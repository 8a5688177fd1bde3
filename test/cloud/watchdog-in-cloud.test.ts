/** The watchdog of a real cloud: its alarms, each in its environment, and its heartbeat to somebody else. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { type Alarm, Console } from '../../scripts/demo/console.ts'
import { type Cloud, startCloud } from '../../src/cloud/cloud.ts'
import { parseCloudConfig } from '../../src/cloud/config.ts'
import { silentLog } from '../../src/support/log.ts'
import { BATCH_MEDIA_TYPE, BATCH_PATH, encodeBatch } from '../../src/wire/index.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { batch, stat, window } from './series/fixture.ts'

const T0 = Date.UTC(2026, 10, 21, 2)
const MINUTE_MS = 60_000

describe('the watchdog of a real cloud', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tars-alarm-watchdog-'))
  const clock = new FakeClock(T0)
  const posted: string[] = []
  const peer = createServer((request, response) => {
    request.resume().on('end', () => response.end('OK'))
    posted.push(`${request.method} ${request.url}`)
  })
  let cloud: Cloud
  let console: Console
  const environments: { readonly id: string; readonly envKey: string }[] = []

  before(async () => {
    peer.listen(0, '127.0.0.1')
    await once(peer, 'listening')
    const { port } = peer.address() as AddressInfo
    writeFileSync(join(folder, 'rules.yaml'), 'groups: []\n')
    const text = [
      ...['listen: 127.0.0.1:0', `data: ${folder}/data`, `rules: [${folder}/rules.yaml]`],
      `heartbeat: { url: 'http://127.0.0.1:${port}/ping' }`,
    ]
    const config = parseCloudConfig(text.join('\n'), 'cloud.yaml')
    cloud = await startCloud({ config, clock, log: silentLog })
    console = new Console(cloud.url)
    await console.login('admin', cloud.firstPassword ?? '')
    for (const name of ['ours', 'quiet', 'theirs']) {
      environments.push(await console.createEnvironment(name))
    }
  })
  after(async () => {
    await cloud.stop()
    peer.closeAllConnections()
    peer.close()
    rmSync(folder, { recursive: true, force: true })
  })

  async function post(environment: number, minute: number): Promise<void> {
    const windows = [window({ endMs: T0 + minute * MINUTE_MS, stats: [stat({}, {})] })]
    const { ok } = await fetch(`${cloud.url}${BATCH_PATH}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${environments[environment]?.envKey}`,
        'content-type': BATCH_MEDIA_TYPE,
      },
      body: new Uint8Array(encodeBatch(batch({ seq: minute + 1 }, windows))),
    })
    assert.ok(ok)
  }

  /** Data of one environment come for a minute only, those of another each minute. */
  async function until(first: number, last: number): Promise<void> {
    for (let minute = first; minute <= last; minute++) {
      clock.moveTo(T0 + minute * MINUTE_MS)
      if (minute <= 1) await post(0, minute)
      await post(2, minute)
      await cloud.idle()
    }
  }

  /** `NobodyTold App?` has its hour. */
  async function watched(environment: number): Promise<string[]> {
    const alarms = await console.alarms(environments[environment]?.id ?? '')
    const ours = alarms.filter(({ labels }) => labels.watchdog)
    const nameOf = ({ rule, labels: { app }, firedAtMs }: Alarm) =>
      [rule, app].filter(Boolean).join(' ') + (firedAtMs === undefined ? '?' : '')
    return ours.map(nameOf).sort()
  }

  it('tells of what is wrong where it is, and nowhere else', async () => {
    const contact = { name: 'ops', email: 'ops@example.com', language: 'en', timeZone: 'UTC' }
    await console.addContact(environments[2]?.id ?? '', contact)
    await until(0, 14)
    assert.deepEqual(await watched(0), ['NobodyTold App?'])
    await until(15, 17)
    assert.deepEqual(await watched(0), ['DataMissing', 'NobodyTold App?'])
    assert.deepEqual(await watched(1), [])
    // What tells of the agent that comes so seldom waits for a mail server.
    assert.deepEqual(await watched(2), ['DeliveriesFailing'])
  })

  it('posts a heartbeat each minute', () => {
    assert.deepEqual([...new Set(posted)], ['POST /ping'])
    assert.ok(posted.length >= 15 && posted.length <= 18, `${posted.length} in 17 min`)
  })
})
