import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { CallGraph } from '../../../src/cloud/cause/call-graph.ts'
import { impactLine, machineLine } from '../../../src/cloud/cause/lines.ts'
import { readMachines } from '../../../src/cloud/cause/machines.ts'
import { findCauses } from '../../../src/cloud/cause/root-cause.ts'
import type { Suspect } from '../../../src/cloud/cause/symptom.ts'
import { Recorded } from './support/recorded.ts'
import { AT, edge, suspect } from './support/world.ts'

const MINUTE = 60_000
const MACHINE = '10.0.0.9'

/** 80 minutes of calls to two nodes of each service, half of which fail in the last on those named. */
function recorded(failing: Readonly<Record<string, readonly string[]>>): Recorded {
  const series = new Recorded()
  for (let at = AT - 80 * MINUTE; at <= AT; at += MINUTE) {
    for (const [callee, nodes] of Object.entries(failing)) {
      for (const node of [MACHINE, '10.0.0.1']) {
        const labels = { caller: 'App.Web', callee: `App.${callee}`, callee_ip: node }
        const isFailing = nodes.includes(node) && at > AT - MINUTE
        const exceptions = isFailing ? 300 : 3
        const report = { ...labels, interface: 'call', side: 'client', span: '1m' }
        series.report(report, at, { calls: 600, exceptions })
      }
    }
  }
  return series
}

function machines(series: Recorded, suspects: readonly Suspect[]) {
  return readMachines(series, suspects, suspects, { at: AT, since: AT })
}

describe('the machine of a trouble is', () => {
  it('that on which nearly all beyond the usual fails', async () => {
    const series = recorded({ A: [MACHINE], B: [MACHINE], C: [MACHINE, '10.0.0.1'] })
    const suspects = ['A failures', 'B failures', 'C failures'].map(suspect)
    assert.deepEqual(
      [...(await machines(series, suspects))].sort(),
      ['App.A', 'App.B'].map((service) => [service, MACHINE]),
    )
  })

  it('found whatever the names of services', async () => {
    const series = recorded({ '服务 (1)+': [MACHINE], 'B|C': [MACHINE] })
    const suspects = ['A failures', 'B failures'].map(suspect)
    const named = suspects.map((each, at) => {
      return { ...each, service: at === 0 ? 'App.服务 (1)+' : 'App.B|C' }
    })
    assert.equal((await machines(series, named)).size, 2)
  })

  it('that on which it is down, without asking', async () => {
    const series = recorded({})
    const down = (text: string, node: string) => ({ ...suspect(text), node })
    const suspects = [
      down('A down', MACHINE),
      { ...down('B down', MACHINE), alert: 'B on one' },
      { ...down('B down', '10.0.0.1'), alert: 'B on another' },
    ]
    assert.deepEqual([...(await machines(series, suspects.slice(0, 1)))], [['App.A', MACHINE]])
    assert.deepEqual(series.queries, [])
    assert.deepEqual([...(await machines(series, suspects))], [['App.A', MACHINE]])
  })

  it('none where all services have but that one, and fail', async () => {
    const series = new Recorded()
    for (let at = AT - 80 * MINUTE; at <= AT; at += MINUTE) {
      for (const callee of ['App.A', 'App.B']) {
        const labels = { caller: 'App.Web', callee, callee_ip: MACHINE, interface: 'call' }
        const exceptions = at > AT - MINUTE ? 300 : 3
        series.report({ ...labels, side: 'client', span: '1m' }, at, { calls: 600, exceptions })
      }
    }
    const suspects = ['A failures', 'B down'].map(suspect)
    assert.deepEqual([...(await machines(series, suspects))], [])
  })

  it('none where a process died, as told by a notify', async () => {
    const died = { ...suspect('A down'), node: MACHINE, isDeath: true } as const
    assert.deepEqual([...(await machines(recorded({}), [died]))], [])
  })

  it('not asked about while one service alone fails', async () => {
    const series = recorded({ A: [MACHINE] })
    assert.deepEqual([...(await machines(series, [suspect('A failures')]))], [])
    assert.deepEqual(series.queries, [])
  })
})

describe('services that are in trouble with one machine', () => {
  const graph = new CallGraph({
    edges: ['Web>A failing 300', 'Web>B failing 300', 'Job>C failing 300'].map(edge),
  })
  const on = (...services: string[]) =>
    new Map(services.map((service) => [`App.${service}`, MACHINE]))

  it('are one cause, that of the first, and their callers with them', () => {
    const suspects = ['A failures 60 s ago', 'B failures', 'C down', 'Job failures'].map(suspect)
    const causes = findCauses({ graph, suspects, machines: on('A', 'B', 'C') })
    const [cause] = causes
    assert.equal(causes.length, 1)
    assert.equal(cause?.matter.service, 'App.A')
    assert.deepEqual(
      cause?.own.map(({ alert }) => alert),
      ['A/failures'],
    )
    assert.deepEqual(cause?.machine, { node: MACHINE, others: ['App.C', 'App.B'] })
  })

  it('are not when one is in trouble much later, or on another machine', () => {
    const late = ['A failures 400 s ago', 'B failures'].map(suspect)
    assert.equal(findCauses({ graph, suspects: late, machines: on('A', 'B') }).length, 2)
    const suspects = ['A failures', 'B failures'].map(suspect)
    const machines = new Map([...on('A'), ['App.B', '10.0.0.1']])
    assert.equal(findCauses({ graph, suspects, machines }).length, 2)
  })

  it('read so for those who are told of the first, and of another', () => {
    const suspects = ['A failures', 'B failures'].map(suspect)
    const [cause] = findCauses({ graph, suspects, machines: on('A', 'B') })
    assert.ok(cause)
    assert.equal(
      machineLine('App.A', cause, 'en'),
      'On the same node 10.0.0.9 in trouble, too: App.B. Check its host, network and disk first',
    )
    assert.equal(
      machineLine('App.B', cause, 'zh'),
      '同一节点 10.0.0.9 上的 App.A 也异常：请先检查该节点的主机、网络与磁盘',
    )
    assert.equal(impactLine(cause, 'en'), '1 caller is hit: App.Web')
    const [alone] = findCauses({ graph, suspects: suspects.slice(0, 1), machines: on('A') })
    assert.equal(alone && machineLine('App.A', alone, 'en'), undefined)
  })
})
