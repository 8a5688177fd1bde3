/** What is known of alerts that people act on, for the planner; without a store nothing is. */
import type { UnixMs } from '../../../model/time.ts'
import type { Act } from '../acts/act.ts'
import { type DueReminders, groupReminders, type Reminder, type ReminderStore } from './reminder.ts'

export class Reminding {
  readonly #store: ReminderStore | undefined

  constructor(store: ReminderStore | undefined) {
    this.#store = store
  }

  /** The newest act on each. */
  async handled(alerts: Iterable<string>): Promise<Map<string, Act>> {
    const ids = [...new Set(alerts)]
    if (!this.#store || ids.length === 0) return new Map()
    return new Map((await this.#store.newestActs(ids)).map((act) => [act.alert, act]))
  }

  async due(now: UnixMs, limit: number, except: readonly string[]): Promise<Reminder[]> {
    return (await this.#store?.dueReminders(now, limit, except)) ?? []
  }

  async firstDue(): Promise<UnixMs> {
    return (await this.#store?.firstReminderDue()) ?? Infinity
  }

  /** What is due together, with the alerts as they stand. */
  async grouped(due: readonly Reminder[]): Promise<DueReminders[]> {
    const groups: DueReminders[] = []
    for (const [environment, all] of Map.groupBy(due, (one) => one.environment)) {
      const alerts = [...new Set(all.map(({ alert }) => alert))]
      const firing = (await this.#store?.firingOf(environment, alerts)) ?? []
      const delivered = (await this.#store?.deliveredOf(alerts)) ?? []
      groups.push(...groupReminders(all, { firing, delivered }))
    }
    return groups
  }
}
