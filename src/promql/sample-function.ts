import type { ArithmeticOp, ComparisonOp } from './ast.ts'

/** Go's `math.Max`: +Inf beats NaN. */
function max(a: number, b: number): number {
  return a === Number.POSITIVE_INFINITY || b === Number.POSITIVE_INFINITY
    ? Number.POSITIVE_INFINITY
    : Math.max(a, b)
}

/** Go's `math.Min`: -Inf beats NaN. */
function min(a: number, b: number): number {
  return -max(-a, -b)
}

/** Functions of one sample and scalars; undefined: no sample. */
export type SampleFunction = (value: number, args: readonly number[]) => number | undefined

function clamp(value: number, low: number, high: number): number | undefined {
  return high < low ? undefined : max(low, min(high, value))
}

export const SAMPLE_FUNCTIONS: Readonly<Record<string, SampleFunction>> = {
  abs: Math.abs,
  acos: Math.acos,
  acosh: Math.acosh,
  asin: Math.asin,
  asinh: Math.asinh,
  atan: Math.atan,
  atanh: Math.atanh,
  ceil: Math.ceil,
  clamp: (value, [low = 0, high = 0]) => clamp(value, low, high),
  clamp_max: (value, [high = 0]) => clamp(value, Number.NEGATIVE_INFINITY, high),
  clamp_min: (value, [low = 0]) => clamp(value, low, Number.POSITIVE_INFINITY),
  cos: Math.cos,
  cosh: Math.cosh,
  deg: (value) => (value * 180) / Math.PI,
  exp: Math.exp,
  floor: Math.floor,
  ln: Math.log,
  log10: Math.log10,
  log2: Math.log2,
  rad: (value) => (value * Math.PI) / 180,
  round: (value, [nearest = 1]) => {
    const inverse = 1 / nearest
    return Math.floor(value * inverse + 0.5) / inverse
  },
  sgn: (value) => (value < 0 ? -1 : value > 0 ? 1 : value),
  sin: Math.sin,
  sinh: Math.sinh,
  sqrt: Math.sqrt,
  tan: Math.tan,
  tanh: Math.tanh,
  // Of native histograms only.
  histogram_avg: () => undefined,
  histogram_count: () => undefined,
  histogram_stddev: () => undefined,
  histogram_stdvar: () => undefined,
  histogram_sum: () => undefined,
}

/** Go's `math.Pow`: a base of 1 stays 1, whatever the exponent. */
function power(base: number, exponent: number): number {
  if (base === 1 || (base === -1 && Math.abs(exponent) === Number.POSITIVE_INFINITY)) return 1
  return base ** exponent
}

export const ARITHMETIC: Readonly<Record<ArithmeticOp, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '%': (a, b) => a % b,
  '^': power,
  atan2: Math.atan2,
}

export const COMPARE: Readonly<Record<ComparisonOp, (a: number, b: number) => boolean>> = {
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '>': (a, b) => a > b,
  '<': (a, b) => a < b,
  '>=': (a, b) => a >= b,
  '<=': (a, b) => a <= b,
}
