/** `tars-alarm promql EXPR`: whether an expression is right, how it is written, what it means, what a cloud answers. */
import { PromqlError, parse, print, typeOf } from '../promql/index.ts'
import { systemClock } from '../support/clock.ts'
import { speaksChinese } from './language.ts'
import type { AskOptions } from './promql-ask.ts'
import { explain } from './promql-explain.ts'
import { english, type Words } from './promql-words.ts'
import { chinese } from './promql-words-zh.ts'

type Line = (line: string) => void

export interface PromqlOptions extends Partial<AskOptions> {
  /** The tree in words. */
  readonly explain?: boolean
}

/**
 * Prints the expression as Prometheus would format it and its type, or with `url` the answer. Returns the exit
 * code: 1 when the expression is not right, which `err` is told with line, column and a caret below the place.
 */
export async function promql(
  text: string,
  options: PromqlOptions,
  out: Line,
  { err = (line: string) => console.error(line), words = wordsOf(process.env) } = {},
): Promise<number> {
  try {
    const expr = parse(text)
    const { url } = options
    if (url !== undefined) {
      const { ask } = await import('./promql-ask.ts')
      const answer = await ask(
        text,
        { ...options, url },
        { env: process.env, nowMs: systemClock.now() },
      )
      for (const line of answer) out(line)
      if (!options.explain) return 0
    }
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
