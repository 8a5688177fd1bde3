import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { expectedOf } from '../../../src/cloud/cause/expected.ts'
import type { Cause } from '../../../src/cloud/cause/root-cause.ts'
import { Recorded } from './support/recorded.ts'
import { AT, suspect } from './support/world.ts'

const MINUTE = 60_000

/** 80 minutes of calls of two nodes of Web, and of one of Job, to D; those of one node of Web are missing now. */
function recorded(missing: { readonly caller: string; readonly node: string }): Recorded {
  const series = new Recorded()
  const nodes = [
    { caller: 'App.Web', node: '10.0.1.1', calls: 500 },
    { caller: 'App.Web', node: '10.0.1.2', calls: 500 },
    { caller: 'App.Job', node: '10.0.2.1', calls: 300 },
  ]
  for (let at = AT - 80 * MINUTE; at <= AT; at += MINUTE) {
    for (const { caller, node, calls } of nodes) {
      const isMissing = caller === missing.caller && node === missing.node
      if (isMissing && at > AT - 2 * MINUTE) continue
      const labels = { interface: 'get', side: 'client', span: '1m', callee: 'App.D' }
      series.report({ ...labels, callee_ip: '10.0.0.1', caller, caller_ip: node }, at, { calls })
    }
  }
  return series
}

function cause(symptom: string): Cause {
  const matter = { kind: symptom === 'traffic' ? 'load' : 'health', service: 'App.D' } as const
  const impact = { callers: [] } as unknown as Cause['impact']
  return { matter, own: [suspect(`D ${symptom}`)], effects: [], impact, explained: 0 }
}

const restart = { set: '', level: 'normal', kind: 'restart', text: 'restart', title: '' } as const

describe('calls that are missing', () => {
  const cases = [
    ['are as expected when the caller that makes up most of them was restarted', {}, '10.0.1.1'],
    ['are not when another of its nodes was', { node: '10.0.1.2' }, undefined],
    ['are not when another caller was', { module: 'App.Job', node: '10.0.2.1' }, undefined],
    ['are not three minutes after that', { at: AT - 3 * MINUTE }, undefined],
    ['are not when it died', { kind: 'down' }, undefined],
  ] as const
  for (const [name, change, node] of cases) {
    it(name, async () => {
      const series = recorded({ caller: 'App.Web', node: '10.0.1.1' })
      const event = { ...restart, module: 'App.Web', node: '10.0.1.1', at: AT - 30_000, ...change }
      series.event(event)
      const found = await expectedOf(series, cause('traffic'), { at: AT, reportMs: MINUTE })
      assert.equal(found?.node, node)
    })
  }

  it('explain no failures', async () => {
    const series = recorded({ caller: 'App.Web', node: '10.0.1.1' })
    series.event({ ...restart, module: 'App.Web', node: '10.0.1.1', at: AT - 30_000 })
    const moment = { at: AT, reportMs: MINUTE }
    assert.equal(await expectedOf(series, cause('failures'), moment), undefined)
  })
})

describe('calls that only servers tell of', () => {
  for (const [name, node, found] of [
    ['are as expected when the node that is missing was restarted', '10.0.0.1', '10.0.0.1'],
    ['are not when another node was', '10.0.0.2', undefined],
  ] as const) {
    it(name, async () => {
      const series = new Recorded()
      const labels = { interface: 'get', side: 'server', span: '1m', callee: 'App.D' }
      for (let at = AT - 80 * MINUTE; at <= AT; at += MINUTE) {
        series.report({ ...labels, callee_ip: '10.0.0.2' }, at, { calls: 500 })
        if (at > AT - 2 * MINUTE) continue
        series.report({ ...labels, callee_ip: '10.0.0.1' }, at, { calls: 500 })
      }
      series.event({ ...restart, module: 'App.D', node, at: AT - 30_000 })
      const expected = await expectedOf(series, cause('traffic'), { at: AT, reportMs: MINUTE })
      assert.equal(expected?.node, found)
    })
  }
})

describe('failures', () => {
  for (const [name, { side, failing }, found] of [
    [
      'that callers see are as expected right after a restart',
      { side: 'client', failing: 60 },
      '10.0.0.1',
    ],
    [
      'that one interface of the restarted node answers with are not: it is back',
      { side: 'server', failing: 60 },
      undefined,
    ],
    ['unless they are a few', { side: 'server', failing: 7 }, '10.0.0.1'],
  ] as const) {
    it(name, async () => {
      const series = new Recorded()
      const labels = { interface: 'get', span: '1m', callee: 'App.D', callee_ip: '10.0.0.1' }
      for (let at = AT - 80 * MINUTE; at <= AT; at += MINUTE) {
        const exceptions = at > AT - MINUTE ? failing : 0
        const client = { ...labels, side: 'client', caller: 'App.Web', caller_ip: '10.0.1.1' }
        series.report(client, at, { calls: 500, exceptions })
        const answered = side === 'server' ? exceptions : 0
        series.report({ ...labels, side: 'server' }, at, { calls: 100, exceptions: answered })
        series.report({ ...labels, interface: 'busy', side: 'server' }, at, { calls: 9_000 })
      }
      series.event({ ...restart, module: 'App.D', node: '10.0.0.1', at: AT - 40_000 })
      const expected = await expectedOf(series, cause('failures'), { at: AT, reportMs: MINUTE })
      assert.equal(expected?.node, found)
    })
  }

  it('of a node that was restarted are not, also after the next one was', async () => {
    const series = new Recorded()
    for (let at = AT - 80 * MINUTE; at <= AT; at += MINUTE) {
      for (const node of ['10.0.0.1', '10.0.0.2']) {
        const exceptions = node === '10.0.0.1' && at > AT - MINUTE ? 60 : 0
        const labels = { interface: 'get', span: '1m', callee: 'App.D', callee_ip: node }
        series.report({ ...labels, side: 'server' }, at, { calls: 500, exceptions })
        const caller = { caller: 'App.Web', caller_ip: '10.0.1.1' }
        series.report({ ...labels, ...caller, side: 'client' }, at, { calls: 500, exceptions })
      }
    }
    series.event({ ...restart, module: 'App.D', node: '10.0.0.1', at: AT - 80_000 })
    series.event({ ...restart, module: 'App.D', node: '10.0.0.2', at: AT - 5_000 })
    const moment = { at: AT, reportMs: MINUTE }
    assert.equal(await expectedOf(series, cause('failures'), moment), undefined)
  })
})
