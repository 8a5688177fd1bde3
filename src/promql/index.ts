/** PromQL: parse, check, print and evaluate over a `Source`. The only door of this folder. */
export type * from './ast.ts'
export { children, metricNames, selectors } from './ast.ts'
export { check, typeOf } from './check.ts'
export { PromqlError, type PromqlReason } from './failure.ts'
export { compileMatcher, compileMatchers, formatMatcher } from './matcher.ts'
export { parse } from './parse.ts'
export { print } from './print.ts'
export {
  isStale,
  type Matcher,
  type MatchOp,
  type SeriesData,
  type Source,
  STALE,
} from './source.ts'
