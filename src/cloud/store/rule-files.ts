/** Rule files that people uploaded, as they are. */
import type { UploadStore } from '../rules/uploaded/upload-book.ts'
import type { UploadedFile } from '../rules/uploaded/uploaded-file.ts'
import type { Database } from './tables.ts'

export class RuleFiles implements UploadStore {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  /** Of all environments, by name. */
  async ruleFiles(): Promise<UploadedFile[]> {
    const rows = await this.#db
      .selectFrom('rule_files')
      .selectAll()
      .orderBy('environment')
      .orderBy('name')
      .execute()
    return rows.map(({ environment, name, body, author, saved_at }) => ({
      ...{ environment, name, text: body, author, savedAt: saved_at },
    }))
  }

  /** All or none. Throws `StoreFailure` `gone` when there is no such environment. */
  async saveRuleFiles(files: readonly UploadedFile[]): Promise<void> {
    await this.#db.transaction().execute(async (trx) => {
      for (const { environment, name, text, author, savedAt } of files) {
        const values = { body: text, author, saved_at: savedAt }
        await trx
          .insertInto('rule_files')
          .values({ environment, name, ...values })
          .onConflict((conflict) => conflict.columns(['environment', 'name']).doUpdateSet(values))
          .execute()
      }
    })
  }

  async removeRuleFile(environment: string, name: string): Promise<boolean> {
    const { numDeletedRows } = await this.#db
      .deleteFrom('rule_files')
      .where('environment', '=', environment)
      .where('name', '=', name)
      .executeTakeFirst()
    return numDeletedRows > 0n
  }
}
