import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Alert, Story } from '../../../src/cloud/alerts/alert.ts'
import type { Standings } from '../../../src/cloud/cause/holding.ts'
import { Investigations } from '../../../src/cloud/cause/investigations.ts'
import type { CauseStore, Decisions } from '../../../src/cloud/cause/ports.ts'
import type { RuleGroup } from '../../../src/cloud/rules/rule.ts'
import { silentLog } from '../../../src/support/log.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { Recorded } from './support/recorded.ts'

const MINUTE = 60_000
const AT = 1_700_000_220_000

function alert(service: string, more: Partial<Alert> = {}): Alert {
  return {
    id: service,
    environment: 'al-1',
    rule: 'FailureRatio',
    labels: { callee: `App.${service}`, interface: 'call' },
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

interface Scene {
  readonly alerts: Alert[]
  readonly store?: MemoryCauses
  readonly folds?: boolean
  /** Whether the alerts are known to the process. */
  readonly isKnown?: () => boolean
  /** A has not reported its calls to D of the last minute. */
  readonly isWaiting?: boolean
  readonly span?: '10s' | '1m'
}

/** 80 minutes of Web → A → D, a report each minute; for two minutes calls to one node of D fail. */
function recorded({ isWaiting = false, span = '1m' }: Scene): Recorded {
  const series = new Recorded()
  for (let at = AT - 80 * MINUTE; at <= AT; at += MINUTE) {
    const isFailing = at > AT - 2 * MINUTE
    const report = { calls: 600, exceptions: isFailing ? 300 : 0 }
    const seen = { interface: 'call', side: 'client', span }
    series.report(
      { ...seen, caller: 'App.Web', callee: 'App.A', callee_ip: '10.0.0.1' },
      at,
      report,
    )
    if (isWaiting && at > AT - 2 * MINUTE) continue
    const calls = { ...seen, caller: 'App.A', callee: 'App.D' }
    series.report({ ...calls, callee_ip: '10.0.0.2' }, at, report)
    series.report({ ...calls, callee_ip: '10.0.0.3' }, at, { calls: 600 })
  }
  return series
}

class MemoryCauses implements CauseStore {
  readonly renewed: string[] = []
  readonly excused: string[] = []
  readonly stories = new Map<string, Story>()
  isBroken = false
  #standings: Standings = new Map()

  async standings(): Promise<Standings> {
    return this.#standings
  }

  async saveDecisions(
    _: string,
    { standings, stories, excused, renewed }: Decisions,
  ): Promise<void> {
    if (this.isBroken) throw new Error('disk full')
    this.#standings = new Map([...this.#standings, ...standings])
    for (const [id, story] of stories) this.stories.set(id, story)
    this.excused.push(...excused)
    this.renewed.push(...renewed.map(({ kind, alert }) => `${kind} ${alert.id}`))
  }
}

const group = {
  intervalMs: 10_000,
  rules: [{ kind: 'alerting', name: 'FailureRatio', labels: [], fixedLabels: {} }],
} as unknown as RuleGroup

function open(scene: Scene) {
  const { alerts, store = new MemoryCauses(), folds = true, isKnown = () => true } = scene
  const clock = new FakeClock(AT)
  const query = recorded(scene)
  let decided = 0
  const investigations = new Investigations({
    ...{ store, clock, folds, log: silentLog, holdMs: folds ? MINUTE : 0 },
    query: () => query,
    alerts: () => (isKnown() ? alerts : undefined),
    onDecided: () => void decided++,
  })
  const observe = async (at: number, of = group) => {
    investigations.observe({ environment: 'al-1', at, group: of })
    await investigations.idle()
  }
  return { investigations, store, clock, query, observe, decided: () => decided }
}

/** Without by what it may be muted. */
function tellerIn({ stories }: MemoryCauses, alert: string) {
  const { mutable, ...teller } = stories.get(alert)?.into ?? {}
  assert.equal(mutable !== undefined, 'alert' in teller)
  return 'alert' in teller ? teller : undefined
}

describe('investigations', () => {
  it('tell the cause with whom it hits and what stands out, and fold the caller into it', async () => {
    const { observe, store, decided } = open({ alerts: [alert('A'), alert('D')] })
    await observe(AT)
    const text = store.stories.get('D')?.en.map((line) => line.join('')) ?? []
    assert.match(text[0] ?? '', /callers are hit: App\.A,/)
    assert.match(text.join('\n'), /10\.0\.0\.2/)
    assert.equal(store.stories.get('D')?.into, undefined)
    const { en = [] } = store.stories.get('A') ?? {}
    assert.deepEqual(tellerIn(store, 'A'), { alert: 'D', service: 'App.D' })
    assert.match(en[0]?.join('') ?? '', /App\.A because of App\.D/)
    assert.equal(decided(), 1)
  })

  it('give instants apart from the text, for the clock of each reader', async () => {
    const { observe, store } = open({ alerts: [alert('D')] })
    await observe(AT)
    const instants = store.stories.get('D')?.zh.flat().filter(Number.isFinite) ?? []
    assert.ok(instants.length > 0)
    for (const at of instants) assert.ok(Math.abs(Number(at) - AT) < 5 * MINUTE, `${at}`)
  })

  it('tell an alert that is graver than what it would be folded into', async () => {
    const { observe, store } = open({ alerts: [alert('D', { severity: 'WARN' }), alert('A')] })
    await observe(AT)
    assert.deepEqual([...store.stories.keys()].sort(), ['A', 'D'])
    assert.equal(store.stories.get('A')?.into, undefined)
  })

  const tellers = [
    ['is less grave', { severity: 'WARN' }, true],
    ['only explains, as nothing is folded', {}, false],
  ] as const
  for (const [what, more, folds] of tellers) {
    it(`do not tell again what outlives an alert that ${what}`, async () => {
      const alerts = [alert('A'), alert('D', more)]
      const { observe, store } = open({ alerts, folds })
      await observe(AT)
      assert.deepEqual([...store.stories.keys()].sort(), ['A', 'D'])
      alerts.pop()
      await observe(AT + 10_000)
      await observe(AT + 80_000)
      assert.deepEqual(store.renewed, [])
    })
  }

  it('tell what outlives the alert that it was folded into', async () => {
    const alerts = [alert('A'), alert('D')]
    const { observe, store } = open({ alerts })
    await observe(AT)
    assert.deepEqual(store.renewed, [])
    alerts.pop()
    await observe(AT + 10_000)
    assert.deepEqual(store.renewed, [])
    await observe(AT + 70_000)
    assert.deepEqual(store.renewed, ['fired A'])
    assert.equal(store.stories.get('A')?.into, undefined)
  })

  const death = (id: string, node: string, more: Partial<Alert> = {}) =>
    alert(id, {
      rule: 'NotifyError',
      labels: { module: 'App.D', node, kind: 'down', title: 'down' },
      ...more,
    })

  it('say of a death on which node it was, and what to look at there', async () => {
    const { observe, store } = open({ alerts: [death('down', '10.0.0.2')] })
    await observe(AT)
    const { en = [], zh = [] } = store.stories.get('down') ?? {}
    const text = [...en, ...zh].map((line) => line.join('')).join('\n')
    assert.doesNotMatch(text, /whole service|整个服务/)
    assert.match(text, /A process died\n.*\nNext: check the process on 10\.0\.0\.2: its log/s)
    assert.match(text, /节点上的进程异常退出\n.*\n下一步：检查节点 10\.0\.0\.2 上的进程/s)
  })

  it('fold callers into the death of whom they call, also when its notify is over', async () => {
    const alerts = [death('down', '10.0.0.2')]
    const { observe, store } = open({ alerts })
    await observe(AT - MINUTE)
    assert.deepEqual([...store.stories.keys()], ['down'])
    alerts.splice(0, 1, alert('A'))
    await observe(AT)
    assert.deepEqual(tellerIn(store, 'A'), { alert: 'down', service: 'App.D' })
    await observe(AT + 4 * MINUTE)
    assert.deepEqual(store.renewed, [])
  })

  const deaths = [
    ['one alarm for nodes that die together', MINUTE, { alert: 'down', service: 'App.D' }],
    ['a second one for a node that dies later', 2 * MINUTE, undefined],
  ] as const
  for (const [name, afterMs, into] of deaths) {
    it(`tell ${name}`, async () => {
      const first = death('down', '10.0.0.2', { activeAt: AT - MINUTE })
      const second = death('second', '10.0.0.3', { activeAt: AT - MINUTE + afterMs })
      const { observe, store } = open({ alerts: [first, second] })
      await observe(AT)
      assert.deepEqual(tellerIn(store, 'second'), into)
    })
  }

  const RESTART = { module: 'App.D', set: '', level: 'normal', kind: 'restart' } as const
  const restarts = [
    ['is expected for two minutes', 60_000, ['A', 'D']],
    ['is not when the node, long back, still fails', 100_000, []],
  ] as const
  for (const [name, agoMs, excused] of restarts) {
    it(`see that what a restarted node makes up ${name}`, async () => {
      const { observe, store, query } = open({ alerts: [alert('A'), alert('D')] })
      query.event({ ...RESTART, at: AT - agoMs, node: '10.0.0.2', text: 'restart', title: '' })
      await observe(AT)
      assert.deepEqual(store.excused.toSorted(), excused)
    })
  }

  it('do not tell what a restart explains, unless it lasts', async () => {
    const alerts = [alert('A'), alert('D')]
    const { observe, store, query } = open({ alerts })
    query.event({ ...RESTART, at: AT - MINUTE, node: '10.0.0.2', text: 'restart', title: '' })
    await observe(AT)
    const [line = []] = store.stories.get('D')?.en ?? []
    assert.match(line.join(''), /As expected for a while after the restart of 10\.0\.0\.2/)
    await observe(AT + 30_000)
    assert.deepEqual(store.renewed, [])
    await observe(AT + 40_000)
    assert.deepEqual(store.renewed, ['fired D'])
    assert.deepEqual(tellerIn(store, 'A'), { alert: 'D', service: 'App.D' })
  })

  it('excuse nothing when they only explain', async () => {
    const { observe, store, query } = open({ alerts: [alert('D')], folds: false })
    query.event({ ...RESTART, at: AT - MINUTE, node: '10.0.0.2', text: 'restart', title: '' })
    await observe(AT)
    assert.deepEqual([store.excused, [...store.stories.keys()]], [[], ['D']])
  })

  it('tell of a restart that explains too little', async () => {
    const { observe, store, query } = open({ alerts: [alert('D')] })
    query.event({ ...RESTART, at: AT - MINUTE, node: '10.0.0.3', text: 'restart', title: '' })
    await observe(AT)
    assert.deepEqual(store.excused, [])
    assert.deepEqual([...store.stories.keys()], ['D'])
  })

  it('let news wait a minute and an evaluation; less where reports come more often', async () => {
    const { investigations, observe } = open({ alerts: [alert('D')], span: '10s' })
    const untilMs = () => {
      const until = investigations.holdUntil(alert('D'), { environment: 'al-1', group })
      return (until ?? Number.NaN) - AT
    }
    assert.equal(untilMs(), 70_000)
    await observe(AT)
    assert.equal(untilMs(), 20_000)
  })

  it('fold nothing when they only explain', async () => {
    const { observe, store } = open({ alerts: [alert('A'), alert('D')], folds: false })
    await observe(AT)
    assert.deepEqual([...store.stories.keys()].sort(), ['A', 'D'])
    for (const { into } of store.stories.values()) assert.equal(into, undefined)
  })

  it('tell who waits when the time is over, also without another evaluation', async () => {
    const { observe, store, clock, investigations } = open({
      alerts: [alert('A', { activeAt: AT })],
      isWaiting: true,
    })
    await observe(AT)
    assert.deepEqual([...store.stories.keys()], [])
    clock.advance(MINUTE - 1)
    await investigations.idle()
    assert.deepEqual([...store.stories.keys()], [])
    clock.advance(1)
    await investigations.idle()
    assert.deepEqual([...store.stories.keys()], ['A'])
  })

  it('go on after a restart where the store stands', async () => {
    const { store, observe } = open({ alerts: [alert('A'), alert('D')] })
    await observe(AT)
    store.stories.clear()
    await open({ alerts: [alert('A'), alert('D')], store }).observe(AT + MINUTE)
    assert.deepEqual([...store.stories.keys()], [])
  })

  it('decide again what could not be saved', async () => {
    const { store, observe, investigations } = open({ alerts: [alert('D')] })
    store.isBroken = true
    await observe(AT)
    assert.equal(investigations.counters.failed, 1)
    store.isBroken = false
    await observe(AT + 10_000)
    assert.deepEqual([...store.stories.keys()], ['D'])
  })

  it('take nobody for over while the alerts are not known: what was folded is still told when its teller is over', async () => {
    const alerts = [alert('A'), alert('D')]
    let isKnown = true
    const { observe, store } = open({ alerts, isKnown: () => isKnown })
    await observe(AT)
    isKnown = false
    await observe(AT + 10_000)
    isKnown = true
    alerts.pop()
    await observe(AT + 20_000)
    await observe(AT + 90_000)
    assert.deepEqual(store.renewed, ['fired A'])
  })

  const quiet = [
    ['a rule whose meaning nobody knows', alert('D', { rule: 'Mine' })],
    ['an alert on notifies', alert('D', { rule: 'NotifyError' })],
    ['an alert that is about no service', alert('D', { labels: {} })],
  ] as const
  for (const [name, one] of quiet) {
    it(`ask nothing about ${name}`, async () => {
      const { observe, query, store } = open({ alerts: [one] })
      await observe(AT)
      assert.equal(query.queries.length + store.stories.size, 0)
    })
  }

  it('pass over groups without a rule on calls', async () => {
    const { observe, query } = open({ alerts: [alert('D')] })
    await observe(AT, { ...group, rules: [] })
    assert.equal(query.queries.length, 0)
  })
})
