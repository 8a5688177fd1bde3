/** `tars-alarm promql EXPR [--explain]`: whether an expression is right, how it is written, what it means. */
import { PromqlError, parse, print, typeOf } from '../promql/index.ts'
import { speaksChinese } from './language.ts'
import { explain } from './promql-explain.ts'
import { english, type Words } from './promql-words.ts'
import { chinese } from './promql-words-zh.ts'

type Line = (line: string) => void

export interface PromqlOptions {
  /** The tree in words. */
  readonly explain?: boolean
}

/**
 * Prints the expression as Prometheus would format it and its type. Returns the exit code: 1 when it is not
 * right, which `err` is told with line, column and a caret below the place.
 */
export function promql(
  text: string,
  options: PromqlOptions,
  out: Line,
  { err = (line: string) => console.error(line), words = wordsOf(process.env) } = {},
): number {
  try {
    const expr = parse(text)
    out(print(expr))
    out(`${words.type}: ${words.types[typeOf(expr)]}`)
    if (options.explain) for (const line of ['', ...explain(expr, words)]) out(line)
    return 0
  } catch (error) {
    if (!(error instanceof PromqlError)) throw error
    err(error.message)
    for (const line of marked(text, error)) err(line)
    return 1
  }
}

/** Chinese where the environment says so, as programs find their language. */
export function wordsOf(env: Readonly<Record<string, string | undefined>>): Words {
  return speaksChinese(env) ? chinese : english
}

const WIDE = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60]/

/** The line of the fault, and a caret below it. */
function marked(text: string, { line, column }: PromqlError): readonly string[] {
  if (line === undefined || column === undefined) return []
  const shown = text.split('\n')[line - 1] ?? ''
  // Columns count bytes, people count places.
  const before = Buffer.from(shown)
    .subarray(0, column - 1)
    .toString()
  const gap = before.replace(/[^\t]/gu, (char) => (WIDE.test(char) ? '  ' : ' '))
  return [`  ${shown}`, `  ${gap}^`]
}
