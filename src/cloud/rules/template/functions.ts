/** What templates can call: Prometheus' functions and Go's built-ins. */

import type { UnixMs } from '../../../model/time.ts'
import { parseDurationMs } from '../../../support/duration.ts'
import { GoRegexp } from '../../../support/go-regexp.ts'
import { equal, less } from './compare.ts'
import * as human from './humanize.ts'
import { sprintf } from './printf.ts'
import {
  GoDuration,
  GoMap,
  GoStruct,
  GoTime,
  type GoValue,
  isArray,
  isTrue,
  show,
  typeOf,
} from './value.ts'

/** What a running template can reach. */
export interface CallContext {
  readonly atMs: UnixMs
  /** Of the console, without a slash at its end; '' when none is set. */
  readonly externalUrl: string
  /** The elements of an instant query. */
  query(text: string): readonly GoValue[]
  /** Expands a `define` block. */
  include(name: string, dot: GoValue): string
}

type Call = (args: readonly GoValue[], context: CallContext) => GoValue

interface TemplateFunction {
  readonly min: number
  readonly max: number
  readonly call: Call
}

const fixed = (count: number, call: Call): TemplateFunction => ({ min: count, max: count, call })
const atLeast = (min: number, call: Call): TemplateFunction => ({ min, max: Infinity, call })

function text(value: GoValue): string {
  if (typeof value === 'string') return value
  throw new Error(`wrong type for value; expected string; got ${typeOf(value)}`)
}

function list(value: GoValue): readonly GoValue[] {
  if (isArray(value)) return value
  throw new Error(`wrong type for value; expected query result; got ${typeOf(value)}`)
}

/** As Prometheus' convertToFloat: numbers, durations, and texts that read as a number. */
function float(value: GoValue): number {
  if (typeof value === 'number' || typeof value === 'bigint') return Number(value)
  if (value instanceof GoDuration) return value.ms / 1000
  if (typeof value !== 'string') throw new Error(`can't convert ${typeOf(value)} to float`)
  if (/^[+-]?inf(inity)?$/i.test(value)) return value.startsWith('-') ? -Infinity : Infinity
  if (/^nan$/i.test(value)) return Number.NaN
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(value)) return Number(value)
  throw new Error(`strconv.ParseFloat: parsing "${value}": invalid syntax`)
}

function fieldOf(sample: GoValue, name: 'Labels' | 'Value'): GoValue {
  if (sample instanceof GoStruct && sample.type === 'sample') return sample.fields.get(name)
  throw new Error(`wrong type for value; expected sample; got ${typeOf(sample)}`)
}

function labelOf(sample: GoValue, name: string): string {
  const labels = fieldOf(sample, 'Labels')
  return labels instanceof GoMap ? text(labels.entries.get(name) ?? '') : ''
}

function first(value: GoValue): GoValue {
  const items = list(value)
  if (items.length === 0) throw new Error('first() called on vector with no elements')
  return items[0]
}

function sortByLabel(name: string, samples: readonly GoValue[]): readonly GoValue[] {
  const keyed = samples.map((sample) => ({ sample, key: labelOf(sample, name) }))
  return keyed
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map(({ sample }) => sample)
}

/** `host:port` → host; anything else stays as it is. */
function stripPort(address: string): string {
  const parts = /^(?:\[([^\]]*)\]|([^:[\]]*)):[^:[\]]*$/.exec(address)
  return parts ? (parts[1] ?? parts[2] ?? '') : address
}

/** `web1.example.com:80` → `web1:80`; addresses stay as they are. */
function stripDomain(address: string): string {
  const host = stripPort(address)
  if (/^\d+\.\d+\.\d+\.\d+$/.test(host) || host.includes(':')) return address
  const port = /:([^:]*)$/.exec(address)?.[1]
  return (host.split('.')[0] ?? '') + (port === undefined || host === address ? '' : `:${port}`)
}

function lengthOf(value: GoValue): bigint {
  if (typeof value === 'string') return BigInt(Buffer.byteLength(value))
  if (isArray(value)) return BigInt(value.length)
  if (value instanceof GoMap) return BigInt(value.entries.size)
  throw new Error(`len of type ${typeOf(value)}`)
}

function at(value: GoValue, key: GoValue): GoValue {
  if (value instanceof GoMap) {
    return value.entries.has(text(key)) ? value.entries.get(text(key)) : value.zero
  }
  if (!isArray(value)) throw new Error(`can't index item of type ${typeOf(value)}`)
  const position = typeof key === 'bigint' ? Number(key) : -1
  if (position >= 0 && position < value.length) return value[position]
  throw new Error(`index out of range: ${show(key)}`)
}

/** Go's `Sprint` puts spaces between operands when neither is a string. */
function sprint(values: readonly GoValue[]): string {
  return values
    .map((value, i) => {
      const apart = i > 0 && typeof value !== 'string' && typeof values[i - 1] !== 'string'
      return (apart ? ' ' : '') + show(value)
    })
    .join('')
}

function link(tab: 0 | 1): TemplateFunction {
  return fixed(1, ([expr]) => `/graph?g0.expr=${queryEscape(text(expr))}&g0.tab=${tab}`)
}

function queryEscape(value: string): string {
  return encodeURIComponent(value.toWellFormed())
    .replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+')
}

function pathOf(url: string): string {
  return URL.canParse(url) ? new URL(url).pathname.replace(/\/$/, '') : ''
}

function seconds(duration: string): number {
  const ms = parseDurationMs(duration.replace(/^-/, ''))
  if (ms === undefined) throw new Error(`not a valid duration string: "${duration}"`)
  return (duration.startsWith('-') ? -ms : ms) / 1000
}

const title = (value: string) =>
  value.replace(
    /(^|[^\p{L}\p{N}_'])(\p{Ll})/gu,
    (_, before, letter) => before + letter.toUpperCase(),
  )

const HTML: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&#34;',
  "'": '&#39;',
}
const html = (value: string) => value.replace(/[&<>"']/g, (char) => HTML[char] ?? char)

/** By name. `and` and `or` are not here to be called: they stop early, which the executor does. */
export const FUNCTIONS: ReadonlyMap<string, TemplateFunction> = new Map(
  Object.entries({
    query: fixed(1, ([expr], context) => context.query(text(expr))),
    first: fixed(1, ([samples]) => first(samples)),
    label: fixed(2, ([name, sample]) => labelOf(sample, text(name))),
    value: fixed(1, ([sample]) => fieldOf(sample, 'Value')),
    strvalue: fixed(1, ([sample]) => labelOf(sample, '__value__')),
    sortByLabel: fixed(2, ([name, samples]) => sortByLabel(text(name), list(samples))),
    args: atLeast(0, (args) => new GoMap(args.map((value, i) => [`arg${i}`, value] as const))),
    tmpl: fixed(2, ([name, dot], context) => context.include(text(name), dot)),
    reReplaceAll: fixed(3, ([pattern, to, of]) =>
      GoRegexp.compile(text(pattern)).replaceAll(text(of), text(to)),
    ),
    match: fixed(2, ([pattern, of]) => GoRegexp.compile(text(pattern)).test(text(of))),
    title: fixed(1, ([value]) => title(text(value))),
    toUpper: fixed(1, ([value]) => text(value).toUpperCase()),
    toLower: fixed(1, ([value]) => text(value).toLowerCase()),
    graphLink: link(0),
    tableLink: link(1),
    stripPort: fixed(1, ([value]) => stripPort(text(value))),
    stripDomain: fixed(1, ([value]) => stripDomain(text(value))),
    humanize: fixed(1, ([value]) => human.humanize(float(value))),
    humanize1024: fixed(1, ([value]) => human.humanize1024(float(value))),
    humanizeDuration: fixed(1, ([value]) => human.humanizeDuration(float(value))),
    humanizePercentage: fixed(1, ([value]) => human.humanizePercentage(float(value))),
    humanizeTimestamp: fixed(1, ([value]) => human.humanizeTimestamp(float(value))),
    toTime: fixed(1, ([value]) => new GoTime(human.toMs(float(value)))),
    toDuration: fixed(1, ([value]) => new GoDuration(float(value) * 1000)),
    now: fixed(0, (_, { atMs }) => atMs / 1000),
    pathPrefix: fixed(0, (_, { externalUrl }) => pathOf(externalUrl)),
    externalURL: fixed(0, (_, { externalUrl }) => externalUrl),
    parseDuration: fixed(1, ([value]) => seconds(text(value))),
    urlQueryEscape: fixed(1, ([value]) => queryEscape(text(value))),
    urlquery: atLeast(0, (args) => queryEscape(sprint(args))),
    safeHtml: fixed(1, ([value]) => text(value)),
    html: atLeast(0, (args) => html(sprint(args))),
    and: atLeast(1, (args) => args.at(-1)),
    or: atLeast(1, (args) => args.at(-1)),
    not: fixed(1, ([value]) => !isTrue(value)),
    eq: atLeast(2, ([value, ...others]) => others.some((other) => equal(value, other))),
    ne: fixed(2, ([a, b]) => !equal(a, b)),
    lt: fixed(2, ([a, b]) => less(a, b)),
    le: fixed(2, ([a, b]) => less(a, b) || equal(a, b)),
    // The inverse of those, as in Go: NaN is greater than anything.
    gt: fixed(2, ([a, b]) => !(less(a, b) || equal(a, b))),
    ge: fixed(2, ([a, b]) => !less(a, b)),
    len: fixed(1, ([value]) => lengthOf(value)),
    index: atLeast(1, ([value, ...keys]) => keys.reduce(at, value)),
    print: atLeast(0, sprint),
    println: atLeast(0, (args) => `${args.map(show).join(' ')}\n`),
    printf: atLeast(1, ([format, ...args]) => sprintf(text(format), args)),
  }),
)
