/** The values a template works with: Go's, as far as rules can make them. */
import type { Labels } from '../../../model/labels.ts'
import type { UnixMs } from '../../../model/time.ts'
import { formatFloat } from './go-text.ts'
import { formatTime } from './go-time.ts'

/** `number` is Go's float64, `bigint` its int, `null` nil, `undefined` no value at all. */
export type GoValue =
  | string
  | number
  | bigint
  | boolean
  | null
  | undefined
  | GoMap
  | GoStruct
  | GoTime
  | GoDuration
  | readonly GoValue[]

/** A map; of a missing key it answers `zero` (option `missingkey=zero`). */
export class GoMap {
  readonly entries: ReadonlyMap<string, GoValue>
  readonly zero: GoValue

  constructor(entries: Iterable<readonly [string, GoValue]>, zero?: GoValue) {
    this.entries = new Map([...entries].sort(([a], [b]) => (a < b ? -1 : 1)))
    this.zero = zero
  }

  static ofLabels(labels: Labels): GoMap {
    return new GoMap(Object.entries(labels), '')
  }
}

/** Named fields; asking for another one is an error. */
export class GoStruct {
  readonly type: string
  readonly fields: ReadonlyMap<string, GoValue>

  constructor(type: string, fields: Readonly<Record<string, GoValue>>) {
    this.type = type
    this.fields = new Map(Object.entries(fields))
  }
}

export class GoTime {
  readonly ms: UnixMs

  constructor(ms: UnixMs) {
    this.ms = ms
  }
}

export class GoDuration {
  readonly ms: number

  constructor(ms: number) {
    this.ms = ms
  }

  /** `1h2m3.5s`, as Go prints a duration. */
  toString(): string {
    const size = Math.abs(this.ms)
    const sign = this.ms < 0 ? '-' : ''
    if (size === 0) return '0s'
    if (size < 1) return `${sign}${formatFloat(size * 1000, 'f', -1)}µs`
    if (size < 1000) return `${sign}${formatFloat(size, 'f', -1)}ms`
    const seconds = `${formatFloat((size % 60_000) / 1000, 'f', -1)}s`
    const minutes = Math.floor(size / 60_000)
    if (minutes === 0) return sign + seconds
    const hours = Math.floor(minutes / 60)
    return `${sign}${hours > 0 ? `${hours}h` : ''}${minutes % 60}m${seconds}`
  }
}

export function isArray(value: GoValue): value is readonly GoValue[] {
  return Array.isArray(value)
}

/** What Go calls the type, for messages. */
export function typeOf(value: GoValue): string {
  if (value === null || value === undefined) return 'nil'
  if (value instanceof GoMap) return 'map'
  if (value instanceof GoStruct) return value.type
  if (value instanceof GoTime) return 'time.Time'
  if (value instanceof GoDuration) return 'time.Duration'
  if (isArray(value)) return 'list'
  if (typeof value === 'number') return 'float64'
  if (typeof value === 'bigint') return 'int'
  return typeof value === 'boolean' ? 'bool' : 'string'
}

/** Whether `if`, `with`, `and`, `or` and `not` take it as true: it is not the zero of its type. */
export function isTrue(value: GoValue): boolean {
  if (value instanceof GoMap) return value.entries.size > 0
  if (value instanceof GoDuration) return value.ms !== 0
  if (isArray(value)) return value.length > 0
  // NaN is not zero.
  return typeof value === 'number' ? value !== 0 : Boolean(value)
}

/** `%v`: what `{{ value }}` shows. */
export function show(value: GoValue): string {
  if (value === undefined) return '<no value>'
  if (value === null) return '<nil>'
  if (typeof value === 'number') return formatFloat(value, 'g', -1)
  if (value instanceof GoTime) return formatTime(value.ms)
  if (isArray(value)) return `[${value.map(show).join(' ')}]`
  if (value instanceof GoStruct) return `{${[...value.fields.values()].map(show).join(' ')}}`
  if (!(value instanceof GoMap)) return String(value)
  return `map[${[...value.entries].map(([key, item]) => `${key}:${show(item)}`).join(' ')}]`
}
