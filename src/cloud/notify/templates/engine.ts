/** Liquid in a box: no files, no clock, few tags and filters, bounded time and memory. */
import { Liquid, type Template as Node, type Variable } from 'liquidjs'
import { Failure, messageOf } from '../../../support/failure.ts'

/** Of one part of one message, real time. */
const RENDER_MS = 500
/** Characters that filters may make, elements that loops may run over. */
const MEMORY = 500_000
const MAX_OUTPUT_CHARS = 100_000

const TAGS = 'assign if unless for break continue case comment raw #'.split(' ')
const FILTERS = [
  'default upcase downcase capitalize strip lstrip rstrip truncate truncatewords append prepend',
  'replace replace_first remove remove_first slice split join size first last reverse compact uniq',
  'map sort where plus minus times divided_by modulo abs round ceil floor at_least at_most url_encode',
]
  .join(' ')
  .split(' ')

/** `syntax`: it does not parse; `unknown-variable`; `too-much`: it takes too long, or makes too much; `failed`. */
export class TemplateFailure extends Failure<
  'syntax' | 'unknown-variable' | 'too-much' | 'failed'
> {}

/** What a value becomes where it is shown. */
export type Escape = (text: string) => string

export interface Compiled {
  /** @throws {TemplateFailure} */
  render(values: object): string
}

export class Engine {
  readonly #liquid: Liquid
  readonly #shape: object

  /** `shape`: an example of the values; what it does not have is unknown. Below `labels` all names are known. */
  constructor(escaping: Escape, shape: object) {
    this.#shape = shape
    this.#liquid = new Liquid({
      ...{ templates: {}, ownPropertyOnly: true, strictFilters: true, dynamicPartials: false },
      ...{ parseLimit: 50_000, renderLimit: RENDER_MS, memoryLimit: MEMORY },
      outputEscape: (value: unknown) => escaping(bounded(textOf(value))),
    })
    const { tags, filters } = this.#liquid
    for (const name of Object.keys(tags)) if (!TAGS.includes(name)) delete tags[name]
    for (const name of Object.keys(filters)) if (!FILTERS.includes(name)) delete filters[name]
  }

  /** @throws {TemplateFailure} `syntax`, `unknown-variable`, with line and column. */
  compile(text: string): Compiled {
    const nodes = this.#parsed(text)
    return {
      render: (values) => {
        try {
          return bounded(String(this.#liquid.renderSync(nodes, values)))
        } catch (error) {
          throw failureOf(error)
        }
      },
    }
  }

  #parsed(text: string): Node[] {
    let nodes: Node[]
    try {
      nodes = this.#liquid.parse(text)
      this.#refuseUnknown(nodes)
      return nodes
    } catch (error) {
      if (error instanceof TemplateFailure) throw error
      throw new TemplateFailure('syntax', messageOf(error), { cause: error })
    }
  }

  #refuseUnknown(nodes: Node[]): void {
    const { globals } = this.#liquid.analyzeSync(nodes, { partials: false })
    for (const variable of Object.values(globals).flat()) {
      if (isKnown(variable, this.#shape)) continue
      const { row, col } = variable.location
      const text = `unknown variable: ${variable}, line:${row}, col:${col}`
      throw new TemplateFailure('unknown-variable', text)
    }
  }
}

function isKnown({ segments }: Variable, shape: object): boolean {
  let at: unknown = shape
  for (const segment of segments) {
    if (typeof segment === 'object') return true
    if (Array.isArray(at)) {
      if (segment === 'size') return true
      if (typeof segment !== 'number' && segment !== 'first' && segment !== 'last') return false
      at = at[0]
    } else if (typeof at === 'string') return segment === 'size'
    else if (typeof at !== 'object' || at === null || !Object.hasOwn(at, segment)) return false
    else if (segment === 'labels') return true
    else at = at[segment as keyof typeof at]
  }
  return true
}

function failureOf(error: unknown): TemplateFailure {
  if (error instanceof TemplateFailure) return error
  const cause = error instanceof Error && 'originalError' in error ? error.originalError : undefined
  if (cause instanceof TemplateFailure) return cause
  const text = messageOf(error)
  const isLimit = /limit exceeded|Invalid string length/i.test(text)
  return new TemplateFailure(isLimit ? 'too-much' : 'failed', text, { cause: error })
}

function bounded(text: string): string {
  if (text.length <= MAX_OUTPUT_CHARS) return text
  throw new TemplateFailure('too-much', `more than ${MAX_OUTPUT_CHARS} characters`)
}

function textOf(value: unknown): string {
  if (value === undefined || value === null) return ''
  if (Array.isArray(value)) return value.map(textOf).join('')
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
