import type { z } from 'zod'
import type { UnixMs } from '../../model/time.ts'
import type { Directory } from '../notify/routing/directory.ts'
import { ruleText } from '../notify/routing/inhibition.ts'
import { matchersText } from '../notify/routing/matcher-text.ts'
import { routeHoldEnd } from '../notify/routing/route-times.ts'
import {
  type Grouping,
  groupLabels,
  matching,
  nodesOf,
  type RouteTree,
  rootOf,
} from '../notify/routing/route-tree.ts'
import type { testAnswer, treeAnswer } from './route-tree-schemas.ts'

type Views = z.output<typeof treeAnswer>

/** The nodes and rules of a tree, for people. */
export function viewTree(
  tree: RouteTree | undefined,
  directory: Directory,
): Pick<Views, 'routes' | 'inhibitRules'> {
  if (!tree) return { routes: [], inhibitRules: [] }
  const routes = nodesOf(rootOf(tree)).map((node) => ({
    ...{ path: node.path, depth: node.depth, continue: node.continue, receiver: node.receiver },
    matchers: matchersText(node.matchers).slice(1, -1),
    told: toldBy(tree, node.receiver, directory),
    ...viewGrouping(node.grouping),
    muteTimeIntervals: [...node.muteTimeIntervals],
    activeTimeIntervals: [...node.activeTimeIntervals],
  }))
  return { routes, inhibitRules: tree.inhibitRules.map(ruleText) }
}

/** Where an alert with these labels goes. */
export function viewTest(
  tree: RouteTree,
  labels: Readonly<Record<string, string>>,
  directory: Directory,
  at: UnixMs,
): z.output<typeof testAnswer>['routes'] {
  return matching(rootOf(tree), labels).map((node) => {
    const until = routeHoldEnd(node, tree, at)
    return {
      ...{ path: node.path, receiver: node.receiver },
      told: toldBy(tree, node.receiver, directory),
      group: groupLabels(node.grouping, labels).map(([name, value]) => ({ name, value })),
      ...viewGrouping(node.grouping),
      ...(until !== undefined && { heldUntilMs: until }),
    }
  })
}

function viewGrouping({ groupBy, ...times }: Grouping) {
  return { groupBy: groupBy === 'all' ? groupBy : [...groupBy], ...times }
}

/** '' stands for who was removed since. */
function toldBy({ receivers }: RouteTree, receiver: string, directory: Directory): string[] {
  const targets = receivers[receiver]
  if (!targets) return []
  const named = (list: Directory['groups'], ids: readonly string[]) =>
    ids.map((id) => list.find((one) => one.id === id)?.name ?? '')
  return [
    ...named(directory.contacts, targets.contacts),
    ...named(directory.groups, targets.groups),
    ...named(directory.rotas ?? [], targets.rotas ?? []),
    ...named(directory.receivers, targets.receivers),
  ]
}
