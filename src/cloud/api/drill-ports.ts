/** What the API of drills needs of others. */
import type { UnixMs } from '../../model/time.ts'
import type { Drill } from '../drill/drill.ts'
import type { DrillPlan, KeptPlan } from '../drill/drill-plan.ts'

export interface DrillRows {
  plan(environment: string): Promise<KeptPlan | undefined>
  /** What was due by `now` is not begun. */
  savePlan(environment: string, plan: DrillPlan, now: UnixMs): Promise<void>
  /** Newest first. */
  drills(environment: string): Promise<Drill[]>
}

export interface DrillDesk {
  readonly store: DrillRows
  /** Begins one now; undefined: another is under way. */
  begin(environment: string, id: string): Promise<Drill | undefined>
  /** The next may be due at another time. */
  changed(): void
}
