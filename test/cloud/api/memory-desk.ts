/** The stores of telling people, in memory. */
import type { NotifyDesk, PolicyStore, ReceiverRows } from '../../../src/cloud/api/notify-ports.ts'
import type { ContactGroup, Policy } from '../../../src/cloud/notify/policy.ts'
import type { Receiver } from '../../../src/cloud/notify/ports.ts'

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

export function memoryNotifyDesk(): NotifyDesk {
  return {
    ...{ policies: memoryPolicies(), receivers: memoryReceivers() },
    test: async ({ name }) => ({ taken: true, dialogue: [`> POST to ${name}`] }),
    changed: () => {},
  }
}
