/** Who may come in, what Prometheus 3 has beyond the recording, and the limits. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { SeriesFailure } from '../../../../src/cloud/series/failure.ts'
import * as metrics from '../../../../src/cloud/series/memory/metrics.ts'
import { SERIES } from './calls.ts'
import {
  type Door,
  formOf,
  NOW,
  OTHER,
  OTHER_TOKEN,
  OURS,
  openDoor,
  type Parameters,
  series,
  sourceOf,
  TOKEN,
} from './door.ts'

const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`

describe('the token', () => {
  let door: Door
  before(async () => {
    door = await openDoor({ source: sourceOf(SERIES) })
  })
  after(() => door.close())

  const opening: [how: string, authorization: string][] = [
    ['as Bearer', `Bearer ${TOKEN}`],
    ['as bearer', `bearer  ${TOKEN}`],
    ['as the password of Basic', basic(`grafana:${TOKEN}`)],
    ['as the password of Basic without a user', basic(`:${TOKEN}`)],
  ]
  for (const [how, authorization] of opening) {
    it(`opens ${how}`, async () => {
      const { status } = await door.ask('/api/v1/query?query=1', { headers: { authorization } })
      assert.equal(status, 200)
    })
  }

  const closed: [what: string, authorization: string][] = [
    ['none', ''],
    ['an unknown one', 'Bearer at_unknown'],
    ['an empty one', 'Bearer '],
    ['one as the user of Basic', basic(`${TOKEN}:`)],
    ['Basic without a colon', basic(TOKEN)],
    ['another scheme', `Digest ${TOKEN}`],
    ['one with more behind it', `Bearer ${TOKEN} x`],
  ]
  for (const [what, authorization] of closed) {
    it(`${what} is answered 401, on every page`, async () => {
      for (const path of ['/api/v1/query?query=1', '/-/healthy', '/nothing/here']) {
        const { status, headers, body } = await door.ask(path, { headers: { authorization } })
        assert.equal(status, 401)
        assert.match(headers.get('www-authenticate') ?? '', /^Basic realm="tars-alarm"/)
        assert.deepEqual([body.status, body.errorType], ['error', 'unauthorized'])
      }
    })
  }

  it('of another environment opens nothing, and does not tell whether there is one', async () => {
    const answers = await Promise.all(
      [OURS, 'al-nowhere000'].map(async (environment) => {
        const answer = await fetch(`${door.url}/prometheus/${environment}/api/v1/query?query=1`, {
          headers: { authorization: `Bearer ${OTHER_TOKEN}` },
        })
        return { status: answer.status, text: await answer.text() }
      }),
    )
    assert.equal(answers[0]?.status, 403)
    assert.deepEqual(answers[0], answers[1])
  })

  it('shows its own environment alone', async () => {
    const other = await fetch(`${door.url}/prometheus/${OTHER}/api/v1/labels`, {
      headers: { authorization: `Bearer ${OTHER_TOKEN}` },
    })
    assert.deepEqual(await other.json(), { status: 'success', data: [] })
  })

  it('that may only write opens nothing, and says what to do', async () => {
    const owner = { environment: OURS, scopes: ['write'], expiresAt: NOW + 1 } as const
    const closed = await openDoor({ keys: { ownerOf: async () => owner } })
    const { status, body } = await closed.get('query', { query: '1' })
    await closed.close()
    assert.deepEqual([status, body.errorType], [403, 'forbidden'])
    const error = 'this API token may only write: to read, make one in the console that may'
    assert.equal(body.error, error)
  })

  it('of an environment that expired opens no more', async () => {
    const expired = await openDoor({
      keys: { ownerOf: async () => ({ environment: OURS, scopes: ['read'], expiresAt: NOW }) },
    })
    const { status, body } = await expired.get('query', { query: '1' })
    await expired.close()
    assert.equal(status, 403)
    assert.equal(body.error, 'this environment expired at 2026-03-02T02:00:00Z')
  })
})

describe('the API beyond the recording', () => {
  let door: Door
  before(async () => {
    door = await openDoor({ source: sourceOf(SERIES) })
  })
  after(() => door.close())

  const at = String((NOW + 500) / 1000)
  const fault = (message: string, status = 400, errorType = 'bad_data') => ({
    status,
    body: { status: 'error', errorType, error: message },
  })

  const faults: [name: string, path: string, parameters: Parameters, ReturnType<typeof fault>][] = [
    [
      'a limit that is none',
      'query',
      { query: '1', limit: 'x' },
      fault('invalid parameter "limit": strconv.Atoi: parsing "x": invalid syntax'),
    ],
    [
      'a negative limit',
      'labels',
      { limit: '-1' },
      fault('invalid parameter "limit": limit must be non-negative'),
    ],
    [
      'a lookback that is none',
      'query',
      { query: '1', lookback_delta: 'x' },
      fault('error parsing lookback delta duration: cannot parse "x" to a valid duration'),
    ],
    [
      'a query over a range that does not parse',
      'query_range',
      { query: 'a{', start: '1', end: '2', step: '1' },
      fault('invalid parameter "query": 1:3: parse error: unexpected end of input inside braces'),
    ],
    [
      'a day that the month does not have',
      'query',
      { query: '1', time: '2026-02-29T00:00:00Z' },
      fault(
        `invalid parameter "time": Invalid time value for 'time': cannot parse "2026-02-29T00:00:00Z" to a valid timestamp`,
      ),
    ],
    ['a label name that is none', 'label/U__/values', {}, fault('invalid label name: ""')],
  ]
  for (const [name, path, parameters, expected] of faults) {
    it(`refuses ${name}`, async () => {
      const { status, body } = await door.get(path, parameters)
      assert.deepEqual({ status, body }, expected)
    })
  }

  const limited: [name: string, path: string, parameters: Parameters, shown: number][] = [
    ['vectors', 'query', { query: 'odd', time: at, limit: '2' }, 2],
    ['matrices', 'query', { query: 'odd[1m]', time: at, limit: '5' }, 5],
    ['ranges', 'query_range', { query: 'odd', start: at, end: at, step: '1', limit: '1' }, 1],
    ['label names', 'labels', { limit: '3' }, 3],
    ['label values', 'label/__name__/values', { limit: '2' }, 2],
    ['series', 'series', { 'match[]': 'odd', limit: '5' }, 5],
  ]
  for (const [name, path, parameters, shown] of limited) {
    it(`cuts ${name} at the limit, and says so`, async () => {
      const cut = await door.get(path, parameters)
      const items = (data: { result?: unknown[] } | unknown[]) =>
        Array.isArray(data) ? data : (data.result ?? [])
      assert.equal(items(cut.body.data).length, shown)
      assert.deepEqual(cut.body.warnings, ['results truncated due to limit'])
      for (const limit of ['0', '100']) {
        const whole = await door.get(path, { ...parameters, limit })
        assert.ok(items(whole.body.data).length > shown)
        assert.equal('warnings' in whole.body, false)
      }
    })
  }

  it('a lookback reaches further back, or less far', async () => {
    const count = async (lookback: Parameters, afterS: number) => {
      const time = String(NOW / 1000 + afterS)
      const { body } = await door.get('query', { query: 'bucket', time, ...lookback })
      return body.data.result.length
    }
    assert.equal(await count({}, 400), 0)
    assert.equal(await count({ lookback_delta: '7m' }, 400), 2)
    assert.equal(await count({ lookback_delta: '100' }, 200), 0)
    assert.equal(await count({ lookback_delta: '0' }, 200), 2)
  })

  it('warnings and infos come with the answer', async () => {
    const warned = await door.get('query', { query: 'histogram_quantile(2, bucket)', time: at })
    assert.match(
      warned.body.warnings[0],
      /^PromQL warning: quantile value should be between 0 and 1/,
    )
    const informed = await door.get('query', { query: 'rate(tars_calls[1m])', time: at })
    assert.match(informed.body.infos[0], /^PromQL info: metric might not be a counter/)
  })

  it('of many warnings the first ten come, the others are counted', async () => {
    const query = Array.from({ length: 12 }, (_, i) => `quantile(${i + 2}, odd)`).join(' or ')
    const { body } = await door.get('query', { query, time: at })
    assert.equal(body.warnings.length, 11)
    assert.equal(body.warnings[10], '2 more warning annotations omitted')
  })

  it('a form and the query string come together, the form first', async () => {
    const body = new URLSearchParams({ query: '1', 'match[]': 'odd' })
    const answer = await door.ask(`/api/v1/query?query=2&time=7`, { method: 'POST', body })
    assert.deepEqual(answer.body.data.result, [7, '1'])
    const both = await door.ask('/api/v1/series?match[]=bucket', { method: 'POST', body })
    assert.equal(both.body.data.length, 8)
  })

  it('a POST of anything but a form is its query string alone', async () => {
    const init = {
      method: 'POST',
      body: '{"query":"2"}',
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
    }
    const answer = await door.ask('/api/v1/query?query=1&time=7', init)
    assert.deepEqual(answer.body.data.result, [7, '1'])
  })

  it('without a time it is now', async () => {
    const { body } = await door.get('query', { query: 'time()' })
    assert.deepEqual(body.data.result, [NOW / 1000, String(NOW / 1000)])
  })

  it('a label of any name has values, by its escaped name too', async () => {
    const source = sourceOf([series({ __name__: 'a', 'http.status': '200', a_b: '1' }, 1, () => 1)])
    const names = await openDoor({ source })
    const values = async (name: string) => (await names.get(`label/${name}/values`)).body.data
    assert.deepEqual(await values('U__http_2e_status'), ['200'])
    assert.deepEqual(await values('http.status'), ['200'])
    assert.deepEqual(await values('U__a__b'), ['1'])
    assert.deepEqual(await values('U__a_2'), [])
    assert.deepEqual(await values(encodeURIComponent('http.status')), ['200'])
    await names.close()
  })

  it('tells what it knows of metrics', async () => {
    const { body } = await door.get('metadata', { metric: 'tars_calls' })
    assert.deepEqual(Object.keys(body.data), ['tars_calls'])
    assert.equal(body.data.tars_calls[0].type, 'gauge')
    assert.equal(Object.keys((await door.get('metadata', { limit: '2' })).body.data).length, 2)
    assert.deepEqual((await door.get('metadata', { metric: 'unknown' })).body.data, {})
  })

  it('knows something of each of our metrics', async () => {
    const { data } = (await door.get('metadata')).body
    const families = [
      metrics.STAT_METRICS,
      metrics.PROPERTY_METRICS,
      metrics.SERVER_METRICS,
      metrics.NODE_METRICS,
      metrics.EVENT_METRICS,
      metrics.AGENT_METRICS,
    ]
    const names = families.flat().map(({ name }) => name)
    assert.deepEqual(Object.keys(data).sort(), names.sort())
  })

  it('tells Grafana which Prometheus it is to take it for', async () => {
    const { body } = await door.get('status/buildinfo')
    assert.match(body.data.version, /^3\.\d+\.\d+$/)
    const { data } = (await door.get('status/runtimeinfo')).body
    assert.deepEqual([data.serverTime, data.CWD], ['2026-03-02T02:00:00Z', ''])
  })

  it('is healthy and ready', async () => {
    assert.equal((await door.ask('/-/healthy')).text, 'Prometheus Server is Healthy.\n')
    assert.equal((await door.ask('/-/ready')).text, 'Prometheus Server is Ready.\n')
  })

  it('answers 405 to another method, 404 to what it does not have', async () => {
    const values = await door.ask('/api/v1/label/a/values', { method: 'POST' })
    assert.deepEqual([values.status, values.headers.get('allow')], [405, 'GET'])
    assert.equal((await door.ask('/api/v1/labels', { method: 'PUT' })).status, 405)
    for (const path of ['/api/v1/targets', '/api/v1/label/a', '/graph', '/api/v1/write']) {
      assert.equal((await door.ask(path)).status, 404, path)
    }
    assert.equal((await door.ask('/graph')).text, '404 page not found\n')
  })

  it('shows the tree of a query', async () => {
    const { body } = await door.get('parse_query', {
      query:
        'topk(2, -a{b="c"} offset 5m @ start()) / on (x) group_left (y) sum by (x) (1.5 * (rate(d[1m])))',
    })
    const selector = { type: 'vectorSelector', name: 'a', offset: 300_000, timestamp: null }
    const matchers = [
      { name: 'b', value: 'c', type: '=' },
      { name: '__name__', value: 'a', type: '=' },
    ]
    assert.deepEqual(body.data.lhs.expr.expr, { ...selector, startOrEnd: 'start', matchers })
    const include = ['y']
    assert.deepEqual(body.data.matching, { card: 'many-to-one', labels: ['x'], on: true, include })
    const { args, func } = body.data.rhs.expr.rhs.expr
    assert.deepEqual(func, {
      name: 'rate',
      argTypes: ['matrix'],
      variadic: 0,
      returnType: 'vector',
    })
    assert.equal(args[0].range, 60_000)
  })
})

describe('limits', () => {
  const at = String((NOW + 500) / 1000)
  const cases: [
    name: string,
    queryLimits: { maxSamples?: number; maxSeries?: number; maxResultSamples?: number },
    error: RegExp,
  ][] = [
    ['samples', { maxSamples: 100 }, /too many samples/],
    ['series', { maxSeries: 5 }, /more than 5 series/],
    ['results', { maxResultSamples: 10 }, /result has \d+ samples, more than 10/],
  ]
  for (const [name, queryLimits, error] of cases) {
    it(`of ${name} are told`, async () => {
      const door = await openDoor({ source: sourceOf(SERIES), queryLimits })
      const { status, body } = await door.get('query', { query: '{__name__=~".+"}[5m]', time: at })
      await door.close()
      assert.deepEqual([status, body.errorType], [422, 'execution'])
      assert.match(body.error, error)
    })
  }

  it('of series hold for lists of them, too', async () => {
    const door = await openDoor({ source: sourceOf(SERIES), queryLimits: { maxSeries: 5 } })
    const { status, body } = await door.get('series', { 'match[]': 'odd' })
    await door.close()
    assert.deepEqual([status, body.errorType], [422, 'execution'])
  })

  it('a form beyond its size is refused', async () => {
    const door = await openDoor({ limits: { maxBodyBytes: 100 } })
    const { status, body } = await door.post('query', { query: `1${' '.repeat(200)}` })
    await door.close()
    assert.deepEqual([status, body.errorType], [400, 'bad_data'])
  })

  const encodings: [accepted: string, encoding: string | null][] = [
    ['identity', null],
    ['gzip', 'gzip'],
    ['deflate, gzip;q=0.5, br', 'gzip'],
    ['br, gzip;q=0', null],
  ]
  for (const [accepted, encoding] of encodings) {
    it(`a large answer comes whole, written while it is read, to who accepts ${accepted}`, async () => {
      const all = Array.from({ length: 300 }, (_, i) =>
        series({ __name__: 'many', n: String(i) }, 200, (j) => i + j / 7),
      )
      const door = await openDoor({ source: sourceOf(all) })
      const [start, end] = [String(NOW / 1000 - 2000), String(NOW / 1000)]
      const form = formOf({ query: 'many', start, end, step: '10' })
      const { headers, text, body } = await door.ask(`/api/v1/query_range?${form}`, {
        headers: { authorization: `Bearer ${TOKEN}`, 'accept-encoding': accepted },
      })
      await door.close()
      assert.equal(headers.get('content-encoding'), encoding)
      assert.equal(headers.get('content-length'), null)
      assert.ok(text.length > 1_000_000)
      assert.equal(body.data.result.length, 300)
      assert.equal(body.data.result.at(-1).values.length, 200)
    })
  }
})

it('what is answered is counted, and what is not, by its reason', async () => {
  const door = await openDoor()
  for (const query of ['1', '2', '(']) await door.get('query', { query })
  await door.ask('/api/v1/query', { headers: { authorization: 'Bearer x' } })
  await door.close()
  assert.deepEqual(door.counters, { answered: 2, refused: { bad_data: 1, unauthorized: 1 } })
})

describe('faults of ours', () => {
  it('are not told, but logged, once', async () => {
    const door = await openDoor({
      source: {
        select() {
          throw new TypeError('secret of ours')
        },
      },
    })
    for (const path of ['query', 'query', 'labels']) {
      const { status, body, text } = await door.get(path, { query: 'a' })
      assert.deepEqual([status, body.errorType], [500, 'internal'])
      assert.doesNotMatch(text, /secret/)
    }
    await door.close()
    assert.equal(door.logged.length, 1)
    assert.match(door.logged[0] ?? '', /secret of ours/)
  })

  it('of the disk are told as such', async () => {
    const failing = async () => {
      throw new SeriesFailure('unwritable', 'disk /secret')
    }
    const door = await openDoor({ source: { select: failing } })
    const { status, body } = await door.get('query', { query: 'a' })
    await door.close()
    assert.deepEqual(
      [status, body.errorType, body.error],
      [503, 'unavailable', 'the series cannot be read at present'],
    )
    assert.equal(door.logged.length, 1)
  })

  it('of the store of tokens refuse, and are not told', async () => {
    const door = await openDoor({
      keys: {
        async ownerOf() {
          throw new TypeError('secret of ours')
        },
      },
    })
    const { status, text } = await door.get('query', { query: '1' })
    await door.close()
    assert.equal(status, 500)
    assert.doesNotMatch(text, /secret/)
  })
})
