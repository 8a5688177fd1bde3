/** The words of pictures in both languages. All of them are in the bundled font: `font/README.md`. */
import type { Measure, Picture, Reader, Role, Unit } from './picture.ts'

interface Words {
  readonly measures: Readonly<Record<Measure, string>>
  readonly units: Readonly<Record<Unit, string>>
  readonly others: string
  reference(day: string): string
  readonly band: string
  readonly threshold: string
  readonly fired: string
  readonly resolved: string
}

export const WORDS: Readonly<Record<Reader['language'], Words>> = {
  zh: {
    measures: {
      calls: '调用',
      failures: '失败',
      duration: '平均耗时',
      wait: '处理耗时',
      queue: '队列长度',
      events: '本告警',
      value: '规则的值',
    },
    units: { perMinute: '次/分钟', ms: '毫秒', ratio: '', none: '' },
    others: '其他异常上报',
    reference: (day) => `参照日 ${day}`,
    band: '通常范围',
    threshold: '阈值',
    fired: '告警',
    resolved: '恢复',
  },
  en: {
    measures: {
      calls: 'Calls',
      failures: 'Failures',
      duration: 'Mean latency',
      wait: 'Handling time',
      queue: 'Queue length',
      events: 'This alarm',
      value: 'Value of the rule',
    },
    units: { perMinute: 'a minute', ms: 'ms', ratio: '', none: '' },
    others: 'other errors reported',
    reference: (day) => `reference day ${day}`,
    band: 'usual',
    threshold: 'threshold',
    fired: 'fired',
    resolved: 'resolved',
  },
}

/** `失败（次/分钟）`, `Mean latency (ms)`. */
export function quantityText({ measure, unit }: Picture, language: Reader['language']): string {
  const { measures, units } = WORDS[language]
  const said = units[unit]
  if (said === '') return measures[measure]
  return language === 'zh' ? `${measures[measure]}（${said}）` : `${measures[measure]} (${said})`
}

export function lineName(role: Role, picture: Picture, language: Reader['language']): string {
  const { measures, others, reference } = WORDS[language]
  switch (role) {
    case 'now':
      return measures[picture.measure]
    case 'calls':
      return measures.calls
    case 'others':
      return others
    case 'reference':
      return reference(picture.referenceDay ?? '')
  }
}

/** `1,250`, `0.42`, `35.2%`: three digits at least. */
export function valueText(value: number, unit: Unit): string {
  if (unit === 'ratio') return `${numberText(value * 100)}%`
  return numberText(value)
}

function numberText(value: number): string {
  const size = Math.abs(value)
  if (size >= 100_000) {
    const format = { notation: 'compact', maximumSignificantDigits: 3 } as const
    return new Intl.NumberFormat('en', format).format(value)
  }
  const maximumFractionDigits = size >= 100 ? 0 : size >= 10 ? 1 : 2
  return new Intl.NumberFormat('en', { maximumFractionDigits }).format(value)
}

/** `10:05` as the reader's clock shows it; an unknown zone reads as Asia/Shanghai. */
export function clockText(timeZone: string): (at: number) => string {
  const format = formatOf(timeZone)
  return (at) => format.format(at)
}

const formats = new Map<string, Intl.DateTimeFormat>()

// Making one costs a hundred times what using it costs.
function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone)
  if (known) return known
  const shown = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const
  try {
    const format = new Intl.DateTimeFormat('en-GB', { ...shown, timeZone })
    formats.set(timeZone, format)
    return format
  } catch {
    return formatOf('Asia/Shanghai')
  }
}
