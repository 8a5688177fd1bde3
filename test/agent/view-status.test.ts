import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type ViewedStatus, viewStatus } from '../../src/agent/view-status.ts'

const status: ViewedStatus = {
  version: '0.1.0',
  agent: '00ff',
  startedAt: 1_000_000,
  uptimeMs: 7_384_000,
  trouble: undefined,
  diskFails: false,
  feeds: [],
  skewMs: -2_000,
  records: 12_345,
  batches: 738,
  bytes: 1_572_864,
  queuedBytes: 0,
  lagMs: 0,
  forward: {
    stat: {
      state: 'on',
      object: 'tars.tarsstat.StatObj',
      queued: 2,
      sent: 9,
      dropped: 1,
      failed: 0,
    },
    property: { state: 'off', why: 'config' },
    notify: { state: 'off', why: 'no-locator' },
  },
  windows: {
    statRows: 12_000,
    propertyRows: 300,
    stat: { folded: 0, dropped: 3 },
    property: { folded: 0, dropped: 1 },
  },
  spool: { appended: 738, acked: 738, dropped: 2, syncs: 100 },
  droppedEvents: 5,
}

describe('the status for people', () => {
  it('says who it is, what came in, what went out and what was left out', () => {
    assert.equal(
      viewStatus(status),
      [
        'Alarm.AgentServer 0.1.0, agent 00ff, up 2h 3m',
        'trouble: none',
        'taken in: 12345 records, of that 4 rows and 5 events left out',
        'sent: 738 batches, 1.5 MB',
        'queue: 0 B, the oldest 0s old, 2 batches given up',
        'forward stat: to tars.tarsstat.StatObj, 9 sent, 2 queued, 1 dropped',
        'forward property: off (config)',
        'forward notify: off (no-locator)',
      ].join('\n'),
    )
  })

  it('says what is wrong and how long things wait', () => {
    const text = viewStatus({
      ...status,
      trouble: 'unreachable',
      diskFails: true,
      skewMs: 3_141,
      queuedBytes: 2_048,
      lagMs: 90_061_000,
    })
    assert.match(text, /^trouble: unreachable, the disk fails: .* in memory only$/m)
    assert.match(text, /^clock: 3\.1s ahead of the cloud$/m)
    assert.match(text, /^queue: 2\.0 KB, the oldest 1d 1h old,/m)
  })

  it('has a line for each feed', () => {
    const now = status.startedAt + status.uptimeMs
    const text = viewStatus({
      ...status,
      feeds: [
        { feed: 'subscribe', state: 'ok', why: '', reachedMs: now - 5_000, records: 7 },
        { feed: 'query', state: 'behind', why: 'slow', reachedMs: now - 65_000, records: 8 },
        { feed: 'database', state: 'off', why: 'no credentials', reachedMs: 0, records: 0 },
      ],
    })
    assert.deepEqual(text.split('\n').slice(2, 5), [
      'feed subscribe: ok, 7 records, the newest 5s old',
      'feed query: behind (slow), 8 records, the newest 1m 5s old',
      'feed database: off (no credentials), 0 records',
    ])
  })
})
