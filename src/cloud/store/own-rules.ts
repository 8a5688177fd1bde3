/** Rules that people made. */
import type { OwnRule } from '../rules/form/own-rule.ts'
import type { OwnRuleStore } from '../rules/form/own-rule-book.ts'
import { fromJson } from './column.ts'
import type { Database, OwnRuleRow } from './tables.ts'

export class OwnRules implements OwnRuleStore {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  /** Of all environments. */
  async ownRules(): Promise<OwnRule[]> {
    const ordered = this.#db
      .selectFrom('own_rules')
      .selectAll()
      .orderBy('environment')
      .orderBy('id')
    return (await ordered.execute()).map(ruleOf)
  }

  /** Throws `StoreFailure` `gone` when there is no such environment. */
  async saveOwnRule({ environment, id, body }: OwnRule): Promise<void> {
    const values = { body: JSON.stringify(body) }
    await this.#db
      .insertInto('own_rules')
      .values({ environment, id, ...values })
      .onConflict((conflict) => conflict.columns(['environment', 'id']).doUpdateSet(values))
      .execute()
  }

  async removeOwnRule(environment: string, id: string): Promise<boolean> {
    const { numDeletedRows } = await this.#db
      .deleteFrom('own_rules')
      .where('environment', '=', environment)
      .where('id', '=', id)
      .executeTakeFirst()
    return numDeletedRows > 0n
  }
}

function ruleOf({ environment, id, body }: OwnRuleRow): OwnRule {
  return { environment, id, body: fromJson(body) }
}
