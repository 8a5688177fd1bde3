/** What must be known to plan a batch, asked of the store. */
import type { Known } from './batch.ts'
import { kindsOf } from './batch.ts'
import type { Audience, PendingChange, PlanStore } from './ports.ts'

/** By environment; where it cannot be read, `failed` hears of it. */
export async function audiencesOf(
  environments: readonly string[],
  store: PlanStore,
  failed: (environment: string, error: unknown) => void,
): Promise<Map<string, Audience>> {
  const audiences = new Map<string, Audience>()
  for (const environment of new Set(environments)) {
    try {
      audiences.set(environment, await store.audience(environment))
    } catch (error) {
      failed(environment, error)
    }
  }
  return audiences
}

export async function knownOf(
  pending: readonly PendingChange[],
  audiences: Known['audiences'],
  store: PlanStore,
): Promise<Known> {
  // Of events each is news.
  const asked = pending.filter(({ change }) => change.kind !== 'repeated')
  const unmuted = pending.filter(({ muted }) => muted !== undefined)
  return {
    audiences,
    convergences: await store.convergences(kindsOf(pending, audiences)),
    told: await store.toldOf([...new Set(asked.map(({ change }) => change.alert.id))]),
    over: await overOf(unmuted, store),
  }
}

async function overOf(
  unmuted: readonly PendingChange[],
  store: PlanStore,
): Promise<Set<string>> {
  const over = new Set<string>()
  const byEnvironment = Map.groupBy(unmuted, ({ change }) => change.alert.environment)
  for (const [environment, changes] of byEnvironment) {
    const ids = changes.map(({ change }) => change.alert.id)
    for (const id of await store.overOf(environment, ids)) over.add(id)
  }
  return over
}
