/** The watchdog of a real cloud: its alarms, each in its environment, and its heartbeat to somebody else. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, it } from 'node:test'
import type { Alarm } from '../../scripts/demo/console.ts'
import { RealCloud, type RealEnvironment } from './real-cloud.ts'
import { stat } from './series/fixture.ts'

const T0 = Date.UTC(2026, 10, 21, 2)
const MINUTE_MS = 60_000

describe('the watchdog of a real cloud', () => {
  const posted: string[] = []
  const peer = createServer((request, response) => {
    request.resume().on('end', () => response.end('OK'))
    posted.push(`${request.method} ${request.url}`)
  })
  let cloud: RealCloud
  let ours: RealEnvironment
  let quiet: RealEnvironment
  let theirs: RealEnvironment

  before(async () => {
    peer.listen(0, '127.0.0.1')
    await once(peer, 'listening')
    const { port } = peer.address() as AddressInfo
    const config = [`heartbeat: { url: 'http://127.0.0.1:${port}/ping' }`]
    cloud = await RealCloud.open({ nowMs: T0, rules: 'groups: []\n', config })
    ours = await cloud.createEnvironment('ours')
    quiet = await cloud.createEnvironment('quiet')
    theirs = await cloud.createEnvironment('theirs')
  })
  after(async () => {
    await cloud.close()
    peer.closeAllConnections()
    peer.close()
  })

  /** Data of one environment come for a minute only, those of another each minute. */
  async function until(first: number, last: number): Promise<void> {
    for (let minute = first; minute <= last; minute++) {
      cloud.clock.moveTo(T0 + minute * MINUTE_MS)
      const heard = minute <= 1 ? [ours, theirs] : [theirs]
      for (const environment of heard) await cloud.post(environment, [stat()])
      await cloud.idle()
    }
  }

  /** `NobodyTold App?` has its hour. */
  async function watched({ id }: RealEnvironment): Promise<string[]> {
    const { alarms } = await cloud.call('GET', `/environments/${id}/alarms?limit=200`)
    const told: Alarm[] = alarms.filter(({ labels }: Alarm) => labels.watchdog)
    const nameOf = ({ rule, labels: { app }, firedAtMs }: Alarm) =>
      [rule, app].filter(Boolean).join(' ') + (firedAtMs === undefined ? '?' : '')
    return told.map(nameOf).sort()
  }

  it('tells of what is wrong where it is, and nowhere else', async () => {
    const contact = { name: 'ops', email: 'ops@example.com', language: 'en', timeZone: 'UTC' }
    await cloud.call('POST', `/environments/${theirs.id}/contacts`, contact)
    await until(0, 14)
    assert.deepEqual(await watched(ours), ['NobodyTold App?'])
    await until(15, 17)
    assert.deepEqual(await watched(ours), ['DataMissing', 'NobodyTold App?'])
    assert.deepEqual(await watched(quiet), [])
    // What tells of the agent that comes so seldom waits for a mail server.
    assert.deepEqual(await watched(theirs), ['DeliveriesFailing'])
  })

  it('posts a heartbeat each minute', () => {
    assert.deepEqual([...new Set(posted)], ['POST /ping'])
    assert.ok(posted.length >= 15 && posted.length <= 18, `${posted.length} in 17 min`)
  })
})
