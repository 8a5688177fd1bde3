/** Texts that people made of messages. */
import type { Language } from '../notify/ports.ts'
import type {
  StoredTemplate,
  Template,
  TemplateKind,
  TemplateStore,
} from '../notify/templates/template.ts'
import { fromJson } from './column.ts'
import type { Database } from './tables.ts'

export class Templates implements TemplateStore {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  async templates(): Promise<StoredTemplate[]> {
    const rows = await this.#db.selectFrom('templates').selectAll().execute()
    return rows.map(({ parts, failed, ...rest }) => ({
      ...rest,
      parts: fromJson(parts),
      ...(failed !== null && { failed: fromJson(failed) }),
    }))
  }

  /** Throws `StoreFailure` `gone` when there is no such environment. */
  async saveTemplate({ environment, kind, language, parts }: Template): Promise<void> {
    const values = { parts: JSON.stringify(parts), failed: null }
    await this.#db
      .insertInto('templates')
      .values({ environment, kind, language, ...values })
      .onConflict((conflict) =>
        conflict.columns(['environment', 'kind', 'language']).doUpdateSet(values),
      )
      .execute()
  }

  async removeTemplate(
    environment: string,
    kind: TemplateKind,
    language: Language,
  ): Promise<boolean> {
    const { numDeletedRows } = await this.#db
      .deleteFrom('templates')
      .where('environment', '=', environment)
      .where('kind', '=', kind)
      .where('language', '=', language)
      .executeTakeFirst()
    return numDeletedRows > 0n
  }

  async templateFailed(
    { environment, kind, language }: Pick<Template, 'environment' | 'kind' | 'language'>,
    failed: NonNullable<StoredTemplate['failed']>,
  ): Promise<void> {
    await this.#db
      .updateTable('templates')
      .set({ failed: JSON.stringify(failed) })
      .where('environment', '=', environment)
      .where('kind', '=', kind)
      .where('language', '=', language)
      .execute()
  }
}
