/** Agents and reporters as the page of agents shows them: well, late, silent, of an old version. */
import type { Agent, Reporter } from '../../src/cloud/api/ports.ts'
import { agentRow, toldRow } from '../cloud/api/rows.ts'

export function agentRows(environment: string, now: number): Agent[] {
  const feed = { why: '', reachedMs: now - 5_000, records: 14_500 }
  const row = (name: string, seenAt: number, change: Partial<Agent> = {}) =>
    agentRow(environment, seenAt, {
      agent: Buffer.from(name).toString('hex').padEnd(32, '0'),
      host: `node-${name}`,
      startedAt: now - 25 * 3_600_000,
      ...change,
    })
  return [
    row('well', now - 4_000, {
      lease: { term: 12, expiresAt: now + 16_000 },
      told: toldRow(now - 4_000, {
        feeds: [
          { ...feed, feed: 'subscribe', state: 'ok' },
          { ...feed, feed: 'query', state: 'ok', reachedMs: now - 300_000, records: 9_000 },
          { feed: 'database', state: 'off', why: '没有数据库的账号', reachedMs: 0, records: 0 },
          { ...feed, feed: 'registry', state: 'ok', records: 240 },
        ],
      }),
    }),
    row('late', now - 2_000, {
      told: toldRow(now - 2_000, {
        feeds: [
          { ...feed, feed: 'subscribe', state: 'ok' },
          { feed: 'query', state: 'off', why: 'another agent polls', reachedMs: 0, records: 0 },
        ],
        trouble: 'the cloud cannot be reached; batches are kept and sent later',
        lagMs: 185_000,
        queuedBatches: 42,
        queuedBytes: 1_510_000,
        dropped: 1_234,
        folded: 0,
        skewMs: -7_400,
      }),
    }),
    row('silent', now - 3_600_000, { told: toldRow(now - 3_600_000) }),
    row('old', now - 1_000),
  ]
}

/** 503 of them. */
export function reporterRows(environment: string, now: number) {
  const at = { environment, sinceMs: now - 86_400_000, heardAt: now - 10_000 }
  const rows: (Reporter & { environment: string })[] = [
    { ...at, kind: 'client', module: 'DemoApp.PayServer', ip: '10.0.0.7', feed: 'subscribe' },
    { ...at, kind: 'server', module: 'DemoApp.OrderServer', ip: '*', feed: 'polled' },
  ]
  for (let n = rows.length; n < 503; n++) {
    const [module, ip] = [`Many.Server${n}`, `10.0.1.${n}`]
    rows.push({ ...at, kind: 'property', module, ip, feed: 'polled' })
  }
  return rows
}
