import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Alert } from '../../../src/cloud/alerts/alert.ts'
import type { Standings } from '../../../src/cloud/cause/holding.ts'
import { Investigator } from '../../../src/cloud/cause/investigator.ts'
import { silentLog } from '../../../src/support/log.ts'
import { Recorded } from './support/recorded.ts'

const MINUTE = 60_000
const BEGIN = 1_700_000_100_000
const AT = BEGIN + 2 * MINUTE

function alert(service: string, symptom: string, more: Partial<Alert> = {}): Alert {
  return {
    id: `${service} ${symptom}`,
    environment: 'al-1',
    rule: symptom,
    labels: { callee: `App.${service}`, interface: 'call', symptom },
    annotations: {},
    severity: 'ERROR',
    state: 'firing',
    value: 1,
    activeAt: AT - MINUTE,
    firedAt: AT,
    events: [],
    ...more,
  }
}

/** 80 minutes of Web → A → D, a report each 10 s; from BEGIN on all calls to D's node fail. */
function recorded(): Recorded {
  const series = new Recorded()
  const links = [
    ['App.Web', 'App.A', '10.0.0.1'],
    ['App.A', 'App.D', '10.0.0.2'],
    ['App.A', 'App.D', '10.0.0.3'],
  ] as const
  for (let at = AT - 80 * MINUTE; at <= AT + 2 * MINUTE; at += MINUTE) {
    for (const [caller, callee, node] of links) {
      const labels = {
        caller,
        callee,
        callee_ip: node,
        interface: 'call',
        side: 'client',
        span: '1m',
      }
      const isFailing = at > BEGIN && node !== '10.0.0.3'
      series.report(labels, at, { calls: 600, exceptions: isFailing ? 300 : 0 })
    }
  }
  return series
}

function investigator(query: Recorded) {
  return new Investigator({ query, log: silentLog })
}

const observed = { at: AT, holdMs: MINUTE, standings: new Map() as Standings }

describe('an investigation', () => {
  it('tells the cause with its explanation and folds the caller into it', async () => {
    const alerts = [alert('A', 'failures'), alert('D', 'failures')]
    const { decisions, standings } = await investigator(recorded()).observe({ ...observed, alerts })
    const [first, second] = decisions
    assert.deepEqual([first?.alert, first?.verdict], ['D failures', 'tell'])
    assert.equal(first?.explanation?.findings[0]?.values[0]?.value, '10.0.0.2')
    assert.equal(first?.explanation?.verdict.kind, 'node')
    assert.deepEqual(
      first?.cause.impact.hits.map(({ service }) => service),
      ['App.A', 'App.Web'],
    )
    assert.deepEqual(
      [second?.alert, second?.verdict, second?.into],
      ['A failures', 'fold', 'D failures'],
    )
    assert.equal(second?.explanation, undefined)
    assert.equal(standings.size, 2)
  })

  it('asks nothing once all is decided', async () => {
    const series = recorded()
    const one = investigator(series)
    const alerts = [alert('D', 'failures')]
    const { standings } = await one.observe({ ...observed, alerts })
    const asked = series.queries.length
    const next = await one.observe({ ...observed, at: AT + MINUTE, alerts, standings })
    assert.deepEqual([next.decisions, series.queries.length], [[], asked])
    assert.deepEqual([...next.standings], [...standings])
    const over = await one.observe({ ...observed, alerts: [], standings })
    assert.equal(over.standings.size, 0)
  })

  it('asks nothing for alerts that are pending', async () => {
    const series = recorded()
    const alerts = [alert('D', 'failures', { state: 'pending' })]
    const { decisions } = await investigator(series).observe({ ...observed, alerts })
    assert.deepEqual([decisions, series.queries], [[], []])
  })

  it('names the cause that has no alert, and explains that', async () => {
    const one = investigator(recorded())
    const { decisions } = await one.observe({ ...observed, alerts: [alert('A', 'failures')] })
    assert.equal(decisions[0]?.alert, 'A failures')
    assert.equal(decisions[0]?.cause.matter.service, 'App.D')
    const nextStep = { kind: 'isolate-node', nodes: ['10.0.0.2'] }
    assert.deepEqual(decisions[0]?.explanation?.verdict, { kind: 'node', nextStep })
  })

  it('holds what the next report may explain', async () => {
    const series = new Recorded()
    const labels = { interface: 'call', callee_ip: 'n', side: 'client', span: '1m' }
    for (let at = AT - 80 * MINUTE; at <= AT; at += MINUTE) {
      const calls = { calls: 600, exceptions: at === AT ? 300 : 0 }
      series.report({ ...labels, caller: 'App.Web', callee: 'App.A' }, at, calls)
      if (at === AT) break
      series.report({ ...labels, caller: 'App.A', callee: 'App.D' }, at, { calls: 600 })
    }
    const alerts = [alert('A', 'failures', { activeAt: AT })]
    const { decisions, dueAt } = await investigator(series).observe({ ...observed, alerts })
    assert.deepEqual([decisions, dueAt], [[], AT + MINUTE])
  })

  it('tells at once, without a cause, what it cannot ask about', async () => {
    class Broken extends Recorded {
      override async instant(): Promise<never> {
        throw new Error('too many samples')
      }
    }
    const one = investigator(new Broken())
    const alerts = [alert('A', 'failures'), alert('D', 'failures')]
    const { decisions } = await one.observe({ ...observed, alerts })
    assert.deepEqual(
      decisions.map(({ alert: id, verdict }) => [id, verdict]),
      [
        ['A failures', 'tell'],
        ['D failures', 'tell'],
      ],
    )
    assert.equal(one.counters.failed, 4)
  })

  it('does not excuse what is in trouble with the machine of a service that was restarted', async () => {
    const series = new Recorded()
    for (let at = AT - 80 * MINUTE; at <= AT; at += MINUTE) {
      for (const callee of ['App.A', 'App.B']) {
        for (const node of ['10.0.0.1', '10.0.0.2']) {
          const labels = { caller: 'App.Web', callee, callee_ip: node, interface: 'call' }
          const exceptions = at > BEGIN && node === '10.0.0.1' ? 300 : 0
          series.report({ ...labels, side: 'client', span: '1m' }, at, { calls: 600, exceptions })
        }
      }
    }
    const restart = {
      set: '',
      level: 'normal',
      kind: 'restart',
      text: 'restart',
      title: '',
    } as const
    const restarted = (name: string) => {
      series.event({ ...restart, module: `App.${name}`, node: '10.0.0.1', at: AT - 40_000 })
    }
    const alerts = [alert('A', 'failures'), alert('B', 'failures')]
    restarted('A')
    const { decisions } = await investigator(series).observe({ ...observed, alerts })
    assert.deepEqual(
      decisions.map(({ alert: id, verdict }) => [id, verdict]),
      [
        ['A failures', 'tell'],
        ['B failures', 'fold'],
      ],
    )
    restarted('B')
    const both = await investigator(series).observe({ ...observed, alerts })
    assert.deepEqual(
      both.decisions.map(({ verdict }) => verdict),
      ['excuse', 'excuse'],
    )
  })

  it('explains no more than it may at an instant', async () => {
    const one = new Investigator({ query: recorded(), log: silentLog, maxExplained: 1 })
    const alerts = [alert('D', 'failures'), alert('X', 'failures'), alert('Y', 'failures')]
    const { decisions } = await one.observe({ ...observed, alerts })
    assert.equal(decisions.filter(({ explanation }) => explanation).length, 1)
    assert.equal(one.counters.unexplained, 2)
  })
})
