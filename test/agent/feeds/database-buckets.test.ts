/** Statistics and properties of the database feed, from the tables of a real framework in a real MariaDB. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { PolledSpan } from '../../../src/model/polled.ts'
import { Failure } from '../../../src/support/failure.ts'
import { MariaDb, noMariaDb } from '../../support/mariadb.ts'
import { createUser, DatabaseRig } from './database-rig.ts'

const HOUR = 'tars_stat_2026112102'

describe('hour tables of the database feed', { skip: noMariaDb }, () => {
  let server: MariaDb
  before(async () => {
    server = await MariaDb.start()
    await createUser(server)
  })
  after(() => server.stop())

  /** A framework with the dumped hour of statistics. */
  async function withStats(): Promise<DatabaseRig> {
    const rig = new DatabaseRig(server)
    await rig.load()
    await server.load('tars_stat.sql', rig.names.stat)
    rig.reads.add('stat')
    return rig
  }

  async function write(rig: DatabaseRig, lasttime: string): Promise<void> {
    await server.sql(`update ${rig.names.stat}.t_ecstatus set lasttime = '${lasttime}'`)
  }

  it('the last three buckets are read, and add up to what the tables say', async () => {
    const rig = await withStats()
    await rig.round()
    assert.deepEqual(rig.spans.map(endOf), ['02:50', '02:55', '03:00'])
    for (const [i, [after, until]] of [
      ['0245', '0250'],
      ['0250', '0255'],
      ['0255', '0260'],
    ].entries()) {
      const [sums] = await server.sql(
        `select sum(succ_count + timeout_count + exce_count) as calls, sum(timeout_count) as timeouts,
           sum(exce_count) as exceptions, sum(total_time) as sum, max(maxrsp_time) as max
         from ${rig.names.stat}.${HOUR} where f_tflag > ? and f_tflag <= ?`,
        [after, until],
      )
      const span = rig.spans[i]
      assert.deepEqual(totals(span), Object.values(sums ?? {}).map(Number))
      assert.ok(totals(span).every((total) => total > 0))
    }
    rig.assertOk()
    await rig.feed.close()
  })

  it('a row has its calls, times and buckets, by client and by server', async () => {
    const rig = await withStats()
    await rig.round()
    const span = rig.spans.find((each) => endOf(each) === '02:55')
    assert.deepEqual(span?.reading, { kind: 'stat', feed: 'database', term: 1, read: 2 })
    assert.equal(span?.lengthMs, 300_000)
    const hello = span?.stats.filter(
      ({ key }) => key.callee === 'RigApp.HelloServer' && key.interface === 'testHello',
    )
    assert.deepEqual(
      hello?.map(({ key, values }) => [key.side, key.caller, key.spanMs, values.calls]).sort(),
      [
        ['client', 'RigApp.HelloClient', 300_000, 3220],
        ['server', 'stat_from_server', 300_000, 3208],
      ],
    )
    const slow = span?.stats.find(
      ({ key }) =>
        key.callee === 'RigApp.HelloServer' && key.interface === 'slow' && key.side === 'client',
    )?.values
    assert.ok(slow && slow.timeouts > 0 && slow.durationMaxMs > 200)
    const timed = slow.buckets.reduce((sum, calls) => sum + calls, 0)
    assert.equal(timed, slow.calls - slow.timeouts - slow.exceptions)
    await rig.feed.close()
  })

  it('what a restarted tarsstat wrote under an odd end belongs to the bucket it lies in', async () => {
    const rig = await withStats()
    await rig.round()
    const span = rig.spans.find((each) => endOf(each) === '02:50')
    const hello = span?.stats.find(
      ({ key }) => key.interface === 'testHello' && key.caller === 'RigApp.HelloClient',
    )
    assert.equal(hello?.values.calls, 625 + 2040)
    await rig.feed.close()
  })

  it('a bucket is read when all of it is written', async () => {
    const rig = await withStats()
    await write(rig, '20261121 0230')
    await rig.round()
    rig.spans.length = 0
    await rig.round()
    assert.equal(rig.spans.length, 0)
    await write(rig, '20261121 0235')
    await rig.round()
    assert.deepEqual(rig.spans.map(endOf), ['02:35'])
    await rig.feed.close()
  })

  it('late rows replace what was read of the two buckets before', async () => {
    const rig = await withStats()
    await write(rig, '20261121 0230')
    await rig.round()
    const calls = totals(rig.spans[1])[0] ?? 0
    rig.spans.length = 0
    await server.sql(
      `update ${rig.names.stat}.${HOUR} set succ_count = succ_count + 7
       where f_tflag in ('0220', '0225') and interface_name = 'testHello'
         and master_name = 'RigApp.HelloClient'`,
    )
    await write(rig, '20261121 0235')
    await rig.round()
    assert.deepEqual(rig.spans.map(endOf), ['02:25', '02:35'])
    assert.equal(totals(rig.spans[0])[0], calls + 7)
    assert.deepEqual(
      rig.spans.map(({ reading }) => reading.read),
      [4, 5],
    )
    await rig.feed.close()
  })

  it('under a new lease they are handed on again', async () => {
    const rig = await withStats()
    await write(rig, '20261121 0230')
    await rig.round()
    rig.spans.length = 0
    await write(rig, '20261121 0235')
    await rig.round({ term: 2 })
    assert.deepEqual(rig.spans.map(endOf), ['02:25', '02:30', '02:35'])
    assert.ok(rig.spans.every(({ reading }) => reading.term === 2))
    await rig.feed.close()
  })

  it('after an outage it goes on where it stopped, some buckets a round', async () => {
    const rig = await withStats()
    await write(rig, '20261121 0225')
    await rig.round()
    rig.spans.length = 0
    await write(rig, '20261121 0260')
    await rig.round()
    assert.deepEqual(rig.spans.map(endOf), ['02:30', '02:35', '02:40'])
    assert.equal(rig.feed.status().state, 'behind')
    await rig.round()
    await rig.round()
    assert.equal(endOf(rig.spans.at(-1)), '03:00')
    rig.assertOk()
    await rig.feed.close()
  })

  it('the table changes at midnight, and one that is not there yet is no data', async () => {
    const rig = await withStats()
    await server.sql(
      `use ${rig.names.stat};
       create table tars_stat_2026112123 like ${HOUR};
       insert into tars_stat_2026112123 select * from ${HOUR} where f_tflag in ('0255', '0260');
       update tars_stat_2026112123 set f_tflag = concat('23', substr(f_tflag, 3)),
         stattime = stattime + interval 21 hour`,
    )
    await write(rig, '20261121 2360')
    await rig.round()
    assert.deepEqual(rig.spans.map(endOf), ['23:50', '23:55', '00:00'])
    assert.equal(rig.spans[0]?.stats.length, 0)
    assert.equal(rig.spans[2]?.endMs, Date.UTC(2026, 10, 22))
    rig.spans.length = 0
    await server.sql(
      `use ${rig.names.stat};
       create table tars_stat_2026112200 like ${HOUR};
       insert into tars_stat_2026112200 select * from ${HOUR} where f_tflag = '0220';
       update tars_stat_2026112200 set f_date = '2026-11-22', f_tflag = '0005',
         stattime = '2026-11-22 00:05:04'`,
    )
    await write(rig, '20261122 0005')
    await rig.round()
    assert.deepEqual(rig.spans.map(endOf), ['00:05'])
    assert.equal(rig.spans[0]?.stats.length, 20)
    rig.assertOk()
    await rig.feed.close()
  })

  it('no tables, and no database, are no data', async () => {
    const rig = new DatabaseRig(server)
    await rig.load()
    rig.reads.add('stat').add('property')
    await server.sql(`create database ${rig.names.stat}`)
    await rig.round()
    assert.equal(rig.spans.length, 0)
    rig.assertOk()
    await rig.feed.close()
  })

  it('the zone of the framework is found out: the database may have another', async () => {
    const rig = await withStats()
    // A tarsstat in Shanghai: 02:55 in Greenwich is 10:55.
    await server.sql(
      `use ${rig.names.stat};
       update ${HOUR} set f_tflag = concat('10', substr(f_tflag, 3));
       rename table ${HOUR} to tars_stat_2026112110`,
    )
    await write(rig, '20261121 1060')
    await server.sql(`set global time_zone = '-03:30'`)
    await rig.round()
    await server.sql(`set global time_zone = '+00:00'`)
    assert.deepEqual(rig.spans.map(endOf), ['02:50', '02:55', '03:00'])
    assert.ok(rig.spans.every(({ stats }) => stats.length > 30))
    await rig.feed.close()
  })

  it('rows of several instances of tarsstat are one, and a slow instance is waited for', async () => {
    const rig = await withStats()
    await server.sql(
      `use ${rig.names.stat};
       insert into ${HOUR} select stattime, f_date, f_tflag, '10.0.0.2', master_name, slave_name,
         interface_name, tars_version, master_ip, slave_ip, slave_port, return_value, succ_count,
         timeout_count, exce_count, interv_count, total_time, ave_time, maxrsp_time, minrsp_time
         from ${HOUR} where f_tflag <= '0255';
       insert into t_ecstatus (id, appname, lasttime) values
         (2, 'tars_stat_10.0.0.2', '20261121 0255'), (3, 'tars_stat_10.0.0.3', '20261120 1005')`,
    )
    await rig.round()
    assert.deepEqual(rig.spans.map(endOf), ['02:45', '02:50', '02:55'])
    const hello = rig.spans[2]?.stats.filter(({ key }) => key.interface === 'testHello')
    assert.deepEqual(hello?.map(({ values }) => values.calls).sort(), [6416, 6440])
    await rig.feed.close()
  })

  it('properties are read with their policies', async () => {
    const rig = new DatabaseRig(server)
    await rig.load()
    await server.load('tars_property.sql', rig.names.property)
    await server.sql(
      `create table ${rig.names.property}.t_ecstatus (id int, appname varchar(64), action tinyint,
         lasttime varchar(16));
       insert into ${rig.names.property}.t_ecstatus values (1, 'tars_property_10.0.0.1', 0, '20261121 0230')`,
    )
    rig.reads.add('property')
    await rig.round()
    assert.deepEqual(rig.spans.map(endOf), ['02:20', '02:25', '02:30'])
    const found = rig.spans[0]?.properties.filter(
      ({ key }) =>
        key.module === 'RigApp.HelloServer' &&
        key.property === 'RigApp.HelloServer.HelloObjAdapter.queueWaitTime' &&
        key.ip === '127.0.0.1',
    )
    const taken = (policy: string, le = '') =>
      found?.find(({ key }) => key.policy === policy && key.le === le)?.value
    assert.equal(taken('Avg'), 30.019587)
    assert.equal(taken('Count'), 1937)
    assert.equal(taken('Max'), 2921)
    assert.equal(taken('Min'), 4)
    assert.equal(taken('Distr', '50'), 6 + 253 + 1_556)
    assert.equal(taken('Distr', '+Inf'), 1937)
    await rig.feed.close()
  })

  it('only what it is told to is read here', async () => {
    const rig = await withStats()
    rig.reads.clear()
    await rig.round()
    assert.equal(rig.spans.length, 0)
    assert.ok(rig.events.length > 0)
    await rig.feed.close()
  })

  it('trouble with one kind leaves the others alone', async () => {
    const rig = await withStats()
    await server.sql(`drop table ${rig.names.db}.t_server_notifys`)
    await rig.round()
    assert.equal(rig.spans.length, 3)
    const { state, why } = rig.feed.status()
    assert.equal(state, 'behind')
    assert.match(why, /^notify: .*no table/)
    await rig.feed.close()
  })

  it('a span that cannot be kept is read again', async () => {
    const rig = await withStats()
    rig.refuses = new Failure('disk', 'the disk is full')
    await rig.round()
    assert.match(rig.feed.status().why, /stat: what was read could not be kept: the disk is full/)
    rig.refuses = undefined
    await rig.round()
    assert.deepEqual(rig.spans.map(endOf), ['02:50', '02:55', '03:00'])
    rig.assertOk()
    await rig.feed.close()
  })
})

function endOf(span: PolledSpan | undefined): string {
  return new Date(span?.endMs ?? 0).toISOString().slice(11, 16)
}

function totals(span: PolledSpan | undefined): number[] {
  const rows = span?.stats.map(({ values }) => values) ?? []
  const sum = (numbers: number[]) => numbers.reduce((a, b) => a + b, 0)
  return [
    sum(rows.map(({ calls }) => calls)),
    sum(rows.map(({ timeouts }) => timeouts)),
    sum(rows.map(({ exceptions }) => exceptions)),
    sum(rows.map(({ durationSumMs }) => durationSumMs)),
    Math.max(...rows.map(({ durationMaxMs }) => durationMaxMs)),
  ]
}
