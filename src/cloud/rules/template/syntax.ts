/** What a parsed template is made of: Go's text/template, as Prometheus uses it. */

/** An expected fault of a template; `offset` is where in its text, in UTF-16 units. */
export class TemplateFault extends Error {
  readonly offset: number

  constructor(offset: number, message: string) {
    super(message)
    this.name = 'TemplateFault'
    this.offset = offset
  }
}

export type Constant = string | number | bigint | boolean | null

export type Operand =
  | { readonly kind: 'constant'; readonly value: Constant; readonly offset: number }
  | { readonly kind: 'dot'; readonly offset: number }
  | { readonly kind: 'variable'; readonly name: string; readonly offset: number }
  | { readonly kind: 'function'; readonly name: string; readonly offset: number }
  | { readonly kind: 'pipeline'; readonly pipeline: Pipeline; readonly offset: number }
  | {
      readonly kind: 'field'
      readonly of: Operand
      readonly name: string
      readonly offset: number
    }

/** A function, method or value with its arguments. */
export interface Command {
  readonly head: Operand
  readonly args: readonly Operand[]
}

export interface Pipeline {
  /** Variables it declares or, with `assign`, sets; `range` has up to two. */
  readonly variables: readonly string[]
  readonly assign: boolean
  readonly commands: readonly Command[]
}

export type Block = readonly TemplateNode[]

export interface Control {
  readonly kind: 'if' | 'with' | 'range'
  readonly pipeline: Pipeline
  readonly body: Block
  /** What stands behind `else`. */
  readonly otherwise: Block
}

export type TemplateNode =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'action'; readonly pipeline: Pipeline }
  | Control
  | { readonly kind: 'break' | 'continue' }
  | {
      readonly kind: 'template'
      readonly name: string
      readonly pipeline: Pipeline | undefined
      readonly offset: number
    }

/** A parsed template; `defined` are its `define` blocks by name. */
export interface Template {
  readonly text: string
  readonly body: Block
  readonly defined: ReadonlyMap<string, Block>
}
