/** Where alerts stand in the search for their causes. */
import type { Story } from '../alerts/alert.ts'
import type { Standing, Standings } from '../cause/holding.ts'
import type { CauseStore, Decisions } from '../cause/ports.ts'
import { saveChanges } from './alerts.ts'
import { fromJson } from './column.ts'
import { inBatches } from './rows.ts'
import type { Database } from './tables.ts'

export class StandingRows implements CauseStore {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  async standings(environment: string): Promise<Standings> {
    const rows = await this.#db
      .selectFrom('alerts')
      .select(['id', 'standing'])
      .where('environment', '=', environment)
      .where('state', '=', 'firing')
      .execute()
    return new Map(
      rows.flatMap(({ id, standing }) =>
        standing === null ? [] : [[id, fromJson<Standing>(standing)] as const],
      ),
    )
  }

  async saveDecisions(
    environment: string,
    { standings, stories, excused, renewed }: Decisions,
  ): Promise<void> {
    await this.#db.transaction().execute(async (trx) => {
      for (const [id, standing] of standings) {
        await trx
          .updateTable('alerts')
          .set({ standing: JSON.stringify(standing) })
          .where('environment', '=', environment)
          .where('id', '=', id)
          .execute()
      }
      await inBatches(excused, (batch) => takeBack(trx, environment, batch))
      for (const [id, story] of stories) await saveStory(trx, environment, id, story)
      if (renewed.length > 0) await saveChanges(trx, environment, renewed)
    })
  }
}

/** Only news that an alert fired ever waits. */
function takeBack(db: Database, environment: string, ids: readonly string[]) {
  return db
    .deleteFrom('alert_changes')
    .where('environment', '=', environment)
    .where('alert', 'in', ids)
    .where('hold_until', 'is not', null)
    .execute()
}

async function saveStory(db: Database, environment: string, id: string, story: Story) {
  const json = JSON.stringify(story)
  await db
    .updateTable('alerts')
    .set({ story: json })
    .where('environment', '=', environment)
    .where('id', '=', id)
    .execute()
  await db
    .updateTable('alert_changes')
    .set({ hold_until: null, story: json })
    .where('environment', '=', environment)
    .where('alert', '=', id)
    .where('hold_until', 'is not', null)
    .execute()
}
