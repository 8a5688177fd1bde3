/** Reads a YAML file node by node and collects what is wrong, each with its place. */
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseAllDocuments,
  Scalar,
} from 'yaml'

/** Something wrong in a file. Lines and columns count from 1. */
export interface YamlFault {
  readonly file: string
  readonly line: number
  readonly column: number
  readonly message: string
}

export interface Field {
  /** undefined when nothing stands behind the key. */
  readonly value: Node | undefined
  readonly keyOffset: number
}

export type Fields = ReadonlyMap<string, Field>

export class YamlFile {
  readonly file: string
  readonly faults: YamlFault[] = []
  /** The first document; undefined when the file is empty or no YAML. */
  readonly root: Node | undefined
  readonly #text: string
  readonly #lines = new LineCounter()
  readonly #resolve: (node: unknown) => Node | undefined

  constructor(file: string, text: string) {
    this.file = file
    this.#text = text
    const documents = parseAllDocuments(text, {
      lineCounter: this.#lines,
      prettyErrors: false,
      uniqueKeys: true,
    })
    const first = 'empty' in documents ? undefined : documents[0]
    this.#resolve = (node) => {
      const target = isAlias(node) && first ? node.resolve(first) : node
      return isMap(target) || isSeq(target) || isScalar(target) ? target : undefined
    }
    for (const error of first?.errors ?? []) this.fault(error.pos[0], '', firstLine(error.message))
    this.root = this.#resolve(first?.contents)
  }

  place(offset: number): { line: number; column: number } {
    const { line, col } = this.#lines.linePos(offset)
    return { line, column: col }
  }

  /** `within` stands before the message: `group "g", rule 2, "Name"`. */
  fault(offset: number, within: string, message: string): void {
    const text = within === '' ? message : `${within}: ${message}`
    this.faults.push({ file: this.file, ...this.place(offset), message: text })
  }

  offsetOf(node: Node | undefined): number {
    return node?.range?.[0] ?? 0
  }

  /** Names that nothing knows are faults. */
  onlyKnown(fields: Fields, known: readonly string[], within: string): void {
    for (const [name, { keyOffset }] of fields) {
      if (known.includes(name)) continue
      this.fault(keyOffset, within, `unknown field "${name}", known are ${known.join(', ')}`)
    }
  }

  /** The fields of a map by name; anything but a map is a fault. */
  fields(node: Node | undefined, within: string): Fields {
    if (node === undefined || isNull(node)) return new Map()
    const fields = this.#own(node, within)
    // `<<: *anchor`: what the other map has counts where this one has nothing of that name.
    const merged = fields.get('<<')?.value
    const others = isSeq(merged) ? merged.items.map(this.#resolve) : [merged]
    if (!others.every((other) => isMap(other))) return fields
    fields.delete('<<')
    return new Map(
      [...others.toReversed(), undefined].flatMap((other) => {
        return [...(other ? this.#own(other, within) : fields)]
      }),
    )
  }

  #own(node: Node, within: string): Map<string, Field> {
    const fields = new Map<string, Field>()
    if (!isMap(node)) {
      this.fault(this.offsetOf(node), within, `expected a map, found ${kindOf(node)}`)
      return fields
    }
    for (const { key, value } of node.items as Pair[]) {
      const name = this.#resolve(key)
      const keyOffset = this.offsetOf(name)
      if (isScalar(name)) fields.set(sourceOf(name), { value: this.#resolve(value), keyOffset })
      else this.fault(keyOffset, within, 'expected a text as key')
    }
    return fields
  }

  isNothing({ value }: Field): boolean {
    return value === undefined || isNull(value)
  }

  items(node: Node | undefined, within: string): readonly (Node | undefined)[] {
    if (node === undefined || isNull(node)) return []
    if (isSeq(node)) return node.items.map(this.#resolve)
    this.fault(this.offsetOf(node), within, `expected a list, found ${kindOf(node)}`)
    return []
  }

  /** A text; numbers and the like count as they are written. Undefined (and a fault) for lists and maps. */
  text(field: Field | undefined, within: string): string | undefined {
    if (!field) return undefined
    const { value } = field
    if (value === undefined || isNull(value)) return ''
    if (isScalar(value)) return sourceOf(value)
    this.fault(this.offsetOf(value), within, `expected a text, found ${kindOf(value)}`)
    return undefined
  }

  /** Where in the file the character `index` of a text stands: past indentation, folding and escapes. */
  offsetInText(node: Node | undefined, index: number): number {
    const start = this.offsetOf(node)
    if (!isScalar(node)) return start
    const value = sourceOf(node)
    const block = node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED'
    let at = start
    if (block) at = this.#text.indexOf('\n', start) + 1
    else if (node.type === 'QUOTE_DOUBLE' || node.type === 'QUOTE_SINGLE') at++
    return Math.min(this.#follow(node, value.slice(0, index + 1), at), node.range?.[1] ?? start)
  }

  /** Goes through the file along with the text up to its last character. */
  #follow(node: Scalar, value: string, from: number): number {
    const source = this.#text
    const isSpace = (char: string | undefined) => char !== undefined && /\s/.test(char)
    let at = from
    for (let i = 0; i < value.length; i++) {
      const char = value[i]
      const last = i === value.length - 1
      // Also a backslash stands there as two.
      if (node.type === 'QUOTE_DOUBLE' && source[at] === '\\' && !isSpace(source[at + 1])) {
        if (last) return at
        at += 2
        continue
      }
      if (source[at] !== char) {
        // Folded: one space (or line break) stands for line break and indentation.
        if (isSpace(char)) {
          if (last) return at
          while (isSpace(source[at])) at++
          continue
        }
        while (isSpace(source[at])) at++
        if (source[at] !== char) return this.offsetOf(node)
      }
      if (last) return at
      at += node.type === 'QUOTE_SINGLE' && char === "'" ? 2 : 1
    }
    return at
  }
}

function isNull(node: Node): boolean {
  return isScalar(node) && node.value === null
}

/** What stands there: `1.0` stays `1.0`, whatever YAML makes of it. */
function sourceOf(node: Scalar): string {
  if (typeof node.value === 'string') return node.value
  return node.type === Scalar.PLAIN && node.source !== undefined
    ? node.source
    : String(node.value ?? '')
}

function kindOf(node: Node): string {
  if (isMap(node)) return 'a map'
  if (isSeq(node)) return 'a list'
  return isNull(node) ? 'nothing' : 'a text'
}

function firstLine(message: string): string {
  return message.split('\n')[0] ?? message
}
