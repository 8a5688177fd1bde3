/** What was decided of the news of an alert. */
import type { TraceStore, WaitingNews } from '../api/notify-ports.ts'
import type { Trace } from '../notify/trace.ts'
import { fromJson } from './column.ts'
import { inBatches } from './rows.ts'
import type { Database } from './tables.ts'

export class Traces implements TraceStore {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  /** Newest first. */
  async trace(environment: string, alert: string, limit: number): Promise<Trace[]> {
    const rows = await this.#db
      .selectFrom('traces')
      .selectAll()
      .where('environment', '=', environment)
      .where('alert', '=', alert)
      .orderBy('at', 'desc')
      .limit(limit)
      .execute()
    return rows.map(({ at, kind, lines }) => ({
      ...{ environment, alert, at, kind },
      lines: fromJson(lines),
    }))
  }

  async waiting(environment: string, alert: string): Promise<WaitingNews[]> {
    const rows = await this.#db
      .selectFrom('alert_changes')
      .select(['at', 'hold_until', 'muted'])
      .where('environment', '=', environment)
      .where('alert', '=', alert)
      .orderBy('id')
      .limit(100)
      .execute()
    return rows.map(({ at, hold_until, muted }) => ({
      at,
      ...(hold_until !== null && { until: hold_until }),
      ...(muted !== null && { mute: muted }),
    }))
  }
}

export async function saveTraces(db: Database, traces: readonly Trace[]): Promise<void> {
  const rows = traces.map(({ lines, ...trace }) => ({ ...trace, lines: JSON.stringify(lines) }))
  await inBatches(rows, (batch) => db.insertInto('traces').values(batch).execute())
}
