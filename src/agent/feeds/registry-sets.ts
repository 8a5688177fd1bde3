/** Which set a server on a node belongs to. The registry's tree tells it by server, its rows by node. */

import type { ServerTree } from '../../tars/idl/admin-reg.ts'
import { CallError } from '../../tars/proxy.ts'
import { NO_FUNCTION } from '../../tars/servant.ts'
import type { AdminRegistry } from './admin-registry.ts'
import { setOf } from './module-name.ts'
import { type Deployed, keyOf } from './registry-deployment.ts'

/** They hardly ever change: also read when a server appears. */
const ROUNDS_TO_KEEP = 10
/** Servers with several sets; those beyond are told without. */
const MAX_MIXED = 200
const ROWS_OF = 20

export class RegistrySets {
  readonly #admin: AdminRegistry
  #known = new Set<string>()
  /** By module, and by module and node. None is ''. */
  #sets = new Map<string, string>()
  #roundsLeft = 0

  constructor(admin: AdminRegistry) {
    this.#admin = admin
  }

  /** `name.area.id`; '' when none. Of what the last {@link read} was given. */
  of(server: Deployed): string {
    return this.#sets.get(keyOf(server)) ?? this.#sets.get(server.module) ?? ''
  }

  /** @throws {CallError} */
  async read(servers: readonly Deployed[]): Promise<void> {
    const isKnown = servers.every((server) => this.#known.has(keyOf(server)))
    if (isKnown && this.#roundsLeft-- > 0) return
    const sets = setsByModule(await this.#tree())
    const found = new Map<string, string>()
    const mixed: string[] = []
    for (const [module, [first = '', ...others]] of sets) {
      if (others.length > 0) mixed.push(module)
      else if (first !== '') found.set(module, first)
    }
    await this.#readRows(mixed.slice(0, MAX_MIXED), found)
    this.#sets = found
    this.#known = new Set(servers.map(keyOf))
    this.#roundsLeft = ROUNDS_TO_KEEP
  }

  async #tree(): Promise<readonly ServerTree[]> {
    try {
      return await this.#admin.serverTree()
    } catch (error) {
      // Before 3.0.6.
      if (error instanceof CallError && error.code === NO_FUNCTION) return []
      throw error
    }
  }

  async #readRows(modules: readonly string[], found: Map<string, string>): Promise<void> {
    for (let i = 0; i < modules.length; i += ROWS_OF) {
      const rows = await this.#admin.serverRows(modules.slice(i, i + ROWS_OF).map(nameParts))
      for (const row of rows) {
        const at = (column: string) => row.get(column) ?? ''
        const set = { name: at('set_name'), area: at('set_area'), id: at('set_group') }
        const module = `${at('application')}.${at('server_name')}`
        const hasSet = at('enable_set').toUpperCase() === 'Y'
        if (hasSet) found.set(keyOf({ module, node: at('node_name') }), setOf(set, ''))
      }
    }
  }
}

function setsByModule(tree: readonly ServerTree[]): Map<string, Set<string>> {
  const sets = new Map<string, Set<string>>()
  for (const { application, serverName, enableSet, setName, setArea, setGroup } of tree) {
    const parts = { name: setName, area: setArea, id: setGroup }
    const set = enableSet.toUpperCase() === 'Y' ? setOf(parts, '') : ''
    const module = `${application}.${serverName}`
    sets.set(module, (sets.get(module) ?? new Set()).add(set))
  }
  return sets
}

/** Of `App.Server`. */
export function nameParts(module: string): { application: string; serverName: string } {
  const [application = '', serverName = ''] = module.split('.')
  return { application, serverName }
}
