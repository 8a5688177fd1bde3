import type {
  Aggregation,
  Binary,
  Expr,
  MatrixSelector,
  NumberLiteral,
  Subquery,
  VectorSelector,
} from './ast.ts'
import { typeOf } from './check.ts'
import { printDuration } from './duration.ts'
import { formatDurationMs, formatNumber, quote } from './literal.ts'
import { formatLabelName, formatMatcher } from './matcher.ts'

/** The canonical text of an expression, as Prometheus prints it; parses to an equal expression. */
export function print(expr: Expr): string {
  switch (expr.kind) {
    case 'number':
      return printNumber(expr)
    case 'string':
      return quote(expr.value)
    case 'vectorSelector':
      return printSelector(expr) + printModifiers(expr)
    case 'matrixSelector':
      return `${printSelector(expr.vector)}[${printRange(expr)}]${printModifiers(expr.vector)}`
    case 'subquery':
      return print(expr.expr) + printSteps(expr)
    case 'call':
      return `${expr.func}(${expr.args.map(print).join(', ')})`
    case 'aggregation':
      return printAggregation(expr)
    case 'binary':
      return `${print(expr.left)} ${printOperator(expr)} ${print(expr.right)}`
    case 'unary':
      return `${expr.op}${print(expr.expr)}`
    case 'paren':
      return `(${print(expr.expr)})`
  }
}

function printNumber({ value, duration }: NumberLiteral): string {
  if (!duration) return formatNumber(value)
  return `${value < 0 ? '-' : ''}${formatDurationMs(Math.round(Math.abs(value) * 1000))}`
}

function printSelector({ name, matchers }: VectorSelector): string {
  const shown = matchers
    .filter((matcher) => name === '' || matcher.name !== '__name__' || matcher.value !== name)
    .map(formatMatcher)
    .sort()
  return shown.length === 0 && name !== '' ? name : `${name}{${shown.join(',')}}`
}

function printRange({ range, rangeMs }: MatrixSelector | Subquery): string {
  return range ? printDuration(range) : formatDurationMs(rangeMs)
}

function printStep({ step, stepMs }: Subquery): string {
  if (step) return printDuration(step)
  return stepMs === 0 ? '' : formatDurationMs(stepMs)
}

/** What follows the expression of a subquery. */
export function printSteps(subquery: Subquery): string {
  return `[${printRange(subquery)}:${printStep(subquery)}]${printModifiers(subquery)}`
}

function printOffset({ offset, offsetMs }: Pick<VectorSelector, 'offset' | 'offsetMs'>): string {
  if (offset) return ` offset ${printDuration(offset)}`
  if (offsetMs === 0) return ''
  return ` offset ${offsetMs < 0 ? '-' : ''}${formatDurationMs(Math.abs(offsetMs))}`
}

function printModifiers(selector: VectorSelector | Subquery): string {
  const { at } = selector
  const offset = printOffset(selector)
  if (!at) return offset
  return ` @ ${at.kind === 'time' ? (at.ms / 1000).toFixed(3) : `${at.kind}()`}${offset}`
}

function printLabels(labels: readonly string[]): string {
  return `(${labels.map(formatLabelName).join(', ')})`
}

function printAggregation(aggregation: Aggregation): string {
  const { param, expr } = aggregation
  return `${printGrouping(aggregation)}(${param ? `${print(param)}, ` : ''}${print(expr)})`
}

/** An aggregation up to its bracket: `sum by (job) `. */
export function printGrouping({ op, grouping, without }: Aggregation): string {
  if (without) return `${op} without ${printLabels(grouping)} `
  return grouping.length > 0 ? `${op} by ${printLabels(grouping)} ` : op
}

/** With its modifiers: `> bool on (job)`. */
export function printOperator({ op, bool, matching, left, right }: Binary): string {
  const head = bool ? `${op} bool` : op
  if (typeOf(left) === 'scalar' || typeOf(right) === 'scalar') return head
  const grouped = matching.card === 'many-to-one' || matching.card === 'one-to-many'
  if (matching.labels.length === 0 && !matching.on && !grouped) return head
  const by = `${matching.on ? 'on' : 'ignoring'} ${printLabels(matching.labels)}`
  if (!grouped) return `${head} ${by}`
  const side = matching.card === 'many-to-one' ? 'group_left' : 'group_right'
  return `${head} ${by} ${side} ${printLabels(matching.include)}`
}

const TEXTS = new WeakMap<Expr, string>()

/** As `print`, kept with the expression: rules are evaluated again and again. */
export function textKept(expr: Expr): string {
  const known = TEXTS.get(expr)
  if (known !== undefined) return known
  const text = print(expr)
  TEXTS.set(expr, text)
  return text
}
