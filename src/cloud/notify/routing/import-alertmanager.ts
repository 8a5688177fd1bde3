/** An `alertmanager.yml` as a tree of routes of ours: what is taken over, and what is not and why. Pure. */
import type { Node } from 'yaml'
import { type Fields, type YamlFault, YamlFile } from '../../../support/yaml-file.ts'
import { FILE_FIELDS, globalReason } from './alertmanager-fields.ts'
import { type Directory, targetsNamed } from './directory.ts'
import { type Imported, ReceiverImport } from './import-receivers.ts'
import type { Additions, Leave, Left } from './import-report.ts'
import { finished, parseTree } from './parse-route-tree.ts'
import type { Route, Targets } from './route-tree.ts'
import { treeText } from './tree-text.ts'

export type ImportReport =
  | { readonly faults: readonly YamlFault[] }
  | {
      readonly faults: readonly []
      /** As `parseRouteTree` takes it, once the additions are there. */
      readonly text: string
      readonly left: readonly Left[]
      readonly additions: Additions
    }

const LEVELS = ['ERROR', 'WARN', 'INFO']
const NOBODY: Targets = { contacts: [], groups: [], receivers: [] }
const TREE_FIELDS = ['route', 'inhibit_rules', 'time_intervals', 'mute_time_intervals']

/** Faults are what Alertmanager would not take, either. */
export function importAlertmanager(text: string, directory: Directory): ImportReport {
  const yaml = new YamlFile('', text)
  const top = yaml.faults.length > 0 ? new Map() : yaml.fields(yaml.root, '')
  if (yaml.faults.length > 0) return { faults: yaml.faults }
  yaml.onlyKnown(top, [...TREE_FIELDS, 'global', 'receivers', ...Object.keys(FILE_FIELDS)], '')
  const left: Left[] = []
  const leave: Leave = (offset, what, reason) =>
    void left.push({ ...yaml.place(offset), what, reason })
  leaveGlobals(yaml, top, leave)
  const receivers = new ReceiverImport(yaml, directory, leave)
  const imported = receivers.read(top.get('receivers'))
  const listed = new Map([...imported.keys()].map((name) => [name, NOBODY]))
  const nobodyElse = { contacts: [], groups: [], receivers: [] }
  const tree = parseTree(yaml, top, listed, nobodyElse, ['labels'])
  const { faults } = finished(yaml, tree)
  if (faults.length > 0) return { faults }
  leaveLabels(yaml, top.get('route')?.value, leave)
  leaveLevels(tree.route, yaml.offsetOf(top.get('route')?.value), leave)
  return {
    faults: [],
    text: treeText(tree, namesOf(imported, directory)),
    left: left.toSorted((a, b) => a.line - b.line || a.column - b.column),
    additions: receivers.additions,
  }
}

function leaveGlobals(yaml: YamlFile, top: Fields, leave: Leave): void {
  for (const [name, reason] of Object.entries(FILE_FIELDS)) {
    const field = top.get(name)
    if (field && !yaml.isNothing(field)) leave(field.keyOffset, name, reason)
  }
  for (const [name, { keyOffset }] of yaml.fields(top.get('global')?.value, 'global')) {
    const reason = globalReason(name)
    if (reason === undefined) yaml.fault(keyOffset, 'global', `unknown field "${name}"`)
    else leave(keyOffset, `global.${name}`, reason)
  }
}

function leaveLabels(yaml: YamlFile, node: Node | undefined, leave: Leave): void {
  const fields = yaml.fields(node, 'route')
  const labels = fields.get('labels')
  if (labels) leave(labels.keyOffset, 'labels', 'no-labels')
  for (const below of yaml.items(fields.get('routes')?.value, 'routes')) {
    leaveLabels(yaml, below, leave)
  }
}

/** Said once: what others call critical is ERROR here. */
function leaveLevels(root: Route, offset: number, leave: Leave): void {
  const all = (route: Route): readonly Route[] => [route, ...route.routes.flatMap(all)]
  const levels = all(root).flatMap(({ matchers }) =>
    matchers.flatMap(({ name, op, value }) =>
      name === 'severity' && op === '=' && !LEVELS.includes(value) ? value : [],
    ),
  )
  for (const level of new Set(levels)) {
    leave(offset, `severity="${level}"`, 'other-levels')
  }
}

/** A receiver that is there already by its name needs no list. */
function namesOf(imported: ReadonlyMap<string, Imported>, directory: Directory) {
  const listed = [...imported].filter(([name]) => targetsNamed(directory, name) === undefined)
  return Object.fromEntries(
    listed.map(([name, { contacts, channels }]) => [name, { contacts, groups: [], channels }]),
  )
}
