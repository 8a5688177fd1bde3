/** Properties as the runtimes report them (values are texts) → rows of numbers. */
import type { PropertyKey, PropertyRow } from '../../model/property.ts'
import type { StatPropInfo, StatPropMsgHead } from '../../tars/idl/property-f.ts'
import type { PropertyReport } from '../../tars/property-report.ts'
import { setOf, splitModuleName } from './module-name.ts'
import { addressOf, type Sender, type SpanOf } from './sender.ts'
import { nameOf } from './text.ts'

export interface NormalisedProperty {
  readonly rows: readonly PropertyRow[]
  /** Values that are no numbers, unknown policies, distributions out of shape. */
  readonly bad: number
}

const POLICIES = new Set(['Max', 'Min', 'Count', 'Sum', 'Avg', 'Distr'])
/** What C++ and Java write before the first sample. */
const SENTINELS = new Set([-9_999_999, 2 ** 31 - 1, -(2 ** 31)])
const MAX_RANGES = 100
const MAX_VALUE_CHARS = 4096

export function normaliseProperty(
  report: PropertyReport,
  sender: Sender,
  spanOf: SpanOf,
): NormalisedProperty {
  const rows: PropertyRow[] = []
  let bad = 0
  for (const { head, vInfo } of report.records) {
    const key = keyOf(head, sender, spanOf)
    for (const info of vInfo) {
      const values = rowsOf(key, info)
      if (values) rows.push(...values)
      else bad++
    }
  }
  return { rows, bad }
}

type ReporterKey = Omit<PropertyKey, 'policy' | 'le'>

function keyOf(head: StatPropMsgHead, sender: Sender, spanOf: SpanOf): ReporterKey {
  const { module, joinedSet } = splitModuleName(head.moduleName)
  const set = { name: head.setName, area: head.setArea, id: head.setID }
  return {
    module,
    property: nameOf(head.propertyName),
    ip: nameOf(addressOf(head.ip, sender)),
    set: setOf(set, joinedSet),
    spanMs: spanOf(module),
  }
}

/** None for a sentinel; undefined for what cannot be read. */
function rowsOf(key: ReporterKey, { policy, value }: StatPropInfo): PropertyRow[] | undefined {
  if (!POLICIES.has(policy)) return undefined
  if (policy === 'Distr') {
    return parseDistribution(value)?.map(([le, count]) => ({
      key: { ...key, policy, le },
      value: count,
    }))
  }
  const number = policy === 'Avg' ? parseAverage(value) : parseNumber(value)
  if (number === undefined) return undefined
  return SENTINELS.has(number) ? [] : [{ key: { ...key, policy, le: '' }, value: number }]
}

function parseNumber(text: string): number | undefined {
  const number = text.length <= 64 && /^[-+\d.eE]+$/.test(text) ? Number(text) : Number.NaN
  return Number.isFinite(number) ? number : undefined
}

/** `mean`, or `sum=count` as tarsproperty also takes it. */
function parseAverage(text: string): number | undefined {
  const [sum = '', count] = text.split('=', 2)
  const total = parseNumber(sum)
  if (count === undefined || total === undefined) return total
  const samples = parseNumber(count)
  return samples === undefined || samples <= 0 ? undefined : total / samples
}

/** `5|0,10|38,max|2` → counts cumulative over the right ends of the ranges. */
function parseDistribution(text: string): [le: string, count: number][] | undefined {
  if (text.length > MAX_VALUE_CHARS) return undefined
  const parts = text.split(',').filter((part) => part !== '')
  if (parts.length > MAX_RANGES) return undefined
  const ranges: [bound: number, count: number][] = []
  for (const part of parts) {
    const [end = '', calls = ''] = part.split('|', 2)
    const bound = end === 'max' ? Number.POSITIVE_INFINITY : parseNumber(end)
    const count = parseNumber(calls)
    if (bound === undefined || count === undefined || count < 0) return undefined
    ranges.push([bound, count])
  }
  let total = 0
  return ranges
    .sort(([a], [b]) => a - b)
    .map(([bound, count]) => {
      total += count
      return [bound === Number.POSITIVE_INFINITY ? '+Inf' : String(bound), total]
    })
}
