import type { Heartbeat } from '../../../src/wire/index.ts'

/** A heartbeat of an agent that is well; `agent` may be short. */
export function heartbeatOf(agent: string, fields: Partial<Heartbeat> = {}): Heartbeat {
  const feed = { state: 'ok', why: '', reachedMs: 1_700_000_000_000, records: 5 } as const
  return {
    agent: agent.padStart(32, '0'),
    epoch: '00000000000000e1',
    host: `node-${agent}`,
    version: '0.2.0',
    startedAt: 1_699_999_000_000,
    sentAt: 1_700_000_000_000,
    polls: true,
    feeds: [
      { feed: 'subscribe', ...feed },
      { feed: 'query', ...feed },
    ],
    lagMs: 0,
    queuedBytes: 0,
    queuedBatches: 0,
    dropped: 0,
    folded: 0,
    cpu: 0.012,
    rssBytes: 62_000_000,
    skewMs: 15,
    trouble: '',
    batchVersion: 1,
    ...fields,
  }
}
