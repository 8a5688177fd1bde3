/** What must be known to plan a batch, asked of the store. */
import type { Known } from './batch.ts'
import { kindsOf } from './batch.ts'
import type { Audience, Convergence, PendingChange, PlanStore } from './ports.ts'
import { Inhibitor } from './routing/inhibition.ts'
import { isRouteId } from './routing/route-policy.ts'

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
    inhibitors: await inhibitorsOf(audiences, store),
  }
}

/** Sources fire that are looked at; more than these are not known. */
const MAX_FIRING = 10_000

/** What inhibits in environments with rules of inhibition. */
export async function inhibitorsOf(
  audiences: Known['audiences'],
  store: PlanStore,
): Promise<Map<string, Inhibitor>> {
  const inhibitors = new Map<string, Inhibitor>()
  for (const [environment, { routes }] of audiences) {
    if (!routes || routes.inhibitRules.length === 0) continue
    const firing = await store.firing(environment, MAX_FIRING)
    inhibitors.set(environment, new Inhibitor(routes.inhibitRules, firing))
  }
  return inhibitors
}

/** Alerts in groups of routes that are over, or no longer there. */
export async function overInGroups(
  due: readonly Convergence[],
  store: PlanStore,
): Promise<Set<string>> {
  const over = new Set<string>()
  const groups = due.filter(({ kind }) => isRouteId(kind.policy))
  for (const [environment, some] of Map.groupBy(groups, ({ kind }) => kind.environment)) {
    const members = some.flatMap(({ held, firing = [] }) => [...held, ...firing])
    const ids = [...new Set(members.map(({ alert }) => alert.id))]
    for (const id of await store.overOf(environment, ids)) over.add(id)
  }
  return over
}

async function overOf(unmuted: readonly PendingChange[], store: PlanStore): Promise<Set<string>> {
  const over = new Set<string>()
  const byEnvironment = Map.groupBy(unmuted, ({ change }) => change.alert.environment)
  for (const [environment, changes] of byEnvironment) {
    const ids = changes.map(({ change }) => change.alert.id)
    for (const id of await store.overOf(environment, ids)) over.add(id)
  }
  return over
}
