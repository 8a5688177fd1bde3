/** Runs a parsed template. Steps, depth and output are bounded. */
import { type CallContext, FUNCTIONS } from './functions.ts'
import { formatLayout } from './go-time.ts'
import {
  type Block,
  type Command,
  type Control,
  type Operand,
  type Pipeline,
  type Template,
  TemplateFault,
  type TemplateNode,
} from './syntax.ts'
import { GoMap, GoStruct, GoTime, type GoValue, isArray, isTrue, show, typeOf } from './value.ts'

/** An expansion stops with a fault beyond these. */
const MAX_STEPS = 20_000
const MAX_DEPTH = 30
const MAX_OUTPUT = 16 * 1024

export interface Run {
  readonly variables: Readonly<Record<string, GoValue>>
  readonly dot: GoValue
  readonly atMs: number
  readonly externalUrl: string
  readonly query: CallContext['query']
}

interface Variable {
  readonly name: string
  value: GoValue
}

/** What ended a block before its end. */
type Leave = 'break' | 'continue' | undefined

/** @throws {TemplateFault} what it throws besides comes from `run.query`. */
export function execute(template: Template, run: Run): string {
  return new Execution(template, run).text()
}

class Execution implements CallContext {
  readonly atMs: number
  readonly externalUrl: string
  readonly query: CallContext['query']
  readonly #template: Template
  readonly #run: Run
  #variables: Variable[] = []
  #output = ''
  #steps = 0
  #depth = 0

  constructor(template: Template, run: Run) {
    this.#template = template
    this.#run = run
    this.atMs = run.atMs
    this.externalUrl = run.externalUrl
    this.query = run.query
  }

  text(): string {
    const { variables, dot } = this.#run
    this.#variables = Object.entries({ ...variables, $: dot }).map(([name, value]) => ({
      name,
      value,
    }))
    this.#block(this.#template.body, dot)
    return this.#output
  }

  include(name: string, dot: GoValue): string {
    const block = this.#template.defined.get(name)
    if (!block) throw new Error(`template "${name}" not defined`)
    if (++this.#depth > MAX_DEPTH) throw new Error(`templates nested more than ${MAX_DEPTH} deep`)
    const outer = { variables: this.#variables, output: this.#output }
    this.#variables = [{ name: '$', value: dot }]
    this.#output = ''
    this.#block(block, dot)
    const text = this.#output
    this.#variables = outer.variables
    this.#output = outer.output
    this.#depth--
    return text
  }

  #block(nodes: Block, dot: GoValue): Leave {
    const scope = this.#variables.length
    let leave: Leave
    for (const node of nodes) {
      leave = this.#node(node, dot)
      if (leave) break
    }
    this.#variables.length = scope
    return leave
  }

  #node(node: TemplateNode, dot: GoValue): Leave {
    this.#step(0)
    switch (node.kind) {
      case 'text':
        this.#write(node.text)
        return undefined
      case 'action': {
        const value = this.#pipeline(node.pipeline, dot)
        if (node.pipeline.variables.length === 0) this.#write(show(value ?? undefined))
        return undefined
      }
      case 'break':
      case 'continue':
        return node.kind
      case 'template':
        this.#write(
          this.#guard(node.offset, () =>
            this.include(node.name, node.pipeline ? this.#pipeline(node.pipeline, dot) : null),
          ),
        )
        return undefined
      default:
        return this.#control(node, dot)
    }
  }

  #control(node: Control, dot: GoValue): Leave {
    const scope = this.#variables.length
    const value = this.#pipeline(node.pipeline, dot)
    const leave =
      node.kind === 'range' ? this.#range(node, value, dot) : this.#choose(node, value, dot)
    this.#variables.length = scope
    return leave
  }

  #choose(node: Control, value: GoValue, dot: GoValue): Leave {
    if (!isTrue(value)) return this.#block(node.otherwise, dot)
    return this.#block(node.body, node.kind === 'with' ? value : dot)
  }

  #range({ pipeline, body, otherwise }: Control, value: GoValue, dot: GoValue): Leave {
    const offset = pipeline.commands[0]?.head.offset ?? 0
    const names = pipeline.variables
    let empty = true
    for (const [key, item] of itemsOf(value, offset)) {
      this.#step(offset)
      empty = false
      this.#set(names.length === 2 ? names[0] : undefined, key)
      this.#set(names.at(-1), item)
      if (this.#block(body, item) === 'break') break
    }
    return empty ? this.#block(otherwise, dot) : undefined
  }

  #pipeline(pipeline: Pipeline, dot: GoValue): GoValue {
    let value: GoValue
    let piped = false
    for (const command of pipeline.commands) {
      value = this.#command(command, dot, piped ? [value] : [])
      piped = true
    }
    for (const name of pipeline.variables) {
      if (pipeline.assign) this.#set(name, value)
      else this.#variables.push({ name, value })
    }
    return value
  }

  #command({ head, args }: Command, dot: GoValue, piped: readonly GoValue[]): GoValue {
    this.#step(head.offset)
    if (head.kind === 'function') return this.#call(head, args, dot, piped)
    if (head.kind === 'constant' && head.value === null) {
      throw new TemplateFault(head.offset, 'nil is not a command')
    }
    if (args.length === 0 && piped.length === 0) return this.#operand(head, dot)
    if (head.kind !== 'field')
      throw new TemplateFault(head.offset, "can't give argument to non-function")
    const values = [...args.map((arg) => this.#operand(arg, dot)), ...piped]
    return this.#method(this.#operand(head.of, dot), head, values)
  }

  #call(
    { name, offset }: { readonly name: string; readonly offset: number },
    args: readonly Operand[],
    dot: GoValue,
    piped: readonly GoValue[],
  ): GoValue {
    const called = FUNCTIONS.get(name)
    const count = args.length + piped.length
    if (!called || count < called.min || count > called.max) {
      throw new TemplateFault(offset, `wrong number of args for ${name}: got ${count}`)
    }
    const values: GoValue[] = []
    for (const arg of args) {
      values.push(this.#operand(arg, dot))
      // `and` and `or` do not look at what follows the argument that decides.
      if (name === 'and' && !isTrue(values.at(-1))) return values.at(-1)
      if (name === 'or' && isTrue(values.at(-1))) return values.at(-1)
    }
    return this.#guard(offset, () => called.call([...values, ...piped], this), name)
  }

  #operand(operand: Operand, dot: GoValue): GoValue {
    this.#step(operand.offset)
    switch (operand.kind) {
      case 'constant':
        return operand.value
      case 'dot':
        return dot
      case 'variable':
        return this.#variables.findLast(({ name }) => name === operand.name)?.value
      case 'function':
        return this.#call(operand, [], dot, [])
      case 'pipeline':
        return this.#pipeline(operand.pipeline, dot)
      case 'field':
        return this.#method(this.#operand(operand.of, dot), operand, [])
    }
  }

  #method(
    of: GoValue,
    { name, offset }: { readonly name: string; readonly offset: number },
    args: readonly GoValue[],
  ): GoValue {
    if (of instanceof GoTime) return timeMethod(of, name, args, offset)
    if (args.length > 0)
      throw new TemplateFault(offset, `${name} has arguments but cannot be invoked as function`)
    if (of instanceof GoMap) return of.entries.has(name) ? of.entries.get(name) : of.zero
    if (of instanceof GoStruct && of.fields.has(name)) return of.fields.get(name)
    if (of === undefined || of === null)
      throw new TemplateFault(offset, `nil pointer evaluating ${name}`)
    throw new TemplateFault(offset, `can't evaluate field ${name} in type ${typeOf(of)}`)
  }

  /** Gives what goes wrong inside a function its place. */
  #guard<T>(offset: number, work: () => T, name?: string): T {
    try {
      return work()
    } catch (error) {
      // Only what functions throw themselves; faults have their place, others are not ours.
      if (!(error instanceof Error) || error.constructor !== Error) throw error
      throw new TemplateFault(
        offset,
        name ? `error calling ${name}: ${error.message}` : error.message,
      )
    }
  }

  #set(name: string | undefined, value: GoValue): void {
    const variable = this.#variables.findLast((one) => one.name === name)
    if (variable) variable.value = value
  }

  #write(text: string): void {
    this.#output += text
    if (this.#output.length > MAX_OUTPUT) {
      throw new TemplateFault(0, `output longer than ${MAX_OUTPUT} characters`)
    }
  }

  #step(offset: number): void {
    if (++this.#steps > MAX_STEPS) throw new TemplateFault(offset, `more than ${MAX_STEPS} steps`)
  }
}

function timeMethod(time: GoTime, name: string, args: readonly GoValue[], offset: number): GoValue {
  const [layout] = args
  if (name === 'Format' && typeof layout === 'string') return formatLayout(time.ms, layout)
  if (name === 'UTC' && args.length === 0) return time
  if (name === 'Unix' && args.length === 0) return BigInt(Math.floor(time.ms / 1000))
  throw new TemplateFault(
    offset,
    `can't evaluate ${name} of time.Time: known are Format, UTC, Unix`,
  )
}

/** Pairs of key and value; a whole number counts from 0. */
function* itemsOf(value: GoValue, offset: number): Iterable<readonly [GoValue, GoValue]> {
  if (isArray(value)) yield* value.map((item, i) => [BigInt(i), item] as const)
  else if (value instanceof GoMap) yield* value.entries
  else if (typeof value === 'bigint') for (let i = 0n; i < value; i++) yield [i, i]
  else if (value !== null && value !== undefined) {
    throw new TemplateFault(offset, `range can't iterate over ${show(value)}`)
  }
}
