/** Rules with thresholds, and which holds where. */
import { z } from 'zod'
import { thresholdSchema } from '../baselines/threshold.ts'
import { THRESHOLD_UNITS } from '../rules/threshold/adjustable.ts'

export const thresholdsQuery = z.strictObject({
  /** `App.Server`: its interfaces are told of. */
  server: z.string('App.Server').max(200, 'at most 200 characters').optional(),
})

const level = z.enum(['global', 'app', 'server', 'interface'])

/** The nearest; without a level that of the rule file. */
const effective = z.object({ value: z.number(), level: level.optional() })

const rule = z.object({
  name: z.string(),
  title: z.string(),
  titleEn: z.string(),
  severity: z.string(),
  unit: z.enum(THRESHOLD_UNITS),
  /** That of the rule file. */
  otherwise: z.number(),
})

export const thresholdRulesView = {
  thresholds: thresholdSchema.array(),
  rules: rule
    .extend({
      /** Of the server that was asked for, else of all. */
      effective,
      interfaces: z.array(effective.extend({ interface: z.string() })),
    })
    .array(),
  /** Called lately; the first 2,000 by name. */
  servers: z.string().array(),
}

export const alarmThresholdView = z.object({
  rule,
  /** Where one for this alarm would be set. */
  server: z.string(),
  interface: z.string().optional(),
  effective,
  /** The value farthest beyond it, and the threshold that would have kept it quiet. */
  reached: z.number().optional(),
  proposed: z.number().optional(),
})
