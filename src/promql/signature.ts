import type { ValueType } from './ast.ts'

/** Types of a function: Prometheus' promql/parser/functions.go. */
export interface Signature {
  readonly args: readonly ValueType[]
  /** How many of the last argument may be left out or added: 0 none, -1 any number. */
  readonly variadic: number
  readonly returns: ValueType
}

function signature(returns: ValueType, args: readonly ValueType[], variadic = 0): Signature {
  return { args, variadic, returns }
}

const PER_SAMPLE =
  'abs absent acos acosh asin asinh atan atanh ceil cos cosh deg exp floor histogram_avg histogram_count histogram_stddev histogram_stdvar histogram_sum ln log10 log2 rad sgn sin sinh sort sort_desc sqrt tan tanh timestamp'
const PER_RANGE =
  'absent_over_time avg_over_time changes count_over_time delta deriv first_over_time idelta increase irate last_over_time max_over_time min_over_time present_over_time rate resets stddev_over_time stdvar_over_time sum_over_time'
const DATES = 'day_of_month day_of_week day_of_year days_in_month hour minute month year'

const each = (names: string, entry: Signature) =>
  names.split(' ').map((name): [string, Signature] => [name, entry])

export const SIGNATURES: ReadonlyMap<string, Signature> = new Map([
  ...each(PER_SAMPLE, signature('vector', ['vector'])),
  ...each(PER_RANGE, signature('vector', ['matrix'])),
  ...each(DATES, signature('vector', ['vector'], 1)),
  ['clamp', signature('vector', ['vector', 'scalar', 'scalar'])],
  ...each('clamp_max clamp_min', signature('vector', ['vector', 'scalar'])),
  ['histogram_fraction', signature('vector', ['scalar', 'scalar', 'vector'])],
  ['histogram_quantile', signature('vector', ['scalar', 'vector'])],
  ['label_replace', signature('vector', ['vector', 'string', 'string', 'string', 'string'])],
  ['label_join', signature('vector', ['vector', 'string', 'string', 'string'], -1)],
  ['pi', signature('scalar', [])],
  ['predict_linear', signature('vector', ['matrix', 'scalar'])],
  ['quantile_over_time', signature('vector', ['scalar', 'matrix'])],
  ['round', signature('vector', ['vector', 'scalar'], 1)],
  ['scalar', signature('scalar', ['vector'])],
  ['time', signature('scalar', [])],
  ['vector', signature('vector', ['scalar'])],
])

/** Functions Prometheus has behind its feature flag; not ours. */
export const EXPERIMENTAL_FUNCTIONS: ReadonlySet<string> = new Set(
  'double_exponential_smoothing end histogram_quantiles info mad_over_time max_of min_of range sort_by_label sort_by_label_desc start start_timestamp step ts_of_first_over_time ts_of_last_over_time ts_of_max_over_time ts_of_min_over_time'.split(
    ' ',
  ),
)

export const EXPERIMENTAL_AGGREGATIONS: ReadonlySet<string> = new Set(['limitk', 'limit_ratio'])
