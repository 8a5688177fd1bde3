import { executionFailure } from './failure.ts'
import type { Frame } from './frame.ts'
import { renamed } from './frame.ts'
import type { Metric } from './metric.ts'
import { compileAnchored } from './regexp.ts'

export interface LabelReplace {
  readonly to: string
  readonly replacement: string
  readonly from: string
  readonly regexp: string
}

/** `label_replace`: where the regular expression matches the whole value. */
export function labelReplace(frame: Frame, { to, replacement, from, regexp }: LabelReplace): Frame {
  const pattern = compiled(regexp)
  if (to === '') throw executionFailure(`invalid destination label name in label_replace(): ${to}`)
  return renamed(
    frame,
    frame.metrics.map((metric) => {
      const match = pattern.exec(metric.get(from))
      return match ? relabelled(metric, to, expand(replacement, match)) : metric
    }),
  )
}

function compiled(regexp: string): RegExp {
  try {
    return compileAnchored(regexp)
  } catch {
    throw executionFailure(`invalid regular expression in label_replace(): ${regexp}`)
  }
}

/** `label_join`: the values of labels one after the other. */
export function labelJoin(
  frame: Frame,
  { to, separator, from }: { to: string; separator: string; from: readonly string[] },
): Frame {
  if (from.includes('')) throw executionFailure('invalid source label name in label_join(): ')
  if (to === '') throw executionFailure(`invalid destination label name in label_join(): ${to}`)
  return renamed(
    frame,
    frame.metrics.map((metric) => {
      const joined = from.map((name) => metric.get(name)).join(separator)
      return relabelled(metric, to, joined)
    }),
  )
}

/** A name that is set stays, also where one was to go. */
function relabelled(metric: Metric, name: string, value: string): Metric {
  const changed = metric.with(name, value)
  return name === '__name__' ? changed.spare() : changed
}

const REFERENCE = /\$(?:\$|([\p{L}\p{Nd}_]+)|\{([\p{L}\p{Nd}_]+)\})/gu

/** Go's `Regexp.Expand`: `$1`, `${1}`, `$name`, `$$`; what is not in the match is empty. */
function expand(template: string, match: RegExpExecArray): string {
  return template.replace(REFERENCE, (text, bare?: string, braced?: string) => {
    if (text === '$$') return '$'
    const name = bare ?? braced ?? ''
    return (/^(?:0|[1-9]\d*)$/.test(name) ? match[Number(name)] : match.groups?.[name]) ?? ''
  })
}
