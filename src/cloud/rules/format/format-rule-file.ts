/** Rule files in one form: indentation, expressions; comments and order stay. */
import {
  type Document,
  isMap,
  isScalar,
  isSeq,
  parseAllDocuments,
  Scalar,
  type ScalarTag,
  type Tags,
} from 'yaml'
import { print } from '../../../promql/index.ts'
import { RuleFileError } from '../fault.ts'
import { parseRuleFile } from '../parse.ts'
import { formatExpression } from './format-expression.ts'

/**
 * The text of a rule file in its one form, which has the same rules.
 * @throws {RuleFileError} `invalid`: it has faults, or more than one document
 */
export function formatRuleFile(file: string, text: string): string {
  const { faults } = parseRuleFile(file, text)
  if (faults.length > 0) throw new RuleFileError('invalid', faults)
  const documents = parseAllDocuments(text, {
    customTags: asWritten,
    keepSourceTokens: true,
    strict: false,
  })
  const [document, second] = 'empty' in documents ? [] : documents
  if (second) {
    const message = 'more than one document: only the first would be read'
    throw new RuleFileError('invalid', [{ file, line: 0, column: 0, message }])
  }
  if (!document) return text
  for (const rule of rulesOf(document)) formatExpressionOf(rule)
  const formatted = document.toString({ lineWidth: 0, singleQuote: true })
  if (meaning(file, formatted) === meaning(file, text)) return formatted
  throw new RangeError(`${file}: formatting would change its rules`)
}

/** Numbers and the like stay texts as they stand there; folded texts keep their lines. */
function asWritten(tags: Tags): Tags {
  return tags.filter(isWanted).map((tag) => {
    return tag.tag === 'tag:yaml.org,2002:str' && !tag.collection ? keepingFolds(tag) : tag
  })
}

const WANTED = ['map', 'seq', 'str', 'null'].map((name) => `tag:yaml.org,2002:${name}`)

function isWanted(tag: Tags[number]): tag is Exclude<Tags[number], string> {
  return typeof tag === 'object' && WANTED.includes(tag.tag)
}

function keepingFolds(tag: ScalarTag): ScalarTag {
  return {
    ...tag,
    stringify: (item, context, ...rest) => {
      return foldedLines(item, context.indent) ?? tag.stringify?.(item, context, ...rest) ?? ''
    },
  }
}

/** A text after `>` or `>-`, line by line as it stands in the file; undefined for any other. */
function foldedLines({ type, srcToken, comment }: Scalar, indent: string): string | undefined {
  if (type !== Scalar.BLOCK_FOLDED || srcToken?.type !== 'block-scalar' || comment) return undefined
  const head = srcToken.props.find((part) => part.type === 'block-scalar-header')
  if (!head || !('source' in head) || !/^>-?$/.test(head.source)) return undefined
  const lines = srcToken.source.replace(/\n+$/, '').split('\n')
  const written = lines.find((line) => line.trim() !== '')?.search(/[^ ]/)
  if (written === undefined) return undefined
  const moved = lines.map((line) => (line.length > written ? indent + line.slice(written) : ''))
  return [head.source, ...moved].join('\n')
}

interface RuleNode {
  readonly expr: Scalar
  /** In `{…}` or `[…]` everything is on one line. */
  readonly inFlow: boolean
}

function* rulesOf(document: Document): Generator<RuleNode> {
  const groups = document.get('groups')
  if (!isSeq(groups)) return
  for (const group of groups.items) {
    const rules = isMap(group) ? group.get('rules') : undefined
    if (!isMap(group) || !isSeq(rules)) continue
    for (const rule of rules.items) {
      const expr = isMap(rule) ? rule.get('expr', true) : undefined
      if (!isMap(rule) || !isScalar(expr)) continue
      yield { expr, inFlow: [groups, group, rules, rule].some(({ flow }) => flow === true) }
    }
  }
}

function formatExpressionOf({ expr, inFlow }: RuleNode): void {
  const formatted = formatExpression(String(expr.value), !inFlow)
  if (formatted.includes('\n') && inFlow) return
  expr.value = formatted
  expr.type = formatted.includes('\n') ? Scalar.BLOCK_LITERAL : Scalar.PLAIN
}

/** All of a file's rules but how they are written. */
function meaning(file: string, text: string): string {
  const { groups, faults } = parseRuleFile(file, text)
  const shown = groups.map((group) => {
    const rules = group.rules.map((rule) => {
      const { text: _, query: __, line, column, ...rest } = rule
      return { ...rest, expr: print(rule.expr) }
    })
    return { ...group, rules }
  })
  return JSON.stringify([shown, faults])
}
