/** Queries with a fault: both must refuse them, or both give the same. */
import type { Random } from './random.ts'

const TOKEN = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`|[\w.:]+|[=!~<>]+|\s+|./gsu
const STRANGE = [
  ')',
  '(',
  '{',
  '}',
  '[',
  ']',
  ',',
  'by',
  'on',
  'bool',
  'offset',
  '@',
  'sum',
  'rate',
  'and',
  '==',
  '=~',
  '-',
  '5m',
  '1',
  '"s"',
  'topk',
  'group_left',
  'unknown_function(',
  '#',
  '$',
  '"',
]

/** One token less, twice, elsewhere or another. */
export function mutant(random: Random, text: string): string {
  const tokens = text.match(TOKEN) ?? []
  if (tokens.length === 0) return text
  const at = random.int(0, tokens.length - 1)
  const token = tokens[at] ?? ''
  const strange = ` ${random.pick(STRANGE)} `
  return random
    .weighted<readonly string[]>([
      [3, () => tokens.toSpliced(at, 1)],
      [1, () => tokens.toSpliced(at, 0, token)],
      [2, () => tokens.toSpliced(at, 1, strange)],
      [2, () => tokens.toSpliced(at, 0, strange)],
      [1, () => tokens.toSpliced(at, 1, random.pick(tokens))],
    ])
    .join('')
}
