/**
 * Routes (路由配置) as Alertmanager's: an alert goes down the tree, and the deepest nodes that match tell of it.
 * Source: alertmanager `dispatch/route.go`.
 */
import type { Labels } from '../../../model/labels.ts'
import { type LabelMatcher, labelValue, type Test, testOf } from '../mute.ts'
import type { InhibitRule } from './inhibition.ts'
import { matchersText } from './matcher-text.ts'
import type { TimeInterval } from './time-interval.ts'

/** As it is written; what is absent is the parent's, but the intervals. */
export interface Route {
  readonly receiver?: string
  readonly matchers: readonly LabelMatcher[]
  readonly groupBy?: readonly string[] | 'all'
  readonly groupWaitMs?: number
  readonly groupIntervalMs?: number
  readonly repeatIntervalMs?: number
  /** More siblings are asked after it. */
  readonly continue: boolean
  readonly muteTimeIntervals: readonly string[]
  readonly activeTimeIntervals: readonly string[]
  readonly routes: readonly Route[]
}

/** Ids of those whom a receiver of the tree stands for. */
export interface Targets {
  readonly contacts: readonly string[]
  readonly groups: readonly string[]
  readonly receivers: readonly string[]
  readonly rotas?: readonly string[]
}

export interface RouteTree {
  readonly route: Route
  /** By name, as routes name them. */
  readonly receivers: Readonly<Record<string, Targets>>
  readonly timeIntervals: Readonly<Record<string, readonly TimeInterval[]>>
  readonly inhibitRules: readonly InhibitRule[]
}

/** How a node groups what it tells. */
export interface Grouping {
  /** Names of labels; all: each alert is a group of its own. */
  readonly groupBy: readonly string[] | 'all'
  /** Before the first message of a group. */
  readonly groupWaitMs: number
  /** Before the next. */
  readonly groupIntervalMs: number
  /** Before what was told and still fires is told again. */
  readonly repeatIntervalMs: number
}

/** A node with what it inherits. */
export interface RouteNode {
  /** Matchers from the root: `{}/{team="a"}`; of siblings alike the second ends with `#2`. */
  readonly path: string
  readonly depth: number
  readonly matchers: readonly LabelMatcher[]
  readonly receiver: string
  readonly grouping: Grouping
  readonly continue: boolean
  readonly muteTimeIntervals: readonly string[]
  readonly activeTimeIntervals: readonly string[]
  readonly tests: readonly Test[]
  readonly nodes: readonly RouteNode[]
}

const DEFAULTS: Grouping = {
  groupBy: [],
  groupWaitMs: 30_000,
  groupIntervalMs: 300_000,
  repeatIntervalMs: 4 * 3_600_000,
}

const roots = new WeakMap<Route, RouteNode>()

/** The root with all below it; made once. */
export function rootOf({ route }: Pick<RouteTree, 'route'>): RouteNode {
  const known = roots.get(route) ?? nodeOf(route, '{}', undefined)
  roots.set(route, known)
  return known
}

function nodeOf(route: Route, path: string, parent: RouteNode | undefined): RouteNode {
  const { matchers, muteTimeIntervals, activeTimeIntervals } = route
  const from = parent?.grouping ?? DEFAULTS
  const node = {
    ...{ path, matchers, muteTimeIntervals, activeTimeIntervals, continue: route.continue },
    depth: parent ? parent.depth + 1 : 0,
    receiver: route.receiver ?? parent?.receiver ?? '',
    grouping: {
      groupBy: route.groupBy ?? from.groupBy,
      groupWaitMs: route.groupWaitMs ?? from.groupWaitMs,
      groupIntervalMs: route.groupIntervalMs ?? from.groupIntervalMs,
      repeatIntervalMs: route.repeatIntervalMs ?? from.repeatIntervalMs,
    },
    tests: matchers.map(testOf),
  }
  const counts = new Map<string, number>()
  const nodes = route.routes.map((child) => {
    const text = matchersText(child.matchers)
    const count = (counts.get(text) ?? 0) + 1
    counts.set(text, count)
    const place = `${path}/${text}${count > 1 ? `#${count}` : ''}`
    return nodeOf(child, place, { ...node, nodes: [] })
  })
  return { ...node, nodes }
}

/** The nodes that tell of what has these labels, depth first; none where not even the root matches. */
export function matching(node: RouteNode, labels: Labels): RouteNode[] {
  if (!node.tests.every((test) => test(labels))) return []
  const found: RouteNode[] = []
  for (const child of node.nodes) {
    const below = matching(child, labels)
    found.push(...below)
    if (below.length > 0 && !child.continue) break
  }
  return found.length > 0 ? found : [node]
}

/** The node and all below it, each before those below. */
export function nodesOf(node: RouteNode): RouteNode[] {
  return [node, ...node.nodes.flatMap(nodesOf)]
}

/** The labels that make a group of the node, sorted; a missing label is an empty one. */
export function groupLabels({ groupBy }: Grouping, labels: Labels): [string, string][] {
  const names = groupBy === 'all' ? Object.keys(labels) : groupBy
  return names
    .toSorted()
    .map((name): [string, string] => [name, labelValue(labels, name)])
    .filter(([, value]) => value !== '')
}
