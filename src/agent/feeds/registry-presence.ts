/**
 * Whether servers run. The registry's record says so, except where it differs from what the operator wants: there
 * the node is asked, and its word counts, as it looks at the process. A node that does not answer
 * for itself is not asked for its servers: the record stays.
 */
import type { UnixMs } from '../../model/time.ts'
import type { Clock } from '../../support/clock.ts'
import { type AdminRegistry, answered } from './admin-registry.ts'
import { type Deployed, isActive, keyOf } from './registry-deployment.ts'
import { nameParts } from './registry-sets.ts'
import { Sweep } from './registry-sweep.ts'

/** `getServerState` makes the registry ask its database and the node. */
const MAX_SERVERS = 200

export interface Presence {
  /** By {@link keyOf}; of those that were asked and answered. */
  readonly inNode: ReadonlyMap<string, boolean>
  readonly notAsked: number
}

export class RegistryPresence {
  readonly #admin: AdminRegistry
  readonly #sweep: Sweep

  constructor(admin: AdminRegistry, clock: Clock) {
    this.#admin = admin
    this.#sweep = new Sweep(clock)
  }

  async read(
    servers: readonly Deployed[],
    nodes: ReadonlyMap<string, boolean>,
    untilMs: UnixMs,
  ): Promise<Presence> {
    const doubtful = servers.filter(
      ({ wanted, present, node }) => wanted !== present && nodes.get(node) === true,
    )
    const inNode = new Map<string, boolean>()
    const limits = { maxItems: MAX_SERVERS, untilMs }
    const notAsked = await this.#sweep.run(doubtful, limits, async (server) => {
      const { module, node } = server
      const state = await answered(this.#admin.stateInNode(nameParts(module), node))
      if (state) inNode.set(keyOf(server), isActive(state))
    })
    return { inNode, notAsked }
  }
}
