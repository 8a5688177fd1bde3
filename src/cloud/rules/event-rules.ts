/** Which events a rule on notifies counts: texts of these alone are told with its alerts. */
import type { NotifyEvent } from '../../model/event.ts'
import { children, compileMatchers, type Expr, selectors } from '../../promql/index.ts'
import type { AlertingRule } from './rule.ts'

const EVENTS = 'tars_notify_events'
const NAMES = ['module', 'level', 'kind', 'node', 'set', 'title'] as const
/** As far back as events are kept in mind at the most. */
const MAX_BACK_MS = 3_600_000

type EventTest = (event: NotifyEvent) => boolean

/** Asked for each event of each evaluation. */
const known = new WeakMap<AlertingRule, EventTest>()

export const eventRules = {
  /** One of its selectors takes it. */
  takes(rule: AlertingRule, event: NotifyEvent): boolean {
    const test = known.get(rule) ?? testOf(rule)
    known.set(rule, test)
    return test(event)
  },
  /** How far back it looks. */
  backMs({ expr }: AlertingRule): number {
    return Math.min(MAX_BACK_MS, rangeMs(expr))
  },
}

function testOf({ expr }: AlertingRule): EventTest {
  const tests = selectors(expr)
    .filter(({ name }) => name === EVENTS)
    .map(({ matchers }) => compileMatchers(matchers.filter(({ name }) => isName(name))))
  return (event) => {
    const { module, level, kind, node, set, title } = event
    return tests.some((test) => test({ module, level, kind, node, set, title }))
  }
}

function isName(name: string): boolean {
  return NAMES.some((one) => one === name)
}

/** The longest range without an offset: what was before is compared with, not told. */
function rangeMs(expr: Expr): number {
  if (expr.kind === 'matrixSelector') {
    const { name, offsetMs } = expr.vector
    return name === EVENTS && offsetMs === 0 ? expr.rangeMs : 0
  }
  return Math.max(0, ...children(expr).map(rangeMs))
}
