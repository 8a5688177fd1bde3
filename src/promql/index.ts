/** PromQL: parse, check, print and evaluate over a `Source`. The only door of this folder. */

export type { Annotations } from './annotation.ts'
export type * from './ast.ts'
export { children, isComparison, isSetOp, metricNames, selectors } from './ast.ts'
export type { Limits, Signal } from './budget.ts'
export { check, typeOf } from './check.ts'
export { type EvaluateOptions, evaluateInstant, evaluateRange } from './evaluate.ts'
export { PromqlError, type PromqlReason } from './failure.ts'
export { formatDurationMs } from './literal.ts'
export { compileMatcher, compileMatchers, formatMatcher } from './matcher.ts'
export { MemorySource } from './memory-source.ts'
export { parse } from './parse.ts'
export { prettify } from './prettify.ts'
export { print } from './print.ts'
export { type NotedSeries, parseMetric, parseSeries } from './series-notation.ts'
export { SIGNATURES, type Signature } from './signature.ts'
export {
  type Extent,
  isStale,
  type Matcher,
  type MatchOp,
  type SeriesData,
  type Source,
  STALE,
} from './source.ts'
export type { Value, VectorSample } from './value.ts'
