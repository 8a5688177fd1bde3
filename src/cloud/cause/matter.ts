/** What alerts are about, and how one thing explains another. */
import type { Link } from './call-graph.ts'
import type { Suspect } from './symptom.ts'

/** Health: failures, delays, queues, death. Load: how much it is called. */
export type Aspect = 'health' | 'load'

/** One aspect of one service, or an alert that stands for itself. */
export type Matter =
  | { readonly kind: Aspect; readonly service: string }
  | { readonly kind: 'alert'; readonly service: string; readonly alert: string }

export interface Reason {
  readonly to: Matter
  /** Which part of it this explains, 0 to 1. */
  readonly strength: number
  /** The calls that show it. */
  readonly link?: Link
}

/** Reasons that explain less than this together explain nothing. */
export const MIN_EXPLAINED = 0.5
/** Beside the strongest, reasons of less than this part of it do not count. */
const MIN_PART = 0.25

export function keyOf(matter: Matter): string {
  return matter.kind === 'alert'
    ? JSON.stringify(['alert', matter.alert])
    : JSON.stringify([matter.kind, matter.service])
}

export function matterOf({ alert, service, symptom }: Suspect): Matter {
  if (service === '' || symptom === 'events' || symptom === 'other') {
    return { kind: 'alert', service, alert }
  }
  return { kind: symptom === 'traffic' || symptom === 'silent' ? 'load' : 'health', service }
}

/** Those that count; none when they do not explain enough. */
export function explaining(reasons: readonly Reason[]): readonly Reason[] {
  const explained = reasons.reduce((all, { strength }) => all + strength, 0)
  if (explained < MIN_EXPLAINED) return []
  const most = Math.max(...reasons.map(({ strength }) => strength))
  return reasons.filter(({ strength }) => strength >= MIN_PART * most)
}
