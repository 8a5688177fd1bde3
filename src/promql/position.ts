import type { Span } from './ast.ts'

/** Lines and columns of one text: columns count UTF-8 bytes from 1, as Prometheus' do. */
export class Positions {
  readonly #text: string
  readonly #lineStarts: number[] = [0]

  constructor(text: string) {
    this.#text = text
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) {
      this.#lineStarts.push(at + 1)
    }
  }

  span(start: number, end: number): Span {
    const line = this.#lineStarts.findLastIndex((lineStart) => lineStart <= start)
    const before = this.#text.slice(this.#lineStarts[line], start)
    return { start, end, line: line + 1, column: Buffer.byteLength(before) + 1 }
  }
}
