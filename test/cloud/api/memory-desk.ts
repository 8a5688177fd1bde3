/** The stores of telling people, in memory. */

import type { DrillDesk } from '../../../src/cloud/api/drill-ports.ts'
import type {
  ActStore,
  MuteStore,
  PolicyStore,
  ReceiverRows,
  RotaStore,
  SubscriptionRows,
  WaitingNews,
} from '../../../src/cloud/api/notify-ports.ts'
import type { RouteTreeStore, SavedRouteTree } from '../../../src/cloud/api/route-tree-ports.ts'
import type { Drill } from '../../../src/cloud/drill/drill.ts'
import type { KeptPlan } from '../../../src/cloud/drill/drill-plan.ts'
import { type Act, newestOf } from '../../../src/cloud/notify/acts/act.ts'
import type { Mute } from '../../../src/cloud/notify/mute.ts'
import type { ContactGroup, Policy } from '../../../src/cloud/notify/policy.ts'
import type { Receiver } from '../../../src/cloud/notify/ports.ts'
import type { Rota } from '../../../src/cloud/notify/rota.ts'
import type { RouteTree } from '../../../src/cloud/notify/routing/route-tree.ts'
import type { Subscription } from '../../../src/cloud/notify/summary/subscription.ts'
import type { TemplateStore } from '../../../src/cloud/notify/templates/template.ts'
import { TemplateBook } from '../../../src/cloud/notify/templates/template-book.ts'
import type { Trace } from '../../../src/cloud/notify/trace.ts'
import { silentLog } from '../../../src/support/log.ts'
import { FakeClock } from '../../support/fake-clock.ts'

interface Row {
  readonly id: string
  readonly environment: string
}

/** Rows by environment and id. */
export function memoryRows<T extends Row>() {
  const rows = new Map<string, T>()
  return {
    all: async (environment: string) =>
      [...rows.values()].filter((row) => row.environment === environment),
    save: async (row: T) => void rows.set(`${row.environment} ${row.id}`, row),
    remove: async (environment: string, id: string) => rows.delete(`${environment} ${id}`),
  }
}

export function memoryPolicies(): PolicyStore {
  const policies = memoryRows<Policy>()
  const groups = memoryRows<ContactGroup>()
  return {
    ...{ policies: policies.all, savePolicy: policies.save, removePolicy: policies.remove },
    ...{ groups: groups.all, saveGroup: groups.save, removeGroup: groups.remove },
  }
}

export function memoryRotas(): RotaStore {
  const rows = memoryRows<Rota>()
  return { rotas: rows.all, saveRota: rows.save, removeRota: rows.remove }
}

export function memoryReceivers(): ReceiverRows {
  const rows = memoryRows<Receiver>()
  return {
    receivers: rows.all,
    receiver: async (environment, id) =>
      (await rows.all(environment)).find((receiver) => receiver.id === id),
    saveReceiver: rows.save,
    removeReceiver: rows.remove,
  }
}

export function memoryMutes(): MuteStore {
  const rows = memoryRows<Mute>()
  return {
    mutes: async (environment) =>
      (await rows.all(environment)).map((mute) => ({ ...mute, muted: 0 })),
    saveMute: rows.save,
    removeMute: rows.remove,
  }
}

export function memoryActs(): ActStore {
  const rows: Act[] = []
  return {
    acts: async (environment, alert) =>
      rows.filter((act) => act.environment === environment && act.alert === alert),
    saveAct: async (act) => void rows.push(act),
    newestActs: async (alerts) =>
      alerts.flatMap((alert) => newestOf(rows.filter((act) => act.alert === alert)) ?? []),
  }
}

export function memoryRouteTrees(): RouteTreeStore {
  const rows = new Map<string, { saved: SavedRouteTree; tree: RouteTree | undefined }[]>()
  return {
    routeTrees: async (environment) => (rows.get(environment) ?? []).map(({ saved }) => saved),
    routeTree: async (environment) => rows.get(environment)?.[0]?.tree,
    async saveRouteTree(environment, saved, tree) {
      const known = rows.get(environment) ?? []
      if ((known[0]?.saved.version ?? 0) !== saved.version - 1) return false
      rows.set(environment, [{ saved, tree }, ...known])
      return true
    },
  }
}

export function memorySummaries() {
  const rows = memoryRows<Subscription>()
  const store: SubscriptionRows = {
    subscriptionsOf: rows.all,
    saveSubscription: rows.save,
    removeSubscription: rows.remove,
  }
  return { store, changed: () => {} }
}

/** Nothing becomes of those that are begun; `drills` is what was found, the newest first. */
export function memoryDrills(): DrillDesk & { readonly drills: Drill[] } {
  const plans = new Map<string, KeptPlan>()
  const drills: Drill[] = []
  const of = (environment: string) => drills.filter((one) => one.environment === environment)
  return {
    drills,
    store: {
      plan: async (environment) => plans.get(environment),
      async savePlan(environment, plan, savedAt) {
        plans.set(environment, { ...plan, environment, savedAt, month: '' })
      },
      drills: async (environment) => of(environment),
    },
    async begin(environment, id) {
      if (of(environment).some(({ end }) => !end)) return undefined
      const drill = { id, environment, begunAt: Date.UTC(2026, 2, 2, 2), channels: [] }
      drills.unshift(drill)
      return drill
    },
    changed: () => {},
  }
}

/** Kept nowhere but in the book. */
export function memoryTemplates(): TemplateBook {
  const store: TemplateStore = {
    templates: async () => [],
    saveTemplate: async () => {},
    removeTemplate: async () => true,
    templateFailed: async () => {},
  }
  return new TemplateBook({ store, clock: new FakeClock(), log: silentLog })
}

export function memoryNotifyDesk() {
  const traces: Trace[] = []
  const waiting: WaitingNews[] = []
  return {
    ...{ policies: memoryPolicies(), receivers: memoryReceivers(), mutes: memoryMutes() },
    rotas: memoryRotas(),
    routeTrees: memoryRouteTrees(),
    acts: memoryActs(),
    ...{ tracesOf: traces, waitingNews: waiting },
    traces: { trace: async () => traces, waiting: async () => waiting },
    templates: memoryTemplates(),
    summaries: memorySummaries(),
    drills: memoryDrills(),
    test: async ({ name }: Receiver) => ({ taken: true, dialogue: [`> POST to ${name}`] }),
    changed: () => {},
  }
}
