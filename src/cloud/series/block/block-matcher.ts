/** Matchers against the sorted values of a label: what a literal prefix excludes is not tried. */
import type { Matcher } from '../../../promql/index.ts'
import type { LabelColumn } from './directory.ts'
import { labelMatcher } from './label-matcher.ts'
import { literalPrefixes } from './literal-prefix.ts'

export interface BlockMatcher {
  readonly name: string
  /** The one value that matches, when only one does. */
  readonly only: string | undefined
  /** '' is an absent label. */
  readonly matches: (value: string) => boolean
  /** Values that begin with none of these all answer `beyond`. */
  readonly prefixes: readonly string[]
  readonly beyond: boolean
}

/** @throws {RegexpError} */
export function blockMatcher(matcher: Matcher): BlockMatcher {
  const { name, op, value } = matcher
  const isPattern = op === '=~' || op === '!~'
  const prefixes = isPattern ? literalPrefixes(value) : [value]
  return { ...labelMatcher(matcher), name, prefixes, beyond: op === '!=' || op === '!~' }
}

/** Of each index of `LabelColumn` whether it satisfies the matcher. */
export function acceptedOf({ values }: LabelColumn, matcher: BlockMatcher): Uint8Array {
  const accepted = new Uint8Array(values.length + 1).fill(matcher.beyond ? 1 : 0)
  accepted[0] = matcher.matches('') ? 1 : 0
  for (const prefix of matcher.prefixes) {
    for (let at = firstFrom(values, prefix); values[at]?.startsWith(prefix); at++) {
      accepted[at + 1] = matcher.matches(values[at] as string) ? 1 : 0
    }
  }
  return accepted
}

/** The first value that is not before `text`. */
export function firstFrom(values: readonly string[], text: string): number {
  let low = 0
  let high = values.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((values[middle] as string) < text) low = middle + 1
    else high = middle
  }
  return low
}
