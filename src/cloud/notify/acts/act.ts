/** What people do about an alert: the newest act, but of notes, says how it is told from then on. */
import type { UnixMs } from '../../../model/time.ts'
import type { Alert } from '../../alerts/alert.ts'
import type { Contact } from '../ports.ts'

/**
 * `acknowledge`: somebody looks after it, nothing more is told but that it is over. `snooze`: the same until a time,
 * then it is told again if it still fires. `close`: nothing more is told of this run.
 */
export const HANDLING_KINDS = ['acknowledge', 'snooze', 'close'] as const
/** `undo`: nobody looks after it any more, whatever was done before. `note`: something is said, nothing else changes. */
export const ACT_KINDS = [...HANDLING_KINDS, 'undo', 'note'] as const

export interface Act {
  readonly environment: string
  readonly alert: Alert['id']
  readonly kind: (typeof ACT_KINDS)[number]
  readonly at: UnixMs
  /** Name of the user, or of the contact or receiver whose link it was. */
  readonly by: string
  /** Or receiver; absent: a user of the console. */
  readonly contact?: Contact['id']
  readonly note: string
  /** Of a snooze. */
  readonly until?: UnixMs
}

export type Handling = 'acknowledged' | 'snoozed' | 'closed'

/** A snooze lasts so long at the most. */
export const MAX_SNOOZE_MS = 7 * 86_400_000
/** Of one alert. */
export const MAX_ACTS = 100

/** The newest but of notes: it counts. @param acts oldest first. */
export function newestOf(acts: readonly Act[]): Act | undefined {
  return acts.findLast(({ kind }) => kind !== 'note')
}

/** How an alert is handled at `at` whose newest act is `newest`; undefined: nobody looks after it. */
export function handlingAt(newest: Act | undefined, at: UnixMs): Handling | undefined {
  if (!newest) return undefined
  if (newest.kind === 'close') return 'closed'
  if (newest.kind === 'acknowledge') return 'acknowledged'
  return newest.until !== undefined && at < newest.until ? 'snoozed' : undefined
}

export type ActFault = 'over' | 'closed' | 'not-handled' | 'too-many'

/** Why `kind` cannot be done about an alert at `at`; undefined: it can. @param acts oldest first. */
export function actFault(
  { state }: Pick<Alert, 'state'>,
  acts: readonly Act[],
  { kind, at }: Pick<Act, 'kind' | 'at'>,
): ActFault | undefined {
  // What was done can be taken back, however much it was.
  const most = kind === 'undo' ? MAX_ACTS + 1 : MAX_ACTS
  const handling = handlingAt(newestOf(acts), at)
  if (kind !== 'note') {
    if (state !== 'firing') return 'over'
    if (kind === 'undo' && !handling) return 'not-handled'
    if (kind !== 'undo' && handling === 'closed') return 'closed'
  }
  return acts.length >= most ? 'too-many' : undefined
}
