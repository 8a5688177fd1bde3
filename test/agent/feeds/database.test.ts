/** The database feed against a real MariaDB, loaded with what a real framework had written. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { ReadOnlySession } from '../../../src/agent/feeds/database-session.ts'
import { Failure } from '../../../src/support/failure.ts'
import { MariaDb, noMariaDb } from '../../support/mariadb.ts'
import { createUser, DatabaseRig, PASSWORD } from './database-rig.ts'

const TAKEN = 't_server_notifys'

describe('the database feed', { skip: noMariaDb }, () => {
  let server: MariaDb
  before(async () => {
    server = await MariaDb.start()
    await createUser(server)
  })
  after(() => server.stop())

  describe('notifies', () => {
    it('the first round begins ten minutes ago, and each row is handed on once', async () => {
      const rig = new DatabaseRig(server)
      await rig.load()
      const ids = await server.sql(
        `select id from ${rig.names.db}.${TAKEN} where notifytime >= '2026-11-21 02:54:00' order by id`,
      )
      assert.ok(ids.length > 50, 'the fixture has some')
      await rig.round({ afterMs: 0 })
      assert.deepEqual(
        rig.rows,
        ids.map(({ id }) => id),
      )
      await rig.round()
      assert.equal(rig.events.length, ids.length)
      const added = [await rig.notify('a'), await rig.notify('b')]
      await rig.round()
      assert.deepEqual(rig.rows.slice(ids.length), added)
      assert.equal(rig.feed.status().records, ids.length + 2)
      assert.equal(rig.feed.status().reachedMs, rig.clock.now() - 5_000)
      rig.assertOk()
      await rig.feed.close()
    })

    it('a row is what was reported: level, kind, node, title, time', async () => {
      const rig = new DatabaseRig(server)
      await rig.load()
      await rig.round({ afterMs: 0 })
      const alarm = rig.events.find(({ row }) => row === 401)
      assert.deepEqual(alarm, {
        at: Date.UTC(2026, 10, 21, 3, 3, 22),
        module: 'RigApp.HelloServer',
        level: 'alarm',
        kind: 'business',
        node: '127.0.0.1',
        set: '',
        title: '[alarm] demo report() message *',
        text: '[alarm] demo report() message 12701',
        row: 401,
      })
      await rig.feed.close()
    })

    it('the time is right whatever the zone of the database', async () => {
      const rig = new DatabaseRig(server)
      await rig.load()
      // What was written at 03:03:22 in Greenwich was written at 11:03:22 in Shanghai.
      await server.sql(
        `update ${rig.names.db}.${TAKEN} set notifytime = notifytime + interval 8 hour;
         set global time_zone = '+08:00'`,
      )
      await rig.round({ afterMs: 0 })
      await server.sql(`set global time_zone = '+00:00'`)
      const alarm = rig.events.find(({ row }) => row === 401)
      assert.equal(alarm?.at, Date.UTC(2026, 10, 21, 3, 3, 22))
      await rig.feed.close()
    })

    it('a backlog of 12,000 rows comes in pages, and the feed says that it is behind', async () => {
      const rig = new DatabaseRig(server)
      await rig.load()
      await rig.round({ afterMs: 0 })
      const before = rig.events.length
      await server.sql(
        `insert into ${rig.names.db}.${TAKEN} (application, server_name, result, notifytime)
         select 'App', 'Server', concat('event ', seq), '2026-11-21 03:04:00' from seq_1_to_12000`,
      )
      await rig.round()
      assert.equal(rig.events.length - before, 10_000)
      assert.equal(rig.feed.status().state, 'behind')
      await rig.round()
      assert.equal(rig.events.length - before, 12_000)
      assert.equal(new Set(rig.rows).size, rig.events.length)
      rig.assertOk()
      await rig.feed.close()
    })

    it('a row that is committed after one with a higher id is handed on late, once', async () => {
      const rig = new DatabaseRig(server)
      await rig.load()
      await rig.round({ afterMs: 0 })
      const before = rig.events.length
      // As InnoDB does: 1001 was given out first, 1003 never comes.
      await rig.notify('later', 1002)
      await rig.notify('much later', 1004)
      await rig.round()
      await rig.notify('first', 1001)
      await rig.round()
      await rig.round()
      assert.deepEqual(rig.rows.slice(before), [1002, 1004, 1001])
      await rig.round({ afterMs: 31_000 })
      await rig.round()
      await rig.notify('after more than 30 s', 1003)
      await rig.round()
      assert.deepEqual(rig.rows.slice(before), [1002, 1004, 1001])
      await rig.feed.close()
    })

    it('a new lease begins ten minutes ago, or where this agent stopped reading before', async () => {
      const rig = new DatabaseRig(server)
      await rig.load()
      await rig.round({ afterMs: 0 })
      const missed = await rig.notify('while nobody had the lease')
      const until = rig.events.length
      await rig.round({ term: 2, afterMs: 3_600_000 })
      assert.deepEqual(rig.rows.slice(until), [missed])
      await rig.feed.close()
      const other = new DatabaseRig(server)
      Object.assign(other, { names: rig.names })
      await other.round({ term: 3, afterMs: 3_600_000 })
      assert.deepEqual(other.rows, [])
      await other.feed.close()
    })

    it('what cannot be kept is read again', async () => {
      const rig = new DatabaseRig(server)
      await rig.load()
      rig.refuses = new Failure('disk', 'the disk is full')
      await rig.round({ afterMs: 0 })
      const { why } = rig.feed.status()
      assert.equal(why, 'notify: what was read could not be kept: the disk is full')
      rig.refuses = undefined
      await rig.round()
      assert.ok(rig.events.length > 50)
      assert.equal(new Set(rig.rows).size, rig.events.length)
      rig.assertOk()
      await rig.feed.close()
    })

    it('ids that start anew, after a truncate, are read', async () => {
      const rig = new DatabaseRig(server)
      await rig.load()
      await rig.round({ afterMs: 0 })
      const before = rig.events.length
      await server.sql(`truncate ${rig.names.db}.${TAKEN}`)
      await rig.round()
      await rig.notify('first of the new ones')
      await rig.round()
      assert.deepEqual(rig.rows.slice(before), [1])
      await rig.feed.close()
    })

    it('an old table without columns for node, set and level gives what it has', async () => {
      const rig = new DatabaseRig(server)
      await server.sql(
        `create database ${rig.names.db}; use ${rig.names.db};
         create table ${TAKEN} (id int auto_increment primary key, server_id varchar(100),
           thread_id varchar(20), result text, notifytime datetime);
         insert into ${TAKEN} (server_id, result, notifytime) values
           ('App.Server_10.0.0.1', '[error] no memory', '2026-11-21 03:00:00')`,
      )
      await rig.round()
      const [event] = rig.events
      assert.deepEqual(
        [event?.module, event?.node, event?.level, event?.kind],
        ['App.Server', '10.0.0.1', 'error', 'business'],
      )
      await rig.feed.close()
    })

    it('a missing table is told, and read when it is there', async () => {
      const rig = new DatabaseRig(server)
      await rig.round()
      const { state, why } = rig.feed.status()
      assert.equal(state, 'off')
      assert.equal(
        why,
        `notify: MySQL at 127.0.0.1:${server.port}: no table ${rig.names.db}.t_server_notifys`,
      )
      await rig.load()
      await rig.round()
      assert.ok(rig.events.length > 50)
      rig.assertOk()
      await rig.feed.close()
    })
  })

  describe('connections', () => {
    it('a session cannot write, whatever its user may', async () => {
      const rig = new DatabaseRig(server)
      await rig.load()
      const session = await ReadOnlySession.open(rig.framework.db)
      const table = `${rig.names.db}.${TAKEN}`
      for (const sql of [
        `insert into ${table} (result) values ('x')`,
        `update ${table} set result = 'x'`,
        `delete from ${table}`,
        `create table ${rig.names.db}.x (id int)`,
      ]) {
        await assert.rejects(session.rows(sql), /READ ONLY transaction/, sql)
      }
      const [count] = await server.sql(`select count(*) as number from ${table}`)
      assert.equal(count?.number, 404)
      session.close()
    })

    it('a query that takes long is broken off by the server, and the session goes on', async () => {
      const limits = { connectMs: 5_000, queryMs: 50, answerMs: 10_000 }
      const session = await ReadOnlySession.open(new DatabaseRig(server).framework.db, limits)
      const slow = session.rows('select sum(sin(seq)) as x from mysql.seq_1_to_1000000000 limit 1')
      await assert.rejects(slow, { name: 'DatabaseError', reason: 'slow' })
      assert.deepEqual(await session.rows('select 1 as one limit 1'), [{ one: 1 }])
      session.close()
    })

    it('a server that does not answer is left', async () => {
      const limits = { connectMs: 5_000, queryMs: 5_000, answerMs: 100 }
      const session = await ReadOnlySession.open(new DatabaseRig(server).framework.db, limits)
      await assert.rejects(session.rows('select sleep(2) as x limit 1'), { reason: 'lost' })
      assert.equal(session.isOpen, false)
    })

    it('a server that takes the connection and says nothing is left', async (t) => {
      const mute = createServer().listen(0, '127.0.0.1')
      await once(mute, 'listening')
      t.after(() => mute.close())
      const { port } = mute.address() as AddressInfo
      const place = { ...new DatabaseRig(server).framework.db, port }
      const limits = { connectMs: 100, queryMs: 5_000, answerMs: 5_000 }
      await assert.rejects(ReadOnlySession.open(place, limits), {
        reason: 'lost',
        message: 'no answer in 0.1 s',
      })
    })

    it('closing ends a round under way, and no connection is left', async () => {
      const rig = new DatabaseRig(server)
      await rig.load()
      await rig.round({ afterMs: 0 })
      await server.sql(`lock tables ${rig.names.db}.${TAKEN} write`)
      const round = rig.round()
      await stateOf(server, 'Waiting for table metadata lock')
      await rig.feed.close()
      await round
      await server.sql('unlock tables')
      const before = await connectionsOf(server)
      await rig.round()
      assert.equal(await connectionsOf(server), before)
    })

    it('uses one connection for everything', async () => {
      const rig = new DatabaseRig(server)
      await rig.load()
      rig.reads.add('stat').add('property')
      const before = await connectionsOf(server)
      await rig.round()
      await rig.round()
      assert.equal((await connectionsOf(server)) - before, 1)
      await rig.feed.close()
    })

    it('a wrong password is told without showing it, and a right one works', async () => {
      const rig = new DatabaseRig(server)
      await rig.load()
      rig.password = 'wr0ng/password'
      await rig.round()
      const { state, why } = rig.feed.status()
      assert.equal(state, 'off')
      assert.match(why, /refuses user tars: Access denied/)
      assert.match(why, /check dbuser and dbpass in template tars.framework-db/)
      assert.doesNotMatch(why, /wr0ng/)
      rig.password = PASSWORD
      await rig.round()
      rig.assertOk()
      await rig.feed.close()
    })

    it('a connection that is killed while idle or in the middle of a query is made again', async () => {
      const rig = new DatabaseRig(server)
      await rig.load()
      await rig.round({ afterMs: 0 })
      await killConnections(server)
      const first = await rig.notify('after the first kill')
      await rig.round()
      await rig.round()
      assert.equal(rig.rows.at(-1), first)
      await server.sql(`lock tables ${rig.names.db}.${TAKEN} write`)
      const round = rig.round()
      await stateOf(server, 'Waiting for table metadata lock')
      await killConnections(server)
      await round
      assert.equal(rig.feed.status().state, 'off')
      await server.sql('unlock tables')
      const second = await rig.notify('after the second kill')
      await rig.round()
      assert.deepEqual(rig.rows.slice(-2), [first, second])
      assert.equal(new Set(rig.rows).size, rig.events.length)
      rig.assertOk()
      await rig.feed.close()
    })

    it('a database that is killed and comes back loses nothing and doubles nothing', async () => {
      const rig = new DatabaseRig(server)
      await rig.load()
      await rig.round({ afterMs: 0 })
      const before = rig.events.length
      const written = [await rig.notify('before it is killed')]
      await server.sql(`lock tables ${rig.names.db}.${TAKEN} write`)
      const round = rig.round()
      await stateOf(server, 'Waiting for table metadata lock')
      await server.kill()
      await round
      const { state, why } = rig.feed.status()
      assert.equal(state, 'off')
      assert.match(why, /no connection to MySQL at 127\.0\.0\.1:\d+: Connection lost/)
      await rig.round()
      assert.match(
        rig.feed.status().why,
        /ECONNREFUSED.*means the framework's own host: set database=/,
      )
      await server.run()
      written.push(await rig.notify('after it is back'))
      await rig.round({ afterMs: 60_000 })
      assert.deepEqual(rig.rows.slice(before), written)
      rig.assertOk()
      await rig.feed.close()
    })

    it('waits longer and longer while there is no database', async () => {
      const rig = new DatabaseRig(server)
      let asked = 0
      Object.defineProperty(rig, 'framework', {
        get: () => {
          asked++
          throw new Error('nobody answers')
        },
      })
      for (let i = 0; i < 60; i++) await rig.round()
      assert.ok(asked >= 5 && asked <= 16, `asked ${asked} times in five minutes`)
      await rig.feed.close()
    })
  })
})

/** How many were ever made. */
async function connectionsOf(server: MariaDb): Promise<number> {
  const [row] = await server.sql("show global status like 'Connections'")
  return Number(row?.Value)
}

async function killConnections(server: MariaDb): Promise<void> {
  const found = await server.sql(
    "select id from information_schema.processlist where user = 'tars'",
  )
  for (const { id } of found) await server.sql(`kill ${id}`)
}

/** Returns when a connection of the feed is in this state. */
async function stateOf(server: MariaDb, state: string): Promise<void> {
  for (;;) {
    const found = await server.sql(
      "select id from information_schema.processlist where user = 'tars' and state = ?",
      [state],
    )
    if (found.length > 0) return
  }
}
