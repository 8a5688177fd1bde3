import type { SyntaxNode } from '@lezer/common'
import { parser } from '@prometheus-io/lezer-promql'
import type { Expr } from './ast.ts'
import { check } from './check.ts'
import { convert } from './convert.ts'
import { parseFailure } from './failure.ts'
import { keywordPlaces, type Place } from './keyword-place.ts'
import { type Scan, scan, type Token } from './lex.ts'
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
  const bare = withoutComments(text, scanned)
  const tree = parser.parse(forLezer(bare, scanned)).topNode
  const fault = syntaxFault(tree, scanned)
  if (fault) throw parseFailure(positions.span(fault.start, fault.start), fault.message)
  const root = tree.getChild('Expr')
  if (!root) throw new RangeError('lezer accepted a text without an expression')
  assertDepth(root, positions)
  const expr = convert(root, { text: bare, tokens: scanned.tokens, positions })
  check(expr)
  return expr
}

/** Comments as blanks of the same length: in lezer's tree they are nodes among the operands. */
function withoutComments(text: string, { tokens }: Scan): string {
  let bare = ''
  for (const token of tokens) {
    const between = text.slice(bare.length, token.start)
    bare += between.trim() === '' ? between : between.replace(/[^\r\n]/g, ' ')
    bare += token.text
  }
  // What is behind an error stays as it is.
  return bare + text.slice(bare.length)
}

/** The text with what lezer does not know in words of the same length; the tree is read with the text itself. */
function forLezer(text: string, { tokens }: Scan): string {
  const places = keywordPlaces(tokens)
  let known = text
  for (const [i, token] of tokens.entries()) {
    const other = wordForLezer(token, places[i])
    if (other === undefined) continue
    const end = token.start + token.text.length
    known = known.slice(0, token.start) + other + known.slice(end)
  }
  return known
}

/** For numbers like `2.`, a metric `offset`, and durations like `STEP()`. */
function wordForLezer({ kind, text }: Token, place: Place): string | undefined {
  if (kind === 'number') return /^\d+\.(?!\d)/.test(text) ? text.replace('.', '0') : undefined
  if (kind !== 'keyword') return undefined
  if (place === 'duration') return text.toLowerCase()
  return place === 'operand' && /^offset$/i.test(text) ? text.replace(/^./, '_') : undefined
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
