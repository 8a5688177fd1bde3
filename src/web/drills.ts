/** Drills, as the API tells. */
import { call, place } from './call.ts'
import type { ReceiverKind } from './receivers.ts'

export type DrillDay = 'first-workday' | number

export interface DrillPlanBody {
  readonly enabled: boolean
  readonly day: DrillDay
  /** `10:00`. */
  readonly at: string
  readonly contacts: readonly string[]
}

export interface DrillPlan extends DrillPlanBody {
  readonly timeZone: string
  readonly nextAtMs?: number
}

export interface DrillChannel {
  readonly channel: 'mail' | ReceiverKind
  readonly planned: number
  readonly accepted: number
  readonly firstMs?: number
  readonly lastMs?: number
  readonly missing: readonly { readonly to: string; readonly answer: string }[]
}

/** Milliseconds since its fault. */
export const DRILL_STEPS = ['storedMs', 'firedMs', 'plannedMs', 'resolvedMs', 'overToldMs'] as const

export interface Drill extends Partial<Record<(typeof DRILL_STEPS)[number], number>> {
  readonly id: string
  readonly month?: string
  readonly begunAtMs: number
  readonly outcome: 'under-way' | 'passed' | 'failed'
  readonly step?: 'stored' | 'fired' | 'planned' | 'accepted'
  readonly why: readonly string[]
  readonly takenUp: boolean
  readonly alarm?: string
  readonly channels: readonly DrillChannel[]
}

export interface Drills {
  readonly plan: DrillPlan
  /** Newest first. */
  readonly drills: readonly Drill[]
}

export function drills(environment: string): Promise<Drills> {
  return call('GET', place(environment, 'drills'))
}

export async function saveDrillPlan(environment: string, body: DrillPlanBody): Promise<void> {
  await call('PUT', place(environment, 'drills', 'plan'), body)
}

export async function beginDrill(environment: string): Promise<void> {
  await call('POST', place(environment, 'drills'))
}

/** With a tenth. */
export function secondsText(ms: number): string {
  return (ms / 1000).toFixed(1)
}

/** `1.2`, or of the first and the last `1.2 – 3.4`; '' of none. */
export function spanText({ firstMs, lastMs }: DrillChannel): string {
  if (firstMs === undefined || lastMs === undefined) return ''
  const texts = [secondsText(firstMs), secondsText(lastMs)]
  return [...new Set(texts)].join(' – ')
}
