import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Explanation, explain, type Question } from '../../../src/cloud/cause/explain.ts'
import { Recorded, type Report } from './support/recorded.ts'

const MINUTE = 60_000
const BEGIN = 1_700_000_100_000
const AT = BEGIN + 3 * MINUTE
const NODES = ['10.0.0.1', '10.0.0.2', '10.0.0.3']
const CALLERS = ['App.X', 'App.Y', 'App.Z']

interface Story {
  /** What a caller sees of a node, each minute. */
  readonly client?: (node: string, caller: string, isTrouble: boolean) => Report
  readonly server?: (node: string, isTrouble: boolean) => Report
}

/** 90 minutes of three callers and three nodes; the trouble has lasted for three. */
function recorded({ client = () => ({ calls: 100 }), server }: Story): Recorded {
  const series = new Recorded()
  const labels = {
    callee: 'App.D',
    interface: 'get',
    span: '1m',
    return_code: '0',
    version: '3.0.1',
  }
  for (let at = AT - 89 * MINUTE; at <= AT; at += MINUTE) {
    const isTrouble = at > BEGIN
    for (const node of NODES) {
      for (const caller of CALLERS) {
        const ends = { caller, callee_ip: node, caller_ip: '10.1.1.1' }
        series.report({ ...labels, ...ends, side: 'client' }, at, client(node, caller, isTrouble))
      }
      const own = { caller: 'stat_from_server', callee_ip: node }
      if (server) series.report({ ...labels, ...own, side: 'server' }, at, server(node, isTrouble))
    }
  }
  return series
}

function ask(series: Recorded, more: Partial<Question> = {}): Promise<Explanation> {
  return explain(series, {
    service: 'App.D',
    measure: 'failures',
    at: AT,
    since: AT - MINUTE,
    ...more,
  })
}

const failing = { calls: 100, exceptions: 40 }

describe('an alarm explains itself:', () => {
  it('one node fails, since when, and that it was restarted', async () => {
    const series = recorded({
      client: (node, _, isTrouble) => (isTrouble && node === '10.0.0.2' ? failing : { calls: 100 }),
    })
    const restart = {
      module: 'App.D',
      level: 'normal',
      kind: 'restart',
      set: '',
      title: 'restart',
      text: 'restart',
    } as const
    series.event({ ...restart, at: BEGIN - 20_000, node: '10.0.0.2' })
    series.event({ ...restart, at: BEGIN - MINUTE, node: '10.0.0.3' })
    const { findings, verdict, changes } = await ask(series)
    const [first] = findings
    assert.equal(first?.dimension, 'callee_ip')
    assert.deepEqual(
      first?.values.map(({ value }) => value),
      ['10.0.0.2'],
    )
    assert.equal(first?.share, 1)
    assert.equal(first?.since, BEGIN + MINUTE, 'the first report that shows it')
    assert.equal(first?.change?.at, BEGIN - 20_000)
    assert.deepEqual(verdict, {
      kind: 'node',
      nextStep: {
        kind: 'check-change',
        nodes: ['10.0.0.2'],
        change: 'restart',
        at: BEGIN - 20_000,
      },
    })
    assert.deepEqual(
      changes.map(({ node }) => node),
      ['10.0.0.2', '10.0.0.3'],
    )
  })

  it('all fail: nothing stands out, it is the service', async () => {
    const series = recorded({
      client: (_, __, isTrouble) => (isTrouble ? failing : { calls: 100 }),
    })
    const { findings, verdict } = await ask(series)
    assert.deepEqual(findings, [])
    assert.deepEqual(verdict, { kind: 'service', nextStep: { kind: 'check-service' } })
  })

  it('callers time out, the server is as ever: the network', async () => {
    const series = recorded({
      client: (_, __, isTrouble) => ({ calls: 100, timeouts: isTrouble ? 50 : 0 }),
      server: () => ({ calls: 300 }),
    })
    assert.equal((await ask(series)).verdict.kind, 'network')
  })

  it('one caller is slow: the caller', async () => {
    const series = recorded({
      client: (_, caller, isTrouble) => ({
        calls: 100,
        meanMs: isTrouble && caller === 'App.Y' ? 300 : 20,
      }),
    })
    const { findings, verdict } = await ask(series, { measure: 'latency' })
    assert.equal(findings[0]?.dimension, 'caller')
    assert.equal(findings[0]?.since, BEGIN + MINUTE)
    assert.deepEqual(verdict, {
      kind: 'caller',
      nextStep: { kind: 'check-caller', callers: ['App.Y'] },
    })
  })

  it('who calls less', async () => {
    const series = recorded({
      client: (_, caller, isTrouble) => ({ calls: isTrouble && caller === 'App.Y' ? 2 : 100 }),
    })
    const { findings } = await ask(series, { measure: 'traffic' })
    assert.deepEqual(
      findings.map(({ dimension }) => dimension),
      ['caller'],
    )
    assert.equal(findings[0]?.since, BEGIN + MINUTE)
  })

  it('a few calls take very long', async () => {
    const series = recorded({})
    const tail = {
      callee: 'App.D',
      interface: 'slow',
      span: '1m',
      side: 'client',
      caller: 'App.X',
      callee_ip: NODES[0] ?? '',
    }
    for (let at = AT - 89 * MINUTE; at <= AT; at += MINUTE) {
      series.report(tail, at, { calls: 40, meanMs: at > BEGIN ? 1500 : 20 })
    }
    const { slowTail } = await ask(series, { measure: 'latency' })
    assert.equal(slowTail?.le, 2000)
    assert.ok(slowTail && slowTail.share > 0.9 && slowTail.trafficShare < 0.05)
  })

  it('only of its interface', async () => {
    const series = recorded({
      client: (_, __, isTrouble) => (isTrouble ? failing : { calls: 100 }),
    })
    await ask(series, { interface: 'get"}' })
    assert.ok(series.queries.length > 0)
    assert.ok(series.queries.every((query) => query.includes('interface="get\\"}"')))
  })

  it('with a bounded number of queries', async () => {
    const series = recorded({
      client: (node, _, isTrouble) => (isTrouble && node === '10.0.0.2' ? failing : { calls: 100 }),
    })
    await ask(series, { measure: 'latency' })
    assert.ok(series.queries.length <= 25, `${series.queries.length}`)
  })

  it('also where nothing was ever heard of the service', async () => {
    const { findings, verdict, changes } = await ask(new Recorded())
    assert.deepEqual({ findings, changes }, { findings: [], changes: [] })
    assert.equal(verdict.kind, 'service')
  })
})
