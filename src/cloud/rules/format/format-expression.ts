import { formatDurationMs, PromqlError, parse, prettify, print } from '../../../promql/index.ts'
import { joined, readingsOf, VARIABLE_NAMES } from '../reading.ts'

/** Texts, comments, and what rules put in for the report interval. */
const PART = new RegExp(
  `"(?:[^"\\\\]|\\\\.)*"|'(?:[^'\\\\]|\\\\.)*'|\`[^\`]*\`|(#)|\\$(${VARIABLE_NAMES.join('|')})\\b`,
  'g',
)

/** Bytes that are no text by themselves: our tree has no place for them. */
const BYTES = /\\(?:x[89a-f]|[23][0-7]{2})/i

/**
 * The expression of a rule as people should find it: on one line, or on several where it is long and
 * `multiline`. One with comments stays as it is written: they have no place in its tree.
 */
export function formatExpression(text: string, multiline: boolean): string {
  const written = text.trim()
  const { marked, restore, hasComments } = withMarks(written)
  if (hasComments || BYTES.test(written)) return written
  try {
    const expr = parse(marked)
    const shown = multiline ? prettify(expr, { shown: restore, flush: true }) : restore(print(expr))
    return meaning(shown) === meaning(written) ? shown : written
  } catch (error) {
    // With the marks it may not be an expression, as in `$minutes0`.
    if (!(error instanceof PromqlError)) throw error
    return written
  }
}

/** `$span` and its like become numbers and durations that nobody writes. */
function withMarks(text: string) {
  const marks = new Map<string, string>()
  let hasComments = false
  const marked = text.replace(PART, (part, comment?: string, variable?: string) => {
    hasComments ||= comment !== undefined
    if (variable === undefined) return part
    const number = 918_273_645 + VARIABLE_NAMES.indexOf(variable)
    const mark = standsForNumber(part) ? String(number) : formatDurationMs(number)
    marks.set(mark, part)
    return mark
  })
  const restore = (shown: string) => {
    return [...marks].reduce(
      (sofar, [mark, variable]) => sofar.replaceAll(mark, () => variable),
      shown,
    )
  }
  return { marked, restore, hasComments }
}

/** Or for a duration. */
function standsForNumber(variable: string): boolean {
  return /^\d+$/.test(readingsOf(variable)[0]?.text ?? '')
}

function meaning(text: string): string {
  return print(parse(joined(readingsOf(text))))
}
