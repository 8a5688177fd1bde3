import { type Expr, PromqlError, parse, type Value } from '../../../promql/index.ts'
import { type Answer, type Call, type Desk, type Endpoint, truncated } from './call.ts'
import { badData, invalidParameter } from './door-failure.ts'
import { exprJson } from './expr-json.ts'
import { valueJson } from './json.ts'
import { MAX_TIME, MIN_TIME } from './moment.ts'
import type { QueryOptions, Range } from './ports.ts'
import { pretty } from './pretty.ts'

const MAX_POINTS = 11_000
/** Of each kind; the others are counted. */
const MAX_ANNOTATIONS = 10

export function queryEndpoint(desk: Desk): Endpoint {
  return async (call) => {
    const { environment, parameters, now } = call
    const limit = parameters.limit()
    const at = parameters.momentOr('time', now)
    const run = runOf(desk, call)
    const expr = exprOf(call)
    const value = await run((options) => desk.reads.instant(environment, expr, at, options))
    return answerOf(value, at, limit)
  }
}

export function rangeEndpoint(desk: Desk): Endpoint {
  return async (call) => {
    const { environment, parameters } = call
    const limit = parameters.limit()
    const range = rangeOf(call)
    const run = runOf(desk, call)
    const expr = exprOf(call)
    const value = await run((options) => desk.reads.range(environment, expr, range, options))
    return answerOf(value, range.endMs, limit)
  }
}

/** Laid out over lines when it is long. */
export const formatEndpoint: Endpoint = (call) => ({ data: [JSON.stringify(pretty(exprOf(call)))] })

export const parseEndpoint: Endpoint = (call) => ({
  data: [JSON.stringify(exprJson(exprOf(call)))],
})

/** There are none; but the call is checked. */
export const exemplarsEndpoint: Endpoint = ({ parameters }) => {
  const start = parameters.momentOr('start', MIN_TIME)
  const end = parameters.momentOr('end', MAX_TIME)
  if (end < start) throw badData('end timestamp must not be before start timestamp')
  parse(parameters.text('query'))
  return { data: ['[]'] }
}

function rangeOf({ parameters }: Call): Range {
  const startMs = parameters.moment('start')
  const endMs = parameters.moment('end')
  if (endMs < startMs) {
    throw invalidParameter('end', 'end timestamp must not be before start time')
  }
  const stepMs = parameters.spanMs('step')
  if (stepMs <= 0) {
    throw invalidParameter(
      'step',
      'zero or negative query resolution step widths are not accepted. Try a positive integer',
    )
  }
  if (Math.floor((endMs - startMs) / stepMs) > MAX_POINTS) {
    throw badData(
      'exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)',
    )
  }
  return { startMs, endMs, stepMs: Math.max(1, Math.trunc(stepMs)) }
}

function exprOf({ parameters }: Call): Expr {
  try {
    return parse(parameters.text('query'))
  } catch (error) {
    if (error instanceof PromqlError) throw invalidParameter('query', error.message)
    throw error
  }
}

type Run = (work: (options: QueryOptions) => Promise<Value>) => Promise<Value>

function runOf({ slots, timeoutMs }: Desk, { environment, parameters, signal }: Call): Run {
  const wantedMs = parameters.spanMsOr('timeout', timeoutMs)
  const lookbackMs = parameters.lookbackMs()
  const patience = { timeoutMs: Math.min(timeoutMs, wantedMs), signal }
  return (work) => slots.run(environment, patience, (left) => work({ ...left, lookbackMs }))
}

function answerOf(value: Value, at: number, limit: number): Answer {
  const { value: shown, warnings } = limited(value, limit)
  const { annotations } = value
  return {
    data: valueJson(shown, at),
    warnings: [...few(annotations.warnings, 'warning'), ...warnings],
    infos: few(annotations.infos, 'info'),
  }
}

function limited(value: Value, limit: number): { value: Value; warnings: readonly string[] } {
  if (value.type === 'vector') {
    const { items: samples, warnings } = truncated(value.samples, limit)
    return { value: { ...value, samples }, warnings }
  }
  if (value.type !== 'matrix') return { value, warnings: [] }
  const { items: series, warnings } = truncated(value.series, limit)
  return { value: { ...value, series }, warnings }
}

function few(texts: readonly string[], kind: 'warning' | 'info'): readonly string[] {
  const more = texts.length - MAX_ANNOTATIONS
  if (more <= 0) return texts
  return [...texts.slice(0, MAX_ANNOTATIONS), `${more} more ${kind} annotations omitted`]
}
