/** What the API of telling people needs of others. */
import type { ContactGroup, Policy } from '../notify/policy.ts'

export interface PolicyStore {
  policies(environment: string): Promise<Policy[]>
  savePolicy(policy: Policy): Promise<void>
  removePolicy(environment: string, id: string): Promise<boolean>
  groups(environment: string): Promise<ContactGroup[]>
  saveGroup(group: ContactGroup): Promise<void>
  removeGroup(environment: string, id: string): Promise<boolean>
}

/** Who is told of what, and how. */
export interface NotifyDesk {
  readonly policies: PolicyStore
}
