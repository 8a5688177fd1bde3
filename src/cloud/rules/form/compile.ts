/** Forms as PromQL, and what people made as rules of a rule file. Pure. */
import type { Labels } from '../../../model/labels.ts'
import type { RuleFault } from '../fault.ts'
import { formatExpression } from '../format/format-expression.ts'
import { lint } from '../lint.ts'
import { parseRuleFile } from '../parse.ts'
import type { Rule } from '../rule.ts'
import { expressionOf } from './condition.ts'
import type { FormRule } from './form-rule.ts'
import type { OwnRuleBody, PromqlRule } from './own-rule.ts'
import { annotationsOf, plain } from './texts.ts'

/** As a rule file has it. */
export interface CompiledRule {
  readonly alert: string
  readonly expr: string
  readonly for: string
  readonly keep_firing_for: string
  readonly labels: Labels
  readonly annotations: Labels
}

/** The same rule as PromQL. */
export function promqlOf(form: FormRule): PromqlRule {
  const { name, severity, forMinutes, keepFiringMinutes } = form
  const { description = '', description_en: descriptionEn = '' } = annotationsOf(form)
  const expr = expressionOf(form)
  return { name, expr, severity, forMinutes, keepFiringMinutes, description, descriptionEn }
}

/** As people should read it; that takes some 20 ms. */
export function shownExpression(body: OwnRuleBody): string {
  return body.kind === 'form' ? formatExpression(expressionOf(body.form), true) : body.rule.expr
}

export function compile(body: OwnRuleBody): CompiledRule {
  const rule = body.kind === 'form' ? promqlOf(body.form) : body.rule
  const annotations = {
    title: plain(rule.name),
    title_en: plain(rule.name),
    description: rule.description,
    description_en: rule.descriptionEn || rule.description,
  }
  return {
    alert: rule.name,
    expr: rule.expr,
    for: `${rule.forMinutes}m`,
    keep_firing_for: `${rule.keepFiringMinutes}m`,
    labels: { severity: rule.severity },
    annotations: Object.fromEntries(Object.entries(annotations).filter(([, text]) => text !== '')),
  }
}

export interface ReadRule {
  readonly rule?: Rule
  /** What is wrong with it; empty when it is sound. Of the expression with its place: `2:15: …`. */
  readonly faults: readonly string[]
  /** What is allowed, but hardly meant. */
  readonly warnings: readonly string[]
}

/** What was read of a body is kept with it: that takes some 10 ms. */
const known = new WeakMap<OwnRuleBody, ReadRule>()

/** The rule as the runner takes it. */
export function readRule(body: OwnRuleBody): ReadRule {
  const read = known.get(body) ?? readAnew(body)
  known.set(body, read)
  return read
}

function readAnew(body: OwnRuleBody): ReadRule {
  const group = { name: 'own', rules: [compile(body)] }
  // JSON is YAML.
  const text = JSON.stringify({ groups: [group] })
  const { groups, faults } = parseRuleFile('own', text)
  const rule = groups[0]?.rules[0]
  if (!rule || faults.length > 0) {
    return { faults: faults.map((one) => placeIn(text, one.column) + wordsOf(one)), warnings: [] }
  }
  return { rule, faults: [], warnings: lint({ files: [], groups }).map(wordsOf) }
}

function wordsOf({ message }: RuleFault): string {
  return message.replace(/^group "own", rule 1, ".*?": /s, '')
}

/** Where in the expression, as it was typed, a column of the JSON is: `2:15: `; '' for another field. */
function placeIn(json: string, column: number): string {
  const [, before = '', expr = ''] = /^(.*?"expr":")((?:[^"\\]|\\.)*)/s.exec(json) ?? []
  const at = column - 1 - before.length
  if (at < 0 || at > expr.length) return ''
  const lines = String(JSON.parse(`"${expr.slice(0, at)}"`)).split('\n')
  return `${lines.length}:${(lines.at(-1)?.length ?? 0) + 1}: `
}
