/** What the API of telling people needs of others. */
import type { UnixMs } from '../../model/time.ts'
import type { ContactGroup, Policy } from '../notify/policy.ts'
import type { Receiver, StoredReceiver } from '../notify/ports.ts'
import type { TestOutcome } from '../notify/receiver-test.ts'

export interface PolicyStore {
  policies(environment: string): Promise<Policy[]>
  savePolicy(policy: Policy): Promise<void>
  removePolicy(environment: string, id: string): Promise<boolean>
  groups(environment: string): Promise<ContactGroup[]>
  saveGroup(group: ContactGroup): Promise<void>
  removeGroup(environment: string, id: string): Promise<boolean>
}

export interface ReceiverRows {
  receivers(environment: string): Promise<StoredReceiver[]>
  receiver(environment: string, id: string): Promise<StoredReceiver | undefined>
  /** It is enabled again, and what waits for it is due. */
  saveReceiver(receiver: Receiver, now: UnixMs): Promise<void>
  removeReceiver(environment: string, id: string): Promise<boolean>
}

/** Who is told of what, and how. */
export interface NotifyDesk {
  readonly policies: PolicyStore
  readonly receivers: ReceiverRows
  /** Sends a test message. Never rejects. */
  test(receiver: Receiver, environmentName: string): Promise<TestOutcome>
  /** What waits may go now. */
  changed(): void
}
