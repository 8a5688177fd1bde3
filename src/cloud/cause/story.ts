/** What a reader is told of a decision: lines in both languages. Pure. */
import type { UnixMs } from '../../model/time.ts'
import type { Alert, Severity, Story, StoryLine, Teller } from '../alerts/alert.ts'
import { type ExplainedDecision, measureOf } from './explanations.ts'
import type { Standings } from './holding.ts'
import type { Investigated } from './investigator.ts'
import { becauseLine, excuseLine, explanationLines, impactLine, machineLine } from './lines.ts'
import { isDeath, suspectOf } from './symptom.ts'
import type { Language } from './words.ts'

/** @param teller what it is folded into. */
function storyOf(decision: ExplainedDecision, alert: Alert, teller?: Alert): Story {
  const into = teller && !isGraver(alert, teller) ? teller : undefined
  return {
    zh: linesOf(decision, alert, 'zh'),
    en: linesOf(decision, alert, 'en'),
    ...(into && { into: tellerOf(into) }),
  }
}

function tellerOf(alert: Alert): Teller {
  const { id, labels, rule, severity } = alert
  return { alert: id, service: suspectOf(alert).service, mutable: { labels, rule, severity } }
}

/** What is folded without a teller in its story is told: not again when that is over. */
export function standingsAfter(
  { standings, decisions }: Investigated,
  stories: ReadonlyMap<Alert['id'], Story>,
): Standings {
  const told = decisions.filter(
    ({ alert, verdict }) => verdict === 'fold' && !stories.get(alert)?.into,
  )
  const after = new Map(standings)
  for (const { alert } of told) {
    const standing = after.get(alert)
    if (standing) after.set(alert, { ...standing, isTold: true })
  }
  return after
}

/** By alert. Where nothing `folds`, all that is decided of is told. */
export function storiesOf({ decisions }: Investigated, alerts: readonly Alert[], folds: boolean) {
  const byId = new Map(alerts.map((alert) => [alert.id, alert]))
  return new Map(
    decisions.flatMap((decision) => {
      const alert = byId.get(decision.alert)
      const teller = folds ? byId.get(decision.into ?? '') : undefined
      return alert ? [[alert.id, storyOf(decision, alert, teller)] as const] : []
    }),
  )
}

const SEVERITIES: readonly Severity[] = ['ERROR', 'WARN', 'INFO']

/** A node that dies so long after another of the service is news. */
const SAME_DEATH_MS = 120_000
/** As long as a server takes to be missed: one that is down so long after its calls began to fail is news. */
const MISSED_MS = 200_000

/** News that is graver than what was told is told, whatever its cause. */
function isGraver(alert: Alert, teller: Alert): boolean {
  const [one, other] = [suspectOf(alert), suspectOf(teller)]
  const laterMs = one.since - other.since
  if (isDeath(alert)) return other.symptom !== 'down' || laterMs >= SAME_DEATH_MS
  const isDown = one.symptom === 'down' && other.symptom !== 'down' && one.node === undefined
  if (isDown && one.service === other.service && laterMs >= MISSED_MS) return true
  return SEVERITIES.indexOf(alert.severity) < SEVERITIES.indexOf(teller.severity)
}

function linesOf(decision: ExplainedDecision, alert: Alert, language: Language): StoryLine[] {
  const { cause, explanation, verdict, restart } = decision
  const { service, symptom } = suspectOf(alert)
  const path = cause.effects.find(({ suspect }) => suspect.alert === alert.id)?.path ?? []
  const measure = measureOf(symptom)
  const lines: string[] = []
  if (path.length > 0) lines.push(becauseLine(service, cause, path, language))
  const isTogether = [cause.matter.service, ...(cause.machine?.others ?? [])].includes(service)
  if (isTogether) lines.push(machineLine(service, cause, language) ?? '')
  if (restart) lines.push(excuseLine(restart, { language, timeText: mark }))
  if (verdict === 'tell') {
    lines.push(impactLine(cause, language) ?? '')
    if (explanation && measure) {
      lines.push(...explanationLines(explanation, measure, { language, timeText: mark }))
    }
  }
  return lines.filter((line) => line !== '').map(marked)
}

// Names come from outside, and may hold whatever they like: what is no number between two marks stays text.
const MARK = '\u0000'

function mark(at: UnixMs): string {
  return `${MARK}${at}${MARK}`
}

function marked(line: string): StoryLine {
  const parts = line
    .split(MARK)
    .map((part, n) => (n % 2 === 1 && /^\d{1,15}$/.test(part) ? Number(part) : part))
  return parts.filter((part) => part !== '')
}
