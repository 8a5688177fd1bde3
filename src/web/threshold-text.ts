import type { ThresholdUnit, ValueUnit } from './thresholds.ts'
import { numberText, percentText, plainNumberText } from './units.ts'
import { i18n, language } from './viewer.ts'

/** `20%`, `200 ms`, in the viewer's language. */
export function thresholdText(value: number, unit: ThresholdUnit): string {
  if (unit === 'ratio') return percentText(value, language.value)
  const unitText = i18n.global.t(`thresholds.units.${unit}`)
  return `${numberText(value, language.value, 3)} ${unitText}`.trim()
}

/** Of an alarm; undefined: of no known unit. */
export function valueText(value: number, unit: ThresholdUnit | undefined): string {
  return unit ? thresholdText(value, unit) : plainNumberText(value, language.value)
}

/** As forms have it: `20%` is 20. */
export function amountText(value: number, unit: ValueUnit): string {
  return unit === 'percent' ? thresholdText(value / 100, 'ratio') : thresholdText(value, unit)
}
