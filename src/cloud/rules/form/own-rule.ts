/** Rules that people made in the console: forms, or PromQL. */
import { z } from 'zod'
import { formRule, keptFormRule, line, lines, whole } from './form-rule.ts'

const template = lines(2000).default('')
const minutes = whole(0, 1440)

/** With the variables of rule files (`$span` …); texts are templates as in rule files. */
export const promqlRule = z.strictObject({
  name: line(64),
  expr: lines(8000).min(1, 'an expression'),
  severity: z.enum(['ERROR', 'WARN', 'INFO']).default('WARN'),
  forMinutes: minutes.default(0),
  keepFiringMinutes: minutes.default(5),
  description: template,
  descriptionEn: template,
})

export type PromqlRule = z.output<typeof promqlRule>

const enabled = z.boolean().default(true)

const ofPromql = z.strictObject({ kind: z.literal('promql'), enabled, rule: promqlRule })

export const ownRuleBody = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('form'), enabled, form: formRule }),
  ofPromql,
])

/** As `keptFormRule`. */
export const keptRuleBody = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('form'), enabled, form: keptFormRule }),
  ofPromql,
])

export type OwnRuleBody = z.output<typeof ownRuleBody>

export interface OwnRule {
  readonly environment: string
  readonly id: string
  readonly body: OwnRuleBody
}

export function nameOf(body: OwnRuleBody): string {
  return body.kind === 'form' ? body.form.name : body.rule.name
}
