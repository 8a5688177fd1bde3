/**
 * A tree of routes as people write it: `route`, `inhibit_rules` and `time_intervals` as in `alertmanager.yml`, and
 * `receivers` that name contacts, contact groups, rotas and receivers (channels) of the environment.
 */
import type { Node } from 'yaml'
import { type Field, type Fields, type YamlFault, YamlFile } from '../../../support/yaml-file.ts'
import { boundedItems } from './bounded-items.ts'
import { contactNamed, type Directory, idNamed, targetsNamed } from './directory.ts'
import { parseInhibitRules } from './parse-inhibit-rules.ts'
import { parseRoot } from './parse-route.ts'
import { parseTimeIntervals } from './parse-time-intervals.ts'
import type { RouteTree, Targets } from './route-tree.ts'

/** Bytes, about. */
export const MAX_CHARS = 256 * 1024
const MAX_RECEIVERS = 500
/** Of one receiver, in each of its lists. */
const MAX_NAMES = 200
const TOP_FIELDS = [
  ...['route', 'receivers', 'inhibit_rules', 'time_intervals', 'mute_time_intervals'],
]

export type ParsedTree =
  | { readonly tree: RouteTree; readonly faults: readonly [] }
  | { readonly tree?: undefined; readonly faults: readonly YamlFault[] }

/** All of it, or all that is wrong with it. */
export function parseRouteTree(text: string, directory: Directory): ParsedTree {
  const yaml = new YamlFile('', text)
  const top = yaml.faults.length > 0 ? new Map() : yaml.fields(yaml.root, '')
  if (yaml.faults.length > 0) return { faults: yaml.faults }
  yaml.onlyKnown(top, TOP_FIELDS, '')
  const listed = parseReceivers(yaml, top, directory)
  return finished(yaml, parseTree(yaml, top, listed, directory))
}

/** What Alertmanager's file and ours have alike. A receiver that is not listed is who has its name. */
export function parseTree(
  yaml: YamlFile,
  top: Fields,
  listed: ReadonlyMap<string, Targets>,
  directory: Directory,
  moreFields: readonly string[] = [],
): RouteTree {
  const timeIntervals = parseTimeIntervals(yaml, top)
  const { groups, receivers, rotas = [], contacts } = directory
  const everybody = [...groups, ...receivers, ...rotas, ...contacts]
  const names = [...listed.keys(), ...everybody.map(({ name }) => name)]
  const route = parseRoot(yaml, top, {
    receivers: new Set(names),
    timeIntervals: new Set(timeIntervals.keys()),
    moreFields,
  })
  const named = [...new Set(namesIn(route))].flatMap((name): [string, Targets][] => {
    const targets = targetsNamed(directory, name)
    return targets ? [[name, targets]] : []
  })
  return {
    route,
    // Who is listed counts before who has the name.
    receivers: Object.fromEntries([...named, ...listed]),
    timeIntervals: Object.fromEntries(timeIntervals),
    inhibitRules: parseInhibitRules(yaml, top),
  }
}

export function finished(yaml: YamlFile, tree: RouteTree): ParsedTree {
  if (yaml.faults.length === 0) return { tree, faults: [] }
  return { faults: yaml.faults.toSorted((a, b) => a.line - b.line || a.column - b.column) }
}

function namesIn({ receiver, routes }: RouteTree['route']): string[] {
  return [...(receiver ? [receiver] : []), ...routes.flatMap(namesIn)]
}

const LISTS = {
  contacts: contactNamed,
  groups: ({ groups }: Directory, name: string) => idNamed(groups, name),
  rotas: ({ rotas = [] }: Directory, name: string) => idNamed(rotas, name),
  channels: ({ receivers }: Directory, name: string) => idNamed(receivers, name),
} as const

function parseReceivers(yaml: YamlFile, top: Fields, directory: Directory): Map<string, Targets> {
  const found = new Map<string, Targets>()
  const nodes = boundedItems(yaml, top.get('receivers')?.value, 'receivers', MAX_RECEIVERS)
  for (const node of nodes) {
    const fields = yaml.fields(node, 'receiver')
    yaml.onlyKnown(fields, ['name', ...Object.keys(LISTS)], 'receiver')
    const name = receiverName(yaml, node, fields, found)
    const ids = (list: keyof typeof LISTS) => idsIn(yaml, fields.get(list), list, directory)
    const rotas = ids('rotas')
    found.set(name, {
      ...{ contacts: ids('contacts'), groups: ids('groups'), receivers: ids('channels') },
      ...(rotas.length > 0 && { rotas }),
    })
  }
  return found
}

/** '' (and a fault) where there is none. */
export function receiverName(
  yaml: YamlFile,
  node: Node | undefined,
  fields: Fields,
  before: ReadonlyMap<string, unknown>,
): string {
  const name = yaml.text(fields.get('name'), 'receiver') ?? ''
  const wrong = (message: string) => yaml.fault(yaml.offsetOf(node), 'receiver', message)
  if (name === '') wrong('expected a name')
  else if (before.has(name)) wrong(`"${name}" is there twice`)
  return name
}

function idsIn(
  yaml: YamlFile,
  field: Field | undefined,
  list: keyof typeof LISTS,
  directory: Directory,
): string[] {
  return boundedItems(yaml, field?.value, list, MAX_NAMES).flatMap((value) => {
    const name = yaml.text({ value, keyOffset: 0 }, list) ?? ''
    const id = LISTS[list](directory, name)
    if (id === undefined) yaml.fault(yaml.offsetOf(value), list, `there is no "${name}"`)
    return id ?? []
  })
}
