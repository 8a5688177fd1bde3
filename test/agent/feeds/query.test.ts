import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { MINUTE, propertyOf, QueryRig, statOf, summaryOf } from './query-rig.ts'

describe('the query feed on TARSFramework', () => {
  it('begins with the two newest buckets, and tells what they are', async (test) => {
    const rig = await QueryRig.start(test, '2026-11-21T02:41Z')
    rig.framework.add('tars_stat_2026112102', statOf('0230', 1), statOf('0235', 2))
    rig.framework.add('tars_stat_2026112102', statOf('0240', 3))
    rig.complete('20261121 0240')
    assert.equal(rig.feed.status().why, 'not read yet')
    const spans = await rig.poll(7)
    assert.deepEqual(summaryOf(spans), ['02:35 2', '02:40 3'])
    assert.deepEqual(spans[1], {
      reading: { kind: 'stat', feed: 'query', term: 7, read: 2 },
      endMs: Date.parse('2026-11-21T02:40Z'),
      lengthMs: 5 * MINUTE,
      stats: [
        {
          key: {
            callee: 'RigApp.HelloServer',
            interface: 'echo',
            caller: 'RigApp.HelloClient',
            calleeIp: '10.0.0.3',
            calleePort: 21010,
            callerIp: '10.0.0.2',
            returnCode: 0,
            set: '',
            version: '3.0.20',
            side: 'client',
            spanMs: 5 * MINUTE,
          },
          values: {
            calls: 3,
            timeouts: 0,
            exceptions: 0,
            durationSumMs: 3,
            durationMaxMs: 1,
            buckets: [3, 0, 0, 0, 0, 0, 0, 0, 0, 0],
          },
        },
      ],
      properties: [],
      states: [],
    })
    assert.deepEqual(rig.feed.status(), {
      feed: 'query',
      state: 'ok',
      why: '',
      reachedMs: Date.parse('2026-11-21T02:40Z'),
      records: 2,
    })
  })

  it('asks nothing until the next bucket may be complete, and little until it is', async (test) => {
    const rig = await QueryRig.start(test, '2026-11-21T02:41Z')
    rig.framework.add('tars_stat_2026112102', statOf('0240', 3), statOf('0245', 4))
    rig.complete('20261121 0240')
    await rig.poll()
    const asked = rig.framework.asked.length
    await rig.pollAt('2026-11-21T02:44:59Z')
    assert.equal(rig.framework.asked.length, asked)
    assert.deepEqual(await rig.pollAt('2026-11-21T02:45:00Z'), [])
    assert.equal(rig.framework.asked.length, asked + 1)
    rig.complete('20261121 0245')
    assert.deepEqual(summaryOf(await rig.pollAt('2026-11-21T02:45:10Z')), ['02:45 4'])
  })

  it('late rows: two buckets are read again, and handed on when they have changed', async (test) => {
    const rig = await QueryRig.start(test, '2026-11-21T02:41Z')
    rig.framework.add('tars_stat_2026112102', statOf('0235', 2), statOf('0240', 3))
    rig.complete('20261121 0240')
    const [, first] = await rig.poll()
    rig.framework.add('tars_stat_2026112102', statOf('0245', 4))
    rig.framework.add('tars_stat_2026112102', statOf('0240', 10, { source_id: '10.0.0.9' }))
    rig.complete('20261121 0245')
    const spans = await rig.pollAt('2026-11-21T02:46Z')
    assert.deepEqual(summaryOf(spans), ['02:40 13', '02:45 4'])
    const [again] = spans
    assert.equal(again?.endMs, first?.endMs)
    assert.ok((again?.reading.read ?? 0) > (first?.reading.read ?? 0))
    assert.equal(again?.stats.length, 1, 'one row for both instances of tarsstat')
    assert.deepEqual(await rig.pollAt('2026-11-21T02:47Z'), [])
  })

  it('rows of two instances that are all alike are two', async (test) => {
    const rig = await QueryRig.start(test, '2026-11-21T02:41Z')
    const alike = { interv_count: '5|1,10|2', maxrsp_time: 8 }
    for (const source_id of ['10.0.0.1', '10.0.0.9']) {
      rig.framework.add('tars_stat_2026112102', statOf('0240', 3, { ...alike, source_id }))
    }
    rig.complete('20261121 0240')
    const [row, ...more] = (await rig.poll()).flatMap(({ stats }) => stats)
    assert.equal(row?.values.calls, 6)
    assert.deepEqual(row?.values.buckets.slice(0, 3), [2, 4, 0])
    assert.deepEqual(more, [])
  })

  it('over the full hour and midnight: minute 60, the next table, the next day', async (test) => {
    const rig = await QueryRig.start(test, '2026-11-21T23:56Z')
    rig.framework.add('tars_stat_2026112123', statOf('2350', 1), statOf('2355', 2))
    rig.complete('20261121 2355')
    await rig.poll()
    rig.framework.add('tars_stat_2026112123', statOf('2360', 3))
    rig.complete('20261121 2360')
    assert.deepEqual(summaryOf(await rig.pollAt('2026-11-22T00:00:10Z')), ['00:00 3'])
    // The tables of the day are made by the first flush.
    rig.framework.add('tars_stat_2026112200', statOf('0005', 4))
    rig.complete('20261122 0005')
    assert.deepEqual(summaryOf(await rig.pollAt('2026-11-22T00:05:10Z')), ['00:05 4'])
    assert.equal(rig.feed.status().state, 'ok')
  })

  it('a fresh framework: no bucket, no table, and no error', async (test) => {
    const rig = await QueryRig.start(test, '2026-11-21T02:41Z')
    assert.deepEqual(await rig.poll(), [])
    const { state, why } = rig.feed.status()
    assert.deepEqual([state, why], ['behind', 'stat: the framework has completed no bucket yet'])
    await rig.pollAt('2026-11-21T02:41:10Z')
    assert.equal(rig.framework.asked.length, 1, 'it is not asked each time')
    rig.framework.add('tars_stat_2026112102', statOf('0245', 4))
    rig.complete('20261121 0245')
    const spans = await rig.pollAt('2026-11-21T02:45:10Z')
    assert.deepEqual(summaryOf(spans), ['02:40 0', '02:45 4'])
  })

  it('a table that is missing is a bucket without calls; when it appears, it is read', async (test) => {
    const rig = await QueryRig.start(test, '2026-11-21T03:06Z')
    rig.framework.add('tars_stat_2026112102', statOf('0260', 1))
    rig.complete('20261121 0305')
    assert.deepEqual(summaryOf(await rig.poll()), ['03:00 1', '03:05 0'])
    rig.framework.add('tars_stat_2026112103', statOf('0305', 2), statOf('0310', 3))
    rig.complete('20261121 0310')
    assert.deepEqual(summaryOf(await rig.pollAt('2026-11-21T03:11Z')), ['03:05 2', '03:10 3'])
  })

  it('takes what was written under an odd end, as after a restart of tarsstat', async (test) => {
    const rig = await QueryRig.start(test, '2026-11-21T02:46:30Z')
    rig.framework.add('tars_stat_2026112102', statOf('0245', 1), statOf('0246', 10))
    rig.complete('20261121 0246')
    assert.deepEqual(summaryOf(await rig.poll()), ['02:40 0', '02:45 1'])
    rig.framework.add('tars_stat_2026112102', statOf('0250', 100))
    rig.complete('20261121 0250')
    assert.deepEqual(summaryOf(await rig.pollAt('2026-11-21T02:50:10Z')), ['02:50 110'])
  })

  it('a gap is filled for half an hour back', async (test) => {
    const rig = await QueryRig.start(test, '2026-11-21T02:06Z')
    const ends = ['0205', '0210', '0215', '0220', '0225', '0230', '0235', '0240', '0245', '0250']
    rig.framework.add('tars_stat_2026112102', ...ends.map((tflag) => statOf(tflag, 1)))
    rig.complete('20261121 0205')
    await rig.poll()
    rig.complete('20261121 0220')
    assert.deepEqual(summaryOf(await rig.pollAt('2026-11-21T02:21Z')), [
      '02:10 1',
      '02:15 1',
      '02:20 1',
    ])
    rig.complete('20261121 0260')
    const spans = await rig.pollAt('2026-11-21T03:01Z')
    assert.equal(summaryOf(spans)[0], '02:35 1')
    assert.equal(summaryOf(spans).at(-1), '03:00 0')
  })

  it('under a new lease hands on the newest once more', async (test) => {
    const rig = await QueryRig.start(test, '2026-11-21T02:41Z')
    rig.framework.add('tars_stat_2026112102', statOf('0235', 2), statOf('0240', 3))
    rig.complete('20261121 0240')
    await rig.poll(1)
    assert.deepEqual(await rig.poll(1), [])
    const spans = await rig.poll(2)
    assert.deepEqual(summaryOf(spans).slice(-2), ['02:35 2', '02:40 3'])
    assert.ok(spans.every(({ reading }) => reading.term === 2))
    assert.deepEqual(await rig.poll(2), [])
  })

  it('reads properties, each as its policy asks', async (test) => {
    const rig = await QueryRig.start(test, '2026-11-21T02:41Z', { reads: ['stat', 'property'] })
    const table = 'tars_property_2026112102'
    rig.framework.add(table, propertyOf('0240', 'Max', '1500187'), propertyOf('0240', 'Sum', '7'))
    rig.framework.add(table, propertyOf('0240', 'Sum', '7'), propertyOf('0240', 'Max', '3'))
    rig.framework.add(table, propertyOf('0240', 'Avg', '0.363636'))
    rig.framework.add(table, propertyOf('0240', 'Distr', '5|6,10|253,max|2', 'a,b'))
    rig.framework.add(table, propertyOf('0240', 'Min', '-9999999'))
    rig.complete('20261121 0240')
    const spans = await rig.poll()
    const rows = spans.flatMap(({ properties }) => properties)
    const told = rows.map(({ key, value }) => `${key.property} ${key.policy} ${key.le} ${value}`)
    assert.deepEqual(told.toSorted(), [
      'a,b Distr +Inf 261',
      'a,b Distr 10 259',
      'a,b Distr 5 6',
      'rig Avg  0.363636',
      'rig Max  1500187',
      'rig Sum  14',
    ])
    assert.deepEqual(
      new Set(spans.map(({ reading }) => reading.kind)),
      new Set(['stat', 'property']),
    )
    assert.equal(rig.framework.mostOpen, 1)
    assert.equal(rig.feed.counts.badRows, 0)
  })

  it('an hour table of a real framework: every call is counted once', async (test) => {
    const rig = await QueryRig.start(test, '2026-11-21T02:31Z', { reads: ['stat', 'property'] })
    rig.framework.load('tars_stat.sql')
    rig.framework.load('tars_property.sql')
    rig.complete('20261121 0230')
    const spans = await rig.poll()
    const start = Date.parse('2026-11-21T02:36Z')
    const ends = ['0235', '0240', '0246', '0250', '0255', '0260']
    for (const [i, tflag] of ends.entries()) {
      rig.complete(`20261121 ${tflag}`)
      spans.push(...(await rig.pollAt(new Date(start + i * 5 * MINUTE).toISOString())))
    }
    const stored = rig.framework.tables.get('tars_stat_2026112102') ?? []
    const late = stored.filter(({ f_tflag }) => `${f_tflag}` >= '0225')
    const sum = (numbers: number[]) => numbers.reduce((a, b) => a + b, 0)
    const expected = sum(
      late.map((row) =>
        sum(['succ_count', 'timeout_count', 'exce_count'].map((c) => Number(row[c]))),
      ),
    )
    const rows = spans.flatMap(({ stats }) => stats)
    assert.equal(sum(rows.map(({ values }) => values.calls)), expected)
    for (const { key, values } of rows) {
      const timed = values.calls - values.timeouts - values.exceptions
      assert.equal(sum([...values.buckets]), timed, `${key.caller} ${key.interface}`)
    }
    const properties = spans.flatMap((span) => span.properties)
    assert.ok(properties.some(({ key }) => key.policy === 'Distr' && key.le === '+Inf'))
    assert.equal(rig.feed.counts.badRows, 0)
  })
})

describe('the zone of the framework', () => {
  const zones: [zone: string | undefined, lastTime: string, table: string][] = [
    [undefined, '20261121 1040', 'tars_stat_2026112110'],
    ['Asia/Shanghai', '20261121 1040', 'tars_stat_2026112110'],
    ['+08:00', '20261121 1040', 'tars_stat_2026112110'],
    ['Asia/Kathmandu', '20261121 0825', 'tars_stat_2026112108'],
    [undefined, '20261120 2310', 'tars_stat_2026112023'],
  ]
  for (const [timeZone, lastTime, table] of zones) {
    it(`${timeZone ?? 'found out'}: ${lastTime} is 02:40 UTC`, async (test) => {
      const rig = await QueryRig.start(test, '2026-11-21T02:42Z', { timeZone })
      rig.framework.add(table, statOf(lastTime.slice(9), 5))
      rig.complete(lastTime)
      assert.equal(summaryOf(await rig.poll()).at(-1), '02:40 5')
    })
  }

  it('a zone that does not fit is told, and nothing is handed on', async (test) => {
    const rig = await QueryRig.start(test, '2026-11-21T02:42Z', { timeZone: 'UTC' })
    rig.complete('20261121 1040')
    assert.deepEqual(await rig.poll(), [])
    const { state, why } = rig.feed.status()
    assert.equal(state, 'off')
    assert.equal(why, 'stat: its newest bucket ends at 20261121 1040: not now in UTC')
  })

  it('a clock of ours that is slow does not make it late', async (test) => {
    // By the framework's clock it is 02:45:05.
    const rig = await QueryRig.start(test, '2026-11-21T02:41:05Z')
    rig.complete('20261121 0245')
    await rig.poll()
    rig.framework.add('tars_stat_2026112102', statOf('0250', 5))
    rig.complete('20261121 0250')
    assert.equal(summaryOf(await rig.pollAt('2026-11-21T02:46:05Z')).at(-1), '02:50 5')
  })

  it('summer time ends: what comes after is read', async (test) => {
    const rig = await QueryRig.start(test, '2026-10-25T00:56Z')
    rig.framework.add('tars_stat_2026102502', statOf('0250', 1), statOf('0255', 2))
    rig.complete('20261025 0255')
    await rig.poll()
    rig.framework.add('tars_stat_2026102502', statOf('0205', 3))
    rig.complete('20261025 0205')
    assert.equal(summaryOf(await rig.pollAt('2026-10-25T01:05:30Z')).at(-1), '01:05 3')
  })

  it('summer time begins: what was read an hour ago by another clock stays', async (test) => {
    const rig = await QueryRig.start(test, '2027-03-28T00:56Z')
    const table = 'tars_stat_20270328'
    rig.framework.add(`${table}01`, statOf('0150', 1), statOf('0155', 2), statOf('0160', 3))
    rig.complete('20270328 0155')
    await rig.poll()
    rig.framework.add(`${table}03`, statOf('0305', 4))
    rig.complete('20270328 0305')
    const spans = await rig.pollAt('2027-03-28T01:05:30Z')
    assert.deepEqual(summaryOf(spans).at(-1), '01:05 4')
    assert.ok(!summaryOf(spans).includes('00:55 0'))
  })
})

describe('the query feed on K8SFramework', () => {
  async function start(test: Parameters<typeof QueryRig.start>[0], at: string) {
    const rig = await QueryRig.start(test, at, { timeZone: '+08:00', reads: ['stat', 'property'] })
    rig.framework.framework = 'K8SFramework'
    return rig
  }

  it('reads minutes when they have settled, without being told', async (test) => {
    const rig = await start(test, '2026-11-21T02:42:15Z')
    rig.framework.add('tars_stat_20261121', statOf('1040', 1), statOf('1041', 2), statOf('1042', 3))
    const first = (await rig.poll()).filter(({ reading }) => reading.kind === 'stat')
    assert.deepEqual(summaryOf(first), ['02:40 1', '02:41 2'])
    assert.equal(first[0]?.lengthMs, MINUTE)
    assert.equal(first[0]?.stats[0]?.key.spanMs, MINUTE)
    const next = await rig.pollAt('2026-11-21T02:42:25Z')
    assert.deepEqual(summaryOf(next.filter(({ stats }) => stats.length > 0)), ['02:42 3'])
  })

  it('a full hour is minute 60, or 00 of the next', async (test) => {
    for (const tflag of ['1060', '1100']) {
      const rig = await start(test, '2026-11-21T03:00:30Z')
      rig.framework.add('tars_stat_20261121', statOf('1059', 1), statOf(tflag, 2))
      const spans = (await rig.poll()).filter(({ stats }) => stats.length > 0)
      assert.deepEqual(summaryOf(spans), ['02:59 1', '03:00 2'])
    }
  })

  it('one key written more than once in a minute, as after midnight, adds up', async (test) => {
    const rig = await start(test, '2026-11-20T16:01:30Z')
    const rows = [statOf('0001', 1), statOf('0001', 2), statOf('0001', 4)]
    rig.framework.add('tars_stat_20261121', ...rows)
    const spans = await rig.poll()
    assert.equal(summaryOf(spans.filter(({ stats }) => stats.length > 0))[0], '16:01 7')
  })

  it('properties keep all their digits; distributions, which it stores as 0, are left out', async (test) => {
    const rig = await start(test, '2026-11-21T02:41:25Z')
    const table = 'tars_property_20261121'
    rig.framework.add(table, propertyOf('1041', 'Max', 123_456_789))
    rig.framework.add(table, propertyOf('1041', 'Distr', 0), propertyOf('1041', 'Sum', 0))
    const rows = (await rig.poll()).flatMap(({ properties }) => properties)
    assert.deepEqual(
      rows.map(({ key, value }) => [key.policy, value]),
      [
        ['Max', 123_456_789],
        ['Sum', 0],
      ],
    )
    assert.equal(rig.feed.counts.badRows, 0)
  })

  it('a day without an index is a day without data', async (test) => {
    const rig = await start(test, '2026-11-21T02:41:25Z')
    const spans = await rig.poll()
    assert.ok(spans.every(({ stats, properties }) => stats.length + properties.length === 0))
    assert.equal(rig.feed.status().state, 'ok')
  })

  it('the framework turns out to be the other one: begins anew', async (test) => {
    const rig = await QueryRig.start(test, '2026-11-21T02:41:25Z', { timeZone: 'UTC' })
    rig.framework.add('tars_stat_2026112102', statOf('0240', 3))
    rig.complete('20261121 0240')
    await rig.poll()
    rig.framework.framework = 'K8SFramework'
    rig.framework.add('tars_stat_20261121', statOf('0241', 2))
    assert.deepEqual(summaryOf(await rig.poll()), ['02:40 0', '02:41 2'])
  })
})
