import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { appendFile, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { SeriesFailure } from '../../../src/cloud/series/failure.ts'
import {
  batch,
  ENVIRONMENT,
  event,
  openStore,
  select,
  stat,
  T0,
  temporaryFolder,
  window,
} from './fixture.ts'

const HOUR_MS = 3600_000
const OTHER_AGENT = 'ffffffffffffffffffffffffffffffff'
const LABELS =
  'callee=App.HelloServer,interface=testHello,caller=App.GateServer,callee_ip=10.0.0.2,' +
  'callee_port=18600,caller_ip=10.0.0.1,return_code=0,version=3.0.20,side=client,span=10s'

function fails(reason: string, retryable: boolean) {
  return (error: unknown) =>
    error instanceof SeriesFailure && error.reason === reason && error.retryable === retryable
}

describe('what an agent reports becomes series', () => {
  it('statistics: five metrics and a histogram that counts up, stamped with the end of the window', async (t) => {
    const store = await openStore(t)
    await store.append(ENVIRONMENT, batch({}, [window()]), T0 + 40)
    assert.deepEqual(await select(store, 'callee=App.HelloServer', 'le='), [
      [`tars_calls{${LABELS}}`, [0, 130]],
      [`tars_timeouts{${LABELS}}`, [0, 3]],
      [`tars_exceptions{${LABELS}}`, [0, 2]],
      [`tars_duration_ms_sum{${LABELS}}`, [0, 1500]],
      [`tars_duration_ms_max{${LABELS}}`, [0, 90]],
    ])
    const les = ['5', '10', '50', '100', '200', '500', '1000', '2000', '3000', '+Inf']
    const counts = [100, 120, 124, 125, 125, 125, 125, 125, 125, 125]
    assert.deepEqual(
      await select(store, '__name__=tars_duration_ms_bucket'),
      les.map((le, at) => [`tars_duration_ms_bucket{${LABELS},le=${le}}`, [0, counts[at]]]),
    )
  })

  it('what is empty or port 0 is no label; return code 0 is one', async (t) => {
    const store = await openStore(t)
    const row = stat({ calleePort: 0, callerIp: '', version: '', side: 'server', spanMs: 60_000 })
    await store.append(ENVIRONMENT, batch({}, [window({ stats: [row] })]), T0)
    const labels =
      'callee=App.HelloServer,interface=testHello,caller=App.GateServer,callee_ip=10.0.0.2,' +
      'return_code=0,side=server,span=1m'
    assert.deepEqual(await select(store, '__name__=tars_calls'), [
      [`tars_calls{${labels}}`, [0, 130]],
    ])
  })

  it('properties', async (t) => {
    const store = await openStore(t)
    const key = {
      module: 'App.A',
      property: 'q',
      policy: 'Distr',
      ip: '10.0.0.2',
      set: '',
      spanMs: 300_000,
    }
    const properties = [
      { key: { ...key, le: '10' }, value: 4 },
      { key: { ...key, policy: 'Avg', le: '' }, value: 2.5 },
    ]
    await store.append(ENVIRONMENT, batch({}, [window({ stats: [], properties })]), T0)
    const found = await select(store, '__name__=tars_property')
    assert.deepEqual(found.sort(), [
      ['tars_property{module=App.A,property=q,policy=Avg,ip=10.0.0.2,span=5m}', [0, 2.5]],
      ['tars_property{module=App.A,property=q,policy=Distr,ip=10.0.0.2,le=10,span=5m}', [0, 4]],
    ])
  })

  it('events: how many in a window; their texts are kept', async (t) => {
    const store = await openStore(t)
    const events = [event(), event({ text: 'pid 4712' }), event({ at: T0 })]
    await store.append(ENVIRONMENT, batch({}, [], { events }), T0)
    const labels =
      'module=App.HelloServer,level=error,node=10.0.0.2,kind=restart,title=server is inactive'
    assert.deepEqual(await select(store, '__name__=tars_notify_events'), [
      [`tars_notify_events{${labels}}`, [0, 2], [1, 1]],
    ])
    const texts = (wanted: Record<string, string>, fromMs: number, toMs: number) =>
      store.events(ENVIRONMENT, wanted, fromMs, toMs).map(({ text }) => text)
    const [first] = events
    assert.deepEqual(texts({ module: 'App.HelloServer' }, T0 - 10_000, T0), [
      first?.text,
      'pid 4712',
    ])
    assert.deepEqual(texts({ level: 'alarm' }, 0, T0 + 1), [])
    assert.deepEqual(texts({ alertname: 'X', title: 'server is inactive' }, T0, T0 + 1), [
      first?.text,
    ])
  })

  it('the newest 50 events of an answer, oldest first', async (t) => {
    const store = await openStore(t, { maxEvents: 70 })
    const events = Array.from({ length: 80 }, (_, at) =>
      event({ at: T0 - 1000 + at, text: `${at}` }),
    )
    await store.append(ENVIRONMENT, batch({}, [], { events }), T0)
    const texts = store.events(ENVIRONMENT, {}, 0, T0 + 1).map(({ text }) => text)
    assert.deepEqual([texts.length, texts[0], texts.at(-1)], [50, '30', '79'])
    assert.equal(store.stats(ENVIRONMENT)?.dropped, 10)
  })

  it('how late the windows of an agent come', async (t) => {
    const store = await openStore(t)
    await store.append(ENVIRONMENT, batch({}, [window()]), T0 + 1500)
    const found = await select(store, '__name__=tars_agent_window_lag_seconds')
    assert.deepEqual(
      found.map(([, sample]) => sample),
      [[0, 1.5]],
    )
  })
})

describe('matchers', () => {
  const cases: readonly [string, readonly string[], readonly string[]][] = [
    ['equal', ['callee=A.B'], ['A.B/x', 'A.B/y']],
    ['two of them', ['callee=A.B', 'interface=y'], ['A.B/y']],
    ['not equal', ['callee!=A.B'], ['A.C/x', 'D.E/z']],
    ['a pattern, anchored at both ends', ['callee=~A\\..'], ['A.B/x', 'A.B/y', 'A.C/x']],
    ['a pattern of part of a value', ['callee=~A'], []],
    ['a pattern with alternatives', ['callee=~A.C|D.E'], ['A.C/x', 'D.E/z']],
    ['a pattern without case', ['callee=~(?i)a.c'], ['A.C/x']],
    ['not a pattern', ['callee!~A.*'], ['D.E/z']],
    ['a label that is absent', ['set='], ['A.B/x', 'A.B/y', 'A.C/x']],
    ['a label that is there', ['set!='], ['D.E/z']],
    [
      'a pattern that an absent label matches',
      ['set=~|n.a.1'],
      ['A.B/x', 'A.B/y', 'A.C/x', 'D.E/z'],
    ],
    ['a label nobody has', ['colour=red'], []],
    ['another metric', ['__name__=up'], []],
  ]
  for (const [name, texts, expected] of cases) {
    it(name, async (t) => {
      const store = await openStore(t)
      const stats = [
        stat({ callee: 'A.B', interface: 'x' }),
        stat({ callee: 'A.B', interface: 'y' }),
        stat({ callee: 'A.C', interface: 'x' }),
        stat({ callee: 'D.E', interface: 'z', set: 'n.a.1' }),
      ]
      await store.append(ENVIRONMENT, batch({}, [window({ stats })]), T0)
      const metric = texts.some((text) => text.startsWith('__name__'))
        ? []
        : ['__name__=tars_calls']
      const found = await select(store, ...metric, ...texts)
      const shown = found.map(([series]) => /callee=([^,]+),interface=([^,]+)/.exec(series))
      assert.deepEqual(shown.map((match) => `${match?.[1]}/${match?.[2]}`).sort(), expected)
    })
  }

  it('le picks buckets, a pattern on __name__ metrics, the range samples', async (t) => {
    const store = await openStore(t)
    const ends = [0, 1, 2].map((at) => window({ endMs: T0 + at * 10_000 }))
    await store.append(ENVIRONMENT, batch({}, ends), T0 + 20_000)
    const buckets = await select(store, '__name__=tars_duration_ms_bucket', 'le=~5|[+]Inf')
    assert.deepEqual(
      buckets.map(([, sample]) => sample),
      [
        [0, 100],
        [0, 125],
      ],
    )
    const failures = await select(store, '__name__=~tars_(timeouts|exceptions)')
    assert.deepEqual(
      failures.map(([, sample]) => sample),
      [
        [0, 3],
        [0, 2],
      ],
    )
    const range = await store.source(ENVIRONMENT).select([], T0 + 10_000, T0 + 10_000)
    assert.ok(range.length > 0 && range.every(({ times }) => times.length === 1))
  })
})

describe('contributions', () => {
  it('of several agents and batches to one window add up, the largest duration stays', async (t) => {
    const store = await openStore(t)
    await store.append(ENVIRONMENT, batch({}, [window()]), T0)
    const more = window({ stats: [stat({}, { calls: 5, durationMaxMs: 200 })] })
    await store.append(ENVIRONMENT, batch({ agent: OTHER_AGENT }, [more]), T0)
    const other = window({ stats: [stat({}, { calls: 7, durationMaxMs: 1 })] })
    await store.append(ENVIRONMENT, batch({ seq: 2 }, [other]), T0)
    const values = async (metric: string) =>
      (await select(store, `__name__=${metric}`)).map(([, sample]) => sample?.[1])
    assert.deepEqual(await values('tars_calls'), [142])
    assert.deepEqual(await values('tars_duration_ms_max'), [200])
    assert.deepEqual(await values('tars_duration_ms_sum'), [4500])
  })

  it('of a batch that comes again count once, also when both come at once', async (t) => {
    const store = await openStore(t)
    const twice = batch({}, [window()])
    const answers = await Promise.all([
      store.append(ENVIRONMENT, twice, T0),
      store.append(ENVIRONMENT, twice, T0),
    ])
    answers.push(await store.append(ENVIRONMENT, twice, T0))
    assert.deepEqual(
      answers.map(({ applied }) => applied),
      [true, false, false],
    )
    assert.deepEqual(await select(store, '__name__=tars_calls'), [
      [`tars_calls{${LABELS}}`, [0, 130]],
    ])
  })

  it('that come late are put in their place', async (t) => {
    const store = await openStore(t)
    for (const [at, step] of [3, 1, 2].entries()) {
      const late = window({ endMs: T0 + step * 10_000, stats: [stat({}, { calls: step })] })
      await store.append(ENVIRONMENT, batch({ seq: at + 1 }, [late]), T0 + 60_000)
    }
    assert.deepEqual(await select(store, '__name__=tars_calls'), [
      [`tars_calls{${LABELS}}`, [1, 1], [2, 2], [3, 3]],
    ])
  })

  it('beyond the limit of keys count without who and where, so that sums stay right', async (t) => {
    const store = await openStore(t, { maxRecords: 40 })
    const stats = Array.from({ length: 100 }, (_, at) =>
      stat({ interface: `i${at % 50}`, callerIp: `10.0.1.${at}` }, { calls: 1 }),
    )
    await store.append(ENVIRONMENT, batch({}, [window({ stats })]), T0)
    const found = await select(store, '__name__=tars_calls')
    assert.equal(
      found.reduce((sum, [, sample]) => sum + (sample?.[1] ?? 0), 0),
      100,
    )
    assert.ok(found.some(([series]) => /interface=i\d+,caller=\*,callee_ip=\*/.test(series)))
    assert.ok(found.some(([series]) => series.includes('interface=*')))
    const { records = 0, folded, dropped } = store.stats(ENVIRONMENT) ?? {}
    assert.ok(records <= 47, `${records} records`)
    assert.deepEqual([folded, dropped], [60, 0])
  })

  it('beyond the limit that cannot be told otherwise are counted, not kept', async (t) => {
    const store = await openStore(t, { maxRecords: 1 })
    const events = [event(), event({ title: 'other' })]
    await store.append(ENVIRONMENT, batch({}, [], { events }), T0)
    assert.equal(store.stats(ENVIRONMENT)?.dropped, 1)
  })

  it('more than 25 h behind the newest, or 10 min ahead of the clock, are refused for good', async (t) => {
    const store = await openStore(t)
    await store.append(ENVIRONMENT, batch({}, [window()]), T0)
    const append = (seq: number, endMs: number) =>
      store.append(ENVIRONMENT, batch({ seq }, [window({ endMs })]), T0)
    await assert.rejects(append(2, T0 - 25 * HOUR_MS - 1), fails('too-old', false))
    await assert.rejects(append(3, T0 + 600_001), fails('too-new', false))
    assert.deepEqual(await append(4, T0 - 25 * HOUR_MS), { applied: true })
  })
})

describe('the watermark', () => {
  const at = (store: Awaited<ReturnType<typeof openStore>>, nowMs: number) => {
    const watermark = store.watermark(ENVIRONMENT, nowMs)
    return watermark === undefined ? undefined : (watermark - T0) / 10_000
  }

  it('is the oldest of the newest windows of the agents heard in the last 30 s', async (t) => {
    const store = await openStore(t)
    assert.equal(at(store, T0), undefined)
    await store.append(ENVIRONMENT, batch({}, [window({ endMs: T0 + 10_000 })]), T0 + 10_000)
    assert.equal(at(store, T0 + 10_000), 1)
    await store.append(ENVIRONMENT, batch({ agent: OTHER_AGENT }, [window()]), T0 + 10_100)
    assert.equal(at(store, T0 + 11_000), 0)
    await store.append(
      ENVIRONMENT,
      batch({ seq: 2 }, [window({ endMs: T0 + 30_000 })]),
      T0 + 30_000,
    )
    assert.equal(at(store, T0 + 40_100), 0)
    assert.equal(at(store, T0 + 40_101), 3)
    assert.equal(at(store, T0 + 60_001), undefined)
  })

  it('is not held up by an agent whose clock is an hour behind, unless there is no other', async (t) => {
    const store = await openStore(t)
    const HOUR = 3600_000
    await store.append(ENVIRONMENT, batch({ agent: OTHER_AGENT }, [window()]), T0 + HOUR)
    assert.equal(at(store, T0 + HOUR), 0)
    await store.append(ENVIRONMENT, batch({}, [window({ endMs: T0 + HOUR })]), T0 + HOUR + 5)
    assert.equal(at(store, T0 + HOUR + 10), 360)
    assert.equal(store.reached(ENVIRONMENT), T0 + HOUR)
  })

  it('is not brought into the future by a clock that is ahead: what comes then is evaluated', async (t) => {
    const store = await openStore(t)
    await store.append(ENVIRONMENT, batch({}, [window({ endMs: T0 + 300_000 })]), T0)
    assert.equal(at(store, T0), 1)
    const right = window({ endMs: T0 + 20_000 })
    await store.append(ENVIRONMENT, batch({ seq: 2 }, [right]), T0 + 20_000)
    assert.equal(at(store, T0 + 20_000), 2)
  })

  it('does not wait for an agent that was heard before the clock was set back', async (t) => {
    const store = await openStore(t)
    await store.append(ENVIRONMENT, batch({ agent: OTHER_AGENT }, [window()]), T0 + 300_000)
    await store.append(ENVIRONMENT, batch({}, [window({ endMs: T0 + 10_000 })]), T0 + 10_000)
    assert.equal(at(store, T0 + 10_000), 1)
  })

  it('is not moved by a backlog', async (t) => {
    const store = await openStore(t)
    await store.append(ENVIRONMENT, batch({}, [window()]), T0)
    const old = window({ endMs: T0 - HOUR_MS })
    await store.append(ENVIRONMENT, batch({ seq: 2 }, [old]), T0)
    assert.equal(at(store, T0), 0)
  })

  it('remembers which arrival brought it to a window', async (t) => {
    const store = await openStore(t)
    assert.equal(store.lastReceived(ENVIRONMENT, T0), 0)
    for (const step of [1, 2, 3]) {
      const next = window({ endMs: T0 + step * 10_000 })
      await store.append(ENVIRONMENT, batch({ seq: step }, [next]), T0 + step * 10_000 + step)
    }
    assert.equal(store.lastReceived(ENVIRONMENT, T0 + 20_000), T0 + 20_002)
    assert.equal(store.lastReceived(ENVIRONMENT, T0 + 15_000), T0 + 20_002)
  })
})

describe('on disk', () => {
  it('everything is there again after a start, and repeats are still known', async (t) => {
    const folder = await temporaryFolder(t)
    const store = await openStore(t, { folder })
    const parts = { events: [event()] }
    await store.append(ENVIRONMENT, batch({}, [window()], parts), T0 + 5)
    await store.append(
      ENVIRONMENT,
      batch({ seq: 2 }, [window({ endMs: T0 + 10_000 })]),
      T0 + 10_005,
    )
    const before = await select(store)
    await store.close()
    const again = await openStore(t, { folder })
    assert.deepEqual(await select(again), before)
    assert.equal(again.events(ENVIRONMENT, {}, 0, T0).length, 1)
    assert.equal(again.watermark(ENVIRONMENT, T0 + 20_000), T0 + 10_000)
    assert.equal(again.lastReceived(ENVIRONMENT, T0 + 10_000), T0 + 10_005)
    assert.deepEqual(await again.append(ENVIRONMENT, batch({ seq: 2 }, [window()]), T0), {
      applied: false,
    })
    const { environments, segments, records, broken, tornBytes } = again.report
    assert.deepEqual(
      { environments, segments, records, broken, tornBytes },
      {
        ...{ environments: 1, segments: 1, records: 2, broken: 0, tornBytes: 0 },
      },
    )
  })

  it('a torn tail is cut and a broken record skipped, both reported, and what follows is kept', async (t) => {
    const folder = await temporaryFolder(t)
    const store = await openStore(t, { folder })
    for (const seq of [1, 2, 3]) {
      await store.append(
        ENVIRONMENT,
        batch({ seq }, [window({ endMs: T0 + seq * 10_000 })]),
        T0 + 30_000,
      )
    }
    await store.close()
    const path = join(folder, ENVIRONMENT, '000000000001.log')
    const bytes = await readFile(path)
    const second = Math.floor(bytes.length / 3) + 100
    bytes[second] = (bytes[second] ?? 0) ^ 1
    await writeFile(path, bytes)
    await appendFile(path, 'torn')
    const again = await openStore(t, { folder })
    assert.deepEqual([again.report.records, again.report.broken, again.report.tornBytes], [2, 1, 4])
    await again.append(
      ENVIRONMENT,
      batch({ seq: 4 }, [window({ endMs: T0 + 40_000 })]),
      T0 + 40_000,
    )
    await again.close()
    const third = await openStore(t, { folder })
    const [[, ...samples] = ['']] = await select(third, '__name__=tars_calls')
    assert.deepEqual(
      samples.map(([step]) => step),
      [1, 3, 4],
    )
    assert.equal(third.report.tornBytes, 0)
  })

  it('environments are apart, and a removed one leaves nothing', async (t) => {
    const folder = await temporaryFolder(t)
    const store = await openStore(t, { folder })
    await store.append(ENVIRONMENT, batch({}, [window()]), T0)
    await store.append('al-other', batch({}, [window({ stats: [] })]), T0)
    assert.deepEqual(store.environments(), [ENVIRONMENT, 'al-other'])
    assert.deepEqual(
      await store.source('al-other').select([{ name: 'callee', op: '!=', value: '' }], 0, T0),
      [],
    )
    await store.removeEnvironment(ENVIRONMENT)
    assert.equal(existsSync(join(folder, ENVIRONMENT)), false)
    assert.deepEqual(await select(store), [])
    assert.deepEqual(store.environments(), ['al-other'])
  })

  it('an environment is no path', async (t) => {
    const store = await openStore(t)
    await assert.rejects(store.append('../x', batch({}, []), T0), RangeError)
  })

  it('a folder that cannot be written: the batch is refused and may come again', async (t) => {
    const folder = await temporaryFolder(t)
    const store = await openStore(t, { folder })
    await writeFile(join(folder, ENVIRONMENT), 'a file where a folder should be')
    await assert.rejects(
      store.append(ENVIRONMENT, batch({}, [window()]), T0),
      fails('unwritable', true),
    )
    await rm(join(folder, ENVIRONMENT))
    assert.deepEqual(await store.append(ENVIRONMENT, batch({}, [window()]), T0), { applied: true })
  })

  it('a full disk: the batch is refused, may come again, and nothing before is lost', async (t) => {
    const folder = await temporaryFolder(t)
    const store = await openStore(t, { folder })
    await store.append(ENVIRONMENT, batch({}, [window()]), T0)
    await store.flush(ENVIRONMENT)
    // The next segment is on a disk that is full.
    const next = join(folder, ENVIRONMENT, '000000000002.log')
    await symlink('/dev/full', next)
    const later = batch({ seq: 2 }, [window({ endMs: T0 + HOUR_MS })])
    const append = () => store.append(ENVIRONMENT, later, T0 + HOUR_MS)
    await assert.rejects(append(), fails('no-space', true))
    assert.equal((await select(store, '__name__=tars_calls')).flat().length, 2)
    await rm(next)
    assert.deepEqual(await append(), { applied: true })
    await store.close()
    const again = await openStore(t, { folder })
    assert.equal((await select(again, '__name__=tars_calls')).flat().length, 3)
  })

  it('many batches at once share few commits', async (t) => {
    const folder = await temporaryFolder(t)
    const store = await openStore(t, { folder })
    const seqs = Array.from({ length: 200 }, (_, at) => at + 1)
    const answers = await Promise.all(
      seqs.map((seq) => store.append(ENVIRONMENT, batch({ seq }, [window()]), T0)),
    )
    assert.ok(answers.every(({ applied }) => applied))
    const commits = store.stats(ENVIRONMENT)?.commits ?? 0
    assert.ok(commits > 0 && commits <= 5, `${commits} commits`)
    await store.close()
    const again = await openStore(t, { folder })
    assert.equal(again.report.records, 200)
  })

  it('a closed store takes nothing', async (t) => {
    const store = await openStore(t)
    await store.close()
    await assert.rejects(
      store.append(ENVIRONMENT, batch({}, [window()]), T0),
      fails('closed', true),
    )
  })

  it('who listens hears of every batch applied, after it is durable', async (t) => {
    const folder = await temporaryFolder(t)
    const store = await openStore(t, { folder })
    const heard: [string, number][] = []
    store.onAppended((environment) => {
      const path = join(folder, environment, '000000000001.log')
      heard.push([environment, existsSync(path) ? 1 : 0])
    })
    await store.append(ENVIRONMENT, batch({}, [window()]), T0)
    await store.append(ENVIRONMENT, batch({}, [window()]), T0)
    assert.deepEqual(heard, [[ENVIRONMENT, 1]])
  })
})
