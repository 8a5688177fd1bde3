/** The cloud as a whole: its start, its end, and what it does not leave behind. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { type Cloud, startCloud } from '../../src/cloud/cloud.ts'
import { parseCloudConfig } from '../../src/cloud/config.ts'
import { systemClock } from '../../src/support/clock.ts'
import { silentLog } from '../../src/support/log.ts'

const root = mkdtempSync(join(tmpdir(), 'tars-alarm-cloud-'))
after(() => rmSync(root, { recursive: true, force: true }))
let folders = 0
const newFolder = () => join(root, String(folders++))

function start(data: string, port = 0): Promise<Cloud> {
  const config = parseCloudConfig(`listen: 127.0.0.1:${port}\ndata: ${data}\n`, 'cloud.yaml')
  return startCloud({ config, clock: systemClock, log: silentLog })
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
