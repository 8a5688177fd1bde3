import { compileMatcher, type Matcher } from '../../../promql/index.ts'
import { literalPrefixes } from './literal-prefix.ts'

/** A matcher as a test of its label's value; '' is an absent label. */
export interface LabelMatcher {
  readonly name: string
  /** The one value that matches, when only one does. */
  readonly only: string | undefined
  readonly matches: (value: string) => boolean
  /** Values that begin with none of these do not match; undefined when nothing is known. */
  readonly prefixes?: readonly string[]
}

export function labelMatcher(matcher: Matcher): LabelMatcher {
  const { name, op, value } = matcher
  const test = { name, only: op === '=' ? value : undefined, matches: compileMatcher(matcher) }
  const prefixes = op === '=~' ? literalPrefixes(value) : ['']
  return prefixes.includes('') ? test : { ...test, prefixes }
}

const kept = new WeakMap<readonly Matcher[], readonly LabelMatcher[]>()

/** One of each matcher. Of the same list the same list each time: rules ask with the same ones again and again. */
export function labelMatchers(matchers: readonly Matcher[]): readonly LabelMatcher[] {
  const known = kept.get(matchers) ?? matchers.map(labelMatcher)
  kept.set(matchers, known)
  return known
}
