/** How far an alarm of a rule that people made went, and the value of its form that would have kept it quiet. */
import type { z } from 'zod'
import { type Labels, labelsKey } from '../../model/labels.ts'
import { Failure } from '../../support/failure.ts'
import type { Alert } from '../alerts/alert.ts'
import { type Compared, canBeOf, comparedOf, withValue } from '../rules/form/compared.ts'
import type { FormRule } from '../rules/form/form-rule.ts'
import { nameOf, type OwnRule } from '../rules/form/own-rule.ts'
import { type Ask, comparedValues, type Instants } from '../rules/threshold/compared-values.ts'
import { type Reached, reachedBeyond } from '../rules/threshold/reached.ts'
import { notFound, refusal } from './api-failure.ts'
import type { CalledReads } from './ports.ts'
import type { ownThresholdView, valueChange } from './threshold-schemas.ts'

/** Of a long alarm its last hours are looked at. */
const LOOK_BACK_MS = 6 * 3_600_000

interface Judged {
  /** How often the rule is evaluated. */
  readonly stepMs: number
  /** It has judged all data up to then. */
  readonly untilMs: number
}

/** Of a rule without a value, of PromQL or of what falls silent, only which it is. */
export async function ownThreshold(
  alert: Alert,
  { id, body }: OwnRule,
  judged: Judged,
  called: CalledReads,
): Promise<z.output<typeof ownThresholdView>> {
  const rule = { id, name: nameOf(body), kind: body.kind }
  const { alertname: _, severity: _severity, ...labels } = alert.labels
  const compared = body.kind === 'form' ? comparedOf(body.form, labels) : undefined
  if (body.kind !== 'form' || !compared) return rule
  const { comparison, op, value, unit } = compared
  const isOfForm = canBeOf(body.form, labels)
  const values = isOfForm ? await valuesOf(alert, { compared, labels }, judged, called) : []
  const reached = sound(body.form, reachedBeyond(values, compared))
  return { ...rule, compared: { comparison, op, value, unit, ...reached } }
}

/** What a form would not take is not proposed. */
function sound(form: FormRule, reached: Reached): Reached {
  if (reached.outcome !== 'proposed' || withValue(form, reached.proposed).success) return reached
  return { outcome: 'none', reached: reached.reached }
}

/** As long as the alert was there; none when that is too expensive to ask. */
async function valuesOf(
  alert: Alert,
  { compared, labels }: { readonly compared: Compared; readonly labels: Labels },
  judged: Judged,
  called: CalledReads,
): Promise<number[]> {
  const key = labelsKey(labels)
  const ask: Ask = async (query, instants) => {
    const found = await called.range(alert.environment, query, instants)
    if (found.type !== 'matrix') return undefined
    return found.series.find((one) => labelsKey(one.labels) === key)
  }
  try {
    return await comparedValues(compared, lifeOf(alert, judged), ask)
  } catch (error) {
    if (error instanceof Failure) return []
    throw error
  }
}

/** The instants at which the rule judged it; of a long alert the last. */
function lifeOf({ activeAt, clearedAt, resolvedAt }: Alert, { stepMs, untilMs }: Judged): Instants {
  const endMs = Math.max(activeAt, Math.min(clearedAt ?? resolvedAt ?? untilMs, untilMs))
  const leftOut = Math.ceil(Math.max(0, endMs - LOOK_BACK_MS - activeAt) / stepMs)
  return { startMs: activeAt + leftOut * stepMs, endMs, stepMs }
}

/** The rule with another value of its form. @throws {ApiFailure} `at` is where the change stands. */
export function changedValue(
  rules: readonly OwnRule[],
  { rule: id, comparison, value }: z.output<typeof valueChange>,
  at = '',
): { readonly before: OwnRule; readonly after: OwnRule } {
  const before = rules.find((one) => one.id === id)
  if (!before) throw notFound('rule', id)
  const { body } = before
  if (body.kind !== 'form' || body.form.comparison.kind !== comparison) {
    throw refusal(`${at}comparison`, 'how the rule compares')
  }
  const { data, error } = withValue(body.form, value)
  if (!data) throw refusal(`${at}value`, error.issues[0]?.message ?? 'a number')
  return { before, after: { ...before, body: { ...body, form: data } } }
}
