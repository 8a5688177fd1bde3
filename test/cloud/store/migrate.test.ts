import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { describe, it } from 'node:test'
import { Kysely } from 'kysely'
import { migrate } from '../../../src/cloud/store/migrations/migrate.ts'
import { NodeSqliteDialect } from '../../../src/cloud/store/sqlite/dialect.ts'
import type { Tables } from '../../../src/cloud/store/tables.ts'

const FIRST = ['create table a (x bigint)']
const SECOND = ['create table b (x bigint)', 'insert into b (x) values (1)']
const BROKEN = ['insert into b (x) values (2)', 'insert into nowhere (x) values (3)']

function opened(t: { after(task: () => Promise<void>): void }) {
  const database = new DatabaseSync(':memory:')
  const db = new Kysely<Tables>({ dialect: new NodeSqliteDialect(database) })
  t.after(() => db.destroy())
  const rows = () => database.prepare('select x from b order by x').all()
  return { db, xs: () => rows().map(({ x }) => x) }
}

describe('migrate', () => {
  it('runs each migration once, whatever version the database comes from', async (t) => {
    const { db, xs } = opened(t)
    await migrate(db, [FIRST])
    await migrate(db, [FIRST, SECOND])
    await migrate(db, [FIRST, SECOND])
    assert.deepEqual(xs(), [1])
  })

  it('changes nothing when one of them fails, so that it can be tried again', async (t) => {
    const { db, xs } = opened(t)
    await migrate(db, [FIRST, SECOND])
    await assert.rejects(migrate(db, [FIRST, SECOND, BROKEN]))
    assert.deepEqual(xs(), [1])
    await migrate(db, [FIRST, SECOND, ['insert into b (x) values (3)']])
    assert.deepEqual(xs(), [1, 3])
  })

  it('refuses a database of a newer version', async (t) => {
    const { db } = opened(t)
    await migrate(db, [FIRST, SECOND])
    await assert.rejects(migrate(db, [FIRST]), { reason: 'newer-schema' })
  })
})
