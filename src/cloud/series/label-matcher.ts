import { compileMatcher, type Matcher } from '../../promql/index.ts'

/** A matcher as a test of its label's value; '' is an absent label. */
export interface LabelMatcher {
  readonly name: string
  /** The one value that matches, when only one does. */
  readonly only: string | undefined
  readonly matches: (value: string) => boolean
}

export function labelMatcher(matcher: Matcher): LabelMatcher {
  const { name, op, value } = matcher
  return { name, only: op === '=' ? value : undefined, matches: compileMatcher(matcher) }
}
