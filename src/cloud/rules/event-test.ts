import type { NotifyEvent } from '../../model/event.ts'
import { compileMatchers, selectors } from '../../promql/index.ts'
import type { AlertingRule } from './rule.ts'

const EVENTS = 'tars_notify_events'
const NAMES = ['module', 'level', 'kind', 'node', 'set', 'title'] as const

type EventTest = (event: NotifyEvent) => boolean

/** Asked for each event of each evaluation. */
const known = new WeakMap<AlertingRule, EventTest>()

/** Whether a rule on notifies counts this one: texts of others are not told with its alerts. */
export function takesEvent(rule: AlertingRule, event: NotifyEvent): boolean {
  const test = known.get(rule) ?? testOf(rule)
  known.set(rule, test)
  return test(event)
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
