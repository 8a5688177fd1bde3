/** Thresholds that people set for a rule: for all, an app, a server or an interface. */
import { z } from 'zod'
import type { Pair } from './minutes.ts'

export const MAX_THRESHOLDS = 2_000
const text = z.string().min(1).max(200)

/** The levels, the farthest first. Whose threshold is none of them has that of the rule file. */
function levels<Value extends z.ZodType>(value: Value) {
  return z.discriminatedUnion('level', [
    z.strictObject({ level: z.literal('global'), rule: text, value }),
    z.strictObject({ level: z.literal('app'), app: text, rule: text, value }),
    /** `server`: `App.Server`. */
    z.strictObject({ level: z.literal('server'), server: text, rule: text, value }),
    z.strictObject({
      level: z.literal('interface'),
      ...{ server: text, interface: text, rule: text, value },
    }),
  ])
}

/** All there are are amounts, ratios or times: none is 0 or less. */
const amount = z.number('a number').positive('more than 0')

export const thresholdSchema = levels(amount)

/** One is set, or with null taken away. */
export const thresholdChangeSchema = levels(amount.nullable())
export type ThresholdChange = z.infer<typeof thresholdChangeSchema>

export type Threshold = z.infer<typeof thresholdSchema>

/** Where a threshold holds. */
export type PlaceOfThreshold =
  | { readonly level: 'global' }
  | { readonly level: 'app'; readonly app: string }
  | { readonly level: 'server'; readonly server: string }
  | { readonly level: 'interface'; readonly server: string; readonly interface: string }

export const thresholdsSchema = z
  .array(thresholdSchema)
  .max(MAX_THRESHOLDS)
  .superRefine((thresholds, context) => {
    const seen = new Set<string>()
    for (const [at, threshold] of thresholds.entries()) {
      const key = JSON.stringify([threshold.rule, placeOf(threshold)])
      if (seen.has(key)) {
        const message = `the threshold of ${threshold.rule} for this ${threshold.level} is there twice`
        context.addIssue({ code: 'custom', path: [at], message })
      }
      seen.add(key)
    }
  })

/** With this one instead of that of the same rule and place, or beside the others. */
export function withThreshold(
  thresholds: readonly Threshold[],
  one: Threshold,
): readonly Threshold[] {
  return [...withoutThreshold(thresholds, one), one]
}

export function withoutThreshold(
  thresholds: readonly Threshold[],
  one: Pick<Threshold, 'rule'> & PlaceOfThreshold,
): readonly Threshold[] {
  return thresholds.filter((each) => each.rule !== one.rule || placeOf(each) !== placeOf(one))
}

/** Thresholds of each rule by where they hold. */
export class Thresholds {
  readonly #rules = new Map<string, Map<string, Threshold>>()

  constructor(thresholds: readonly Threshold[]) {
    for (const threshold of thresholds) {
      const places = this.#rules.get(threshold.rule) ?? new Map()
      this.#rules.set(threshold.rule, places.set(placeOf(threshold), threshold))
    }
  }

  get rules(): readonly string[] {
    return [...this.#rules.keys()]
  }

  /** The nearest; `interface` '' asks for the whole server. Undefined: that of the rule file holds. */
  nearest(rule: string, { callee, interface: name }: Pair): Threshold | undefined {
    const places = this.#rules.get(rule)
    const app = callee.slice(0, Math.max(0, callee.indexOf('.')))
    const near = [['server', callee], ['app', app], ['global']]
    if (name !== '') near.unshift(['interface', callee, name])
    for (const place of near) {
      const threshold = places?.get(JSON.stringify(place))
      if (threshold) return threshold
    }
    return undefined
  }
}

function placeOf(threshold: PlaceOfThreshold): string {
  const { level } = threshold
  if (level === 'global') return JSON.stringify([level])
  if (level === 'app') return JSON.stringify([level, threshold.app])
  if (level === 'server') return JSON.stringify([level, threshold.server])
  return JSON.stringify([level, threshold.server, threshold.interface])
}
