/** Decisions as they are kept, to answer "why was I (not) told?": one line for those that are alike. Pure. */
import type { UnixMs } from '../../model/time.ts'
import type { AlertChange } from '../alerts/alert.ts'
import type { Decision } from './stages/stage.ts'

/** Named in one line. */
const MAX_NAMED = 100
const MAX_LINES = 100

/** Alike of several policies, or to several contacts and receivers of one policy. */
export interface TraceLine
  extends Pick<Decision, 'stage' | 'verdict' | 'reason' | 'mute' | 'by' | 'source'> {
  readonly policies: readonly string[]
  readonly contacts?: readonly string[]
  /** Not named: there are too many. */
  readonly more?: number
  /** What went wrong, of news that could not be planned. */
  readonly error?: string
}

/** What was decided about one change of an alert, or a digest that tells of it. */
export interface Trace {
  readonly environment: string
  readonly alert: string
  readonly at: UnixMs
  readonly kind: AlertChange['kind'] | 'digest' | 'escalation' | 'snooze-over' | 'undo' | 'unsent'
  readonly lines: readonly TraceLine[]
}

/** Those about one of the alerts of a digest or group, `told` of which are told now. */
export function decisionsOf(
  decisions: readonly Decision[],
  id: string,
  told: ReadonlySet<string>,
): Decision[] {
  const isTold = told.size === 0 || told.has(id)
  return decisions.filter(({ alert }) => (alert === undefined ? isTold : alert === id))
}

export function traceLines(decisions: readonly Decision[]): TraceLine[] {
  const alike = Map.groupBy(decisions, ({ stage, verdict, reason, mute, by, source, policy }) =>
    JSON.stringify([stage, verdict, reason, mute, by, source, stage === 'address' ? policy : '']),
  )
  return [...alike.values()].slice(0, MAX_LINES).flatMap((group) => {
    const [first] = group
    if (!first) return []
    const { stage, verdict, reason, mute, by, source } = first
    const policies = distinct(group.map(({ policy }) => policy))
    const contacts = distinct(group.map(({ contact = '' }) => contact))
    const more = Math.max(policies.length, contacts.length) - MAX_NAMED
    return {
      ...{ stage, verdict, reason, policies: policies.slice(0, MAX_NAMED) },
      ...(mute !== undefined && { mute }),
      ...(by !== undefined && { by }),
      ...(source !== undefined && { source }),
      ...(contacts.length > 0 && { contacts: contacts.slice(0, MAX_NAMED) }),
      ...(more > 0 && { more }),
    }
  })
}

function distinct(ids: readonly string[]): string[] {
  return [...new Set(ids)].filter((id) => id !== '')
}
