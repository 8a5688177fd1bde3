/** Alerts and deliveries as a store holds them. */
import type { Alert } from '../../../src/cloud/alerts/alert.ts'
import type { Agent } from '../../../src/cloud/api/ports.ts'
import type { AgentTold } from '../../../src/cloud/ingest/ports.ts'
import type { Delivery } from '../../../src/cloud/notify/ports.ts'

export function agentRow(environment: string, seenAt: number, change: Partial<Agent> = {}): Agent {
  return {
    environment,
    agent: `agent-${seenAt}`,
    host: '10.0.0.5',
    version: '0.1.0',
    address: '10.0.0.5',
    startedAt: seenAt - 3_600_000,
    seenAt,
    windowEndMs: seenAt - 1_000,
    ...change,
  }
}

/** What an agent tells that is well, and reads the call statistics. */
export function toldRow(toldAt: number, change: Partial<AgentTold> = {}): AgentTold {
  const feed = { why: '', reachedMs: toldAt - 5_000, records: 14_500 }
  return {
    toldAt,
    sentAt: toldAt,
    polls: true,
    feeds: [
      { ...feed, feed: 'subscribe', state: 'ok' },
      { ...feed, feed: 'query', state: 'ok' },
      { feed: 'database', state: 'off', why: 'no credentials', reachedMs: 0, records: 0 },
    ],
    lagMs: 0,
    queuedBytes: 0,
    queuedBatches: 0,
    dropped: 0,
    folded: 0,
    cpu: 0.0123,
    rssBytes: 65_011_712,
    skewMs: 12,
    trouble: '',
    batchVersion: 1,
    ...change,
  }
}

export function alertRow(
  environment: string,
  activeAt: number,
  change: Partial<Alert> = {},
): Alert {
  return {
    id: `alert-${activeAt}`,
    environment,
    rule: 'FailureRatio',
    labels: { alertname: 'FailureRatio', callee: 'DemoApp.PayServer', interface: 'pay' },
    annotations: {
      title: '接口 pay 失败率 35.2%',
      title_en: 'pay fails 35.2% of its calls',
      description: '最近1分钟调用 120 次，失败 42 次。',
      description_en: '120 calls in the last minute, 42 failed.',
    },
    severity: 'ERROR',
    state: 'firing',
    value: 0.352,
    activeAt,
    firedAt: activeAt + 10_000,
    events: [],
    ...change,
  }
}

export function deliveryRow(alert: Alert, change: Partial<Delivery> = {}): Delivery {
  const at = alert.activeAt + 11_000
  return {
    id: `delivery-${alert.id}`,
    environment: alert.environment,
    policy: 'p1',
    contact: 'c1',
    channel: 'mail',
    to: 'wang@example.com',
    message: { subject: '【生产_default】DemoApp.PayServer-失败率-ERROR', text: '', html: '' },
    alerts: [alert.id],
    plannedAt: at,
    receivedAt: at - 200,
    state: 'sent',
    attempts: 1,
    dueAt: at,
    sentAt: at + 150,
    answer: '250 2.0.0 Ok: queued as 4F2A',
    maybeRepeated: false,
    ...change,
  }
}
