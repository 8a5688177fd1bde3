/** What people made for one environment, as groups of rules. Pure. */
import { feedsOf } from '../feeds-of.ts'
import type { Rule, RuleGroup } from '../rule.ts'
import { readRule } from './compile.ts'
import type { OwnRule } from './own-rule.ts'

/** No file: rules of the store. */
export const OWN_FILE = 'own'
const INTERVAL_MS = 30_000
/** A rule that finds more is no alarm that anybody reads. */
const MAX_ELEMENTS = 1000

export interface OwnGroups {
  readonly groups: readonly RuleGroup[]
  /** By id of the rule: where it stands. */
  readonly places: ReadonlyMap<string, { readonly group: string; readonly index: number }>
  /** By id: what is wrong with it, so that it is not evaluated. */
  readonly faults: ReadonlyMap<string, string>
}

/** Rules on data time apart from those by the clock: these wait for no agent. */
export function ownGroups(rules: readonly OwnRule[]): OwnGroups {
  const members = { data: [] as Rule[], clock: [] as Rule[] }
  const places = new Map<string, { group: string; index: number }>()
  const faults = new Map<string, string>()
  for (const { id, body } of rules) {
    if (!body.enabled) continue
    const { rule, faults: found } = readRule(body)
    if (!rule) {
      faults.set(id, found.join('; '))
      continue
    }
    const name = isByClock(rule) ? 'clock' : 'data'
    places.set(id, { group: keyOf(name), index: members[name].length })
    members[name].push(rule)
  }
  const groups = (['data', 'clock'] as const)
    .filter((name) => members[name].length > 0)
    .map((name) => groupOf(name, members[name]))
  return { groups, places, faults }
}

function isByClock({ expr }: Rule): boolean {
  return [...feedsOf(expr)].every((feed) => feed === 'events' || feed === 'outside')
}

function keyOf(name: string): string {
  return `${OWN_FILE};${name}`
}

function groupOf(name: string, rules: readonly Rule[]): RuleGroup {
  return {
    ...{ key: keyOf(name), file: OWN_FILE, name, rules },
    ...{ intervalMs: INTERVAL_MS, queryOffsetMs: 0, limit: MAX_ELEMENTS },
  }
}
