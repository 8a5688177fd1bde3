/** Prometheus rule files. Source: prometheus `model/rulefmt/rulefmt.go`. */

import { basename } from 'node:path'
import type { Node } from 'yaml'
import { type Field, type Fields, YamlFile } from '../../support/yaml-file.ts'
import { durationMs } from './duration-field.ts'
import type { RuleFault } from './fault.ts'
import { isLabelName, parseRule } from './parse-rule.ts'
import type { Rule, RuleGroup } from './rule.ts'

const GROUP_FIELDS = ['name', 'interval', 'query_offset', 'limit', 'labels', 'rules']
const DEFAULT_INTERVAL_MS = 10_000
const MIN_INTERVAL_MS = 1000

export interface ParsedFile {
  readonly groups: readonly RuleGroup[]
  /** With any, the groups are not whole. */
  readonly faults: readonly RuleFault[]
}

/** All of a file, or all that is wrong with it. Groups without interval have 10 s. */
export function parseRuleFile(file: string, text: string): ParsedFile {
  const yaml = new YamlFile(file, text)
  if (yaml.faults.length > 0) return { groups: [], faults: yaml.faults }
  const fields = yaml.fields(yaml.root, '')
  yaml.onlyKnown(fields, ['groups'], '')
  const names = new Set<string>()
  const groups = yaml
    .items(fields.get('groups')?.value, '')
    .map((node) => parseGroup(yaml, node, names))
  const faults = yaml.faults.toSorted((a, b) => a.line - b.line || a.column - b.column)
  return { groups, faults }
}

function parseGroup(yaml: YamlFile, node: Node | undefined, names: Set<string>): RuleGroup {
  const fields = yaml.fields(node, '')
  const name = groupName(yaml, node, fields.get('name'), names)
  const within = `group "${name}"`
  yaml.onlyKnown(fields, GROUP_FIELDS, within)
  const labels = groupLabels(yaml, fields.get('labels'), within)
  const interval = fields.get('interval')
  const intervalMs = durationMs(yaml, interval, within) || DEFAULT_INTERVAL_MS
  if (intervalMs < MIN_INTERVAL_MS) {
    yaml.fault(yaml.offsetOf(interval?.value), within, 'the interval must be at least 1s')
  }
  const rules: Rule[] = []
  for (const [index, item] of yaml.items(fields.get('rules')?.value, within).entries()) {
    const rule = parseRule({ yaml, within, labels }, item, index + 1)
    if (rule) rules.push(rule)
  }
  return {
    key: `${basename(yaml.file)};${name}`,
    file: yaml.file,
    name,
    intervalMs,
    queryOffsetMs: durationMs(yaml, fields.get('query_offset'), within),
    limit: limitOf(yaml, fields.get('limit'), within),
    rules,
  }
}

function groupName(
  yaml: YamlFile,
  node: Node | undefined,
  field: Field | undefined,
  names: Set<string>,
): string {
  const name = yaml.text(field, '') ?? ''
  const offset = yaml.offsetOf(field?.value ?? node)
  if (name === '') yaml.fault(offset, '', 'the name of a group must not be empty')
  else if (names.has(name)) yaml.fault(offset, '', `group "${name}" is repeated in the same file`)
  names.add(name)
  return name
}

/** Told once, not with each rule. */
function groupLabels(yaml: YamlFile, field: Field | undefined, within: string): Fields {
  const labels = [...yaml.fields(field?.value, within)]
  return new Map(
    labels.filter(([name, { keyOffset }]) => {
      const valid = isLabelName(name)
      if (!valid) yaml.fault(keyOffset, within, `invalid label name: ${name}`)
      return valid
    }),
  )
}

/** Less than 0 is no limit, too. */
function limitOf(yaml: YamlFile, field: Field | undefined, within: string): number {
  const text = yaml.text(field, within)
  if (text === undefined || text === '') return 0
  const limit = Number(text)
  if (/^[-+]?\d+$/.test(text) && Number.isSafeInteger(limit)) return Math.max(0, limit)
  yaml.fault(yaml.offsetOf(field?.value), within, `limit "${text}" is not a whole number`)
  return 0
}
