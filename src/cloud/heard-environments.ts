/** Environments whose changes the steps hear of. */
import type { EnvironmentStore, EnvironmentWithKey } from './api/ports.ts'

export interface EnvironmentListener {
  removed(environment: string): Promise<void>
  retentionSet(environment: EnvironmentWithKey): Promise<void>
}

/** The listener hears of a change after it is stored, and before who asked for it. */
export function heardEnvironments(
  environments: EnvironmentStore,
  listener: EnvironmentListener,
): EnvironmentStore {
  return {
    createEnvironment: (environment, now) => environments.createEnvironment(environment, now),
    environments: () => environments.environments(),
    environment: (id) => environments.environment(id),
    rotateKey: (id) => environments.rotateKey(id),
    agents: (id) => environments.agents(id),
    async setRetention(id, retention) {
      const changed = await environments.setRetention(id, retention)
      if (changed) await listener.retentionSet(changed)
      return changed
    },
    async removeEnvironment(id) {
      const removed = await environments.removeEnvironment(id)
      if (removed) await listener.removed(id)
      return removed
    },
  }
}
