/** The cloud as a whole: its start, its end, and what it does not leave behind. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { type Cloud, startCloud } from '../../src/cloud/cloud.ts'
import { parseCloudConfig } from '../../src/cloud/config.ts'
import type { StatRow } from '../../src/model/stat.ts'
import { systemClock } from '../../src/support/clock.ts'
import { silentLog } from '../../src/support/log.ts'
import { BATCH_MEDIA_TYPE, BATCH_PATH, encodeBatch } from '../../src/wire/index.ts'
import { CHEAP } from '../support/cheap-password.ts'
import { stat } from './series/fixture.ts'

const root = mkdtempSync(join(tmpdir(), 'tars-alarm-cloud-'))
after(() => rmSync(root, { recursive: true, force: true }))
let folders = 0
const newFolder = () => join(root, String(folders++))

function start(data: string, port = 0): Promise<Cloud> {
  const config = parseCloudConfig(`listen: 127.0.0.1:${port}\ndata: ${data}\n`, 'cloud.yaml')
  return startCloud({ config, clock: systemClock, log: silentLog, passwordCost: CHEAP })
}

describe('a start of the cloud', () => {
  it('that found its port taken leaves the first password to the next start', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const data = newFolder()
    await assert.rejects(start(data, (taken.address() as AddressInfo).port), /is taken/)
    taken.close()
    const cloud = await start(data)
    assert.match(cloud.firstPassword ?? 'none', /^\w{16}$/)
    await cloud.stop()
  })

  it('is refused on a data folder that another cloud uses, and not when that one has ended', async () => {
    const data = newFolder()
    const first = await start(data)
    await assert.rejects(start(data), { reason: 'busy', message: /held by another process/ })
    assert.deepEqual(await first.stop(), [])
    await (await start(data)).stop()
  })
})

describe('a stop of the cloud', () => {
  it('does not wait for a request that never ends', async () => {
    const cloud = await start(newFolder())
    const socket = connect(Number(new URL(cloud.url).port), '127.0.0.1')
    socket.on('error', () => {})
    const head = 'POST /api/v1/login HTTP/1.1\r\nHost: a\r\nX-Requested-With: tars-alarm\r\n'
    socket.write(
      `${head}Expect: 100-continue\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{`,
    )
    // The answer to `Expect` says that the request has begun.
    await once(socket, 'data')
    const closed = once(socket, 'close')
    assert.deepEqual(await cloud.stop(), [])
    await closed
  })
})

describe('a removed environment', () => {
  it('does not come back by a batch that was on its way', async () => {
    const data = newFolder()
    const cloud = await start(data)
    const call = await loggedIn(cloud)
    const created = await call('POST', '/environments', {
      name: 'Gone',
      framework: 'TARSFramework',
    })
    const { id, envKey } = created.environment
    const body = batchBytes()
    const socket = connect(Number(new URL(cloud.url).port), '127.0.0.1')
    socket.write(
      `POST ${BATCH_PATH} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${envKey}\r\nExpect: 100-continue\r\n` +
        `Content-Type: ${BATCH_MEDIA_TYPE}\r\nContent-Length: ${body.length}\r\n\r\n`,
    )
    await once(socket, 'data')
    await call('DELETE', `/environments/${id}?name=Gone`)
    socket.write(body)
    const [answer] = await once(socket, 'data')
    assert.match(String(answer), /^HTTP\/1\.1 503 /)
    socket.destroy()
    await cloud.stop()
    assert.deepEqual(readdirSync(join(data, 'series')), [])
  })

  it('whose series a crash left behind loses them at the next start', async () => {
    const data = newFolder()
    mkdirSync(join(data, 'series/al-0123456789'), { recursive: true })
    const cloud = await start(data)
    assert.deepEqual(readdirSync(join(data, 'series')), [])
    await cloud.stop()
  })
})

describe('a retention of an environment', () => {
  for (const when of ['at once', 'after a start']) {
    it(`counts ${when}`, async (t) => {
      const data = newFolder()
      let cloud = await start(data)
      t.after(() => cloud.stop())
      const call = await loggedIn(cloud)
      const body = { name: 'Kept', framework: 'TARSFramework' }
      const { id, envKey } = (await call('POST', '/environments', body)).environment
      const { secret } = await call('POST', `/environments/${id}/tokens`, { name: 'x' })
      await call('PUT', `/environments/${id}/retention`, { rawDays: 2, hourlyDays: null })
      if (when === 'after a start') {
        await cloud.stop()
        cloud = await start(data)
      }
      const hours = `${cloud.url}/prometheus/${id}/api/v1/query?query=last_over_time(tars_calls{span="1h"}[5d])`
      const isRolled = async () => {
        const answer = await fetch(hours, { headers: { authorization: `Bearer ${secret}` } })
        const { data } = (await answer.json()) as { data: { result: unknown[] } }
        return data.result.length > 0
      }
      // Hours show where raw rows gave way, which is done behind the back of ingest.
      const now = systemClock.now()
      let seq = 0
      for (let at = now - 4 * DAY_MS; at < now; at += HOUR_MS / 2) {
        // Asking costs more than posting.
        if (seq % 8 === 7 && (await isRolled())) break
        const { ok } = await fetch(`${cloud.url}${BATCH_PATH}`, {
          method: 'POST',
          headers: { authorization: `Bearer ${envKey}`, 'content-type': BATCH_MEDIA_TYPE },
          body: new Uint8Array(batchBytes(at, ++seq, [stat()])),
        })
        assert.ok(ok)
      }
      assert.ok(await isRolled())
    })
  }
})

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

function batchBytes(nowMs = systemClock.now(), seq = 1, stats: readonly StatRow[] = []): Buffer {
  const at = Math.floor(nowMs / 10_000) * 10_000
  return encodeBatch({
    id: { agent: 'a'.repeat(32), epoch: 'b'.repeat(16), seq },
    agent: { host: 'h', version: '1', startedAt: at },
    madeAt: at,
    windows: [{ endMs: at, lengthMs: 10_000, stats, properties: [] }],
    events: [],
    unknown: [],
  })
}

async function loggedIn({ url, firstPassword }: Cloud) {
  const send = (method: string, path: string, body: unknown, cookie = '') =>
    fetch(`${url}/api/v1${path}`, {
      method,
      headers: {
        'x-requested-with': 'tars-alarm',
        cookie,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
  const login = await send('POST', '/login', { name: 'admin', password: firstPassword })
  const cookie = login.headers.get('set-cookie')?.split(';')[0]
  return async (method: string, path: string, body?: unknown) => {
    const response = await send(method, path, body, cookie)
    assert.ok(response.ok, `${method} ${path}: ${response.status}`)
    // biome-ignore lint/suspicious/noExplicitAny: an assertion reads what it expects
    return (await response.json()) as any
  }
}
