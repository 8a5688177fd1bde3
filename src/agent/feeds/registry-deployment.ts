/** What the registry's list of servers says. Pure. */
import { nameOf } from './text.ts'

/** A server on a node, by the record of the registry. */
export interface Deployed {
  /** `App.Server`. */
  readonly module: string
  readonly node: string
  readonly wanted: boolean
  readonly present: boolean
}

export interface Deployment {
  readonly servers: readonly Deployed[]
  /** Beyond `maxServers`. */
  readonly leftOut: number
  /** Entries that are none. */
  readonly unreadable: number
}

/** `activeNodes` help to tell where the name of a server ends and that of its node begins. */
export function deploymentOf(
  ids: readonly (readonly string[])[],
  activeNodes: ReadonlySet<string>,
  maxServers: number,
): Deployment {
  const taken = ids.slice(0, maxServers)
  const servers = taken.flatMap((id) => deployedOf(id, activeNodes) ?? [])
  return {
    servers,
    leftOut: ids.length - taken.length,
    unreadable: taken.length - servers.length,
  }
}

export function keyOf({ module, node }: Pick<Deployed, 'module' | 'node'>): string {
  return `${module} ${node}`
}

function deployedOf(
  [id = '', setting, present]: readonly string[],
  activeNodes: ReadonlySet<string>,
): Deployed | undefined {
  const split = splitId(id, activeNodes)
  if (!split || setting === undefined || present === undefined) return undefined
  return { ...split, wanted: isActive(setting), present: isActive(present) }
}

/** Registry and database write `active`, nodes `Active`. */
export function isActive(state: string): boolean {
  return state.toLowerCase() === 'active'
}

/** `App.Server_node`: names of servers have no `_` as a rule, those of nodes may. */
function splitId(
  id: string,
  activeNodes: ReadonlySet<string>,
): { module: string; node: string } | undefined {
  const first = id.indexOf('_')
  let at = first
  while (at >= 0 && !activeNodes.has(id.slice(at + 1))) at = id.indexOf('_', at + 1)
  const end = at < 0 ? first : at
  const module = nameOf(id.slice(0, Math.max(0, end)))
  const node = nameOf(id.slice(end + 1))
  return /^[^.]+\.[^.]+$/.test(module) && node !== '' ? { module, node } : undefined
}
