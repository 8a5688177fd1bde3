import type { Token } from './lex.ts'

const OPENING: Readonly<Record<string, string>> = { ')': '(', '}': '{', ']': '[' }
/** After the labels of these an operand follows. */
const MATCHING: readonly string[] = ['on', 'ignoring', 'group_left', 'group_right']
const GROUPING: readonly string[] = ['by', 'without', ...MATCHING]
const OPERATORS: readonly string[] = ['and', 'or', 'unless', 'atan2']

/** Stands for any word in a duration. */
const DURATION = 'duration'

interface Open {
  readonly bracket: string
  /** The word before it. */
  readonly before: string
  readonly duration: boolean
}

/**
 * What a keyword would be at the place of each token: the name of a metric where an operand must begin, of a
 * label in braces and lists of labels, part of a duration in brackets and behind `offset`, otherwise what it is.
 */
export type Place = 'operand' | 'label' | 'duration' | undefined

export function keywordPlaces(tokens: readonly Token[]): readonly Place[] {
  const open: Open[] = []
  let before = ''
  /** Behind `offset`, up to the end of what may follow. */
  let offset = false
  let expected = true
  return tokens.map(({ kind, text }) => {
    const word = kind === 'keyword' ? text.toLowerCase() : ''
    const labels = labelPlace(open.at(-1))
    const duration = offset || open.at(-1)?.duration === true
    const modifier = word === 'bool' || MATCHING.includes(word)
    const operand = expected && labels === undefined && !modifier && !duration
    if (OPENING[text] !== undefined) {
      const closed = open.at(-1)?.bracket === OPENING[text] ? open.pop() : undefined
      expected = text === ')' && MATCHING.includes(closed?.before ?? '')
    } else if (kind === 'symbol') {
      if (text === '(' || text === '{' || text === '[') {
        const inside = text === '[' || (text === '(' && (duration || before === DURATION))
        open.push({ bracket: text, before, duration: inside })
      }
      expected = text !== '@'
    } else {
      expected = modifier || (!operand && OPERATORS.includes(word))
    }
    before = operand ? '' : duration && word !== '' ? DURATION : word
    offset = (!operand && word === 'offset') || (offset && (text === '+' || text === '-'))
    return operand ? 'operand' : duration ? 'duration' : labels
  })
}

function labelPlace(inner: Open | undefined): Place {
  const list = inner?.bracket === '(' && GROUPING.includes(inner.before)
  return list || inner?.bracket === '{' ? 'label' : undefined
}
