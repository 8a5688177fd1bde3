import type { SyntaxNode } from '@lezer/common'
import { parser } from '@prometheus-io/lezer-promql'
import type { Expr } from './ast.ts'
import { check } from './check.ts'
import { convert } from './convert.ts'
import { parseFailure } from './failure.ts'
import { keywordPlaces } from './keyword-place.ts'
import { type Scan, scan } from './lex.ts'
import { Positions } from './position.ts'
import { syntaxFault } from './syntax-fault.ts'

/** A text longer than this is not parsed. */
const MAX_TEXT_LENGTH = 100_000
const MAX_TREE_DEPTH = 500

/**
 * A checked expression. Throws `PromqlError` (reason `parse`) with line, column and Prometheus' wording.
 *
 * lezer's grammar gives the tree, but not Prometheus' precedence (`a + b offset 5m`, `-1 ^ 2`), which
 * `convert` restores, and not its errors, which `syntaxFault` finds with Prometheus' scanner.
 */
export function parse(text: string): Expr {
  const positions = new Positions(text)
  if (text.length > MAX_TEXT_LENGTH) {
    throw parseFailure(positions.span(0, 0), `longer than ${MAX_TEXT_LENGTH} characters`)
  }
  const scanned = scan(text)
  const tree = parser.parse(forLezer(text, scanned)).topNode
  const fault = syntaxFault(tree, scanned)
  if (fault) throw parseFailure(positions.span(fault.start, fault.start), fault.message)
  const root = tree.getChild('Expr')
  if (!root) throw new RangeError('lezer accepted a text without an expression')
  assertDepth(root, positions)
  const expr = convert(root, text, positions)
  check(expr)
  return expr
}

/**
 * lezer knows no numbers like `2.` and no metric `offset`; what such a token is worth is read from the text
 * itself.
 */
function forLezer(text: string, { tokens }: Scan): string {
  const places = keywordPlaces(tokens)
  let known = text
  for (const [i, { kind, text: word, start }] of tokens.entries()) {
    const number = kind === 'number' && /^\d+\.(?!\d)/.test(word)
    const metric = kind === 'keyword' && places[i] === 'operand' && /^offset$/i.test(word)
    if (!number && !metric) continue
    const other = number ? word.replace('.', '0') : word.replace(/^./, '_')
    known = known.slice(0, start) + other + known.slice(start + word.length)
  }
  return known
}

function assertDepth(root: SyntaxNode, positions: Positions): void {
  const cursor = root.cursor()
  for (let depth = 0; ; ) {
    if (cursor.firstChild()) {
      if (++depth > MAX_TREE_DEPTH) {
        throw parseFailure(positions.span(cursor.from, cursor.to), 'nested too deeply')
      }
      continue
    }
    while (depth > 0 && !cursor.nextSibling()) {
      cursor.parent()
      depth--
    }
    if (depth === 0) return
  }
}
