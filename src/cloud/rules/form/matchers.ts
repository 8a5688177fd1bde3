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

/** `App.Server` out of both; a server with a dot in it is one already. */
function serviceMatcher(name: string, { app, server }: FormRule['filter']): Matcher[] {
  if (app.length === 0 && server.length === 0) return []
  const one = oneService(app, server)
  if (one !== undefined) return [{ name, op: '=', value: one }]
  const apps = app.length === 0 ? '[^.]+' : anyOf(app)
  if (!server.some((each) => each.includes('.'))) {
    const servers = server.length === 0 ? '.+' : anyOf(server)
    return [{ name, op: '=~', value: `${apps}\\.${servers}` }]
  }
  const services = server.map((each) => (each.includes('.') ? '' : '[^.]+\\.') + patternText(each))
  return [
    ...(app.length === 0 ? [] : [{ name, op: '=~', value: `${apps}\\..+` } as const]),
    { name, op: '=~', value: services.join('|') },
  ]
}

/** When it is a single one, and which app it is of is known. */
function oneService(app: readonly string[], server: readonly string[]): string | undefined {
  const [oneApp, oneServer] = [exactly(app), exactly(server)]
  if (oneServer === undefined) return undefined
  if (app.length === 0) return oneServer.includes('.') ? oneServer : undefined
  if (oneApp === undefined) return undefined
  return oneServer.startsWith(`${oneApp}.`) ? oneServer : `${oneApp}.${oneServer}`
}

function anyOf(patterns: readonly string[]): string {
  return `(${patterns.map(patternText).join('|')})`
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
