/** The notation of series and their values in promqltest scripts and in unit tests of rules. */
import type { Labels } from '../model/labels.ts'
import { PromqlError } from './failure.ts'
import { parseNumber, quote, unquote } from './literal.ts'

/** What the notation has, but not we. */
export type Outside = 'native histograms' | 'start timestamps'

/** The stale marker by its name: arrays of JavaScript may lose the payload of a NaN. */
export type NotedValue = number | 'stale' | undefined

/** A series with its values step by step. */
export interface NotedSeries {
  readonly labels: Labels
  /** undefined: no sample at that step. */
  readonly values: readonly NotedValue[]
  /** What it has that is not ours; `values` is empty. */
  readonly outside?: Outside
}

const NAME = /^[a-zA-Z_:][\w:]*/
const STRING = '"(?:[^"\\\\]|\\\\.)*"|\'(?:[^\'\\\\]|\\\\.)*\'|`[^`]*`'
const PAIR = new RegExp(
  `^\\s*(?:([a-zA-Z_]\\w*)|(${STRING}))\\s*(?:=\\s*(${STRING}))?\\s*(?:,|(?=\\}))`,
)

/** Most values of one series. */
const MAX_VALUES = 10_000_000

/**
 * A line such as `up{job="a"} 1 _ 2+3x4 stale`.
 * @throws {PromqlError} `parse`
 */
export function parseSeries(line: string): NotedSeries {
  const { labels, rest } = namedBefore(line)
  if (rest.includes('{{')) return { labels, values: [], outside: 'native histograms' }
  if (rest.startsWith('@st')) return { labels, values: [], outside: 'start timestamps' }
  const values: NotedValue[] = []
  for (const word of words(rest)) for (const value of expand(word)) values.push(value)
  return { labels, values }
}

/**
 * The labels of `name{label="value"}` and nothing else; none of an empty text.
 * @throws {PromqlError} `parse`
 */
export function parseMetric(text: string): Labels {
  const { labels, rest } = namedBefore(text.trim())
  if (rest.trim() !== '') throw new PromqlError('parse', `not a metric: ${quote(text)}`)
  return labels
}

function words(text: string): readonly string[] {
  return text.split(/\s+/).filter((word) => word !== '')
}

/** `name{label="value"}` and what comes after it. */
function namedBefore(line: string): { labels: Labels; rest: string } {
  const name = NAME.exec(line)?.[0] ?? ''
  const labels: Record<string, string> = name === '' ? {} : { __name__: name }
  let rest = line.slice(name.length)
  if (!/^\s*\{(?!\{)/.test(rest)) return { labels, rest }
  rest = rest.replace(/^\s*\{/, '')
  for (let pair = PAIR.exec(rest); pair; pair = PAIR.exec(rest)) {
    const [whole, plain, quoted, value] = pair
    const label = plain ?? unquote(quoted ?? '')
    // A text alone is the metric's name.
    if (value === undefined) labels.__name__ = label
    else labels[label] = unquote(value)
    rest = rest.slice(whole.length)
  }
  if (!/^\s*\}/.test(rest)) throw new PromqlError('parse', `not a series: ${line}`)
  const present = Object.entries(labels).filter(([, value]) => value !== '')
  return { labels: Object.fromEntries(present), rest: rest.replace(/^\s*\}/, '') }
}

/** One word of a sequence: `1`, `_`, `_x3`, `stale`, `1x4`, `1+2x10`. */
function expand(word: string): readonly NotedValue[] {
  const stale = /^stale(?:x(\d+))?$/.exec(word)
  if (stale) return new Array(countOf(stale[1] ?? '0') + 1).fill('stale')
  const blank = /^_(?:x(\d+))?$/.exec(word)
  if (blank) return new Array(countOf(blank[1] ?? '1')).fill(undefined)
  // Never hexadecimal here.
  const series = /^(.*?)x(\d+)$/.exec(word)
  if (!series) return [numberOf(word)]
  const [, start = '', times = ''] = series
  const step = /^(.+?(?<![eE]))([+-].+)$/.exec(start)
  const delta = step?.[2] === undefined ? 0 : numberOf(step[2])
  let value = numberOf(step?.[1] ?? start)
  // Adds step by step, as Prometheus does.
  return Array.from({ length: countOf(times) + 1 }, (_, i) => {
    if (i > 0) value += delta
    return value
  })
}

function countOf(digits: string): number {
  const count = Number(digits)
  if (count <= MAX_VALUES) return count
  throw new PromqlError('parse', `more than ${MAX_VALUES} values: ${digits}`)
}

/** A number with a sign. */
export function numberOf(word: string): number {
  const number = parseNumber(word.replace(/^[+-]/, ''))
  if (Number.isNaN(number) && !/^[+-]?nan$/i.test(word))
    throw new PromqlError('parse', `not a number: ${word}`)
  return word.startsWith('-') ? -number : number
}
