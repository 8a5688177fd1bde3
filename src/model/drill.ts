/** The drill: a fault that is none, of a service that is none, sent through the whole chain. */
import type { Labels } from './labels.ts'

/** What the fault is of; nobody's server may have this name. */
export const DRILL_SERVICE = 'TarsAlarmDrill.DrillServer'
/** The alarm in `conf/drill.yaml`. */
export const DRILL_RULE = 'Drill'

/** Whether an alarm is that of a drill: it counts in no summary, and explains no other. */
export function isDrill(labels: Labels): boolean {
  return labels.watchdog === 'drill'
}
