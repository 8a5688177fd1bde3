import type { AggregationOp, SetOp, ValueType } from '../promql/index.ts'

/** How an expression is told to people. */
export interface Words {
  readonly type: string
  readonly types: Readonly<Record<ValueType, string>>
  readonly comma: string
  /** `seconds` where it is written as a duration. */
  number(text: string, seconds: string | undefined): string
  text(quoted: string): string
  series(name: string, matchers: readonly string[]): string
  newest(series: string): string
  range(series: string, length: string): string
  subquery(length: string, step: string | undefined): string
  at(time: string): string
  readonly start: string
  readonly end: string
  earlier(by: string): string
  later(by: string): string
  readonly negative: string
  readonly unchanged: string
  readonly all: string
  by(labels: readonly string[]): string
  without(labels: readonly string[]): string
  readonly aggregations: Readonly<Record<AggregationOp, string>>
  computes(op: string): string
  filters(op: string, keeps: 'left' | 'right'): string
  compares(op: string): string
  readonly sets: Readonly<Record<SetOp, string>>
  on(labels: readonly string[]): string
  ignoring(labels: readonly string[]): string
  readonly same: string
  group(many: 'left' | 'right', include: readonly string[]): string
  readonly functions: Readonly<Record<string, string>>
}

const list = (labels: readonly string[]) => labels.join(', ')

export const english: Words = {
  type: 'type',
  types: {
    scalar: 'scalar (one number)',
    string: 'string',
    vector: 'instant vector (a value for each series)',
    matrix: 'range vector (many values for each series)',
  },
  comma: ', ',
  number: (text, seconds) => `the number ${text}${seconds ? ` (${seconds} seconds)` : ''}`,
  text: (quoted) => `the text ${quoted}`,
  series: (name, matchers) =>
    `${name === '' ? 'every series' : `each series ${name}`}${matchers.length > 0 ? ` where ${matchers.join(' and ')}` : ''}`,
  newest: (series) => `the newest value of ${series}, at most 5 minutes old`,
  range: (series, length) => `all values of ${series} in the last ${length}`,
  subquery: (length, step) =>
    `the following at every ${step ?? 'evaluation interval'} of the last ${length}`,
  at: (time) => `as of ${time}`,
  start: "as of the query's start",
  end: "as of the query's end",
  earlier: (by) => `${by} earlier`,
  later: (by) => `${by} later`,
  negative: '-: the negative of',
  unchanged: '+: unchanged',
  all: 'over all series together',
  by: (labels) => `for each ${list(labels)}`,
  without: (labels) =>
    labels.length > 0 ? `for each set of labels but ${list(labels)}` : 'for each set of labels',
  aggregations: {
    sum: 'the sum',
    avg: 'the mean',
    count: 'how many series',
    min: 'the least value',
    max: 'the greatest value',
    group: '1 for each group there is',
    stddev: 'the standard deviation',
    stdvar: 'the variance',
    topk: 'the series with the greatest values, as many as the number says',
    bottomk: 'the series with the least values, as many as the number says',
    count_values: 'how many series have each value, which becomes the label',
    quantile: 'the quantile that the number says',
  },
  computes: (op) => `computes left ${op} right`,
  filters: (op, keeps) => `keeps what has left ${op} right, with the ${keeps} value`,
  compares: (op) => `1 where left ${op} right, otherwise 0`,
  sets: {
    and: 'what is left and has a partner right',
    or: 'what is left, and of the right what has no partner left',
    unless: 'what is left and has no partner right',
  },
  on: (labels) =>
    labels.length > 0 ? `series paired by ${list(labels)} alone` : 'all series are partners',
  ignoring: (labels) => `series paired by all labels but ${list(labels)}`,
  same: 'series paired by all labels',
  group: (many, include) => {
    const taken = include.length > 0 ? `, which gives its ${list(include)}` : ''
    return `many on the ${many} for one on the ${many === 'left' ? 'right' : 'left'}${taken}`
  },
  functions: {
    abs: 'without sign',
    absent: '1 when there is nothing',
    absent_over_time: '1 when there is nothing in the window',
    acos: 'arc cosine',
    acosh: 'inverse hyperbolic cosine',
    asin: 'arc sine',
    asinh: 'inverse hyperbolic sine',
    atan: 'arc tangent',
    atanh: 'inverse hyperbolic tangent',
    avg_over_time: 'mean over the window',
    ceil: 'rounded up',
    changes: 'how often the value changed in the window',
    clamp: 'held between two numbers',
    clamp_max: 'held at or below a number',
    clamp_min: 'held at or above a number',
    cos: 'cosine',
    cosh: 'hyperbolic cosine',
    count_over_time: 'how many values in the window',
    day_of_month: 'day of the month, UTC',
    day_of_week: 'day of the week (0 is Sunday), UTC',
    day_of_year: 'day of the year, UTC',
    days_in_month: 'days of the month, UTC',
    deg: 'radians to degrees',
    delta: 'difference between end and start of the window, of a gauge',
    deriv: 'slope per second over the window, by least squares',
    exp: 'e to its power',
    first_over_time: 'oldest value in the window',
    floor: 'rounded down',
    histogram_avg: 'mean of native histograms',
    histogram_count: 'count of native histograms',
    histogram_fraction: 'share of a histogram between two numbers',
    histogram_quantile: 'quantile of a histogram from its buckets (label le)',
    histogram_stddev: 'standard deviation of native histograms',
    histogram_stdvar: 'variance of native histograms',
    histogram_sum: 'sum of native histograms',
    hour: 'hour of the day, UTC',
    idelta: 'difference of the last two values',
    increase: 'how much a counter grew in the window',
    irate: 'growth of a counter per second, from the last two values',
    label_join: 'sets a label from the values of others',
    label_replace: 'sets a label from another by a regular expression',
    last_over_time: 'newest value in the window',
    ln: 'natural logarithm',
    log10: 'decimal logarithm',
    log2: 'binary logarithm',
    max_over_time: 'greatest value in the window',
    min_over_time: 'least value in the window',
    minute: 'minute of the hour, UTC',
    month: 'month of the year, UTC',
    pi: 'π',
    predict_linear: 'value in so many seconds when it goes on like in the window',
    present_over_time: '1 when there is a value in the window',
    quantile_over_time: 'quantile over the window',
    rad: 'degrees to radians',
    rate: 'growth of a counter per second, mean over the window',
    resets: 'how often a counter fell in the window',
    round: 'rounded to the nearest multiple',
    scalar: 'the value of the only series as a number, NaN when there is not just one',
    sgn: 'sign: -1, 0 or 1',
    sin: 'sine',
    sinh: 'hyperbolic sine',
    sort: 'ordered, least first',
    sort_desc: 'ordered, greatest first',
    sqrt: 'square root',
    stddev_over_time: 'standard deviation over the window',
    stdvar_over_time: 'variance over the window',
    sum_over_time: 'sum over the window',
    tan: 'tangent',
    tanh: 'hyperbolic tangent',
    time: 'the instant of evaluation, Unix seconds',
    timestamp: 'when the value was taken, Unix seconds',
    vector: 'the number as a series without labels',
    year: 'year, UTC',
  },
}
