/** The expression of a rule; faults are shown where they stand in the file. */
import { check, type Expr, PromqlError, parse } from '../../promql/index.ts'
import type { Field, YamlFile } from '../../support/yaml-file.ts'
import { joined, type Reading, readingsOf } from './reading.ts'

export interface RuleExpression {
  /** As written. */
  readonly text: string
  /** As evaluated. */
  readonly query: string
  readonly expr: Expr
  readonly line: number
  readonly column: number
}

/** Undefined when there is a fault; `start` is where the rule begins. */
export function parseExpression(
  { yaml, within }: { readonly yaml: YamlFile; readonly within: string },
  field: Field | undefined,
  start: number,
): RuleExpression | undefined {
  const text = yaml.text(field, within)
  const offset = field?.value ? yaml.offsetOf(field.value) : (field?.keyOffset ?? start)
  if (text === undefined && field) return undefined
  if (text === undefined || text.trim() === '') {
    yaml.fault(offset, within, "field 'expr' must be set in rule")
    return undefined
  }
  const readings = readingsOf(text)
  let first: Expr | undefined
  try {
    const [reading] = readings
    if (reading) first = parseReading(reading)
  } catch (error) {
    if (!(error instanceof ReadingFault)) throw error
    yaml.fault(yaml.offsetInText(field?.value, error.offset), within, error.message)
    return undefined
  }
  try {
    const query = joined(readings)
    const expr = first && readings.length === 1 ? first : parse(query)
    return { text, query, expr, ...yaml.place(offset) }
  } catch (error) {
    yaml.fault(offset, within, `could not parse expression: ${wordsOf(error)}`)
    return undefined
  }
}

class ReadingFault extends Error {
  readonly offset: number

  constructor(offset: number, message: string) {
    super(message)
    this.offset = offset
  }
}

function parseReading(reading: Reading): Expr {
  let expr: Expr
  try {
    expr = parse(reading.text)
  } catch (error) {
    const words = `could not parse expression: ${wordsOf(error)}`
    throw new ReadingFault(reading.writtenOffset(offsetOf(error, reading.text)), words)
  }
  const type = check(expr)
  if (type === 'vector' || type === 'scalar') return expr
  throw new ReadingFault(
    0,
    `the expression is a ${type}; a rule needs an instant vector or a scalar`,
  )
}

/** Prometheus' words without its place, which the fault has. */
function wordsOf(error: unknown): string {
  if (!(error instanceof PromqlError)) throw error
  return error.message.replace(/^\d+:\d+: /, '')
}

/** Line and column of a parse error (in UTF-8 bytes) as offset in the text. */
function offsetOf(error: unknown, text: string): number {
  if (!(error instanceof PromqlError) || error.line === undefined) return 0
  const lines = text.split('\n')
  const before = lines.slice(0, error.line - 1).reduce((sum, line) => sum + line.length + 1, 0)
  const bytes = Buffer.from(lines[error.line - 1] ?? '').subarray(0, (error.column ?? 1) - 1)
  return before + bytes.toString().length
}
