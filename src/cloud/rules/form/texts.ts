/** What a form's rule says, as annotations in both languages. Pure. */
import type { Labels } from '../../../model/labels.ts'
import type { FormRule } from './form-rule.ts'
import { labelsOf } from './measure.ts'

type Both = readonly [zh: string, en: string]

const METRICS: Readonly<Record<FormRule['metric']['of'], Both>> = {
  calls: ['每分钟调用数', 'calls a minute'],
  failures: ['每分钟失败数', 'failures a minute'],
  failure_ratio: ['失败率', 'failure ratio'],
  timeouts: ['每分钟超时数', 'time-outs a minute'],
  mean_duration: ['平均耗时', 'mean duration'],
  p95: ['95 分位耗时', '95th percentile of the duration'],
  p99: ['99 分位耗时', '99th percentile of the duration'],
  property: ['特性值', 'property'],
  events: ['事件数', 'events'],
}
const DURATIONS: readonly string[] = ['mean_duration', 'p95', 'p99']
const REFERENCES: Readonly<Record<string, Both>> = {
  yesterday: ['昨天同一时间', 'the same time yesterday'],
  last_week: ['上周同一时间', 'the same time last week'],
  recent: ['最近一小时的常态', 'what was normal within the last hour'],
  day: ['可比日期同一时间的常态', 'what is normal at this time of comparable days'],
  week: ['往周同一时间的常态', 'what is normal at this time of past weeks'],
}

export function annotationsOf(form: FormRule): Labels {
  const [said, saidEn] = [sentence(form, 0), sentence(form, 1)]
  return {
    description: [said, plain(form.advice)].filter(Boolean).join('\n'),
    description_en: [saidEn, plain(form.adviceEn || form.advice)].filter(Boolean).join('\n'),
  }
}

/** Nothing of it is taken for a template. */
export function plain(text: string): string {
  return text.replaceAll('{{', '{{ "{{" }}')
}

function sentence(form: FormRule, language: 0 | 1): string {
  const { comparison, metric } = form
  const who = labelsOf(form)
    .map((name) => `{{ $labels.${name} }}`)
    .join(language === 0 ? '，' : ', ')
  const what = METRICS[metric.of][language]
  if (comparison.kind === 'no_data') {
    const minutes = comparison.minutes
    return language === 0 ? `${who}：${minutes} 分钟没有数据` : `${who}: no data for ${minutes} min`
  }
  if (comparison.kind === 'repeated') {
    const { times, minutes } = comparison
    const bound = boundOf(form, language)
    return language === 0
      ? `${who}：${what}在最近 ${minutes} 分钟里有 {{ $value }} 分钟${bound}（条件：${times} 分钟）`
      : `${who}: ${what} ${bound} in {{ $value }} of the last ${minutes} min (condition: ${times})`
  }
  const value = `${valueText(metric.of)}`
  const bound = boundOf(form, language)
  return language === 0
    ? `${who}：${what} ${value}，${bound}`
    : `${who}: ${what} ${value}, ${bound}`
}

function valueText(of: FormRule['metric']['of']): string {
  if (of === 'failure_ratio') return '{{ $value | humanizePercentage }}'
  return `{{ printf "%.4g" $value }}${DURATIONS.includes(of) ? ' ms' : ''}`
}

function boundOf({ comparison, metric }: FormRule, language: 0 | 1): string {
  if (comparison.kind === 'no_data') return ''
  const above = comparison.op === '>'
  const direction = [above ? '高于' : '低于', above ? 'above' : 'below'][language] ?? ''
  if (comparison.kind === 'threshold' || comparison.kind === 'repeated') {
    const unit = metric.of === 'failure_ratio' ? '%' : DURATIONS.includes(metric.of) ? ' ms' : ''
    return `${direction} ${comparison.value}${unit}`
  }
  const { factor } = comparison
  const reference = referenceOf(comparison, language)
  return language === 0
    ? `${direction}${reference}的 ${factor} 倍`
    : `${direction} ${factor} times ${reference}`
}

function referenceOf(
  comparison: { readonly kind: string; readonly minutes?: number; readonly by?: string },
  language: 0 | 1,
): string {
  const { kind, minutes = 0, by = '' } = comparison
  if (kind !== 'previous') return REFERENCES[kind === 'profile' ? by : kind]?.[language] ?? ''
  return language === 0 ? `前 ${minutes} 分钟` : `the ${minutes} min before`
}
