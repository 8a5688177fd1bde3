/**
 * Go's regular expressions (RE2): what Prometheus' matchers and templates speak. Matching takes time linear
 * in the text, so an expression from outside cannot hold the process.
 */
import { type Matcher, RE2JS } from 're2js'
import { messageOf } from './failure.ts'

/** A fault in the expression, with Go's words. */
export class RegexpError extends Error {}

const MAX_PATTERN = 10_000
/** Matchers that are kept: rules ask with the same ones again and again. */
const KEPT_MATCHERS = 256
/** Longer ones are rare, and large. */
const MAX_KEPT_PATTERN = 256
/** Answers that are kept, of all matchers: a label has few values, and they come with each evaluation. */
const KEPT_ANSWERS = 50_000
const MAX_KEPT_TEXT = 128
const REFERENCE = /\$(?:\$|([\p{L}\p{Nd}_]+)|\{([\p{L}\p{Nd}_]+)\})/gu

export class GoRegexp {
  /** By pattern; who was made first goes first. */
  static readonly #matchers = new Map<string, GoRegexp>()
  static #answers = 0
  readonly #compiled: RE2JS
  /** Of one that is kept. */
  #known: Map<string, boolean> | undefined

  private constructor(pattern: string, flags: number) {
    if (pattern.length > MAX_PATTERN) {
      throw new RegexpError(`regexp longer than ${MAX_PATTERN} characters`)
    }
    try {
      this.#compiled = RE2JS.compile(pattern, flags)
    } catch (error) {
      throw new RegexpError(messageOf(error))
    }
  }

  /** As Go's `regexp.Compile`. @throws {RegexpError} */
  static compile(pattern: string): GoRegexp {
    return new GoRegexp(pattern, 0)
  }

  /** As Prometheus' matchers: `.` takes a line break, too. For `testWhole` and `expandWhole`. @throws {RegexpError} */
  static matcher(pattern: string): GoRegexp {
    const known = GoRegexp.#matchers.get(pattern)
    if (known) return known
    const made = new GoRegexp(pattern, RE2JS.DOTALL)
    if (pattern.length > MAX_KEPT_PATTERN) return made
    const [oldest] = GoRegexp.#matchers
    if (oldest && GoRegexp.#matchers.size >= KEPT_MATCHERS) {
      GoRegexp.#matchers.delete(oldest[0])
      oldest[1].#known = undefined
    }
    made.#known = new Map()
    GoRegexp.#matchers.set(pattern, made)
    return made
  }

  /** Whether it matches anywhere in `text`. */
  test(text: string): boolean {
    return this.#compiled.test(text)
  }

  /** Whether it matches all of `text`. */
  testWhole(text: string): boolean {
    const known = this.#known?.get(text)
    if (known !== undefined) return known
    const answer = this.#compiled.testExact(text)
    if (text.length <= MAX_KEPT_TEXT) this.#keep(text, answer)
    return answer
  }

  #keep(text: string, answer: boolean): void {
    if (!this.#known) return
    if (GoRegexp.#answers++ >= KEPT_ANSWERS) {
      for (const matcher of GoRegexp.#matchers.values()) matcher.#known?.clear()
      GoRegexp.#answers = 1
    }
    this.#known.set(text, answer)
  }

  /** `template` with `$1`, `${1}`, `$name`, `$$` filled in, if it matches all of `text`; as Go's `Expand`. */
  expandWhole(text: string, template: string): string | undefined {
    const match = this.#compiled.matcher(text)
    return match.matches() ? expand(template, match) : undefined
  }

  /** Every match replaced by the expanded template, as Go's `ReplaceAllString`. */
  replaceAll(text: string, template: string): string {
    const match = this.#compiled.matcher(text)
    let replaced = ''
    let from = 0
    while (match.find()) {
      // An empty match right behind a match does not count.
      if (match.end() === from && match.start() > 0) continue
      replaced += text.slice(from, match.start()) + expand(template, match)
      from = match.end()
    }
    return replaced + text.slice(from)
  }
}

/** `$1x` is the group `1x`; what is not in the match is empty. */
function expand(template: string, match: Matcher): string {
  return template.replace(REFERENCE, (whole, bare?: string, braced?: string) => {
    if (whole === '$$') return '$'
    const name = bare ?? braced ?? ''
    if (/^(?:0|[1-9]\d*)$/.test(name)) {
      return Number(name) <= match.groupCount() ? (match.group(Number(name)) ?? '') : ''
    }
    return Object.hasOwn(match.namedGroups, name) ? (match.group(name) ?? '') : ''
  })
}
