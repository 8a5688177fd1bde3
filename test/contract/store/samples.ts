/** Nouns to store, and a store to put them in. */
import type { Alert, AlertChange } from '../../../src/cloud/alerts/alert.ts'
import type {
  Contact,
  Convergence,
  Delivery,
  Kind,
  NewDelivery,
} from '../../../src/cloud/notify/ports.ts'
import type { Store } from '../../../src/cloud/store/store.ts'

export type Open = () => Promise<Store>

export const T0 = 1_700_000_000_000
export const DAY_MS = 86_400_000

/** A case with a new store and an environment in it. */
export function withStore(
  open: Open,
  work: (store: Store, environment: string) => Promise<void>,
): () => Promise<void> {
  return async () => {
    const store = await open()
    try {
      await work(store, await newEnvironment(store))
    } finally {
      await store.close()
    }
  }
}

export async function newEnvironment(store: Store, name = '生产'): Promise<string> {
  const made = await store.environments.createEnvironment({ name, framework: 'TARSFramework' }, T0)
  return made.id
}

export function alert(environment: string, fields: Partial<Alert> = {}): Alert {
  return {
    id: 'alert-1',
    environment,
    rule: 'FailureRatio',
    labels: { alertname: 'FailureRatio', callee: 'App.Server', interface: 'test' },
    annotations: { title: "失败率 '20%'; drop table alerts" },
    severity: 'WARN',
    state: 'firing',
    value: 0.25,
    activeAt: T0,
    firedAt: T0 + 10_000,
    events: [],
    ...fields,
  }
}

export const notifyEvent = {
  at: T0,
  module: 'App.Server',
  level: 'error',
  kind: 'exit',
  node: '10.0.0.1',
  set: '',
  title: 'server exit with code N',
  text: 'server exit with code 1\0\u{1F525}',
} as const

export function change(of: Alert, fields: Partial<AlertChange> = {}): AlertChange {
  return { kind: 'fired', at: T0 + 10_000, receivedAt: T0 + 9_000, alert: of, ...fields }
}

/** Saves one evaluation with this news. */
export async function saveChanges(store: Store, environment: string, changes: AlertChange[]) {
  await store.alerts.saveEvaluation({
    progress: { environment, group: 'tars', evaluatedAt: T0 },
    alerts: [],
    dropped: [],
    changes,
  })
}

export function delivery(environment: string, fields: Partial<NewDelivery> = {}): NewDelivery {
  return {
    id: 'delivery-1',
    environment,
    policy: 'default',
    contact: 'contact-1',
    channel: 'mail',
    to: 'ops@example.com',
    message: { subject: '【生产-default】App.Server', text: 'text', html: '<p>text</p>' },
    alerts: ['alert-1'],
    plannedAt: T0,
    receivedAt: T0 - 100,
    ...fields,
  }
}

export async function convergenceIn(
  plans: Store['plans'],
  kind: Kind,
): Promise<Convergence | undefined> {
  const [found] = await plans.convergences([kind])
  return found
}

/** As much as `limit` of each lane. */
export async function claim(
  { outbox }: Store,
  now: number,
  leaseMs: number,
  limit: number,
  except: string[] = [],
): Promise<Delivery[]> {
  const shares = (await outbox.lanes()).map(({ lane }) => ({ lane, limit }))
  return outbox.claim({ now, leaseMs, shares, except })
}

export async function saveDeliveries(store: Store, deliveries: NewDelivery[]): Promise<void> {
  await store.plans.savePlans([{ deliveries, convergences: [] }])
}

export function convergence(
  environment: string,
  fields: Partial<Convergence> & { readonly of?: Partial<Kind> } = {},
): Convergence {
  const { of, ...rest } = fields
  const kind: Kind = {
    environment,
    policy: 'default',
    rule: 'FailureRatio',
    service: 'App.Server',
    subject: '',
    level: 'WARN',
    ...of,
  }
  return { kind, toldAt: T0, scope: 'node', held: [], heldCount: 0, ...rest }
}

export function contact(environment: string, fields: Partial<Contact> = {}): Contact {
  return {
    id: 'contact-1',
    environment,
    name: '张三',
    email: 'zhang@example.com',
    language: 'zh',
    timeZone: 'Asia/Shanghai',
    ...fields,
  }
}
