import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { failuresOf, meanMs, NO_CALLS } from '../../../src/cloud/cause/calls.ts'
import { GraphReader } from '../../../src/cloud/cause/read-graph.ts'
import { findCauses } from '../../../src/cloud/cause/root-cause.ts'
import { Recorded } from './support/recorded.ts'
import { suspect } from './support/world.ts'

const MINUTE = 60_000
const BEGIN = 1_700_000_100_000
const AT = BEGIN + 2 * MINUTE

/** For `minutes` up to `AT`, a report a minute or each 10 s of a caller's calls; from BEGIN on they fail by half. */
function record(
  series: Recorded,
  caller: string,
  callee: string,
  span: '10s' | '1m',
  minutes: number,
): void {
  const stepMs = span === '10s' ? MINUTE / 6 : MINUTE
  const labels = { caller, callee, interface: 'call', side: 'client', span }
  for (let at = AT - minutes * MINUTE + stepMs; at <= AT; at += stepMs) {
    const calls = (600 * stepMs) / MINUTE
    const node = { ...labels, callee_ip: '10.0.0.1' }
    series.report(node, at, { calls, exceptions: at > BEGIN ? calls / 2 : 0 })
  }
}

describe('the call graph is read', () => {
  it('as calls a minute now and before, whatever the report interval', async () => {
    for (const span of ['10s', '1m'] as const) {
      const series = new Recorded()
      record(series, 'App.A', 'App.D', span, 90)
      const graph = await new GraphReader(series).read(AT, AT)
      const [link] = graph.from('App.A')
      assert.ok(link)
      assert.equal(link.total.now.calls, 600)
      assert.equal(failuresOf(link.total.now), 300)
      assert.equal(meanMs(link.total.now), 20)
      assert.equal(link.total.before.calls, 600)
      assert.equal(failuresOf(link.total.before), 0)
      assert.equal(link.failures, 300)
    }
  })

  it('with a baseline of what there is in an environment younger than an hour', async () => {
    const series = new Recorded()
    record(series, 'App.A', 'App.D', '1m', 20)
    const graph = await new GraphReader(series).read(AT, AT)
    assert.equal(graph.from('App.A')[0]?.total.before.calls, 600)
    assert.equal(graph.loadOf('App.D').shift, undefined)
  })

  it('with a baseline that an earlier trouble, over for ten minutes, is no part of', async () => {
    const series = new Recorded()
    const labels = {
      caller: 'App.A',
      callee: 'App.D',
      interface: 'call',
      side: 'client',
      span: '1m',
    }
    for (let at = AT - 90 * MINUTE; at <= AT; at += MINUTE) {
      const isEarlier = at > AT - 60 * MINUTE && at < AT - 40 * MINUTE
      const exceptions = isEarlier || at > BEGIN ? 300 : 6
      series.report({ ...labels, callee_ip: 'n' }, at, { calls: 600, exceptions })
    }
    const graph = await new GraphReader(series).read(AT, AT)
    const [link] = graph.from('App.A')
    assert.equal(failuresOf(link?.total.before ?? NO_CALLS), 6)
    assert.equal(link?.failures, 294)
  })

  it('with the server side where no caller reports, and with when each reported last', async () => {
    const series = new Recorded()
    record(series, 'App.A', 'App.D', '1m', 90)
    const server = { caller: 'stat_from_server', interface: 'call', side: 'server', span: '1m' }
    for (let at = AT - 80 * MINUTE; at <= AT - MINUTE; at += MINUTE) {
      series.report({ ...server, callee: 'App.D', callee_ip: 'n' }, at, { calls: 600 })
      series.report({ ...server, callee: 'App.A', callee_ip: 'm' }, at, { calls: 300 })
    }
    const graph = await new GraphReader(series).read(AT, AT)
    assert.deepEqual(
      graph.to('App.D').map(({ caller }) => caller),
      ['App.A'],
    )
    assert.deepEqual(
      graph.to('App.A').map(({ caller }) => caller),
      [''],
    )
    assert.equal(graph.reportedAt('App.A'), AT)
  })

  it('with how often the slowest caller reports; what is polled comes at once', async () => {
    const series = new Recorded()
    const polled = { caller: 'App.A', callee: 'App.P', interface: 'call', side: 'client' }
    series.report({ ...polled, span: '5m' }, AT, { calls: 600 })
    const reader = () => new GraphReader(series).read(AT, AT)
    assert.equal((await reader()).reportMs, 0)
    record(series, 'App.A', 'App.D', '10s', 90)
    assert.equal((await reader()).reportMs, 10_000)
    record(series, 'App.B', 'App.D', '1m', 90)
    assert.equal((await reader()).reportMs, MINUTE)
  })

  it('so that causes are found', async () => {
    const series = new Recorded()
    record(series, 'App.Web', 'App.A', '10s', 90)
    record(series, 'App.A', 'App.D', '1m', 90)
    const graph = await new GraphReader(series).read(AT, AT)
    const causes = findCauses({ suspects: [suspect('A failures'), suspect('D failures')], graph })
    assert.deepEqual(
      causes.map(({ matter }) => matter.service),
      ['App.D'],
    )
  })

  it('and the baseline of a trouble is asked once', async () => {
    const series = new Recorded()
    record(series, 'App.A', 'App.D', '1m', 90)
    const reader = new GraphReader(series)
    await reader.read(AT, AT)
    const first = series.queries.length
    await reader.read(AT + MINUTE, AT)
    const again = series.queries.slice(first)
    assert.ok(again.length > 0)
    assert.ok(again.every((query) => !query.includes('[60m]')))
  })

  it('of nothing is empty', async () => {
    const graph = await new GraphReader(new Recorded()).read(AT, AT)
    assert.deepEqual(graph.from('App.A'), [])
  })
})
