import type { Field, Fields, YamlFile } from '../../../support/yaml-file.ts'
import { boundedItems } from './bounded-items.ts'
import type { InhibitRule } from './inhibition.ts'
import { parseMatcherFields } from './parse-matchers.ts'

const SIDES = ['source', 'target'] as const
const FIELDS = [
  ...['name', 'equal'],
  ...SIDES.flatMap((side) => [`${side}_match`, `${side}_match_re`, `${side}_matchers`]),
]
const MAX_RULES = 500
const MAX_EQUAL = 50

/** `inhibit_rules`. Source: alertmanager `config/common/inhibitrule.go`. */
export function parseInhibitRules(yaml: YamlFile, top: Fields): InhibitRule[] {
  const nodes = boundedItems(yaml, top.get('inhibit_rules')?.value, 'inhibit_rules', MAX_RULES)
  return nodes.map((node) => {
    const fields = yaml.fields(node, 'inhibit rule')
    yaml.onlyKnown(fields, FIELDS, 'inhibit rule')
    const [sourceMatchers = [], targetMatchers = []] = SIDES.map((side) =>
      parseMatcherFields(yaml, fields, `${side}_`),
    )
    // Alertmanager takes it, and every alert would hold back all others.
    if (targetMatchers.length === 0 || sourceMatchers.length === 0) {
      const message = 'expected matchers of the source and of the target'
      yaml.fault(yaml.offsetOf(node), 'inhibit rule', message)
    }
    return { sourceMatchers, targetMatchers, equal: parseEqual(yaml, fields.get('equal')) }
  })
}

function parseEqual(yaml: YamlFile, field: Field | undefined): string[] {
  return boundedItems(yaml, field?.value, 'equal', MAX_EQUAL).map((value) => {
    const name = yaml.text({ value, keyOffset: 0 }, 'equal') ?? ''
    if (name === '') yaml.fault(yaml.offsetOf(value), 'equal', 'expected the name of a label')
    return name
  })
}
