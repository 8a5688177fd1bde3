import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { PollingFeed } from '../../src/agent/feeds/polling-feed.ts'
import { Poller } from '../../src/agent/poller.ts'
import { silentLog } from '../../src/support/log.ts'
import { FakeClock } from '../support/fake-clock.ts'

it('a stop does not wait for those who were asked and are silent', {
  timeout: 60_000,
}, async () => {
  const asked: number[] = []
  let closed = 0
  const feed: PollingFeed = {
    name: 'database',
    everyMs: 5_000,
    poll(term) {
      asked.push(term)
      return new Promise(() => {})
    },
    status: () => ({ feed: 'database', state: 'ok', why: '', reachedMs: 0, records: 0 }),
    close: async () => void closed++,
  }
  const clock = new FakeClock()
  const poller = new Poller({ feeds: [feed], clock, log: silentLog, term: () => 7 })
  poller.start()
  clock.advance(1_000)
  assert.deepEqual(asked, [7])
  await poller.stop()
  clock.advance(60_000)
  assert.deepEqual([asked, closed], [[7], 1])
})

it('a feed that fails against its word is asked again, and harms nobody', async () => {
  let rounds = 0
  const feed: PollingFeed = {
    name: 'query',
    everyMs: 5_000,
    poll: async () => {
      rounds++
      throw new TypeError('a bug')
    },
    status: () => ({ feed: 'query', state: 'ok', why: '', reachedMs: 0, records: 0 }),
    close: async () => {},
  }
  const clock = new FakeClock()
  const poller = new Poller({ feeds: [feed], clock, log: silentLog, term: () => 7 })
  poller.start()
  for (const expected of [1, 2]) {
    clock.advance(5_001)
    assert.equal(rounds, expected)
    await new Promise(setImmediate)
  }
  await poller.stop()
})
