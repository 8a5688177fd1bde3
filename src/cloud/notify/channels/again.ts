/** Why an alarm is told once more, in words. */
import type { UnixMs } from '../../../model/time.ts'
import type { HeldBack, Notice } from '../notice.ts'
import type { Reader } from './news.ts'

/** A sentence; '' of what is told for the first time. */
export function againText({ again }: Notice, { words, time }: Reader): string {
  if (!again) return ''
  const since = time.text(again.since)
  if (again.why === 'snooze-over') return words.snoozeOver(since)
  const why = again.why === 'not-delivered' ? words.notDelivered : words.notAcknowledged
  return words.escalation(again.step, again.steps) + why(since)
}

/** For the subject, as short as that must be. */
export function againTag({ again }: Notice, { words }: Reader): string {
  return again && again.why !== 'snooze-over' ? words.escalated(again.step) : ''
}

/** Above the other alarms: of the kind, or of any that a route or a step of an escalation tells together. */
export function othersHeading(
  { again, policy, heldBack }: Notice,
  name: string,
  reader: Reader,
): string {
  if (!heldBack) return ''
  const heading = again || policy.route ? reader.words.othersHeading : reader.words.heldHeading
  return heading(name, reader.time.text(sinceOf(heldBack)), heldBack.count)
}

/** Of notifies, which happened before they were looked at, as the table below has it. */
function sinceOf({ since, changes }: HeldBack): UnixMs {
  const [oldest] = changes
  return Math.min(since, oldest?.alert.events.at(-1)?.at ?? since)
}
