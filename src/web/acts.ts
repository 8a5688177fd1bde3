/** What people do about an alarm, as the API tells. */
import { call, place } from './call.ts'

const HANDLING_KINDS = ['acknowledge', 'snooze', 'close'] as const
export type ActKind = (typeof HANDLING_KINDS)[number] | 'undo' | 'note'

/** Of a snooze. */
export const SNOOZE_HOURS = [1, 4, 24, 72] as const

export interface Act {
  readonly kind: ActKind
  readonly atMs: number
  readonly by: string
  readonly byLink: boolean
  readonly note: string
  readonly untilMs?: number
}

/** How an alarm is handled now. */
export interface Handling {
  readonly state: 'acknowledged' | 'snoozed' | 'closed'
  readonly by: string
  readonly atMs: number
  readonly untilMs?: number
}

/** Newest first. */
export async function acts(environment: string, alarm: string): Promise<readonly Act[]> {
  return (await call<{ acts: Act[] }>('GET', place(environment, 'alarms', alarm, 'acts'))).acts
}

export async function saveAct(
  environment: string,
  alarm: string,
  act: { kind: ActKind; note: string; untilMs?: number },
): Promise<void> {
  await call('POST', place(environment, 'alarms', alarm, 'acts'), act)
}

/** What can be done about an alarm; a note can always be added. */
export function possibleActs(alarm: {
  readonly state: string
  readonly handling?: Handling | undefined
}): readonly ActKind[] {
  if (alarm.state !== 'firing') return ['note']
  if (alarm.handling?.state === 'closed') return ['undo', 'note']
  return [...HANDLING_KINDS, ...(alarm.handling ? (['undo'] as const) : []), 'note']
}
