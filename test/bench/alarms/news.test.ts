import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { News } from '../../../scripts/bench/alarms/news.ts'
import { SimulatedClock } from '../../../scripts/bench/alarms/simulated-clock.ts'
import type { Alert, AlertChange, ChangeKind } from '../../../src/cloud/alerts/alert.ts'
import type { Standing } from '../../../src/cloud/cause/holding.ts'

const AT = 1_700_000_000_000

function alert(id: string, state: Alert['state'] = 'firing'): Alert {
  return {
    ...{ id, environment: 'al-1', rule: 'FailureRatio', labels: { callee: `App.${id}` } },
    ...{ annotations: {}, severity: 'ERROR', state, value: 1, activeAt: AT, events: [] },
  }
}

async function open() {
  const clock = new SimulatedClock()
  await clock.set(AT, async () => {})
  const news = new News(clock)
  const save = (one: Alert, kind: ChangeKind, untilMs?: number) =>
    news.saveEvaluation({
      ...{ progress: { environment: 'al-1', group: 'g', evaluatedAt: AT }, alerts: [one] },
      dropped: [],
      changes: [{ kind, at: AT, receivedAt: AT, alert: one } satisfies AlertChange],
      holds: new Map(untilMs === undefined ? [] : [[one.id, untilMs]]),
    })
  const decide = (id: string, standing: Standing, into?: string) =>
    news.saveDecisions('al-1', {
      standings: new Map([[id, standing]]),
      ...{ excused: [], renewed: [] },
      stories: new Map([
        [id, { zh: [], en: [], ...(into && { into: { alert: into, service: `App.${into}` } }) }],
      ]),
    })
  const told = () =>
    news.take().map(({ change, toldAt, cause }) => [change.alert.id, toldAt - AT, cause])
  const goTo = (ms: number) => clock.set(AT + ms, async () => {})
  return { save, decide, told, goTo }
}

describe('what is told when', () => {
  it('what does not wait at once, and once', async () => {
    const { save, told } = await open()
    await save(alert('A'), 'fired')
    assert.deepEqual(told(), [['A', 0, undefined]])
    assert.deepEqual(told(), [])
  })

  it('what waits when it is decided, with its cause', async () => {
    const { save, decide, told, goTo } = await open()
    await save(alert('A'), 'fired', AT + 70_000)
    assert.deepEqual(told(), [])
    await goTo(30_000)
    await decide('A', { isTold: true, named: '["health","App.D"]' })
    assert.deepEqual(told(), [['A', 30_000, 'App.D']])
  })

  it('what is folded never', async () => {
    const { save, decide, told, goTo } = await open()
    await save(alert('A'), 'fired', AT + 70_000)
    await decide('A', { isTold: false, into: 'D' }, 'D')
    await goTo(80_000)
    assert.deepEqual(told(), [])
  })

  it('what nobody decided when its time is over', async () => {
    const { save, told, goTo } = await open()
    await save(alert('A'), 'fired', AT + 70_000)
    await goTo(69_999)
    assert.deepEqual(told(), [])
    await goTo(70_000)
    assert.deepEqual(told(), [['A', 70_000, undefined]])
  })

  it('what is over before that', async () => {
    const { save, told, goTo } = await open()
    await save(alert('A'), 'fired', AT + 70_000)
    await goTo(20_000)
    await save(alert('A', 'resolved'), 'resolved')
    assert.deepEqual(told(), [['A', 20_000, undefined]])
  })
})

describe('the simulated clock', () => {
  it('does what is due before it is set, in order, each at its time', async () => {
    const clock = new SimulatedClock()
    const done: [string, number][] = []
    const timer = (name: string, delayMs: number) =>
      clock.after(delayMs, () => void done.push([name, clock.now()]))
    timer('second', 20)
    timer('first', 10)
    timer('later', 30)
    timer('never', 15)()
    await clock.set(30, async () => {})
    assert.deepEqual(done, [
      ['first', 10],
      ['second', 20],
    ])
    assert.equal(clock.now(), 30)
  })
})
