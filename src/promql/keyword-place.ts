import type { Token } from './lex.ts'

const OPENING: Readonly<Record<string, string>> = { ')': '(', '}': '{', ']': '[' }
/** After the labels of these an operand follows. */
const MATCHING: readonly string[] = ['on', 'ignoring', 'group_left', 'group_right']
const GROUPING: readonly string[] = ['by', 'without', ...MATCHING]
const OPERATORS: readonly string[] = ['and', 'or', 'unless', 'atan2']

/**
 * What a keyword would be at the place of each token: the name of a metric where an operand must begin, of a
 * label in braces and lists of labels, otherwise what it is.
 */
export type Place = 'operand' | 'label' | undefined

export function keywordPlaces(tokens: readonly Token[]): readonly Place[] {
  /** What is open, each with the word before it. */
  const open: { readonly bracket: string; readonly before: string }[] = []
  let before = ''
  let expected = true
  return tokens.map(({ kind, text }) => {
    const word = kind === 'keyword' ? text.toLowerCase() : ''
    const labels = labelPlace(open.at(-1))
    const modifier = word === 'bool' || MATCHING.includes(word)
    const operand = expected && labels === undefined && !modifier
    if (OPENING[text] !== undefined) {
      const closed = open.at(-1)?.bracket === OPENING[text] ? open.pop() : undefined
      expected = text === ')' && MATCHING.includes(closed?.before ?? '')
    } else if (kind === 'symbol') {
      if (text === '(' || text === '{' || text === '[') open.push({ bracket: text, before })
      expected = text !== '@'
    } else {
      expected = modifier || (!operand && OPERATORS.includes(word))
    }
    before = operand ? '' : word
    return operand ? 'operand' : labels
  })
}

function labelPlace(inner: { bracket: string; before: string } | undefined): Place {
  const list = inner?.bracket === '(' && GROUPING.includes(inner.before)
  return list || inner?.bracket === '{' ? 'label' : undefined
}
