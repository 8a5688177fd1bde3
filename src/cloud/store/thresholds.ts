/** Thresholds that people set. */
import type { ThresholdSource } from '../baselines/ports.ts'
import type { Threshold } from '../baselines/threshold.ts'
import { fromJson } from './column.ts'
import type { Database } from './tables.ts'

export class ThresholdRows implements ThresholdSource {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  async thresholds(environment: string): Promise<readonly Threshold[]> {
    const row = await this.#db
      .selectFrom('thresholds')
      .select('thresholds')
      .where('environment', '=', environment)
      .executeTakeFirst()
    return row ? fromJson(row.thresholds) : []
  }

  /** All of an environment at once. Throws `StoreFailure` `gone` when there is no such environment. */
  async saveThresholds(environment: string, thresholds: readonly Threshold[]): Promise<void> {
    const values = { thresholds: JSON.stringify(thresholds) }
    await this.#db
      .insertInto('thresholds')
      .values({ environment, ...values })
      .onConflict((conflict) => conflict.column('environment').doUpdateSet(values))
      .execute()
  }
}
