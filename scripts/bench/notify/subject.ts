/** Our side: a real store on disk, and the notifier of the cloud on it. */
import { join } from 'node:path'
import type { AlertChange } from '../../../src/cloud/alerts/alert.ts'
import { Notifier } from '../../../src/cloud/notify/notifier.ts'
import { secretsIn } from '../../../src/cloud/store/master-key.ts'
import { openSqlite } from '../../../src/cloud/store/sqlite/open-sqlite.ts'
import { openStore, type Store } from '../../../src/cloud/store/store.ts'
import { systemClock } from '../../../src/support/clock.ts'
import { silentLog } from '../../../src/support/log.ts'
import type { Stage } from '../series/stage.ts'
import type { Ports } from './sink.ts'

/** Alarms of one kind within it are told together at its end, but for the first. */
export const WINDOW_MS = 1_000

export interface Subject {
  readonly store: Store
  readonly notifier: Notifier
  /** Told by webhook. */
  readonly hooked: string
  /** Told by mail. */
  readonly mailed: string
}

export async function openSubject({ parent, stop }: Stage, ports: Ports): Promise<Subject> {
  const folder = join(parent, 'data')
  const store = await openStore({ dialect: openSqlite(folder), secrets: secretsIn(folder) })
  stop.push('store', () => store.close())
  const mailed = await mailedEnvironment(store)
  const hooked = await hookedEnvironment(store, ports)
  const notifier = new Notifier({
    ...{ plans: store.plans, outbox: store.outbox, receivers: store.receivers },
    ...{ clock: systemClock, log: silentLog, windowMs: WINDOW_MS, allowPrivate: true },
    channels: {
      mail: { host: '127.0.0.1', port: ports.smtp, tls: 'none', from: 'alarm@example.com' },
    },
    publicUrl: 'https://alarm.example.com',
  })
  stop.push('notifier', () => notifier.stop())
  notifier.start()
  return { store, notifier, hooked, mailed }
}

async function newEnvironment(store: Store, name: string): Promise<string> {
  const wanted = { name, framework: 'TARSFramework' } as const
  return (await store.environments.createEnvironment(wanted, Date.now())).id
}

async function mailedEnvironment(store: Store): Promise<string> {
  const environment = await newEnvironment(store, 'mailed')
  const address = { email: 'ops@example.com', language: 'zh', timeZone: 'Asia/Shanghai' } as const
  await store.contacts.saveContact({ id: 'c', environment, name: '值班', ...address })
  return environment
}

async function hookedEnvironment(store: Store, { http }: Ports): Promise<string> {
  const environment = await newEnvironment(store, 'hooked')
  const url = `http://127.0.0.1:${http}/hook`
  const receiver = { id: 'r', environment, kind: 'webhook', name: '接收', language: 'zh' } as const
  const settings = { url, headers: {} }
  await store.receivers.saveReceiver({ ...receiver, timeZone: 'Asia/Shanghai', settings }, 0)
  const policy = { id: 'default', environment, name: '默认通知', services: ['*'] }
  await store.policies.savePolicy({ ...policy, contacts: [], receivers: ['r'] })
  return environment
}

/** Alarms of `groups` kinds, those of one kind beside each other, as Alertmanager's bench makes them. */
export function alarms(environment: string, count: number, groups: number): AlertChange[] {
  const at = Date.now()
  return Array.from({ length: count }, (_, n) => {
    const group = Math.floor((n * groups) / count)
    const rule = `Rule${group % 10}`
    const labels = { alertname: rule, callee: `App.Server${Math.floor(group / 10)}`, id: `${n}` }
    const annotations = { title: `alarm ${n} of the load`, description: 'value 1.23' }
    const life = { severity: 'ERROR', state: 'firing', activeAt: at, firedAt: at } as const
    const alert = { ...life, id: `${at}-${n}`, environment, rule, labels, annotations, value: 1.23 }
    return { kind: 'fired', at, receivedAt: at, alert: { ...alert, events: [] } }
  })
}

/** As rules save what they found, `batch` at once. */
export async function fire(
  { store, notifier }: Subject,
  changes: readonly AlertChange[],
  batch: number,
): Promise<void> {
  for (let from = 0; from < changes.length; from += batch) {
    const some = changes.slice(from, from + batch)
    const [first] = some
    if (!first) return
    const { environment } = first.alert
    await store.alerts.saveEvaluation({
      progress: { environment, group: 'load', evaluatedAt: first.at },
      alerts: some.map(({ alert }) => alert),
      ...{ dropped: [], changes: some },
    })
    notifier.wake()
  }
}
