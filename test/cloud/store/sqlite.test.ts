import assert from 'node:assert/strict'
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { after, describe, it } from 'node:test'
import { Kysely, sql } from 'kysely'
import { secretsIn } from '../../../src/cloud/store/master-key.ts'
import { Secrets } from '../../../src/cloud/store/secrets.ts'
import { NodeSqliteDialect } from '../../../src/cloud/store/sqlite/dialect.ts'
import { openSqlite } from '../../../src/cloud/store/sqlite/open-sqlite.ts'
import { openStore } from '../../../src/cloud/store/store.ts'
import type { Tables } from '../../../src/cloud/store/tables.ts'
import { termOf } from '../../contract/store/heartbeats.ts'
import { newEnvironment, T0 } from '../../contract/store/samples.ts'
import { storeContract } from '../../contract/store.ts'
import { dataFolder, openIn } from './data-folder.ts'

let opened = 0
const folders = dataFolder({ after })

storeContract('the embedded store', () =>
  openStore({
    dialect: openSqlite(`${folders}/${opened++}`),
    secrets: new Secrets(new Uint8Array(32), 'a test'),
  }),
)

describe('the embedded store', () => {
  it('keeps everything over a restart, and no key in the clear, in any of its files', async (t) => {
    const folder = dataFolder(t)
    const store = await openIn(folder)
    const id = await newEnvironment(store)
    const first = (await store.environments.environment(id))?.envKey ?? ''
    const second = (await store.environments.rotateKey(id))?.envKey ?? ''
    const search = () => {
      for (const file of readdirSync(folder)) {
        const bytes = readFileSync(`${folder}/${file}`)
        for (const key of [first, second]) assert.equal(bytes.includes(key.slice(3)), false, file)
        assert.equal(statSync(`${folder}/${file}`).mode & 0o077, 0, `${file} is open to others`)
      }
      return readdirSync(folder)
    }
    assert.ok(search().includes('state.db-wal'))
    await store.close()
    assert.deepEqual(search(), ['master.key', 'state.db'])
    // The search finds what is there.
    assert.ok(readFileSync(`${folder}/state.db`).includes(id))
    const again = await openIn(folder)
    assert.equal(await again.environments.environmentOf(second), id)
    assert.equal((await again.environments.environment(id))?.envKey, second)
    await again.close()
  })

  it('commits to the disk before it answers, writes ahead and checks references', async (t) => {
    const db = new Kysely<Tables>({ dialect: openSqlite(dataFolder(t)) })
    const pragmas = [
      ['journal_mode', 'wal'],
      ['synchronous', 2],
      ['foreign_keys', 1],
    ] as const
    for (const [name, value] of pragmas) {
      const { rows } = await sql.raw<Record<string, unknown>>(`pragma ${name}`).execute(db)
      assert.equal(rows[0]?.[name], value, name)
    }
    await db.destroy()
  })

  it('ends what was begun before it closes', async (t) => {
    const folder = dataFolder(t)
    const store = await openIn(folder)
    const made = Array.from({ length: 5 }, (_, n) => newEnvironment(store, `${n}`))
    await Promise.all([...made, store.close()])
    const again = await openIn(folder)
    assert.equal((await again.environments.environments()).length, 5)
    await again.close()
  })

  it('is shared with a short-lived command beside it', async (t) => {
    const folder = dataFolder(t)
    const server = await openIn(folder)
    const command = await openIn(folder)
    const { envKey, id } = await command.environments.createEnvironment(
      { name: 'made by a command', framework: 'K8SFramework' },
      T0,
    )
    await command.close()
    assert.equal(await server.environments.environmentOf(envKey), id)
    await newEnvironment(server)
    await server.close()
  })

  it('keeps the holder of the lease and its term over a restart', async (t) => {
    const folder = dataFolder(t)
    const before = await openIn(folder)
    const environment = await newEnvironment(before)
    const first = await termOf(before, { environment, agent: 'a' })
    await before.close()
    const again = await openIn(folder)
    assert.equal(await termOf(again, { environment, agent: 'b', at: T0 + 19_999 }), 0)
    assert.equal(await termOf(again, { environment, agent: 'a', at: T0 + 19_999 }), first)
    assert.ok((await termOf(again, { environment, agent: 'b', at: T0 + 40_000 })) > first)
    await again.close()
  })
})

describe('the embedded store says what is wrong', () => {
  it('with a database of a newer version, and leaves it alone', async (t) => {
    const folder = dataFolder(t)
    await (await openIn(folder)).close()
    const database = new DatabaseSync(`${folder}/state.db`)
    database.exec(`update facts set value = '99' where name = 'schema'`)
    database.close()
    await assert.rejects(openIn(folder), {
      name: 'StoreFailure',
      reason: 'newer-schema',
      message: /has schema 99, this version knows up to \d+: start the newer version/,
    })
  })

  it('with a lost master key, instead of making keys that nobody can open', async (t) => {
    const folder = dataFolder(t)
    await (await openIn(folder)).close()
    rmSync(`${folder}/master.key`)
    await assert.rejects(openIn(folder), { reason: 'wrong-key', message: /master\.key/ })
  })

  it('with a file that is no database', (t) => {
    const folder = dataFolder(t)
    writeFileSync(
      `${folder}/state.db`,
      'no database at all, but long enough to be looked at'.repeat(99),
    )
    assert.throws(() => openSqlite(folder), {
      reason: 'corrupt',
      message: /state\.db is no state database or is damaged: restore it/,
    })
  })

  it('with a folder that cannot be a folder', (t) => {
    const folder = `${dataFolder(t)}/file`
    writeFileSync(folder, '')
    const expected = { name: 'StoreFailure', reason: 'unwritable', message: new RegExp(folder) }
    assert.throws(() => openSqlite(folder), expected)
    assert.throws(() => secretsIn(folder), expected)
  })

  it('with another process that does not let go', async (t) => {
    const folder = dataFolder(t)
    const store = await openIn(folder)
    const other = new DatabaseSync(`${folder}/state.db`, { timeout: 0 })
    const dialect = new NodeSqliteDialect(other)
    const hasty = await openStore({ dialect, secrets: secretsIn(folder) })
    const holder = new DatabaseSync(`${folder}/state.db`)
    holder.exec('begin immediate')
    await assert.rejects(newEnvironment(hasty), { reason: 'busy', retryable: true })
    holder.close()
    await newEnvironment(hasty)
    await hasty.close()
    await store.close()
  })

  it('with a full disk, as something that may pass, and with nothing half saved', async (t) => {
    const folder = dataFolder(t)
    await (await openIn(folder)).close()
    const database = new DatabaseSync(`${folder}/state.db`)
    const pages = Number(database.prepare('pragma page_count').get()?.page_count)
    database.exec(`pragma foreign_keys = on; pragma max_page_count = ${pages + 2}`)
    const dialect = new NodeSqliteDialect(database)
    const store = await openStore({ dialect, secrets: secretsIn(folder) })
    const name = 'x'.repeat(100_000)
    await assert.rejects(newEnvironment(store, name), { reason: 'no-space', retryable: true })
    assert.deepEqual(await store.environments.environments(), [])
    await newEnvironment(store, 'small')
    await store.close()
  })
})
