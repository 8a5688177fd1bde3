/**
 * How many endpoints the registry gives to callers. It tells so by object, and no function of it lists the objects of
 * servers: only the usual one is asked for, `App.NameServer.NameObj`, and where it is none,
 * an active server is taken to have one endpoint.
 */
import type { UnixMs } from '../../model/time.ts'
import type { Clock } from '../../support/clock.ts'
import type { QueryF } from '../../tars/idl/query-f.ts'
import { CallError, type TwoWayProxy } from '../../tars/proxy.ts'
import type { Deployed } from './registry-deployment.ts'
import { Sweep } from './registry-sweep.ts'

/** `tars.tarsregistry.QueryObj`, the locator. */
export type EndpointQuery = Pick<TwoWayProxy<typeof QueryF>, 'findObjectById4Any'>

const MAX_OBJECTS = 500
/** An object that is none is asked for again after so many rounds. */
const ROUNDS_TO_FORGET = 30

export class RegistryEndpoints {
  readonly #query: EndpointQuery
  readonly #sweep: Sweep
  /** Modules without the usual object; forgotten now and then. */
  readonly #without = new Set<string>()
  #round = 0

  constructor(query: EndpointQuery, clock: Clock) {
    this.#query = query
    this.#sweep = new Sweep(clock)
  }

  /** Active endpoints by node, of those modules that were asked for and have the usual object. */
  async read(
    servers: readonly Deployed[],
    untilMs: UnixMs,
  ): Promise<Map<string, Map<string, number>>> {
    if (++this.#round % ROUNDS_TO_FORGET === 0) this.#without.clear()
    const modules = [...new Set(servers.map(({ module }) => module))].sort()
    const asked = modules.filter((each) => usualObject(each) && !this.#without.has(each))
    const found = new Map<string, Map<string, number>>()
    try {
      await this.#sweep.run(asked, { maxItems: MAX_OBJECTS, untilMs }, async (module) => {
        const counts = await this.#ask(module)
        if (counts) found.set(module, counts)
        else this.#without.add(module)
      })
    } catch (error) {
      // What was found counts; the rest is taken from the servers' states.
      if (!(error instanceof CallError)) throw error
    }
    return found
  }

  async #ask(module: string): Promise<Map<string, number> | undefined> {
    const id = usualObject(module) ?? ''
    const { activeEp, inactiveEp } = await this.#query.findObjectById4Any({ id })
    if (activeEp.length + inactiveEp.length === 0) return undefined
    const counts = new Map<string, number>()
    for (const { nodeName, host } of activeEp) {
      const node = nodeName || host
      counts.set(node, (counts.get(node) ?? 0) + 1)
    }
    return counts
  }
}

function usualObject(module: string): string | undefined {
  const [, name] = /^[^.]+\.(\w+)Server$/.exec(module) ?? []
  return name === undefined ? undefined : `${module}.${name}Obj`
}
