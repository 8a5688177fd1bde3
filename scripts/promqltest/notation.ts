/** The notation of series, values and times in promqltest scripts. */
import type { Labels } from '../../src/model/labels.ts'
import { STALE } from '../../src/promql/index.ts'
import { parseDurationMs, parseNumber, unquote } from '../../src/promql/literal.ts'

/** A series with its values step by step. */
export interface NotedSeries {
  readonly labels: Labels
  /** undefined: no sample at that step. */
  readonly values: readonly (number | undefined)[]
  /** Has native histograms, which are not ours; `values` is empty. */
  readonly native: boolean
}

const NAME = /^[a-zA-Z_:][\w:]*/
const STRING = '"(?:[^"\\\\]|\\\\.)*"|\'(?:[^\'\\\\]|\\\\.)*\'|`[^`]*`'
const PAIR = new RegExp(`^\\s*(?:([a-zA-Z_]\\w*)|(${STRING}))\\s*(?:=\\s*(${STRING}))?\\s*,?`)

export function parseSeries(line: string): NotedSeries {
  const { labels, rest } = parseMetric(line)
  if (rest.includes('{{')) return { labels, values: [], native: true }
  return { labels, values: words(rest).flatMap(expand), native: false }
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
function expand(word: string): readonly (number | undefined)[] {
  const blank = /^_(?:x(\d+))?$/.exec(word)
  if (blank) return new Array(Number(blank[1] ?? 1)).fill(undefined)
  const series = /^(.*?)x(\d+)$/.exec(word.startsWith('0x') ? '' : word)
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

/** A number with a sign, or `stale`. */
export function numberOf(word: string): number {
  if (word === 'stale') return STALE
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
