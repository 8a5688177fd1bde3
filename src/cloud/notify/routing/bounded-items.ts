import type { Node } from 'yaml'
import type { YamlFile } from '../../../support/yaml-file.ts'

/** The members of a list, as far as there may be; with anchors a short text may say a very long one many times. */
export function boundedItems(
  yaml: YamlFile,
  node: Node | undefined,
  within: string,
  max: number,
): readonly (Node | undefined)[] {
  const nodes = yaml.items(node, within)
  if (nodes.length <= max) return nodes
  yaml.fault(yaml.offsetOf(nodes[max]), within, `expected ${max} at the most`)
  return nodes.slice(0, max)
}
