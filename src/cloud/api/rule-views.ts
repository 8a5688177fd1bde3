/** Rules and how they stand, for the console. */
import type { z } from 'zod'
import { compile } from '../rules/form/compile.ts'
import type { OwnRule } from '../rules/form/own-rule.ts'
import { comparedWith } from '../rules/learning.ts'
import type { AlertingRule, Rule, RuleGroup, RuleSet } from '../rules/rule.ts'
import { adjustableRules } from '../rules/threshold/adjustable.ts'
import { isUploaded, shownKey } from '../rules/uploaded/uploaded-file.ts'
import type { RuleDesk } from './ports.ts'
import type { ruleView } from './rule-schemas.ts'

type RuleView = z.output<typeof ruleView>

/** Of all alerting rules: those of files in their order, then those that people made, by name. */
export async function viewRules(desk: RuleDesk, environment: string): Promise<RuleView[]> {
  const { reads, book } = desk
  const own = book.rules(environment)
  const [progress, living, learned] = await Promise.all([
    reads.progress(environment),
    reads.living(environment),
    desk.learned(environment),
  ])
  const all = reads.rules(environment)
  const standing: Standing = {
    thresholds: thresholdsOf(all),
    evaluatedAt: new Map(progress.map((one) => [one.group, one.evaluatedAt])),
    states: Map.groupBy(
      living.flatMap(({ alert, rule }) => (rule ? [{ rule, state: alert.state }] : [])),
      ({ rule }) => rule,
    ),
    learned,
    lastEvaluation: (group) => reads.lastEvaluation?.(environment, group),
  }
  const { groups, places, faults } = book.groups(environment)
  const isOwn = new Set(groups.map(({ key }) => key))
  const ofFiles = all.groups
    .filter(({ key }) => !isOwn.has(key))
    .flatMap((group) => viewGroup(group, standing))
  const ofPeople = own.map((rule): RuleView => {
    const place = places.get(rule.id)
    const group = groups.find(({ key }) => key === place?.group)
    const fault = faults.get(rule.id)
    return {
      ...written(rule),
      ...(place && group && stood(group, place.index, standing)),
      ...(fault !== undefined && { lastError: fault }),
      own: { id: rule.id, body: rule.body },
    }
  })
  return [...ofFiles, ...ofPeople.sort((a, b) => (a.name < b.name ? -1 : 1))]
}

interface Standing {
  /** What it is called that a rule reads. */
  readonly thresholds: ReadonlyMap<Rule, string>
  readonly learned: ReadonlySet<string>
  readonly evaluatedAt: ReadonlyMap<string, number>
  /** Of its alerts: rules of one name have their own. */
  readonly states: ReadonlyMap<Rule, readonly { readonly state: string }[]>
  lastEvaluation(group: string): ReturnType<NonNullable<RuleDesk['reads']['lastEvaluation']>>
}

function thresholdsOf(all: RuleSet): ReadonlyMap<Rule, string> {
  const named = adjustableRules(all).flatMap(({ name, groups }) =>
    groups.flatMap(({ rules }) => rules.map((rule) => [rule, name] as const)),
  )
  return new Map(named)
}

function viewGroup(group: RuleGroup, standing: Standing): RuleView[] {
  return group.rules.flatMap((rule, index) => {
    if (rule.kind !== 'alerting') return []
    const { name, text: expr, forMs } = rule
    const threshold = standing.thresholds.get(rule)
    return [
      {
        ...{ name, group: shownKey(group.key), expr, forMs },
        kind: isUploaded(group.key) ? 'uploaded' : 'file',
        severity: rule.fixedLabels.severity ?? '',
        title: shownTitle(rule, 'title'),
        titleEn: shownTitle(rule, 'title_en'),
        ...whenOf(rule),
        ...(threshold !== undefined && { threshold }),
        ...stood(group, index, standing),
      },
    ]
  })
}

/** When it fires, in words, where its annotations say so. */
export function whenOf(rule: AlertingRule) {
  const when = said(rule, 'when')
  const whenEn = said(rule, 'when_en') ?? when
  return { ...(when !== undefined && { when }), ...(whenEn !== undefined && { whenEn }) }
}

/** Undefined where it says nothing, or what only an alert can fill in. */
function said(rule: AlertingRule, annotation: 'when' | 'when_en'): string | undefined {
  const text = rule.annotations.find(({ name }) => name === annotation)?.template.text ?? ''
  return text === '' || text.includes('{{') ? undefined : text
}

/** `（应用 {{ … }}）`, or ` to {{ … }} ({{ … }})`. */
const OF_ALERT = /（[^（）]*\{\{[^（）]*）|(\s+(of|on|to))?\s*\{\{.*?\}\}(\s*\(\{\{.*?\}\}\))?/g

/** Without what only an alert can say; its name where it has no title. */
export function shownTitle(rule: AlertingRule, annotation: 'title' | 'title_en'): string {
  const text = rule.annotations.find(({ name }) => name === annotation)?.template.text ?? ''
  return text.replace(OF_ALERT, '').trim() || rule.name
}

function stood(group: RuleGroup, index: number, standing: Standing) {
  const rule = group.rules[index]
  const states = (rule && standing.states.get(rule)) ?? []
  const count = (state: string) => states.filter((one) => one.state === state).length
  const alerts = { pending: count('pending'), firing: count('firing') }
  const last = standing.lastEvaluation(group.key)?.rules[index]
  const evaluatedAtMs = standing.evaluatedAt.get(group.key)
  return {
    state: stateOf(alerts),
    alerts,
    learning: rule ? comparedWith(rule.expr).filter((by) => !standing.learned.has(by)) : [],
    ...(last && { tookMs: last.tookMs }),
    ...(last?.fault !== undefined && { lastError: last.fault }),
    ...(evaluatedAtMs !== undefined && { evaluatedAtMs }),
  }
}

function stateOf({ pending, firing }: RuleView['alerts']): RuleView['state'] {
  if (firing > 0) return 'firing'
  return pending > 0 ? 'pending' : 'inactive'
}

function written({ body }: OwnRule): RuleView {
  const { alert: name, expr, labels } = compile(body)
  const { forMinutes } = body.kind === 'form' ? body.form : body.rule
  return {
    ...{ name, group: '', kind: body.kind, expr, forMs: forMinutes * 60_000 },
    ...{ severity: labels.severity ?? '', title: name, titleEn: name },
    ...{ state: 'off', alerts: { pending: 0, firing: 0 }, learning: [] },
  }
}
