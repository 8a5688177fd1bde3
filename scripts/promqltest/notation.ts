/** The notation of series, values and times in promqltest scripts. */
import type { Labels } from '../../src/model/labels.ts'
import { parseDurationMs, parseNumber, unquote } from '../../src/promql/literal.ts'

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
const PAIR = new RegExp(`^\\s*(?:([a-zA-Z_]\\w*)|(${STRING}))\\s*(?:=\\s*(${STRING}))?\\s*,?`)

export function parseSeries(line: string): NotedSeries {
  const { labels, rest } = parseMetric(line)
  if (rest.includes('{{')) return { labels, values: [], outside: 'native histograms' }
  if (rest.startsWith('@st')) return { labels, values: [], outside: 'start timestamps' }
  return { labels, values: words(rest).flatMap(expand) }
}

function words(text: string): readonly string[] {
  return text.split(/\s+/).filter((word) => word !== '')
}

/** `name{label="value"}` and what comes after it. */
function parseMetric(line: string): { labels: Labels; rest: string } {
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
  if (!/^\s*\}/.test(rest)) throw new Error(`not a series: ${line}`)
  const present = Object.entries(labels).filter(([, value]) => value !== '')
  return { labels: Object.fromEntries(present), rest: rest.replace(/^\s*\}/, '') }
}

/** One word of a sequence: `1`, `_`, `_x3`, `stale`, `1x4`, `1+2x10`. */
function expand(word: string): readonly NotedValue[] {
  const stale = /^stale(?:x(\d+))?$/.exec(word)
  if (stale) return new Array(Number(stale[1] ?? 0) + 1).fill('stale')
  const blank = /^_(?:x(\d+))?$/.exec(word)
  if (blank) return new Array(Number(blank[1] ?? 1)).fill(undefined)
  // Never hexadecimal here.
  const series = /^(.*?)x(\d+)$/.exec(word)
  if (!series) return [numberOf(word)]
  const [, start = '', times] = series
  const step = /^(.+?(?<![eE]))([+-].+)$/.exec(start)
  const first = numberOf(step?.[1] ?? start)
  const delta = step?.[2] === undefined ? 0 : numberOf(step[2])
  return Array.from({ length: Number(times) + 1 }, (_, i) => sum(first, delta, i))
}

/** Adds step by step, as Prometheus does. */
function sum(first: number, delta: number, times: number): number {
  let value = first
  for (let i = 0; i < times; i++) value += delta
  return value
}

/** A number with a sign. */
export function numberOf(word: string): number {
  const number = parseNumber(word.replace(/^[+-]/, ''))
  if (Number.isNaN(number) && !/^[+-]?nan$/i.test(word)) throw new Error(`not a number: ${word}`)
  return word.startsWith('-') ? -number : number
}

/** `1m30s`, or seconds. */
export function timeMs(text: string): number {
  const unsigned = text.replace(/^[+-]/, '')
  const ms = parseDurationMs(unsigned)
  const value = typeof ms === 'number' ? ms : numberOf(unsigned) * 1000
  return text.startsWith('-') ? -value : value
}
