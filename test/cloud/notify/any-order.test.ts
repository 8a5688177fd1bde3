/** Alarms, mutes, acts, edits of hours and routes, clocks that are set and processes that end, in any order: nothing is lost. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { Alert } from '../../../src/cloud/alerts/alert.ts'
import type { PolicyHours } from '../../../src/cloud/notify/policy.ts'
import { parseRouteTree } from '../../../src/cloud/notify/routing/parse-route-tree.ts'
import { dataFolder } from '../store/data-folder.ts'
import { MINUTE, step, World } from './reminders/world.ts'
import { AT, contact } from './support/nouns.ts'

/** From 10:00 to 10:10: all begins at 10:05. */
const SHORT: PolicyHours = {
  timeZone: 'Asia/Shanghai',
  times: [{ days: ['workday', 'weekend'], from: '10:00', to: '10:10' }],
  ...{ outside: 'hold', holidays: 'weekend' },
}
const TREES = [
  'route: {receiver: wang, group_by: [callee], group_wait: 1m, group_interval: 5m}',
  'route: {receiver: none, group_wait: 2m, routes: [{matchers: [callee=~".+"], receiver: wang}]}\nreceivers: [{name: none}]',
]

type Move =
  | { readonly do: 'fire'; readonly service: number; readonly severity: 'ERROR' | 'WARN' }
  | { readonly do: 'resolve' | 'acknowledge' | 'close' | 'snooze'; readonly nth: number }
  | { readonly do: 'mute'; readonly minutes: number }
  | { readonly do: 'wait'; readonly minutes: number }
  | { readonly do: 'unmute' | 'restart' }
  | { readonly do: 'mode'; readonly mode: 'both' | 'digest'; readonly isShort: boolean }
  | { readonly do: 'tree'; readonly tree: number }
  /** The process ends; when the next begins its clock is off by so many minutes. */
  | { readonly do: 'set clock'; readonly minutes: number }

const nth = fc.nat(3)
const moves = fc.array(
  fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        do: fc.constant('fire' as const),
        service: fc.nat(1),
        severity: fc.constantFrom('ERROR' as const, 'WARN' as const),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constantFrom('resolve' as const, 'acknowledge', 'close', 'snooze'),
        nth,
      }),
    },
    {
      weight: 5,
      arbitrary: fc.record({
        do: fc.constant('wait' as const),
        minutes: fc.integer({ min: 1, max: 13 }),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constant('mute' as const),
        minutes: fc.integer({ min: 1, max: 60 }),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ do: fc.constantFrom('unmute' as const, 'restart' as const) }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constant('mode' as const),
        mode: fc.constantFrom('both' as const, 'digest' as const),
        isShort: fc.boolean(),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('tree' as const), tree: fc.nat(1) }) },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant('set clock' as const),
        minutes: fc.constantFrom(-60, 1440),
      }),
    },
  ),
  { minLength: 15, maxLength: 30, size: 'max' },
)

class Play {
  readonly alerts: Alert[] = []
  /** Minutes, by alert. */
  readonly over = new Map<string, number>()
  readonly handled = new Map<string, string>()
  readonly snoozed = new Set<string>()
  readonly #folder: string
  here: World
  #version = 0

  private constructor(folder: string, here: World) {
    this.#folder = folder
    this.here = here
  }

  static async begin(folder: string): Promise<Play> {
    const play = new Play(folder, await World.make(folder, { escalation: [step(15, 'li')] }))
    await play.take({ do: 'tree', tree: 0 })
    return play
  }

  get minute(): number {
    return (this.here.clock.now() - AT) / MINUTE
  }

  async take(move: Move): Promise<void> {
    const { here } = this
    if (move.do === 'wait') await here.until(this.minute + move.minutes)
    if (move.do === 'mute') await here.mute(move.minutes)
    if (move.do === 'unmute') await here.store.mutes.removeMute(here.environment, 'm')
    if (move.do === 'mode') await this.#edit(move.mode, move.isShort)
    if (move.do === 'tree') await this.#route(TREES[move.tree] ?? '')
    if (move.do === 'fire') {
      const callee = `Shop.S${move.service}`
      const id = `a${this.alerts.length}`
      const alert = here.alert(id, { labels: { callee }, severity: move.severity })
      this.alerts.push(alert)
      await here.news('fired', alert)
    }
    if ('nth' in move) await this.#act(move.do, move.nth)
    if (move.do === 'restart') await this.#restart(0)
    if (move.do === 'set clock') await this.#restart(move.minutes)
    await this.here.settle()
  }

  async #restart(offMinutes: number): Promise<void> {
    const { minute } = this
    await this.here.close()
    this.here = await World.again(this.#folder, minute + offMinutes)
  }

  async #act(kind: 'resolve' | 'acknowledge' | 'close' | 'snooze', at: number): Promise<void> {
    const isOpen = ({ id }: Alert) => !this.over.has(id) && this.handled.get(id) !== 'close'
    const [alert] = this.alerts.filter(isOpen).slice(at)
    if (!alert) return
    if (kind === 'resolve') {
      this.over.set(alert.id, this.minute)
      await this.here.news('resolved', alert)
    } else {
      this.handled.set(alert.id, kind)
      if (kind === 'snooze') this.snoozed.add(alert.id)
      await this.here.act(alert.id, kind, 7)
    }
  }

  async #edit(mode: 'both' | 'digest', isShort: boolean): Promise<void> {
    const { store, environment } = this.here
    const [policy] = await store.policies.policies(environment)
    if (!policy) return
    const { hours: _, ...rest } = policy
    await store.policies.savePolicy({ ...rest, mode, ...(isShort && { hours: SHORT }) })
  }

  async #route(text: string): Promise<void> {
    const { store, environment, clock } = this.here
    const people = { contacts: [contact('wang')], groups: [], receivers: [] }
    const { tree } = parseRouteTree(text, people)
    const saved = { version: ++this.#version, text, author: 'anna', savedAt: clock.now() }
    assert.ok(tree && (await store.routeTrees.saveRouteTree(environment, saved, tree)))
  }
}

interface Line {
  readonly minute: number
  readonly reader: string
  readonly kind: string
  readonly ids: readonly string[]
  readonly isAgain: boolean
}

function lineOf(text: string): Line {
  const [, minute, reader = '', kind = '', ids = '', again] =
    /^(-?[\d.]+) (\w+): (\w+) ([\w +]+?)( \(.*)?$/.exec(text) ?? []
  return { minute: Number(minute), reader, kind, ids: ids.split(' + '), isAgain: !!again }
}

async function play(folder: string, all: readonly Move[]) {
  const world = await Play.begin(folder)
  for (const move of all) await world.take(move)
  await world.take({ do: 'unmute' })
  await world.take({ do: 'mode', mode: 'both', isShort: false })
  // As long as a clock was set back, at the most, comes what waited.
  const setBack = all.filter((move) => move.do === 'set clock' && move.minutes < 0).length
  await world.take({ do: 'wait', minutes: 45 + 60 * setBack })
  const firing = world.alerts.filter(({ id }) => !world.over.has(id))
  const before = (await world.here.told()).map(lineOf)
  for (const alert of firing) {
    world.over.set(alert.id, world.minute)
    await world.here.news('resolved', alert)
  }
  await world.take({ do: 'wait', minutes: 15 })
  const told = (await world.here.told()).map(lineOf)
  const store = world.here.store
  const left = await store.plans.pendingChanges(9, Number.MAX_SAFE_INTEGER)
  await world.here.close()
  return { world, firing, before, told, left, isSetBack: setBack > 0 }
}

describe('what people are told, whatever happens in whatever order', () => {
  it('is what fires, once, and its end to exactly those who were told', async (t) => {
    await fc.assert(
      fc.asyncProperty(moves, async (all) => {
        const { world, firing, before, told, left, isSetBack } = await play(dataFolder(t), all)
        const text = told.map((line) => JSON.stringify(line)).join('\n')
        const of = (lines: readonly Line[], id: string, kind: string) =>
          lines.filter((line) => line.kind === kind && line.ids.includes(id))
        for (const { id } of firing) {
          const act = world.handled.get(id)
          if (act !== undefined && act !== 'snooze') continue
          const readers = new Set(of(before, id, 'fired').map(({ reader }) => reader))
          assert.deepEqual([...readers].sort(), ['li', 'wang', 'zhang'], `${id}\n${text}`)
        }
        for (const { id } of world.alerts) {
          const over = world.over.get(id) ?? 0
          for (const reader of ['zhang', 'li', 'wang']) {
            const heard = told.filter((line) => line.reader === reader)
            const fired = of(heard, id, 'fired')
            const ends = of(heard, id, 'resolved')
            const say = `${id} to ${reader}\n${text}`
            const isTold = fired.some(({ minute }) => minute < over)
            // Who heard of it in the minute it was over may have heard so in that message.
            const isSure = isTold || fired.every(({ minute }) => minute !== over)
            const isClosed = world.handled.get(id) === 'close'
            if (isSure && !isSetBack) assert.equal(ends.length > 0, isTold && !isClosed, say)
            if (reader === 'zhang') {
              assert.ok(ends.length <= 1, say)
              // Once more after a snooze: outside the hours that comes with a digest.
              const most = world.snoozed.has(id) ? Infinity : 1
              assert.ok(fired.filter(({ isAgain }) => !isAgain).length <= most, say)
            }
            for (const { ids } of fired) assert.equal(new Set(ids).size, ids.length, say)
          }
        }
        assert.deepEqual(left, [], text)
      }),
      { numRuns: 8 },
    )
  })
})
