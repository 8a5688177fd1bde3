/** Parses a template once; a fault names its offset in the text. */
import { FUNCTIONS } from './functions.ts'
import { type Piece, scan, type Token } from './scan.ts'
import {
  type Block,
  type Command,
  type Operand,
  type Pipeline,
  type Template,
  TemplateFault,
  type TemplateNode,
} from './syntax.ts'
import { TokenReader } from './token-reader.ts'

/** Longer templates, and deeper ones, are refused. */
const MAX_LENGTH = 64 * 1024
const MAX_DEPTH = 50

/** Variables every template of a rule has. */
const GIVEN = ['$', '$labels', '$externalLabels', '$externalURL', '$value']

/** @throws {TemplateFault} */
export function parseTemplate(text: string): Template {
  if (text.length > MAX_LENGTH) {
    throw new TemplateFault(
      0,
      `template of ${text.length} characters, at most ${MAX_LENGTH} are read`,
    )
  }
  const parser = new TemplateParser(scan(text), text.length)
  const body = parser.block([], 0)
  return { text, body: body.nodes, defined: parser.defined }
}

type End = 'end' | 'else' | 'eof'

class TemplateParser {
  readonly defined = new Map<string, Block>()
  readonly #pieces: readonly Piece[]
  readonly #length: number
  #at = 0
  #variables = [...GIVEN]
  #loops = 0

  constructor(pieces: readonly Piece[], length: number) {
    this.#pieces = pieces
    this.#length = length
  }

  /** Nodes up to one of `ends`, or the end of the text when there are none. */
  block(ends: readonly End[], depth: number): { nodes: Block; end: End; tokens: TokenReader } {
    const nodes: TemplateNode[] = []
    for (;;) {
      const piece = this.#pieces[this.#at++]
      if (piece?.kind === 'text') {
        nodes.push(piece)
        continue
      }
      const tokens = new TokenReader(piece?.tokens ?? [], piece?.offset ?? this.#length)
      if (!piece) {
        if (ends.length > 0) throw new TemplateFault(this.#length, 'unexpected EOF')
        return { nodes, end: 'eof', tokens }
      }
      const word = tokens.peek()?.kind === 'word' ? (tokens.peek()?.text ?? '') : ''
      if (word === 'end' || word === 'else') {
        if (!ends.includes(word)) throw new TemplateFault(piece.offset, `unexpected {{${word}}}`)
        tokens.next()
        return { nodes, end: word, tokens }
      }
      if (depth > MAX_DEPTH) throw new TemplateFault(piece.offset, 'nested too deeply')
      const node = this.#action(word, tokens, depth)
      if (node) nodes.push(node)
    }
  }

  #action(word: string, tokens: TokenReader, depth: number): TemplateNode | undefined {
    switch (word) {
      case 'if':
      case 'with':
      case 'range':
        tokens.next()
        return this.#control(word, tokens, depth)
      case 'break':
      case 'continue': {
        const at = tokens.next().offset
        tokens.finish()
        if (this.#loops === 0) throw new TemplateFault(at, `{{${word}}} outside {{range}}`)
        return { kind: word }
      }
      case 'define':
        return this.#define(tokens, depth)
      case 'template':
        return this.#template(tokens, depth)
      case 'block':
        throw new TemplateFault(
          tokens.next().offset,
          'block is not supported: use define and template',
        )
      default:
        return { kind: 'action', pipeline: this.#pipeline(tokens, depth) }
    }
  }

  #control(kind: 'if' | 'with' | 'range', tokens: TokenReader, depth: number): TemplateNode {
    const scope = this.#variables.length
    const pipeline = this.#pipeline(tokens, depth, kind === 'range')
    if (kind === 'range') this.#loops++
    const body = this.block(['end', 'else'], depth + 1)
    if (kind === 'range') this.#loops--
    const otherwise = body.end === 'else' ? this.#else(kind, body.tokens, depth) : []
    if (body.end === 'end') body.tokens.finish()
    this.#variables.length = scope
    return { kind, pipeline, body: body.nodes, otherwise }
  }

  /** `{{else}}`, or `{{else if …}}` and `{{else with …}}`, which share the `{{end}}`. */
  #else(kind: 'if' | 'with' | 'range', tokens: TokenReader, depth: number): Block {
    const word = tokens.peek()
    if (kind !== 'range' && word?.text === kind) {
      if (depth > MAX_DEPTH) throw new TemplateFault(word.offset, 'nested too deeply')
      tokens.next()
      return [this.#control(kind, tokens, depth + 1)]
    }
    tokens.finish()
    const block = this.block(['end'], depth + 1)
    block.tokens.finish()
    return block.nodes
  }

  #define(tokens: TokenReader, depth: number): undefined {
    const at = tokens.next().offset
    const name = tokens.next()
    if (depth > 0) throw new TemplateFault(at, 'unexpected {{define}}')
    if (typeof name.value !== 'string')
      throw new TemplateFault(name.offset, 'define needs a quoted name')
    tokens.finish()
    const outer = this.#variables
    this.#variables = ['$']
    this.defined.set(name.value, this.block(['end'], depth + 1).nodes)
    this.#variables = outer
  }

  #template(tokens: TokenReader, depth: number): TemplateNode {
    const offset = tokens.next().offset
    const name = tokens.next()
    if (typeof name.value !== 'string')
      throw new TemplateFault(name.offset, 'template needs a quoted name')
    const pipeline = tokens.peek() ? this.#pipeline(tokens, depth) : undefined
    return { kind: 'template', name: name.value, pipeline, offset }
  }

  #pipeline(tokens: TokenReader, depth: number, loop = false, closed = false): Pipeline {
    const { variables, assign } = this.#declaration(tokens, loop)
    const commands: Command[] = []
    do commands.push(this.#command(tokens, depth))
    while (tokens.take('|'))
    if (!closed) tokens.finish()
    for (const command of commands.slice(1)) {
      if (command.head.kind === 'function' || command.head.kind === 'field') continue
      throw new TemplateFault(command.head.offset, 'non executable command in pipeline')
    }
    if (!assign) this.#variables.push(...variables)
    return { variables, assign, commands }
  }

  #declaration(tokens: TokenReader, loop: boolean) {
    const variables: string[] = []
    const first = tokens.peek()
    const follows = tokens.peek(1)?.text
    if (first?.kind !== 'variable') return { variables, assign: false }
    if (follows === ':=' || follows === '=') {
      const assign = follows === '='
      if (assign) this.#known(first)
      tokens.skip(2)
      return { variables: [first.text], assign }
    }
    const second = tokens.peek(2)
    if (follows !== ',' || second?.kind !== 'variable') return { variables, assign: false }
    if (!loop) throw new TemplateFault(second.offset, 'too many declarations')
    tokens.skip(3)
    const sign = tokens.next()
    if (sign.text !== ':=' && sign.text !== '=') throw new TemplateFault(sign.offset, 'expected :=')
    return { variables: [first.text, second.text], assign: sign.text === '=' }
  }

  #command(tokens: TokenReader, depth: number): Command {
    const operands: Operand[] = []
    for (;;) {
      const token = tokens.peek()
      if (!token || token.text === '|' || token.text === ')') break
      operands.push(this.#operand(tokens, depth))
    }
    const [head, ...args] = operands
    if (!head) throw new TemplateFault(tokens.offset, 'missing value for command')
    if (args.length > 0 && head.kind !== 'function' && head.kind !== 'field') {
      throw new TemplateFault(head.offset, "can't give argument to non-function")
    }
    return { head, args }
  }

  #operand(tokens: TokenReader, depth: number): Operand {
    let operand = this.#term(tokens, depth)
    for (let token = tokens.peek(); token?.kind === 'field' && token.glued; token = tokens.peek()) {
      tokens.next()
      operand = { kind: 'field', of: operand, name: token.text.slice(1), offset: token.offset }
    }
    return operand
  }

  #term(tokens: TokenReader, depth: number): Operand {
    const token = tokens.next()
    const { offset, text } = token
    if (token.kind === 'dot') return { kind: 'dot', offset }
    if (token.kind === 'constant') return { kind: 'constant', value: token.value ?? '', offset }
    if (token.kind === 'field') {
      return { kind: 'field', of: { kind: 'dot', offset }, name: text.slice(1), offset }
    }
    if (token.kind === 'variable') {
      this.#known(token)
      return { kind: 'variable', name: text, offset }
    }
    if (token.kind === 'word') return wordOperand(token)
    if (text !== '(') throw new TemplateFault(offset, `unexpected "${text}" in command`)
    if (depth > MAX_DEPTH) throw new TemplateFault(offset, 'nested too deeply')
    const pipeline = this.#pipeline(tokens, depth + 1, false, true)
    if (!tokens.take(')')) throw new TemplateFault(offset, 'unclosed left paren')
    return { kind: 'pipeline', pipeline, offset }
  }

  #known(token: Token): void {
    if (this.#variables.includes(token.text)) return
    throw new TemplateFault(token.offset, `undefined variable "${token.text}"`)
  }
}

function wordOperand({ text, offset }: Token): Operand {
  if (text === 'true' || text === 'false')
    return { kind: 'constant', value: text === 'true', offset }
  if (text === 'nil') return { kind: 'constant', value: null, offset }
  if (FUNCTIONS.has(text)) return { kind: 'function', name: text, offset }
  throw new TemplateFault(offset, `function "${text}" not defined`)
}
