/** Nouns of notify for tests, with what a test does not care about filled in. */
import type { Alert, AlertChange, ChangeKind } from '../../../../src/cloud/alerts/alert.ts'
import type { Notice } from '../../../../src/cloud/notify/notice.ts'
import type { Contact, Delivery, Policy } from '../../../../src/cloud/notify/ports.ts'
import type { NotifyEvent } from '../../../../src/model/event.ts'

export const ENVIRONMENT = 'al-zukypvbvus'
/** 2022-08-10 10:05:06 in Shanghai. */
export const AT = 1_660_097_106_000

export function contact(id: string, more: Partial<Contact> = {}): Contact {
  return {
    id,
    environment: ENVIRONMENT,
    name: id,
    email: `${id}@example.com`,
    language: 'zh',
    timeZone: 'Asia/Shanghai',
    ...more,
  }
}

export function policy(id: string, more: Partial<Policy> = {}): Policy {
  return { id, environment: ENVIRONMENT, name: id, services: ['*'], contacts: 'all', ...more }
}

export function alert(id: string, more: Partial<Alert> = {}): Alert {
  return {
    id,
    environment: ENVIRONMENT,
    rule: 'FailureRatio',
    labels: { alertname: 'FailureRatio', callee: 'Shop.PayServer', interface: 'pay' },
    annotations: {},
    severity: 'ERROR',
    state: 'firing',
    value: 1,
    activeAt: AT,
    firedAt: AT,
    events: [],
    ...more,
  }
}

export function change(kind: ChangeKind, at: number, of: Alert): AlertChange {
  const over = { state: 'resolved', resolvedAt: at } as const
  return { kind, at, receivedAt: at, alert: kind === 'resolved' ? { ...of, ...over } : of }
}

export function event(text: string, more: Partial<NotifyEvent> = {}): NotifyEvent {
  return {
    at: AT,
    module: 'RigNode.HelloServer',
    level: 'alarm',
    kind: 'down',
    node: '10.1.2.3',
    set: '',
    title: text,
    text,
    ...more,
  }
}

/** An alert on notifies with these texts. */
export function notifyAlert(id: string, events: readonly NotifyEvent[]): Alert {
  const labels = { alertname: 'NotifyError', module: 'RigNode.HelloServer', title: 'down' }
  return alert(id, { rule: 'NotifyError', labels, events })
}

export function notice(headline: AlertChange, more: Partial<Notice> = {}): Notice {
  return {
    environment: { id: ENVIRONMENT, name: '演示环境' },
    policy: policy('p1', { name: '默认通知' }),
    contact: contact('zhang', { name: '张三' }),
    headline,
    ...more,
  }
}

export function delivery(id: string, more: Partial<Delivery> = {}): Delivery {
  return {
    id,
    environment: ENVIRONMENT,
    policy: 'p1',
    contact: 'zhang',
    channel: 'mail',
    to: 'zhang@example.com',
    message: { subject: '【演示环境-默认通知】a-b-ERROR', text: 'text 正文', html: '<p>正文</p>' },
    alerts: ['a1'],
    plannedAt: AT,
    receivedAt: AT,
    state: 'waiting',
    attempts: 0,
    dueAt: AT,
    maybeRepeated: false,
    ...more,
  }
}
