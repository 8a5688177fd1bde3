/**
 * Alerts that are looked at again by the clock: for the next step of an escalation, at the end of a snooze, and when
 * somebody takes back what was done about them.
 */
import type { UnixMs } from '../../../model/time.ts'
import type { Alert, AlertChange } from '../../alerts/alert.ts'
import type { Act } from '../acts/act.ts'
import { lookAt } from '../held.ts'
import type { EscalationStep, Policy } from '../policy.ts'
import type { Telling } from '../stages/stage.ts'

const MINUTE_MS = 60_000
/** In place of a policy: a snooze ends. */
export const SNOOZE_END = ''
/** In place of a policy: an act was taken back. */
export const UNDONE = 'undone'

/** One for each alert and policy; any act on the alert ends it. */
export interface Reminder {
  readonly environment: string
  readonly alert: Alert['id']
  /** Whose step is due; or `SNOOZE_END`, or `UNDONE`. */
  readonly policy: Policy['id']
  /** Place in the policy's escalation, from 0. */
  readonly step: number
  /** When the alert was told; when the snooze began; when the act was taken back. */
  readonly since: UnixMs
  readonly dueAt: UnixMs
  /** A mute, or hours, put it off, as was said. */
  readonly held?: true
}

/** What the planner must know of alerts that people act on. */
export interface ReminderStore {
  /** The newest of each of these alerts, but of notes. */
  newestActs(alerts: readonly Alert['id'][]): Promise<Act[]>
  /** Those due, the longest first; but of `except`. */
  dueReminders(now: UnixMs, limit: number, except?: readonly string[]): Promise<Reminder[]>
  /** The first `dueAt`: when to look again. */
  firstReminderDue(): Promise<UnixMs | undefined>
  /** Those that fire of these alerts, as they stand; `at` is when each fired. */
  firingOf(environment: string, alerts: readonly Alert['id'][]): Promise<AlertChange[]>
  /** Of which alerts a message was sent, under which policies. */
  deliveredOf(
    alerts: readonly Alert['id'][],
  ): Promise<{ readonly alert: Alert['id']; readonly policy: Policy['id'] }[]>
}

/** Not for a step of a policy. */
export function isOfAct(policy: Reminder['policy']): boolean {
  return policy === SNOOZE_END || policy === UNDONE
}

/** As what is decided on such a reminder is kept. */
export function traceKindOf({
  policy,
}: Pick<Reminder, 'policy'>): 'undo' | 'snooze-over' | 'escalation' {
  if (policy === UNDONE) return 'undo'
  return policy === SNOOZE_END ? 'snooze-over' : 'escalation'
}

/** It is looked at again: what it waits for until `until` may be changed. */
export function heldOn(reminder: Reminder, until: UnixMs, at: UnixMs): Reminder {
  return { ...reminder, dueAt: lookAt(until, at), held: true }
}

/** Reminders that are due together and make one message: of one policy and step, or of what was done about one alert. */
export interface DueReminders {
  readonly environment: string
  readonly policy: Policy['id']
  readonly step: number
  readonly reminders: readonly Reminder[]
  /** The alerts, the worst last, of these the newest; of those that are over none. */
  readonly changes: readonly AlertChange[]
  /** Alerts of which the policy's message was sent. */
  readonly delivered: ReadonlySet<Alert['id']>
}

export interface DueFacts {
  readonly firing: readonly AlertChange[]
  readonly delivered: Awaited<ReturnType<ReminderStore['deliveredOf']>>
}

/** Of one environment. Reminders of what is over make a group without changes. */
export function groupReminders(
  reminders: readonly Reminder[],
  { firing, delivered }: DueFacts,
): DueReminders[] {
  const changeOf = new Map(firing.map((change) => [change.alert.id, change]))
  const groups = Map.groupBy(reminders, ({ alert, policy, step }) => {
    if (!changeOf.has(alert)) return ''
    return isOfAct(policy) ? `${policy} ${alert}` : `${step} ${policy}`
  })
  return [...groups.values()].flatMap((group) => {
    const [first] = group
    if (!first) return []
    const { environment, policy, step } = first
    const changes = group.flatMap(({ alert }) => changeOf.get(alert) ?? [])
    const sent = delivered.filter((one) => one.policy === policy).map(({ alert }) => alert)
    return {
      ...{ environment, policy, step, reminders: group, delivered: new Set(sent) },
      changes: changes.sort(byLevel),
    }
  })
}

const LEVELS = ['INFO', 'WARN', 'ERROR']

function byLevel(a: AlertChange, b: AlertChange): number {
  const rank = ({ alert }: AlertChange) => LEVELS.indexOf(alert.severity)
  return rank(a) - rank(b) || a.at - b.at
}

/** What is told at `at` under policies that escalate is looked at again; each alert once for each policy. */
export function remindersOf(tellings: readonly Telling[], at: UnixMs): Reminder[] {
  return tellings.flatMap(({ policy, headline, heldBack, again, holdUntil }) => {
    const [first] = policy.escalation ?? []
    if (!first || holdUntil !== undefined) return []
    if (again && again.why !== 'snooze-over') return []
    const fires = [headline, ...(heldBack?.changes ?? [])].filter(
      ({ kind, alert }) => kind === 'fired' && alert.state === 'firing',
    )
    const dueAt = at + first.afterMinutes * MINUTE_MS
    return [...new Set(fires.map(({ alert }) => alert.id))].map((alert) => ({
      ...{ environment: policy.environment, alert, policy: policy.id },
      ...{ step: 0, since: at, dueAt },
    }))
  })
}

/** The step after that of `reminder`, as long after it as the policy says, also when it was late itself. */
export function nextReminder(
  reminder: Reminder,
  steps: readonly EscalationStep[],
  at: UnixMs,
): Reminder | undefined {
  const [current, next] = [steps[reminder.step], steps[reminder.step + 1]]
  if (!current || !next) return undefined
  const waitMs = Math.max(1, next.afterMinutes - current.afterMinutes) * MINUTE_MS
  const { held: _, ...rest } = reminder
  return { ...rest, step: reminder.step + 1, dueAt: at + waitMs }
}
