/**
 * Inhibition: while its source fires, what a rule targets is not told. Source: alertmanager `inhibit/inhibit.go`.
 */
import { isDrill } from '../../../model/drill.ts'
import type { Labels } from '../../../model/labels.ts'
import {
  type LabelMatcher,
  labelsOf,
  labelValue,
  type Mutable,
  type Test,
  testOf,
} from '../mute.ts'
import { matchersText } from './matcher-text.ts'

export interface InhibitRule {
  readonly sourceMatchers: readonly LabelMatcher[]
  readonly targetMatchers: readonly LabelMatcher[]
  /** Labels that source and target have alike; a missing one is an empty one. */
  readonly equal: readonly string[]
}

/** An alert that fires, as far as it matters here. */
export type Firing = Mutable & { readonly id: string }

export interface Inhibited {
  /** Id of the alert that fires. */
  readonly source: string
  /** `{severity="ERROR"} > {severity="WARN"} by service`. */
  readonly rule: string
}

interface Sources {
  readonly rule: InhibitRule
  readonly source: readonly Test[]
  readonly target: readonly Test[]
  /** By the equal labels: one that is not a target itself, and one whatsoever. */
  readonly byEqual: Map<string, { readonly one: string; readonly whole: string | undefined }>
}

/** What inhibits, found once for many alerts. */
export class Inhibitor {
  readonly #rules: readonly Sources[]

  constructor(rules: readonly InhibitRule[], firing: readonly Firing[]) {
    this.#rules = rules.map((rule) => ({
      rule,
      source: rule.sourceMatchers.map(testOf),
      target: rule.targetMatchers.map(testOf),
      byEqual: new Map(),
    }))
    for (const alert of firing) this.#add(alert)
  }

  #add(alert: Firing): void {
    const labels = labelsOf(alert)
    // Nothing real is kept back by it.
    if (isDrill(labels)) return
    for (const { rule, source, target, byEqual } of this.#rules) {
      if (!matches(source, labels)) continue
      const key = equalKey(rule, labels)
      const whole = matches(target, labels) ? undefined : alert.id
      const known = byEqual.get(key)
      byEqual.set(key, { one: known?.one ?? alert.id, whole: known?.whole ?? whole })
    }
  }

  /** What is source and target of a rule is not inhibited by its like, nor by itself. */
  of(alert: Mutable): Inhibited | undefined {
    const labels = labelsOf(alert)
    for (const { rule, source, target, byEqual } of this.#rules) {
      if (!matches(target, labels)) continue
      const found = byEqual.get(equalKey(rule, labels))
      const by = matches(source, labels) ? found?.whole : found?.one
      if (by !== undefined) return { source: by, rule: ruleText(rule) }
    }
    return undefined
  }
}

function matches(tests: readonly Test[], labels: Labels): boolean {
  return tests.every((test) => test(labels))
}

function equalKey({ equal }: InhibitRule, labels: Labels): string {
  return JSON.stringify(equal.map((name) => labelValue(labels, name)))
}

/** For people. */
export function ruleText({ sourceMatchers, targetMatchers, equal }: InhibitRule): string {
  const sides = `${matchersText(sourceMatchers)} > ${matchersText(targetMatchers)}`
  return equal.length > 0 ? `${sides} by ${equal.join(', ')}` : sides
}
