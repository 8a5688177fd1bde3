import { GoRegexp } from '../support/go-regexp.ts'
import type { Work } from '../support/turns.ts'
import { type Budget, SERIES_WORK } from './budget.ts'
import { executionFailure } from './failure.ts'
import type { Frame } from './frame.ts'
import { renamed } from './frame.ts'
import type { Metric } from './metric.ts'

export interface LabelReplace {
  readonly to: string
  readonly replacement: string
  readonly from: string
  readonly regexp: string
}

/** `label_replace`: where the regular expression matches the whole value. */
export function* labelReplace(
  frame: Frame,
  { to, replacement, from, regexp }: LabelReplace,
  budget: Budget,
): Work<Frame> {
  const pattern = compiled(regexp)
  if (!isLabelName(to)) {
    throw executionFailure(`invalid destination label name in label_replace(): ${to}`)
  }
  return yield* relabel(frame, budget, (metric) => {
    const value = pattern.expandWhole(metric.get(from), replacement)
    return value === undefined ? metric : relabelled(metric, to, value)
  })
}

/** Any text but none; U+FFFD is what is left of bytes that were no UTF-8. */
function isLabelName(name: string): boolean {
  return name !== '' && !name.includes('\ufffd')
}

function compiled(regexp: string): GoRegexp {
  try {
    return GoRegexp.matcher(regexp)
  } catch {
    throw executionFailure(`invalid regular expression in label_replace(): ${regexp}`)
  }
}

/** `label_join`: the values of labels one after the other. */
export function* labelJoin(
  frame: Frame,
  { to, separator, from }: { to: string; separator: string; from: readonly string[] },
  budget: Budget,
): Work<Frame> {
  if (from.includes('')) throw executionFailure('invalid source label name in label_join(): ')
  if (!isLabelName(to)) {
    throw executionFailure(`invalid destination label name in label_join(): ${to}`)
  }
  return yield* relabel(frame, budget, (metric) => {
    const joined = from.map((name) => metric.get(name)).join(separator)
    return relabelled(metric, to, joined)
  })
}

function* relabel(frame: Frame, budget: Budget, change: (metric: Metric) => Metric): Work<Frame> {
  const metrics: Metric[] = []
  yield* budget.each(frame.metrics.length, 2 * SERIES_WORK, (row) => {
    metrics.push(change(frame.metrics[row] as Metric))
  })
  return yield* renamed(frame, metrics, budget)
}

/** A name that is set stays, also where one was to go. */
function relabelled(metric: Metric, name: string, value: string): Metric {
  const changed = metric.with(name, value)
  return name === '__name__' ? changed.spare() : changed
}
