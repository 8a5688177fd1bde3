/** Nodes of a tree of routes as policies: each tells for itself. */
import { createHash } from 'node:crypto'
import type { Teller } from '../../alerts/alert.ts'
import { labelsOf, type Mutable } from '../mute.ts'
import type { Policy } from '../policy.ts'
import type { Audience } from '../ports.ts'
import { matching, nodesOf, type RouteNode, type RouteTree, rootOf } from './route-tree.ts'

const PREFIX = 'route:'
/** Of a path in an id; the rest of a longer one is a hash. */
const MAX_PATH = 200

export function isRouteId(id: Policy['id']): boolean {
  return id.startsWith(PREFIX)
}

/** `route:{}/{team="a"}`: the same as long as its matchers and those above are. */
export function routeId({ path }: Pick<RouteNode, 'path'>): Policy['id'] {
  if (path.length <= MAX_PATH) return `${PREFIX}${path}`
  const hash = createHash('sha256').update(path).digest('hex').slice(0, 16)
  return `${PREFIX}${path.slice(0, MAX_PATH)}…${hash}`
}

/** The path in an id, for people. */
export function routePathOf(id: Policy['id']): string {
  return id.slice(PREFIX.length)
}

/** Those that tell of it. */
export function routesFor(
  alert: Mutable & { readonly environment: string },
  { routes }: Audience,
): Policy[] {
  if (!routes) return []
  return matching(rootOf(routes), labelsOf(alert)).map((node) =>
    policyOf(node, routes, alert.environment),
  )
}

/** The node of this id; undefined: there is none any more. */
export function routeOfId(
  { routes }: Audience,
  id: Policy['id'],
  environment: string,
): Policy | undefined {
  const node = routes && nodesOf(rootOf(routes)).find((one) => routeId(one) === id)
  return node && policyOf(node, routes, environment)
}

function policyOf(node: RouteNode, { receivers }: RouteTree, environment: string): Policy {
  const targets = receivers[node.receiver] ?? { contacts: [], groups: [], receivers: [] }
  return {
    ...targets,
    id: routeId(node),
    environment,
    name: node.receiver,
    services: ['*'],
    route: node,
  }
}

/** Why a node that matches tells of it, or not. @param into an alert that tells of the same cause. */
export function routeNodeReason(
  { id, environment, contacts, groups = [], rotas = [], receivers = [] }: Policy,
  audience: Audience,
  into: Teller | undefined,
): 'no-receiver' | 'folded' | 'covered' {
  const named = [...contacts, ...groups, ...rotas, ...receivers]
  if (named.length === 0) return 'no-receiver'
  const tellers = into?.mutable ? routesFor({ ...into.mutable, environment }, audience) : []
  return tellers.some((one) => one.id === id) ? 'folded' : 'covered'
}
