/** Filters of a form as label matchers: whatever is typed stays inside its quotes. Pure. */
import type { Labels } from '../../../model/labels.ts'
import { compileMatcher, formatMatcher, type Matcher } from '../../../promql/index.ts'
import { type FormRule, isOfCalls } from './form-rule.ts'

/** Without braces: `callee="App.Server", set=~"a.*|b"`; '' when everything is meant. */
export function filterMatchers(form: Filtered): string {
  return written(matchersOf(form))
}

/** Whether what is about these labels passes the filter, as far as it can be seen of `known` ones. */
export function takes(form: Filtered, labels: Labels, known: readonly string[]): boolean {
  return matchersOf(form)
    .filter(({ name }) => known.includes(name))
    .every((matcher) => compileMatcher(matcher)(labels[matcher.name] ?? ''))
}

type Filtered = Pick<FormRule, 'metric' | 'filter'>

function matchersOf({ metric, filter }: Filtered): Matcher[] {
  const [service, node] = isOfCalls(metric.of)
    ? (['callee', 'callee_ip'] as const)
    : (['module', metric.of === 'property' ? 'ip' : 'node'] as const)
  return [
    ...serviceMatcher(service, filter),
    ...matcherOf('interface', filter.interface),
    ...matcherOf(node, filter.node),
    ...matcherOf('set', filter.set),
    ...matcherOf('caller', filter.caller),
    ...matcherOf('return_code', filter.returnCode),
    ...metricMatchers(metric),
  ]
}

/** The service alone. */
export function serviceMatchers({ filter }: Pick<FormRule, 'filter'>): string {
  return written(serviceMatcher('callee', filter))
}

function metricMatchers(metric: FormRule['metric']): Matcher[] {
  if (metric.of === 'property') {
    const policy: Matcher = { name: 'policy', op: '=', value: metric.policy }
    return [...matcherOf('property', [metric.property]), policy]
  }
  if (metric.of !== 'events') return []
  const having = (words: readonly string[]) => `(?i).*(${words.map(regexpText).join('|')}).*`
  return [
    ...metric.all.map((word): Matcher => ({ name: 'title', op: '=~', value: having([word]) })),
    ...(metric.any.length > 0 ? [title('=~', having(metric.any))] : []),
    ...(metric.none.length > 0 ? [title('!~', having(metric.none))] : []),
  ]
}

function title(op: '=~' | '!~', value: string): Matcher {
  return { name: 'title', op, value }
}

/** `App.Server` out of both. */
function serviceMatcher(name: string, { app, server }: FormRule['filter']): Matcher[] {
  if (app.length === 0 && server.length === 0) return []
  const [oneApp, oneServer] = [exactly(app), exactly(server)]
  if (oneApp !== undefined && oneServer !== undefined) {
    return [{ name, op: '=', value: `${oneApp}.${oneServer}` }]
  }
  const apps = app.length === 0 ? '[^.]+' : `(${app.map(patternText).join('|')})`
  const servers = server.length === 0 ? '.+' : `(${server.map(patternText).join('|')})`
  return [{ name, op: '=~', value: `${apps}\\.${servers}` }]
}

function matcherOf(name: string, patterns: readonly string[]): Matcher[] {
  if (patterns.length === 0) return []
  const one = exactly(patterns)
  if (one !== undefined) return [{ name, op: '=', value: one }]
  return [{ name, op: '=~', value: patterns.map(patternText).join('|') }]
}

function exactly(patterns: readonly string[]): string | undefined {
  const [one] = patterns
  return patterns.length === 1 && one !== undefined && !one.includes('*') ? one : undefined
}

function patternText(pattern: string): string {
  return pattern.split('*').map(regexpText).join('.*')
}

function regexpText(text: string): string {
  return text.replace(/[\\.+*?()|[\]{}^$]/g, '\\$&')
}

/** What is put in for `$span` and its like is put in everywhere: no text of a user may look like one. */
function written(matchers: readonly Matcher[]): string {
  return matchers.map((one) => formatMatcher(one).replaceAll('$', '\\x24')).join(', ')
}
