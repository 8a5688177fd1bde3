/** What drills need of others. */
import type { UnixMs } from '../../model/time.ts'
import type { CalendarSettings } from '../calendar/special-day.ts'
import type { Audience, NewDelivery } from '../notify/ports.ts'
import type { Drill, Happened } from './drill.ts'
import type { KeptPlan } from './drill-plan.ts'

export interface DrillStore {
  /** Of all environments that want them. */
  plans(): Promise<KeptPlan[]>
  /** Of all environments. */
  underWay(): Promise<Drill[]>
  /** False: another is under way in its environment, or the one of its month was begun. */
  begin(drill: Drill): Promise<boolean>
  /** With mails that tell of its end, all or nothing; nothing where it has ended. */
  save(drill: Drill, mails: readonly NewDelivery[]): Promise<void>
  happened(drill: Drill): Promise<Happened>
}

/** Where the batches of agents go. */
export interface FaultIntake {
  append(environment: string, bytes: Buffer, receivedAt: UnixMs): Promise<unknown>
}

export interface CalendarSource {
  /** Undefined for an environment that never said anything. */
  calendar(environment: string): Promise<CalendarSettings | undefined>
}

export interface PeopleSource {
  audience(environment: string): Promise<Audience>
}
