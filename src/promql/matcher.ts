import type { Labels } from '../model/labels.ts'
import { GoRegexp } from '../support/go-regexp.ts'
import { quote } from './literal.ts'
import type { Matcher } from './source.ts'

/** The test of one label value; a missing label has the value ''. Throws `RegexpError`. */
export function compileMatcher({ op, value }: Matcher): (text: string) => boolean {
  if (op === '=') return (text) => text === value
  if (op === '!=') return (text) => text !== value
  const matches = wholeTest(value)
  return op === '=~' ? matches : (text) => !matches(text)
}

/** Plain words, one of which it must be. */
const WORDS = /^[\w -]+(?:\|[\w -]+)*$/

function wholeTest(pattern: string): (text: string) => boolean {
  if (WORDS.test(pattern)) {
    const words = new Set(pattern.split('|'))
    return (text) => words.has(text)
  }
  const regexp = GoRegexp.matcher(pattern)
  return (text) => regexp.testWhole(text)
}

/** The test of a label set against all matchers. */
export function compileMatchers(matchers: readonly Matcher[]): (labels: Labels) => boolean {
  const tests = matchers.map((matcher) => ({ name: matcher.name, test: compileMatcher(matcher) }))
  return (labels) => tests.every(({ name, test }) => test(labels[name] ?? ''))
}

/** `name="value"`; names that are not plain identifiers are quoted. */
export function formatMatcher({ name, op, value }: Matcher): string {
  return `${formatLabelName(name)}${op}${quote(value)}`
}

export function formatLabelName(name: string): string {
  return /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name) ? name : quote(name)
}
