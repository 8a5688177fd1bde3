/** Matchers in YAML: lists of texts, and the older maps. Source: alertmanager `config/common/matchers.go`. */
import type { Node } from 'yaml'
import { messageOf } from '../../../support/failure.ts'
import type { Field, Fields, YamlFile } from '../../../support/yaml-file.ts'
import { faultsOf, type LabelMatcher } from '../mute.ts'
import { boundedItems } from './bounded-items.ts'
import { parseMatchers } from './matcher-text.ts'

const MAX_MATCHERS = 100
const LABEL = /^[a-zA-Z_][a-zA-Z0-9_]*$/

/** Of the fields `matchers`, `match` and `match_re`, whose names begin with `prefix`. */
export function parseMatcherFields(yaml: YamlFile, fields: Fields, prefix: string): LabelMatcher[] {
  return [
    ...ofMap(yaml, fields.get(`${prefix}match`), '='),
    ...ofMap(yaml, fields.get(`${prefix}match_re`), '=~'),
    ...ofList(yaml, fields.get(`${prefix}matchers`)),
  ]
}

function ofMap(yaml: YamlFile, field: Field | undefined, op: '=' | '=~'): LabelMatcher[] {
  return [...yaml.fields(field?.value, 'match')].flatMap(([name, one]) => {
    if (!LABEL.test(name)) yaml.fault(one.keyOffset, '', `invalid label name "${name}"`)
    const value = yaml.text(one, name)
    if (op === '=~' && yaml.isNothing(one)) {
      yaml.fault(one.keyOffset, '', `invalid regexp value for "${name}"`)
    }
    return value === undefined ? [] : checked(yaml, one.value, [{ name, op, value }])
  })
}

function ofList(yaml: YamlFile, field: Field | undefined): LabelMatcher[] {
  return boundedItems(yaml, field?.value, 'matchers', MAX_MATCHERS).flatMap((node) => {
    const text = yaml.text({ value: node, keyOffset: 0 }, 'matchers') ?? ''
    try {
      return checked(yaml, node, parseMatchers(text))
    } catch (error) {
      yaml.fault(yaml.offsetOf(node), 'matchers', messageOf(error))
      return []
    }
  })
}

/** Those whose regular expressions can be read. */
function checked(
  yaml: YamlFile,
  node: Node | undefined,
  matchers: readonly LabelMatcher[],
): LabelMatcher[] {
  const faults = faultsOf(matchers)
  for (const fault of faults.filter((one) => one !== '')) {
    yaml.fault(yaml.offsetOf(node), 'matchers', fault)
  }
  return matchers.filter((_, at) => faults[at] === '')
}
