import type { Labels } from '../../../model/labels.ts'
import { compileMatchers, type Matcher, PromqlError, parse } from '../../../promql/index.ts'
import { type Answer, type Call, type Desk, type Endpoint, truncated } from './call.ts'
import { badData, DoorFailure, invalidParameter } from './door-failure.ts'
import { byText, labelsText, listJson } from './json.ts'
import { METADATA } from './metadata.ts'
import { MAX_TIME, MIN_TIME } from './moment.ts'
import { type Parameters, parseInteger } from './parameters.ts'
import type { Selection } from './ports.ts'

const VALUES = '/values'

export function seriesEndpoint(desk: Desk): Endpoint {
  return async (call) => {
    const { parameters } = call
    if (parameters.texts('match[]').length === 0) throw badData('no match[] parameter provided')
    const limit = parameters.limit()
    const work = (selection: Selection) => desk.reads.labelSets(call.environment, selection)
    const found = await select(desk, call, work, (fault) => invalidParameter('match[]', fault))
    const sorted = found
      .map((labels) => ({ labels, key: sortKey(labels) }))
      .sort((a, b) => byText(a.key, b.key))
    const { items, warnings } = truncated(sorted, limit)
    return { data: listJson(items, ({ labels }) => [labelsText(labels)]), warnings }
  }
}

export function labelsEndpoint(desk: Desk): Endpoint {
  return async (call) => {
    const limit = call.parameters.limit()
    const names = await select(desk, call, (selection) =>
      desk.reads.labelNames(call.environment, selection),
    )
    return listOf(names, limit)
  }
}

/** `call.rest`: `<name>/values`. */
export function valuesEndpoint(desk: Desk): Endpoint {
  return async (call) => {
    if (!call.rest.endsWith(VALUES)) throw new DoorFailure('not_found', 'no such page')
    const limit = call.parameters.limit()
    const name = unescapeName(call.rest.slice(0, -VALUES.length))
    if (name === '' || !name.isWellFormed()) {
      throw badData(`invalid label name: ${JSON.stringify(name)}`)
    }
    const values = await select(desk, call, (selection) =>
      desk.reads.labelValues(call.environment, name, selection),
    )
    return listOf(values, limit)
  }
}

/** What is known of our metrics, whether there are samples of them or not. */
export const metadataEndpoint: Endpoint = ({ parameters }) => {
  const limit = countOf(parameters, 'limit')
  const perMetric = countOf(parameters, 'limit_per_metric')
  const metric = parameters.text('metric')
  const known = Object.entries(METADATA).filter(([name]) => metric === '' || name === metric)
  const shown = known
    .slice(0, limit)
    .map(([name, of]) => [name, [{ ...of, unit: '' }].slice(0, perMetric || undefined)])
  return { data: [JSON.stringify(Object.fromEntries(shown))] }
}

/** The matchers of all `match[]`; `fail` says what is wrong with one. */
export function matcherSets(
  parameters: Parameters,
  fail: (fault: string) => DoorFailure = badData,
): readonly (readonly Matcher[])[] {
  return parameters.texts('match[]').map((text) => {
    const matchers = selectorOf(text)
    if (typeof matchers === 'string') throw fail(matchers)
    if (compileMatchers(matchers)({})) throw fail(EMPTY)
    return matchers
  })
}

const EMPTY = 'match[] must contain at least one non-empty matcher'

/** A string says what is wrong. */
function selectorOf(text: string): readonly Matcher[] | string {
  try {
    const expr = parse(text)
    if (expr.kind === 'vectorSelector' && expr.offsetMs === 0 && !expr.at) return expr.matchers
  } catch (error) {
    if (!(error instanceof PromqlError)) throw error
    return error.message.includes('at least one non-empty matcher') ? EMPTY : error.message
  }
  const [selector = ''] = /^\s*[\w:]*\s*(?:\{[^}]*\})?\s*/.exec(text) ?? []
  const [beyond = ''] = /^(?:\w+|.)/.exec(text.slice(selector.length)) ?? []
  const what = /^[a-z]/.test(beyond) ? `<${beyond}>` : JSON.stringify(beyond)
  return `1:${selector.length + 1}: parse error: unexpected ${what}`
}

async function select<T>(
  { slots, timeoutMs }: Desk,
  { environment, parameters, signal }: Call,
  work: (selection: Selection) => Promise<T>,
  fail?: (fault: string) => DoorFailure,
): Promise<T> {
  const startMs = parameters.momentOr('start', MIN_TIME)
  const endMs = parameters.momentOr('end', MAX_TIME)
  const sets = matcherSets(parameters, fail)
  return slots.run(environment, { timeoutMs, signal }, (left) =>
    work({ sets, startMs, endMs, signal: left.signal }),
  )
}

function listOf(texts: readonly string[], limit: number): Answer {
  const { items, warnings } = truncated([...texts].sort(byText), limit)
  return { data: listJson(items, (text) => [JSON.stringify(text)]), warnings }
}

/** Sorts as Prometheus compares label sets: name, value, name, value … */
function sortKey(labels: Labels): string {
  const names = Object.keys(labels).sort(byText)
  return names.map((name) => `${name}\0${labels[name]}\0`).join('')
}

/** Undefined for all: missing, or negative. */
function countOf(parameters: Parameters, name: string): number | undefined {
  const text = parameters.text(name)
  if (text === '') return undefined
  const count = parseInteger(text)
  if (count === undefined) throw badData(`${name} must be a number`)
  return count < 0 ? undefined : count
}

/** `U__http_2e_status` is `http.status`; what is malformed stays as it is. */
function unescapeName(name: string): string {
  if (!name.startsWith('U__')) return name
  let isMalformed = false
  const plain = name.slice(3).replace(/_(?:_|([0-9a-fA-F]{1,6})_)?/g, (code, hex?: string) => {
    if (code === '__') return '_'
    const rune = hex === undefined ? -1 : Number.parseInt(hex, 16)
    const isRune = rune >= 0 && rune <= 0x10ffff && !(rune >= 0xd800 && rune <= 0xdfff)
    if (isRune) return String.fromCodePoint(rune)
    isMalformed = true
    return ''
  })
  return isMalformed ? name : plain
}
