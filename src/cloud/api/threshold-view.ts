/** Which threshold holds where, for the console. */
import type { z } from 'zod'
import type { SeriesData } from '../../promql/index.ts'
import type { Alert } from '../alerts/alert.ts'
import { type Threshold, Thresholds } from '../baselines/threshold.ts'
import type { RuleSet } from '../rules/rule.ts'
import { type AdjustableRule, adjustableRules } from '../rules/threshold/adjustable.ts'
import { within } from '../rules/threshold/nearest-expression.ts'
import { type Reached, reachedBeyond } from '../rules/threshold/reached.ts'
import type { CalledReads } from './ports.ts'
import { shownTitle, whenOf } from './rule-views.ts'
import type { alarmThresholdView } from './threshold-schemas.ts'

/** Of a long alarm its last hours are looked at. */
const LOOK_BACK_MS = 6 * 3_600_000
const MIN_STEP_MS = 60_000

export function viewRule(adjustable: AdjustableRule) {
  const { name, rule, otherwise, unit } = adjustable
  return {
    ...{ name, otherwise, unit, severity: rule.fixedLabels.severity ?? '' },
    ...{ title: shownTitle(rule, 'title'), titleEn: shownTitle(rule, 'title_en') },
    ...whenOf(rule),
  }
}

export function effectiveOf(
  adjustable: AdjustableRule,
  thresholds: Thresholds,
  callee: string,
  name = '',
) {
  const nearest = thresholds.nearest(adjustable.name, { callee, interface: name })
  return nearest ? { value: nearest.value, level: nearest.level } : { value: adjustable.otherwise }
}

/** Undefined for alarms whose rule reads no threshold. */
export async function alarmThreshold(
  alert: Alert,
  known: { readonly rules: RuleSet; readonly set: readonly Threshold[]; readonly now: number },
  called: CalledReads,
): Promise<z.output<typeof alarmThresholdView> | undefined> {
  const { callee: server = '', interface: name = '' } = alert.labels
  const adjustable = adjustableRules(known.rules).find(({ rule }) => rule.name === alert.rule)
  if (!adjustable || server === '') return undefined
  const { isAbove } = adjustable
  const op = isAbove ? '>' : '<'
  const effective = effectiveOf(adjustable, new Thresholds(known.set), server, name)
  const values = await valuesOf(alert, adjustable, known.now, called)
  return {
    ...{ rule: viewRule(adjustable), server, effective },
    ...(name !== '' && { interface: name }),
    isAbove,
    ...sound(
      adjustable,
      reachedBeyond([...values, alert.value], { op, value: effective.value, orAt: true }),
    ),
  }
}

/** Thresholds are of what is counted or lasts: none is below 0, and no ratio is above 1. */
function sound({ unit }: AdjustableRule, reached: Reached): Reached {
  if (reached.outcome !== 'proposed') return reached
  const most = unit === 'ratio' ? 1 : Number.POSITIVE_INFINITY
  if (reached.proposed > 0 && reached.proposed <= most) return reached
  return { outcome: 'none', reached: reached.reached }
}

/** What its rules found for this alert, as long as it was there. */
async function valuesOf(
  { labels, environment, activeAt, clearedAt, resolvedAt }: Alert,
  { groups }: AdjustableRule,
  now: number,
  called: CalledReads,
): Promise<number[]> {
  const { callee: server = '', interface: name = '' } = labels
  const endMs = Math.max(activeAt, clearedAt ?? resolvedAt ?? now)
  const startMs = Math.max(activeAt, endMs - LOOK_BACK_MS)
  const place =
    name === ''
      ? ({ level: 'server', server } as const)
      : ({ level: 'interface', server, interface: name } as const)
  const values: number[] = []
  for (const { rules, intervalMs } of groups) {
    const range = { startMs, endMs, stepMs: Math.max(MIN_STEP_MS, intervalMs) }
    for (const { query } of rules) {
      const found = await called.range(environment, within(query, place), range)
      if (found.type === 'matrix') values.push(...found.series.flatMap(ofThis))
    }
  }
  return values

  function ofThis(series: SeriesData): readonly number[] {
    const isIt = Object.entries(series.labels).every(([key, text]) => labels[key] === text)
    return isIt ? Array.from(series.values) : []
  }
}
