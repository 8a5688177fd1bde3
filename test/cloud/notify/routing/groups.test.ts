/** What routes tell and when, in the time of the data: `30 a b` is a message of the alerts a and b after 30 s. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Alert } from '../../../../src/cloud/alerts/alert.ts'
import type { Act } from '../../../../src/cloud/notify/acts/act.ts'
import type { Mute } from '../../../../src/cloud/notify/mute.ts'
import type { Notice } from '../../../../src/cloud/notify/notice.ts'
import { decide } from '../../../../src/cloud/notify/pipeline.ts'
import { Planner } from '../../../../src/cloud/notify/planner.ts'
import type { Audience } from '../../../../src/cloud/notify/ports.ts'
import type { ReminderStore } from '../../../../src/cloud/notify/reminders/reminder.ts'
import { parseRouteTree } from '../../../../src/cloud/notify/routing/parse-route-tree.ts'
import { silentLog } from '../../../../src/support/log.ts'
import { FakeClock } from '../../../support/fake-clock.ts'
import { MemoryStore } from '../support/memory-store.ts'
import { alert, change, contact, ENVIRONMENT, event, policy } from '../support/nouns.ts'

/** 2020-05-04, a Monday, 10:00 UTC. */
const START = Date.parse('2020-05-04T10:00Z')
const STEP_S = 10

const PEOPLE = [contact('zhang'), contact('li')]

function treeOf(text: string) {
  const { tree, faults } = parseRouteTree(text, { contacts: PEOPLE, groups: [], receivers: [] })
  assert.ok(tree, JSON.stringify(faults))
  return tree
}

interface World {
  readonly tree: string
  readonly more?: Partial<Audience>
}

/** [seconds, `fired a WARN team=x`, `resolved a`, `event a`]. */
type News = readonly [number, string]

function alertOf(text: string): Alert {
  const [kind, id = '', ...words] = text.split(' ')
  const severity = words.includes('WARN') ? 'WARN' : 'ERROR'
  const labels = Object.fromEntries(
    words.filter((word) => word.includes('=')).map((w) => w.split('=')),
  )
  const events = kind === 'event' ? [event('x')] : []
  return alert(id, { labels: { callee: 'Shop.Pay', ...labels }, severity, events })
}

class Walk {
  readonly store = new MemoryStore()
  readonly clock = new FakeClock(START)
  readonly planner: Planner
  readonly told: string[] = []
  readonly acts: Act[] = []
  /** For pictures, since it fired. */
  prepared: string[] = []

  constructor({ tree, more = {} }: World) {
    const people = { environmentName: 'env', policies: [], contacts: PEOPLE }
    this.store.audiences.set(ENVIRONMENT, { ...people, routes: treeOf(tree), ...more })
    const reminders: ReminderStore = {
      newestActs: async (ids) => this.acts.filter(({ alert: of }) => ids.includes(of)),
      dueReminders: async () => [],
      firstReminderDue: async () => undefined,
      firingOf: async () => [],
      deliveredOf: async () => [],
    }
    this.planner = new Planner({
      ...{ store: this.store, clock: this.clock, log: silentLog, windowMs: 600_000, reminders },
      render: (notice) => this.#render(notice),
      prepare: async (news) => void this.prepared.push(...news.map(({ alert: of }) => of.id)),
      onPlanned: () => {},
    })
  }

  #render({ headline, heldBack, contact: { id }, policy: { name } }: Notice) {
    const all = [...(heldBack?.changes ?? []), headline]
    const ids = all.map((one) => one.alert.id).join(' ')
    const over = headline.kind === 'resolved' ? ' over' : ''
    const who = name === 'zhang' && id === 'zhang' ? '' : ` to ${id}`
    this.told.push(`${(this.clock.now() - START) / 1000} ${ids}${over}${who}`)
    return { subject: ids, text: '', html: '' }
  }

  async play(news: readonly News[], untilS: number): Promise<string[]> {
    for (let second = 0; second <= untilS; second += STEP_S) {
      this.clock.moveTo(START + second * 1000)
      await this.planner.idle()
      for (const [, text] of news.filter(([at]) => at === second)) await this.#take(text)
    }
    await this.planner.stop()
    return this.told
  }

  async #take(text: string): Promise<void> {
    const { store, clock, planner } = this
    const of = alertOf(text)
    if (text.startsWith('acknowledged')) {
      const act = { environment: ENVIRONMENT, alert: of.id, by: 'zhang', note: '' }
      this.acts.push({ ...act, kind: 'acknowledge', at: clock.now() })
      return
    }
    if (text.startsWith('resolved')) {
      const known = store.firingAlerts.findIndex(({ id }) => id === of.id)
      const [gone] = store.firingAlerts.splice(known, 1)
      store.over.add(of.id)
      store.saveChange(change('resolved', clock.now(), gone ?? of))
    } else {
      store.firingAlerts.push(of)
      store.saveChange(change('fired', clock.now(), of))
    }
    planner.wake()
    await planner.idle()
  }

  reasonsOf(id: string): string[] {
    return this.store.traces
      .filter(({ alert: of }) => of === id)
      .flatMap(({ lines }) => lines.map(({ reason }) => reason))
  }
}

const ROUTE = `
route:
  receiver: zhang
  group_by: [team]
  group_wait: 30s
  group_interval: 2m
  repeat_interval: 5m`

const TIMELINES: [name: string, news: News[], untilS: number, told: string[]][] = [
  ['the first of a group waits', [[0, 'fired a']], 60, ['30 a']],
  [
    'more of it come with it, others with theirs',
    [
      [0, 'fired a team=x'],
      [10, 'fired b team=y'],
      [20, 'fired c team=x'],
    ],
    60,
    ['30 a c', '40 b'],
  ],
  [
    'what comes later waits for the interval',
    [
      [0, 'fired a'],
      [40, 'fired b'],
      [60, 'fired c'],
    ],
    200,
    ['30 a', '150 b c'],
  ],
  [
    'also after a quiet interval, as long as the group fires',
    [
      [0, 'fired a'],
      [200, 'fired b'],
    ],
    300,
    ['30 a', '270 b'],
  ],
  [
    'what still fires is told again after the repeat interval, at the next interval',
    [
      [0, 'fired a'],
      [10, 'fired b'],
    ],
    800,
    ['30 a b', '390 a b', '750 a b'],
  ],
  [
    'what is over is told to who was told, and not again',
    [
      [0, 'fired a'],
      [10, 'fired b'],
      [100, 'resolved a'],
    ],
    500,
    ['30 a b', '100 a over', '390 b'],
  ],
  [
    'a group that is over begins anew',
    [
      [0, 'fired a'],
      [40, 'resolved a'],
      [50, 'fired b'],
    ],
    100,
    ['30 a', '40 a over', '80 b'],
  ],
  [
    'what was over before its group was told is not told',
    [
      [0, 'fired a'],
      [10, 'resolved a'],
      [20, 'fired b'],
    ],
    500,
    ['30 b', '390 b'],
  ],
  [
    'news puts off telling again',
    [
      [0, 'fired a'],
      [100, 'fired b'],
    ],
    400,
    ['30 a', '150 b'],
  ],
  [
    'what somebody looks after is not told, nor told again',
    [
      [0, 'fired a'],
      [10, 'fired b'],
      [20, 'acknowledged b'],
      [40, 'fired c'],
      [200, 'acknowledged a'],
    ],
    600,
    ['30 a', '150 c', '510 c'],
  ],
  ['alarms on notifies, which have no end, are told once', [[0, 'event a']], 900, ['30 a']],
]

describe('a group of a route', () => {
  for (const [name, news, untilS, told] of TIMELINES) {
    it(name, async () => {
      assert.deepEqual(await new Walk({ tree: ROUTE }).play(news, untilS), told)
    })
  }

  it('what is past, as alarms that were found late, is told once, though it is over', async () => {
    const walk = new Walk({ tree: ROUTE })
    const { store, clock } = walk
    store.saveChange({ ...change('fired', clock.now(), alertOf('fired late')), isPast: true })
    store.over.add('late')
    assert.deepEqual(await walk.play([[0, 'fired a']], 500), ['30 late a', '390 a'])
  })

  it('without group_wait the first goes at once', async () => {
    const walk = new Walk({ tree: ROUTE.replace('30s', '0s') })
    const news: News[] = [
      [0, 'fired a'],
      [10, 'fired b'],
    ]
    assert.deepEqual(await walk.play(news, 130), ['0 a', '120 b'])
  })

  it('of all labels each alert is a group of its own', async () => {
    const walk = new Walk({ tree: ROUTE.replace('[team]', '[...]') })
    const news: News[] = [
      [0, 'fired a node=1'],
      [10, 'fired b node=2'],
    ]
    assert.deepEqual(await walk.play(news, 60), ['30 a', '40 b'])
  })

  it('every decision is in the trace', async () => {
    const walk = new Walk({ tree: ROUTE })
    const news: News[] = [
      [0, 'fired a'],
      [40, 'fired b'],
      [50, 'resolved b'],
    ]
    await walk.play(news, 400)
    const first = ['covered', 'group-wait', 'group-due', 'addressed']
    assert.deepEqual(walk.reasonsOf('a'), [...first, 'repeat-due', 'addressed'])
    assert.deepEqual(walk.reasonsOf('b'), [
      ...['covered', 'group-interval', 'over-while-held', 'over-in-group'],
    ])
  })
})

describe('routes beside policies', () => {
  it('both tell, each by its own rules', async () => {
    const more = { policies: [policy('p1', { contacts: ['li'] })] }
    const walk = new Walk({ tree: ROUTE, more })
    assert.deepEqual(await walk.play([[0, 'fired a']], 60), ['0 a to li', '30 a'])
  })

  it('two routes tell where the first continues', async () => {
    const tree = `${ROUTE}
  routes:
    - {matchers: [severity=ERROR], receiver: li, group_wait: 10s, continue: true}
    - {matchers: [service="Shop.Pay"]}`
    const walk = new Walk({ tree })
    assert.deepEqual(await walk.play([[0, 'fired a']], 60), ['10 a to li', '30 a'])
  })

  it('a receiver without anybody tells nobody, and says so', async () => {
    const walk = new Walk({ tree: 'route: {receiver: none}\nreceivers: [{name: none}]' })
    assert.deepEqual(await walk.play([[0, 'fired a']], 100), [])
    assert.deepEqual(walk.reasonsOf('a'), ['no-receiver'])
  })

  it('a tree that was removed tells nothing more, but the end of what it told', async () => {
    const walk = new Walk({ tree: ROUTE })
    const { store, clock, planner } = walk
    store.saveChange(change('fired', clock.now(), alertOf('fired a')))
    planner.wake()
    await planner.idle()
    walk.prepared = []
    clock.advance(30_000)
    await planner.idle()
    assert.deepEqual(walk.prepared, ['a'], 'its picture is made before it is told')
    const { routes: _, ...rest } = await store.audience(ENVIRONMENT)
    store.audiences.set(ENVIRONMENT, rest)
    assert.deepEqual(await walk.play([[100, 'resolved a']], 900), ['30 a', '100 a over to zhang'])
  })

  const CHANGED: [name: string, tree: string, told: string[]][] = [
    ['by the route that has them now', 'route: {receiver: li, group_wait: 10s}', ['40 b to li']],
    ['by none, where none has', 'route: {receiver: none}\nreceivers: [{name: none}]', []],
    [
      'by one that stands before it now',
      `${ROUTE}
  routes:
    - {receiver: li, matchers: [service=Shop.Pay], group_wait: 10s}
    - {receiver: zhang, matchers: [severity=ERROR], group_wait: 30s}`,
      ['40 b to li'],
    ],
    [
      'with the group it belongs to now',
      `${ROUTE}
  routes: [{receiver: zhang, matchers: [severity=ERROR], group_wait: 30s, group_by: [service]}]`,
      ['60 b'],
    ],
  ]
  for (const [name, tree, told] of CHANGED) {
    it(`what waited in a group when the routes were changed is told ${name}`, async () => {
      const fields = '{receiver: zhang, matchers: [severity=ERROR], group_wait: 30s}'
      const walk = new Walk({ tree: `${ROUTE}\n  routes: [${fields}]` })
      const { store, clock, planner } = walk
      for (const id of ['a', 'b'])
        store.saveChange(change('fired', clock.now(), alertOf(`fired ${id}`)))
      store.over.add('a')
      planner.wake()
      await planner.idle()
      store.audiences.set(ENVIRONMENT, {
        ...(await store.audience(ENVIRONMENT)),
        routes: treeOf(tree),
      })
      assert.deepEqual(await walk.play([], 100), told)
    })
  }

  it('a mute holds what is in the group already', async () => {
    const mute: Mute = {
      ...{ id: 'm', environment: ENVIRONMENT, reason: 'x', author: 'x', createdAt: START },
      matchers: [{ name: 'node', op: '=', value: '1' }],
      ...{ from: START + 20_000, to: START + 200_000 },
    }
    const walk = new Walk({ tree: ROUTE, more: { mutes: [mute] } })
    const news: News[] = [
      [0, 'fired a node=1'],
      [10, 'fired b'],
    ]
    assert.deepEqual(await walk.play(news, 300), ['30 b', '270 a'])
    const told = ['group-due', 'addressed']
    assert.deepEqual(walk.reasonsOf('a'), ['covered', 'group-wait', 'muted', ...told])
    assert.deepEqual(walk.reasonsOf('b'), ['covered', 'group-wait', ...told])
  })
})

describe('times of routes', () => {
  const INTERVALS = `
time_intervals:
  - name: morning
    time_intervals: [{times: [{start_time: '09:00', end_time: '10:05'}]}]
  - name: later
    time_intervals: [{times: [{start_time: '10:10', end_time: '24:00'}]}]`
  const routed = (fields: string) => `${ROUTE}\n  routes: [{${fields}}]${INTERVALS}`

  it('while it is muted a route tells nothing', async () => {
    const walk = new Walk({ tree: routed('mute_time_intervals: [morning]') })
    const news: News[] = [
      [0, 'fired a'],
      [100, 'fired b'],
      [150, 'fired c'],
      [160, 'resolved c'],
    ]
    assert.deepEqual(await walk.play(news, 400), ['300 a b'])
    assert.ok(walk.reasonsOf('a').includes('outside-hours'))
  })

  it('the end of a snooze waits for the times, too', async () => {
    const { store } = new Walk({ tree: routed('mute_time_intervals: [morning]') })
    const again = { why: 'snooze-over', since: START } as const
    const facts = { at: START, windowMs: 1, audience: await store.audience(ENVIRONMENT), again }
    const news = change('fired', START, alertOf('fired a'))
    const { notices, convergences } = decide(news, { ...facts, convergences: [], toldOf: [] })
    assert.deepEqual([notices.length, convergences[0]?.held], [0, [news]])
  })

  it('outside its active times a route tells nothing', async () => {
    const walk = new Walk({ tree: routed('active_time_intervals: [later]') })
    assert.deepEqual(await walk.play([[0, 'fired a']], 700), ['600 a'])
  })

  it('the routes below have their own', async () => {
    const fields = 'mute_time_intervals: [morning], routes: [{matchers: [team=x]}]'
    const walk = new Walk({ tree: routed(fields) })
    assert.deepEqual(await walk.play([[0, 'fired a team=x']], 60), ['30 a'])
  })
})

describe('inhibition', () => {
  const RULES = `
inhibit_rules:
  - {source_matchers: [severity=ERROR], target_matchers: [severity=WARN], equal: [service]}`
  const tree = `${ROUTE.replace('30s', '20s')}${RULES}`

  it('what is inhibited when it fires waits until its source is over', async () => {
    const walk = new Walk({ tree })
    const news: News[] = [
      [0, 'fired a'],
      [30, 'fired b WARN team=x'],
      [100, 'resolved a'],
    ]
    assert.deepEqual(await walk.play(news, 200), ['20 a', '100 a over', '170 b'])
    const [held] = walk.store.traces.filter(({ alert: of }) => of === 'b')
    assert.deepEqual(held?.lines, [
      {
        ...{ stage: 'inhibit', verdict: 'hold', reason: 'inhibited', policies: [] },
        ...{ by: '{severity="ERROR"} > {severity="WARN"} by service', source: 'a' },
      },
    ])
    assert.equal(walk.reasonsOf('b').filter((reason) => reason === 'inhibited').length, 1)
  })

  it('what is over before its source is told to nobody', async () => {
    const walk = new Walk({ tree })
    const news: News[] = [
      [0, 'fired a'],
      [30, 'fired b WARN'],
      [50, 'resolved b'],
      [60, 'resolved a'],
    ]
    assert.deepEqual(await walk.play(news, 200), ['20 a', '60 a over'])
    assert.deepEqual(walk.reasonsOf('b').at(-1), 'over-while-inhibited')
  })

  it('a source that fires while the group waits counts, too', async () => {
    const walk = new Walk({ tree })
    const news: News[] = [
      [0, 'fired b WARN team=x'],
      [10, 'fired a'],
      [200, 'resolved a'],
    ]
    assert.deepEqual(await walk.play(news, 400), ['30 a', '200 a over', '240 b'])
    assert.equal(walk.reasonsOf('b').filter((reason) => reason === 'inhibited').length, 1)
  })

  it('holds for policies as well', async () => {
    const more = { policies: [policy('p1', { contacts: ['li'], severities: ['WARN'] })] }
    const walk = new Walk({ tree, more })
    const news: News[] = [
      [0, 'fired a'],
      [10, 'fired b WARN'],
      [60, 'resolved a'],
    ]
    const told = await walk.play(news, 75)
    assert.deepEqual(told, ['20 a', '60 a over', '70 b to li'])
  })
})
