import { createHash } from 'node:crypto'
import { compileMatchers } from '../../../promql/index.ts'
import type { Alert } from '../../alerts/alert.ts'
import type { LastEvaluation } from '../../rules/last-evaluations.ts'
import type { Rule, RuleGroup } from '../../rules/rule.ts'
import type { Answer, Call, Desk, Endpoint } from './call.ts'
import { invalidParameter } from './door-failure.ts'
import { matcherSets } from './label-endpoints.ts'
import { goTime } from './moment.ts'
import { type Parameters, parseInteger } from './parameters.ts'
import type { RuleReads } from './ports.ts'
import { textsOf, viewAlert, viewRule } from './rule-view.ts'

/** Go's `strconv.ParseBool`. */
const TRUE = ['1', 't', 'T', 'TRUE', 'true', 'True']
const FALSE = ['0', 'f', 'F', 'FALSE', 'false', 'False']

export function rulesEndpoint({ rules }: Desk): Endpoint {
  return async ({ environment, parameters }) => {
    const wanted = wantedOf(parameters)
    const page = pageOf(parameters)
    const withAlerts = !isExcluded(parameters)
    const known = await knownOf(rules, environment)
    const groups = rules
      .rules(environment)
      .groups.filter(wanted.group)
      .map((group) => ({ group, rules: group.rules.filter(wanted.rule) }))
      .filter((each) => each.rules.length > 0)
    const { shown, next } = pageIn(groups, page)
    const views = shown.map((each) => viewGroup(each, known, withAlerts))
    return answer({ groups: views, ...(next !== undefined && { groupNextToken: next }) })
  }
}

export function alertsEndpoint({ rules }: Desk): Endpoint {
  return async ({ environment }: Call) => {
    const { alertsOf } = await knownOf(rules, environment)
    const all = rules.rules(environment).groups.flatMap((group) => group.rules)
    return answer({ alerts: all.flatMap(alertsOf).map(viewAlert) })
  }
}

function answer(data: object): Answer {
  return { data: [JSON.stringify(data)] }
}

/** What the store and the runner know of the rules of an environment. */
interface Known {
  alertsOf(rule: Rule): readonly Alert[]
  evaluatedAt(group: RuleGroup): number | undefined
  lastEvaluation(group: RuleGroup): LastEvaluation | undefined
}

async function knownOf(rules: RuleReads, environment: string): Promise<Known> {
  const [living, progress] = await Promise.all([
    rules.living(environment),
    rules.progress(environment),
  ])
  const alerts = Map.groupBy(living, ({ rule }) => rule)
  const evaluated = new Map(progress.map(({ group, evaluatedAt }) => [group, evaluatedAt]))
  return {
    alertsOf: (rule) =>
      rule.kind === 'alerting' ? (alerts.get(rule) ?? []).map(({ alert }) => alert) : [],
    evaluatedAt: ({ key }) => evaluated.get(key),
    lastEvaluation: ({ key }) => rules.lastEvaluation?.(environment, key),
  }
}

interface ShownGroup {
  readonly group: RuleGroup
  readonly rules: readonly Rule[]
}

function viewGroup({ group, rules }: ShownGroup, known: Known, withAlerts: boolean): object {
  const evaluatedAt = known.evaluatedAt(group)
  const last = known.lastEvaluation(group)
  return {
    name: group.name,
    file: fileOf(group),
    rules: rules.map((rule) =>
      viewRule(rule, {
        alerts: known.alertsOf(rule),
        evaluatedAt,
        last: last?.rules[group.rules.indexOf(rule)],
        withAlerts,
      }),
    ),
    interval: group.intervalMs / 1000,
    limit: group.limit,
    evaluationTime: (last?.tookMs ?? 0) / 1000,
    lastEvaluation: goTime(evaluatedAt),
    // Ours: feeds that were not waited for any longer.
    ...(last?.late && { late: last.late }),
  }
}

/** Without the folder: that is the cloud's own matter. */
function fileOf({ key, name }: RuleGroup): string {
  return key.slice(0, -name.length - 1)
}

interface Wanted {
  group(group: RuleGroup): boolean
  rule(rule: Rule): boolean
}

function wantedOf(parameters: Parameters): Wanted {
  const sets = matcherSets(parameters).map(compileMatchers)
  const type = parameters.text('type').toLowerCase()
  if (type !== '' && type !== 'alert' && type !== 'record') {
    throw invalidParameter('type', `not supported value ${JSON.stringify(type)}`)
  }
  const [groups, files, names] = ['rule_group[]', 'file[]', 'rule_name[]'].map((name) => {
    const texts = new Set(parameters.texts(name))
    return (text: string) => texts.size === 0 || texts.has(text)
  })
  const kind = { '': undefined, alert: 'alerting', record: 'recording' }[type]
  return {
    group: (group) => Boolean(groups?.(group.name) && files?.(fileOf(group))),
    rule: (rule) =>
      Boolean(names?.(rule.name)) &&
      (kind === undefined || rule.kind === kind) &&
      (sets.length === 0 || sets.some((matches) => matches(textsOf(rule.labels)))),
  }
}

function isExcluded(parameters: Parameters): boolean {
  const text = parameters.text('exclude_alerts')
  if (text === '' || FALSE.includes(text)) return false
  if (TRUE.includes(text)) return true
  const fault = `strconv.ParseBool: parsing ${JSON.stringify(text)}: invalid syntax`
  throw invalidParameter('exclude_alerts', `error converting exclude_alerts: ${fault}`)
}

interface Page {
  /** Groups; 0 for all. */
  readonly limit: number
  readonly token: string
}

function pageOf(parameters: Parameters): Page {
  const text = parameters.text('group_limit')
  const token = parameters.text('group_next_token')
  if (text === '') {
    if (token === '') return { limit: 0, token }
    const fault = 'group_limit needs to be present in order to paginate over the groups'
    throw invalidParameter('group_next_token', fault)
  }
  const limit = parseInteger(text)
  if (limit === undefined) {
    const fault = `strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`
    throw invalidParameter('group_limit', `group_limit needs to be a valid number: ${fault}`)
  }
  if (limit <= 0) {
    throw invalidParameter('group_limit', 'group_limit needs to be greater than 0')
  }
  return { limit, token }
}

function pageIn(
  groups: readonly ShownGroup[],
  { limit, token }: Page,
): { readonly shown: readonly ShownGroup[]; readonly next?: string } {
  if (limit === 0) return { shown: groups }
  const from = token === '' ? 0 : groups.findIndex(({ group }) => tokenOf(group) === token)
  if (from < 0) {
    const fault = `invalid group_next_token '${token}'. were rule groups changed?`
    throw invalidParameter('group_next_token', fault)
  }
  const beyond = groups[from + limit]
  return {
    shown: groups.slice(from, from + limit),
    ...(beyond && { next: tokenOf(beyond.group) }),
  }
}

function tokenOf({ key }: RuleGroup): string {
  return createHash('sha256').update(key).digest('hex').slice(0, 40)
}
