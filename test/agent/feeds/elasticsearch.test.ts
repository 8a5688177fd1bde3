import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ElasticsearchFeed } from '../../../src/agent/feeds/elasticsearch.ts'
import { elasticsearchOf } from '../../../src/agent/feeds/elasticsearch-place.ts'
import { Titles } from '../../../src/agent/feeds/titles.ts'
import type { NotifyEvent } from '../../../src/model/event.ts'
import type { PolledSpan } from '../../../src/model/polled.ts'
import { silentLog } from '../../../src/support/log.ts'
import { parseTarsConfig } from '../../../src/tars/config.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { counter } from '../support/counter.ts'
import { ElasticsearchDouble } from './elasticsearch-double.ts'

/** `helm/tarsframework/templates/tars.es.yaml` of K8SFramework, in namespace `tars-dev`. */
const TEMPLATE = `<tars>
   protocol = http
  <elk>
    <nodes>
      tars-elasticsearch:9200
    </nodes>
    <index>
      notify= tars-dev_notify_
      kevent = tars-dev_kevent_
    </index>
    <indexpre>
      stat = tars-dev_stat_
      property = tars-dev_property_
    </indexpre>
    <age>
      notify = 3d
    </age>
  </elk>
</tars>
`

describe('the template tars.es', () => {
  const placeOf = (text: string) => elasticsearchOf(parseTarsConfig(text, 'tars.es'))

  it('says where Elasticsearch is and how the indices are called', () => {
    assert.deepEqual(placeOf(TEMPLATE), {
      nodes: ['http://tars-elasticsearch:9200'],
      notifyStream: 'tars-dev_notify_',
      statPrefix: 'tars-dev_stat_',
      propertyPrefix: 'tars-dev_property_',
    })
  })

  it('may have several nodes, https, and no statistics', () => {
    const text = TEMPLATE.replace('protocol = http', 'protocol = https')
      .replace('tars-elasticsearch:9200', '10.0.0.1:9200\n10.0.0.2:9200')
      .replace(/<indexpre>[\s\S]*<\/indexpre>/, '')
    assert.deepEqual(placeOf(text), {
      nodes: ['https://10.0.0.1:9200', 'https://10.0.0.2:9200'],
      notifyStream: 'tars-dev_notify_',
      statPrefix: '',
      propertyPrefix: '',
    })
  })

  it('is not in most TARS configs', () => {
    assert.equal(placeOf('<tars>\n</tars>'), undefined)
  })

  for (const [what, from, to, message] of [
    ['no node', 'tars-elasticsearch:9200', '', /no host:port in <nodes>/],
    ['a node that is none', 'tars-elasticsearch:9200', 'a b', /a line of <nodes> is no host:port/],
    ['a path for an index', 'tars-dev_notify_', '../_all', /notify> is no name of an index/],
    ['no index', 'notify= tars-dev_notify_', '', /no <index> notify/],
    [
      'another protocol',
      'protocol = http',
      'protocol = ftp',
      /protocol ftp, expected http or https/,
    ],
  ] as const) {
    it(`${what} is told`, () => {
      assert.throws(() => placeOf(TEMPLATE.replace(from, to)), message)
    })
  }
})

const NOW = Date.UTC(2026, 10, 21, 3, 4, 10)
const NOW_S = NOW / 1000
const STREAM = 'tars_notify_'

interface Cleanup {
  after(undo: () => unknown): void
}

/** A feed on a double of Elasticsearch, with what it handed on. */
async function rigOf(test: Cleanup, { nodes = (own: string) => [own] } = {}) {
  const elasticsearch = new ElasticsearchDouble()
  await elasticsearch.start()
  test.after(() => elasticsearch.stop())
  const clock = new FakeClock(NOW)
  const events: NotifyEvent[] = []
  const spans: PolledSpan[] = []
  const reads = new Set<'stat' | 'property'>()
  const open = () =>
    new ElasticsearchFeed({
      place: {
        nodes: nodes(`http://${elasticsearch.node}`),
        notifyStream: STREAM,
        statPrefix: 'tars_stat_',
        propertyPrefix: 'tars_property_',
      },
      clock,
      log: silentLog,
      intake: {
        event: async (event) => void events.push(event),
        span: async (span) => void spans.push(span),
      },
      reads: (kind) => reads.has(kind),
      titles: new Titles(),
      nextRead: counter(),
    })
  const feed = open()
  test.after(() => feed.close())
  const round = async (afterMs = 5_000, term = 1) => {
    clock.advance(afterMs)
    await feed.poll(term)
  }
  return { elasticsearch, clock, events, spans, reads, feed, open, round }
}

/** As K8SFramework's tarsnotify writes it. */
function notify(second: number, message: string, level = '[normal]'): Record<string, unknown> {
  return {
    notifyTime: '2026-11-21T11:04:10+0800',
    app: 'App',
    server: 'Server',
    podName: 'app-server-0.app-server',
    impThread: '7',
    level,
    message,
    source: 'server',
    '@timestamp': second,
  }
}

describe('notifies of K8SFramework', () => {
  it('the first round begins ten minutes ago, and each document is handed on once', async (t) => {
    const { elasticsearch, events, feed, round } = await rigOf(t)
    elasticsearch.add(STREAM, notify(NOW_S - 601, 'old'), notify(NOW_S - 600, 'restart'))
    elasticsearch.add(STREAM, notify(NOW_S - 2, 'a', '[error]'), notify(NOW_S - 2, 'b'))
    await round(0)
    await round()
    elasticsearch.add(STREAM, notify(NOW_S + 4, 'c'))
    await round()
    await round()
    assert.deepEqual(
      events.map(({ row, text, at }) => [row, text, at]),
      [
        [(NOW_S - 600) * 1e6, 'restart', NOW - 600_000],
        [(NOW_S - 2) * 1e6, 'a', NOW - 2_000],
        [(NOW_S - 2) * 1e6 + 1, 'b', NOW - 2_000],
        [(NOW_S + 4) * 1e6, 'c', NOW + 4_000],
      ],
    )
    assert.deepEqual(feed.status(), {
      feed: 'database',
      state: 'ok',
      why: '',
      reachedMs: NOW + 4_000,
      records: 4,
    })
  })

  it('a document is the event that was reported', async (t) => {
    const { elasticsearch, events, round } = await rigOf(t)
    elasticsearch.add(
      STREAM,
      notify(NOW_S, '[alarm] server exit with code 137', '[alarm]'),
      notify(NOW_S, '[alarm] heartbeat overtime, will restart process'),
    )
    await round()
    assert.deepEqual(events[0], {
      at: NOW,
      module: 'App.Server',
      level: 'alarm',
      kind: 'exit',
      node: 'app-server-0.app-server',
      set: '',
      title: '[alarm] server exit with code *',
      text: '[alarm] server exit with code 137',
      row: NOW_S * 1e6,
    })
    assert.deepEqual([events[1]?.level, events[1]?.kind], ['alarm', 'zombie'])
  })

  it('times in milliseconds are read, too', async (t) => {
    const { elasticsearch, events, round } = await rigOf(t)
    elasticsearch.add(STREAM, notify(NOW - 700_000, 'old'), notify(NOW - 1_500, 'a'))
    elasticsearch.add(STREAM, notify(NOW - 1_400, 'b'))
    await round()
    assert.deepEqual(
      events.map(({ text, at, row }) => [text, at, row]),
      [
        ['a', NOW - 1_500, (NOW_S - 2) * 1e6],
        ['b', NOW - 1_400, (NOW_S - 2) * 1e6 + 1],
      ],
    )
  })

  it('what is written late is handed on, with the next number of its second', async (t) => {
    const { elasticsearch, events, round } = await rigOf(t)
    elasticsearch.add(STREAM, notify(NOW_S - 20, 'a'), notify(NOW_S - 5, 'b'))
    await round()
    elasticsearch.add(STREAM, notify(NOW_S - 20, 'late'))
    await round()
    await round()
    assert.deepEqual(
      events.map(({ text, row }) => [text, row]),
      [
        ['a', (NOW_S - 20) * 1e6],
        ['b', (NOW_S - 5) * 1e6],
        ['late', (NOW_S - 20) * 1e6 + 1],
      ],
    )
  })

  it('another agent gives the same documents the same numbers', async (t) => {
    const { elasticsearch, events, round, open } = await rigOf(t)
    for (let i = 0; i < 50; i++) {
      elasticsearch.add(STREAM, notify(NOW_S - 40 + (i % 7), `event ${i}`))
      if (i % 10 === 0) await round(100)
    }
    await round()
    const first = new Map(events.map(({ text, row }) => [text, row]))
    assert.equal(first.size, 50)
    events.length = 0
    const other = open()
    await other.poll(2)
    await other.close()
    assert.deepEqual(new Map(events.map(({ text, row }) => [text, row])), first)
  })

  it('a backlog comes in pages, and the feed says that it is behind', async (t) => {
    const { elasticsearch, events, feed, round } = await rigOf(t)
    const many = Array.from({ length: 12_345 }, (_, i) => {
      return notify(NOW_S - 500 + Math.floor(i / 100), `event ${i}`)
    })
    elasticsearch.add(STREAM, ...many)
    await round()
    assert.equal(feed.status().state, 'behind')
    await round()
    assert.equal(feed.status().state, 'ok')
    assert.equal(events.length, 12_345)
    assert.equal(new Set(events.map(({ row }) => row)).size, 12_345)
  })

  it('a second with more documents than a round reads is read whole', async (t) => {
    const { elasticsearch, events, round } = await rigOf(t)
    const many = Array.from({ length: 11_500 }, (_, i) => notify(NOW_S, `event ${i}`))
    elasticsearch.add(STREAM, ...many)
    for (let i = 0; i < 4; i++) await round()
    assert.equal(new Set(events.map(({ row }) => row)).size, 11_500)
    assert.equal(events.length, 11_500)
  })
})

/** As K8SFramework's tarsstat writes it, some seconds after the end of the minute. */
function stat(endMs: number, calls: number, more: Record<string, unknown> = {}) {
  return {
    source_id: '10.0.0.9',
    f_timestamp: endMs / 1000 + 4,
    f_date: '20261121',
    f_tflag: '1104',
    master_name: 'App.Client',
    slave_name: 'App.Server',
    interface_name: 'hello',
    tars_version: '3.0.20',
    master_ip: '10.0.0.1',
    slave_ip: '10.0.0.2',
    slave_port: 10000,
    return_value: 0,
    succ_count: calls,
    timeout_count: 1,
    exce_count: 2,
    total_count: calls + 3,
    total_time: 50,
    interv_count: `5|${calls + 3},10|0,50|0,100|0,200|0,500|0,1000|0,2000|0,3000|0`,
    ave_time: 1,
    maxrsp_time: 9,
    minrsp_time: 1,
    ...more,
  }
}

describe('minutes of K8SFramework', () => {
  const MINUTE = Date.UTC(2026, 10, 21, 3, 4)

  it('a minute is read a quarter of a minute after its end', async (t) => {
    const { elasticsearch, spans, reads, round } = await rigOf(t)
    reads.add('stat')
    for (const back of [0, 1, 2, 3]) {
      elasticsearch.add('tars_stat_20261121', stat(MINUTE - back * 60_000, 100 + back))
    }
    await round(4_000)
    const minutes = () =>
      spans.map(({ endMs, stats }) => [(endMs - MINUTE) / 60_000, stats[0]?.values.calls])
    assert.deepEqual(minutes(), [
      [-3, 106],
      [-2, 105],
      [-1, 104],
    ])
    await round(1_000)
    assert.deepEqual(minutes().slice(3), [[0, 103]])
    await round()
    assert.equal(spans.length, 4)
    const { reading, lengthMs, stats } = spans[3] ?? {}
    assert.deepEqual(reading, { kind: 'stat', feed: 'database', term: 1, read: 4 })
    assert.equal(lengthMs, 60_000)
    assert.deepEqual(stats?.[0]?.key, {
      callee: 'App.Server',
      interface: 'hello',
      caller: 'App.Client',
      calleeIp: '10.0.0.2',
      calleePort: 10000,
      callerIp: '10.0.0.1',
      returnCode: 0,
      set: '',
      version: '3.0.20',
      side: 'client',
      spanMs: 60_000,
    })
  })

  it('a large minute is read page by page', async (t) => {
    const { elasticsearch, spans, reads, round } = await rigOf(t)
    reads.add('stat')
    const many = Array.from({ length: 12_000 }, (_, i) =>
      stat(MINUTE, i, { interface_name: `f${i}` }),
    )
    elasticsearch.add('tars_stat_20261121', ...many)
    await round()
    assert.equal(spans[0]?.stats.length, 12_000)
  })

  it('of a minute without a document nothing is known', async (t) => {
    const { feed, spans, reads, round } = await rigOf(t)
    reads.add('stat').add('property')
    await round()
    assert.deepEqual(spans, [])
    assert.equal(feed.status().state, 'ok')
  })

  it('properties are read, without distributions, which K8SFramework does not keep', async (t) => {
    const { elasticsearch, spans, reads, round } = await rigOf(t)
    reads.add('property')
    const property = (policy: string, value: number) => ({
      f_timestamp: MINUTE / 1000 + 3,
      master_name: 'App.Server',
      master_ip: '10.0.0.2',
      property_name: 'queue',
      set_name: '',
      set_area: '',
      set_id: '',
      policy,
      value,
    })
    elasticsearch.add(
      'tars_property_20261121',
      property('Avg', 1.5),
      property('Max', 7),
      property('Distr', 0),
    )
    await round()
    assert.deepEqual(
      spans[0]?.properties.map(({ key, value }) => [key.property, key.policy, value]),
      [
        ['queue', 'Avg', 1.5],
        ['queue', 'Max', 7],
      ],
    )
  })

  it('only the days around are asked for', async (t) => {
    const { elasticsearch, reads, round } = await rigOf(t)
    reads.add('stat')
    await round()
    const asked = elasticsearch.asked.filter((path) => path.includes('tars_stat_'))
    assert.ok(asked.length > 0)
    for (const path of asked)
      assert.match(path, /^\/tars_stat_20261120,tars_stat_20261121\/_search/)
  })
})

describe('when Elasticsearch fails', () => {
  it('the next node is asked', async (t) => {
    const { elasticsearch, events, feed, round } = await rigOf(t, {
      nodes: (own) => ['http://127.0.0.1:1', own],
    })
    elasticsearch.add(STREAM, notify(NOW_S, 'a'))
    await round()
    assert.equal(events.length, 1)
    assert.equal(feed.status().state, 'ok')
  })

  it('a node that is down is told, and nothing is lost', async (t) => {
    const { elasticsearch, events, feed, round } = await rigOf(t)
    elasticsearch.add(STREAM, notify(NOW_S, 'a'))
    await round()
    await elasticsearch.stop()
    await round()
    const { state, why } = feed.status()
    assert.equal(state, 'off')
    assert.match(
      why,
      /^notify: Elasticsearch at http:\/\/127.* check <elk><nodes> in template tars.es$/,
    )
    await elasticsearch.start()
    elasticsearch.add(STREAM, notify(NOW_S + 6, 'b'))
    await round(60_000)
    assert.deepEqual(
      events.map(({ text }) => text),
      ['a', 'b'],
    )
    assert.equal(feed.status().state, 'ok')
  })

  for (const [what, status, body, why] of [
    ['a login', 401, '{}', /answers 401: it wants a login/],
    ['an overload', 429, '{"error":"es_rejected_execution_exception"}', /answers 429: .*rejected/],
    ['missing shards', 503, '{"error":"search_phase_execution_exception"}', /answers 503/],
    ['no JSON', 200, '<html>', /does not answer like Elasticsearch/],
    ['another JSON', 200, '{"hits":[]}', /does not answer like Elasticsearch/],
    ['its time limit', 200, '{"timed_out":true,"hits":{"hits":[]}}', /was too slow/],
  ] as const) {
    it(`${what} is told, and tried again`, async (t) => {
      const { elasticsearch, events, feed, round } = await rigOf(t)
      elasticsearch.add(STREAM, notify(NOW_S, 'a'))
      elasticsearch.says = { status, body }
      await round()
      assert.equal(feed.status().state, 'off')
      assert.match(feed.status().why, why)
      elasticsearch.says = undefined
      await round()
      assert.equal(events.length, 1)
      assert.equal(feed.status().state, 'ok')
    })
  }
})
