/** A database of an earlier version, brought up to date with what was under way in it. */
import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { describe, it } from 'node:test'
import { Kysely } from 'kysely'
import { statements as first } from '../../../src/cloud/store/migrations/0001-first.ts'
import { statements as heartbeats } from '../../../src/cloud/store/migrations/0002-heartbeats.ts'
import { statements as tokens } from '../../../src/cloud/store/migrations/0003-tokens.ts'
import { statements as retention } from '../../../src/cloud/store/migrations/0004-retention.ts'
import { statements as ownRules } from '../../../src/cloud/store/migrations/0005-own-rules.ts'
import { statements as causes } from '../../../src/cloud/store/migrations/0006-causes.ts'
import { statements as calendars } from '../../../src/cloud/store/migrations/0007-calendars.ts'
import { migrate } from '../../../src/cloud/store/migrations/migrate.ts'
import { Outbox } from '../../../src/cloud/store/outbox.ts'
import { Plans } from '../../../src/cloud/store/plans.ts'
import { NodeSqliteDialect } from '../../../src/cloud/store/sqlite/dialect.ts'
import type { Tables } from '../../../src/cloud/store/tables.ts'
import { T0 } from '../../contract/store/samples.ts'

const BEFORE_POLICIES = [first, heartbeats, tokens, retention, ownRules, causes, calendars]
const ENVIRONMENT = 'al-0000000000'

const ROWS = [
  `insert into environments values ('${ENVIRONMENT}', '生产', '', 0, 0, '', '', null, null)`,
  `insert into policies values ('${ENVIRONMENT}', 'default', '默认通知', '["*"]', '"all"')`,
  `insert into convergences values
    ('${ENVIRONMENT}', 'default', 'r', 's', '', 'WARN', ${T0}, 'all', '[]', 3, ${T0}),
    ('${ENVIRONMENT}', 'default', 'quiet', 's', '', 'WARN', ${T0}, 'all', '[]', 0, null)`,
  `insert into contacts values ('${ENVIRONMENT}', 'c', '张三', 'a@example.com', 'zh', 'UTC')`,
  `insert into deliveries values
    ('d', '${ENVIRONMENT}', 'default', 'c', 'mail', 'a@example.com', '', '', '', '["a"]',
      ${T0}, ${T0}, 'waiting', 2, ${T0 + 5}, null, '421', 0)`,
]

describe('an upgrade from the version before policies could be edited', () => {
  it('keeps policy and contact as they were, what is held for its window, and what waits to be sent', async (t) => {
    const database = new DatabaseSync(':memory:')
    const db = new Kysely<Tables>({ dialect: new NodeSqliteDialect(database) })
    t.after(() => db.destroy())
    await migrate(db, BEFORE_POLICIES)
    for (const row of ROWS) database.exec(row)
    await migrate(db)

    const plans = new Plans(db)
    const { policies, contacts } = await plans.audience(ENVIRONMENT)
    const reader = { id: 'c', environment: ENVIRONMENT, name: '张三', email: 'a@example.com' }
    assert.deepEqual(contacts, [{ ...reader, language: 'zh', timeZone: 'UTC' }])
    const standard = { id: 'default', environment: ENVIRONMENT, name: '默认通知' }
    assert.deepEqual(policies, [{ ...standard, services: ['*'], contacts: 'all' }])
    assert.equal(await plans.firstDigestDue(), T0 + 600_000)
    const lane = `mail ${ENVIRONMENT}`
    const outbox = new Outbox(db)
    assert.deepEqual(await outbox.lanes(), [{ lane, dueAt: T0 + 5 }])
    const [claimed] = await outbox.claim({
      ...{ now: T0 + 5, leaseMs: 1_000 },
      shares: [{ lane, limit: 9 }],
    })
    assert.deepEqual([claimed?.id, claimed?.attempts], ['d', 3])
  })
})
