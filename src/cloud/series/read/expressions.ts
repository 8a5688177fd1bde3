import { type Expr, parse } from '../../../promql/index.ts'

const MAX_TEXTS = 2000

/** What texts are parsed into; those asked last are kept, because rules ask the same again and again. */
export class Expressions {
  readonly #known = new Map<string, Expr>()

  /** Throws `PromqlError` with the reason `parse`. */
  of(text: Expr | string): Expr {
    if (typeof text !== 'string') return text
    const expr = this.#known.get(text) ?? parse(text)
    this.#known.delete(text)
    this.#known.set(text, expr)
    const [oldest] = this.#known.keys()
    if (this.#known.size > MAX_TEXTS && oldest !== undefined) this.#known.delete(oldest)
    return expr
  }
}
