/** How rules are shown. */
import { z } from 'zod'
import { keptRuleBody } from '../rules/form/own-rule.ts'
import { COMPARED_WITH } from '../rules/learning.ts'
import { unixMs } from './schemas.ts'

export const ruleView = z.object({
  name: z.string(),
  /** Of file and group. */
  group: z.string(),
  /** `file`: of all environments. */
  kind: z.enum(['file', 'uploaded', 'form', 'promql']),
  /** PromQL, with the variables of rule files. */
  expr: z.string(),
  severity: z.string(),
  forMs: z.number(),
  title: z.string(),
  titleEn: z.string(),
  /** When it fires, in a sentence, as its annotations `when` and `when_en` say. */
  when: z.string().optional(),
  whenEn: z.string().optional(),
  /** The name of the threshold it reads, where that can be set. */
  threshold: z.string().optional(),
  /** `off`: not evaluated. */
  state: z.enum(['off', 'inactive', 'pending', 'firing']),
  alerts: z.object({ pending: z.number(), firing: z.number() }),
  /** What it compares with, and there is no history of yet: of that it says nothing. */
  learning: z.enum(COMPARED_WITH).array(),
  /** Why it cannot be evaluated, or could not be the last time. */
  lastError: z.string().optional(),
  evaluatedAtMs: unixMs.optional(),
  /** Real time. */
  tookMs: z.number().optional(),
  /** Of those that people made. */
  own: z.object({ id: z.string(), body: keptRuleBody }).optional(),
})

export const previewView = z.object({
  expr: z.string(),
  description: z.string(),
  descriptionEn: z.string(),
  /** How many alerts there would be now, and some of their labels. */
  found: z.number().optional(),
  examples: z.array(z.record(z.string(), z.string())).optional(),
  /** Of forms: how many services that are heard of now its filter lets through. */
  services: z.number().optional(),
  /** `$span` and its like in it → what they stand for at report intervals of 10 s, 1 min and 5 min. */
  variables: z.record(z.string(), z.string().array()),
  /** What is allowed, but hardly meant. */
  warnings: z.string().array(),
  /** Why it cannot be a rule, or be evaluated. */
  fault: z.string().optional(),
})
