import { sql } from 'kysely'
import { StoreFailure } from '../failure.ts'
import type { Database } from '../tables.ts'
import { statements as first } from './0001-first.ts'
import { statements as heartbeats } from './0002-heartbeats.ts'
import { statements as tokens } from './0003-tokens.ts'
import { statements as retention } from './0004-retention.ts'
import { statements as ownRules } from './0005-own-rules.ts'
import { statements as causes } from './0006-causes.ts'
import { statements as calendars } from './0007-calendars.ts'
import { statements as policies } from './0008-policies.ts'
import { statements as receivers } from './0009-receivers.ts'
import { statements as mutes } from './0010-mutes.ts'
import { statements as pictures } from './0011-pictures.ts'
import { statements as routes } from './0012-routes.ts'
import { statements as acts } from './0013-acts.ts'
import { statements as people } from './0014-people.ts'
import { statements as words } from './0015-words.ts'
import { statements as untaken } from './0016-untaken.ts'
import { statements as drills } from './0017-drills.ts'
import { statements as heldReminders } from './0018-held-reminders.ts'
import { statements as reach } from './0019-reach.ts'
import { statements as ruleFiles } from './0020-rule-files.ts'

/** Append only: the place in this list, from 1, is the number of the migration. */
const MIGRATIONS: readonly (readonly string[])[] = [
  first,
  heartbeats,
  tokens,
  retention,
  ownRules,
  causes,
  calendars,
  policies,
  receivers,
  mutes,
  pictures,
  routes,
  acts,
  people,
  words,
  untaken,
  drills,
  heldReminders,
  reach,
  ruleFiles,
]

/**
 * Brings the database to the newest schema, all of it or nothing.
 * @throws {StoreFailure} `newer-schema`: nothing was changed.
 */
export async function migrate(db: Database, migrations = MIGRATIONS): Promise<void> {
  await db.transaction().execute(async (trx) => {
    await sql`create table if not exists facts (name text primary key, value text not null)`.execute(
      trx,
    )
    const at = await schemaNumber(trx)
    if (at > migrations.length) {
      throw new StoreFailure(
        'newer-schema',
        `the database has schema ${at}, this version knows up to ${migrations.length}: start the newer version, or restore a backup from before the upgrade`,
      )
    }
    for (const statement of migrations.slice(at).flat()) await sql.raw(statement).execute(trx)
    if (at < migrations.length) await saveFact(trx, 'schema', String(migrations.length))
  })
}

async function schemaNumber(db: Database): Promise<number> {
  return Number((await factOf(db, 'schema')) ?? 0)
}

export async function factOf(db: Database, name: string): Promise<string | undefined> {
  const row = await db
    .selectFrom('facts')
    .select('value')
    .where('name', '=', name)
    .executeTakeFirst()
  return row?.value
}

export async function saveFact(db: Database, name: string, value: string): Promise<void> {
  await db
    .insertInto('facts')
    .values({ name, value })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
    .execute()
}
