import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { AlertChange } from '../../../src/cloud/alerts/alert.ts'
import { kindKey, kindOf } from '../../../src/cloud/notify/kind.ts'
import type { Mute } from '../../../src/cloud/notify/mute.ts'
import type { Notice } from '../../../src/cloud/notify/notice.ts'
import { Planner } from '../../../src/cloud/notify/planner.ts'
import type { Plan } from '../../../src/cloud/notify/ports.ts'
import { Failure } from '../../../src/support/failure.ts'
import { silentLog } from '../../../src/support/log.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { MemoryStore } from './support/memory-store.ts'
import { AT, alert, change, contact, ENVIRONMENT, policy } from './support/nouns.ts'

const MINUTE = 60_000

class StoreTrouble extends Failure<'full'> {}

function plannerOf(
  store: MemoryStore,
  clock: FakeClock,
  render = ({ headline }: Notice) => ({ subject: headline.alert.id, text: '', html: '' }),
) {
  for (const environment of [ENVIRONMENT, 'al-other']) {
    const people = { policies: [policy('p1')], contacts: [contact('zhang')] }
    store.audiences.set(environment, { environmentName: 'env', ...people })
  }
  const planner = new Planner({
    ...{ store, clock, log: silentLog, windowMs: 10 * MINUTE, render },
    onPlanned: () => {},
  })
  return { planner, told: () => [...store.deliveries.values()].flatMap(({ alerts }) => alerts) }
}

function withStore(store: MemoryStore, clock: FakeClock) {
  store.audiences.set(ENVIRONMENT, {
    environmentName: 'env',
    policies: [policy('p1')],
    contacts: [contact('zhang')],
  })
  return new Planner({
    store,
    clock,
    log: silentLog,
    windowMs: 10 * MINUTE,
    render: ({ headline, heldBack }) => {
      const held = heldBack ? ` + ${heldBack.changes.map((one) => one.alert.id).join(' ')}` : ''
      return { subject: `${headline.kind} ${headline.alert.id}${held}`, text: '', html: '' }
    },
    onPlanned: () => {},
  })
}

/** Plays changes (minute, text) until `untilMin`; what was planned, each with its minute. */
async function play(changes: readonly (readonly [number, string])[], untilMin: number) {
  const store = new MemoryStore()
  const clock = new FakeClock(AT)
  const planner = withStore(store, clock)
  for (let minute = 0; minute <= untilMin; minute++) {
    clock.moveTo(AT + minute * MINUTE)
    await planner.idle()
    for (const [, text] of changes.filter(([at]) => at === minute)) {
      store.saveChange(parsed(text, clock.now()))
      planner.wake()
      await planner.idle()
    }
  }
  await planner.stop()
  return [...store.deliveries.values()].map(
    ({ plannedAt, message }) => `${(plannedAt - AT) / MINUTE} ${message.subject}`,
  )
}

/** `fired a`, `fired a on n1`, `fired a WARN`, `resolved a`. */
function parsed(text: string, at: number): AlertChange {
  const [kind, id = '', on, node = ''] = text.split(' ')
  const labels = { ...alert(id).labels, ...(on === 'on' && { node }) }
  const severity = on === 'WARN' ? 'WARN' : 'ERROR'
  return change(kind === 'resolved' ? 'resolved' : 'fired', at, alert(id, { labels, severity }))
}

describe('a timeline of one kind, window 10 min', () => {
  const cases: [string, (readonly [number, string])[], number, string[]][] = [
    ['the first goes at once, nothing follows', [[0, 'fired a']], 30, ['0 fired a']],
    [
      'held ones come at the end of the window, newest first',
      [
        [0, 'fired a'],
        [2, 'fired b'],
        [3, 'fired c'],
      ],
      30,
      ['0 fired a', '10 fired c + b'],
    ],
    [
      'the digest opens the next window',
      [
        [0, 'fired a'],
        [2, 'fired b'],
        [11, 'fired c'],
        [12, 'fired d'],
      ],
      30,
      ['0 fired a', '10 fired b', '20 fired d + c'],
    ],
    [
      'after a quiet window the next goes at once',
      [
        [0, 'fired a'],
        [10, 'fired b'],
      ],
      30,
      ['0 fired a', '10 fired b'],
    ],
    [
      'a wider scope takes along what was held',
      [
        [0, 'fired a on n1'],
        [1, 'fired b on n2'],
        [2, 'fired c'],
        [3, 'fired d on n1'],
      ],
      30,
      ['0 fired a on n1', '2 fired c + b', '12 fired d'].map((line) => line.replace(' on n1', '')),
    ],
    [
      'a higher level goes at once',
      [
        [0, 'fired a WARN'],
        [1, 'fired b'],
      ],
      30,
      ['0 fired a', '1 fired b'],
    ],
    [
      'told, then over',
      [
        [0, 'fired a'],
        [4, 'resolved a'],
      ],
      30,
      ['0 fired a', '4 resolved a'],
    ],
    [
      'over while held comes in the digest only',
      [
        [0, 'fired a'],
        [1, 'fired b'],
        [2, 'resolved b'],
      ],
      30,
      ['0 fired a', '10 fired b'],
    ],
    [
      'over after the digest told of it',
      [
        [0, 'fired a'],
        [1, 'fired b'],
        [12, 'resolved b'],
      ],
      30,
      ['0 fired a', '10 fired b', '12 resolved b'],
    ],
    [
      'flapping is told once in the window',
      [
        [0, 'fired a'],
        [1, 'resolved a'],
        [2, 'fired b'],
        [3, 'resolved b'],
        [4, 'fired c'],
      ],
      30,
      ['0 fired a', '1 resolved a', '10 fired c + b'],
    ],
  ]
  for (const [name, changes, untilMin, expected] of cases) {
    it(name, async () => assert.deepEqual(await play(changes, untilMin), expected))
  }
})

describe('Planner', () => {
  it('plans more than a batch, in order', async () => {
    const store = new MemoryStore()
    const planner = withStore(store, new FakeClock(AT))
    for (let n = 0; n < 1_200; n++) {
      const labels = { callee: `App.Server${n}` }
      store.saveChange(change('fired', AT, alert(`a${n}`, { labels })))
    }
    planner.wake()
    await planner.idle()
    const told = [...store.deliveries.values()].map(({ alerts }) => alerts[0])
    assert.deepEqual(
      told,
      Array.from({ length: 1_200 }, (_, n) => `a${n}`),
    )
  })

  it('gives the same delivery the same id when it plans twice', async () => {
    const ids = await Promise.all(
      [0, 1].map(async (delayMs) => {
        const store = new MemoryStore()
        const planner = withStore(store, new FakeClock(AT + delayMs))
        store.saveChange(change('fired', AT, alert('a')))
        planner.wake()
        await planner.idle()
        return [...store.deliveries.keys()]
      }),
    )
    assert.equal(ids[0]?.length, 1)
    assert.deepEqual(ids[0], ids[1])
  })

  it('tries again after an error, by the clock, and keeps the order of an environment', async () => {
    const clock = new FakeClock(AT)
    const store = new (class extends MemoryStore {
      failures = 1
      override async savePlans(plans: readonly Plan[]): Promise<void> {
        if (this.failures-- > 0) throw new StoreTrouble('full', 'disk full', { retryable: true })
        await super.savePlans(plans)
      }
    })()
    const planner = withStore(store, clock)
    store.saveChange(change('fired', AT, alert('a')))
    store.saveChange(change('resolved', AT, alert('a')))
    planner.wake()
    await planner.idle()
    assert.equal(store.deliveries.size, 0)
    for (let second = 0; second < 10; second++) {
      clock.advance(1_000)
      await planner.idle()
    }
    const told = [...store.deliveries.values()].map(({ message }) => message.subject)
    assert.deepEqual(told, ['fired a', 'resolved a'])
  })

  it('trouble in one environment does not hold up another', async () => {
    const store = new (class extends MemoryStore {
      override async audience(environment: string) {
        if (environment === 'al-broken') throw new Error('broken')
        return super.audience(environment)
      }
    })()
    const planner = withStore(store, new FakeClock(AT))
    store.saveChange(change('fired', AT, alert('x', { environment: 'al-broken' })))
    store.saveChange(change('fired', AT, alert('a')))
    planner.wake()
    await planner.idle()
    assert.deepEqual(
      [...store.deliveries.values()].map(({ alerts }) => alerts[0]),
      ['a'],
    )
    assert.equal((await store.pendingChanges(10)).length, 1)
  })

  describe('news that cannot be planned', () => {
    /** Rendering what is of Poison.Server throws. */
    function poisoned() {
      const store = new MemoryStore()
      const clock = new FakeClock(AT)
      const { planner, told } = plannerOf(store, clock, ({ headline }) => {
        if (headline.alert.labels.callee === 'Poison.Server') throw new RangeError('no such word')
        return { subject: headline.alert.id, text: '', html: '' }
      })
      const poison = alert('poison', { labels: { callee: 'Poison.Server' } })
      const at = async (afterMs: number) => {
        clock.advance(afterMs)
        await planner.idle()
      }
      return { store, planner, told, poison, at }
    }

    it('holds up its environment for some tries, then is set aside, which its trace says', async () => {
      const { store, planner, told, poison, at } = poisoned()
      store.saveChange(change('fired', AT, alert('before', { rule: 'Before' })))
      store.saveChange(change('fired', AT, poison))
      store.saveChange(change('fired', AT, alert('behind')))
      store.saveChange(change('fired', AT, alert('other', { environment: 'al-other' })))
      planner.wake()
      await at(0)
      assert.deepEqual(told(), ['before', 'other'])
      for (let second = 0; second < 10; second++) await at(1_000)
      assert.deepEqual(told(), ['before', 'other', 'behind'])
      assert.equal(planner.setAside, 1)
      const [trace] = store.traces.filter((one) => one.alert === 'poison')
      assert.deepEqual(
        trace?.lines.map(({ reason, error }) => [reason, error]),
        [['not-plannable', 'no such word']],
      )
      assert.deepEqual(await store.pendingChanges(9), [])
    })

    it('a digest of it, too', async () => {
      const { store, planner, told, poison, at } = poisoned()
      const kind = kindOf(poison, 'p1')
      const held = [change('fired', AT, poison)]
      const due = { kind, toldAt: AT, scope: 'all', held, heldCount: 1, dueAt: AT } as const
      await store.savePlans([{ deliveries: [], convergences: [due] }])
      planner.wake()
      for (let second = 0; second < 10; second++) await at(1_000)
      assert.deepEqual([told(), planner.setAside], [[], 1])
      assert.equal(store.convergenceRows.get(kindKey(kind))?.heldCount, 0)
    })

    it('what the store refuses is found among the rest', async () => {
      const store = new (class extends MemoryStore {
        override async savePlans(plans: readonly Plan[]): Promise<void> {
          const about = plans.flatMap(({ deliveries }) =>
            deliveries.flatMap(({ alerts }) => alerts),
          )
          if (about.includes('bad')) throw new RangeError('NaN is no column value')
          await super.savePlans(plans)
        }
      })()
      const clock = new FakeClock(AT)
      const { planner, told } = plannerOf(store, clock)
      for (const id of ['a', 'bad', 'c'])
        store.saveChange(change('fired', AT, alert(id, { rule: id })))
      planner.wake()
      for (let second = 0; second < 10; second++) {
        clock.advance(1_000)
        await planner.idle()
      }
      assert.deepEqual([told(), planner.setAside], [['a', 'c'], 1])
    })
  })

  it('what is muted is told when the mute ends, if it still fires', async () => {
    const store = new MemoryStore()
    const clock = new FakeClock(AT)
    const { planner, told } = plannerOf(store, clock)
    const audience = await store.audience(ENVIRONMENT)
    const mute: Mute = {
      ...{ id: 'm', environment: ENVIRONMENT, from: AT, to: AT + 30 * MINUTE, createdAt: AT },
      ...{ matchers: [{ name: 'callee', op: '=~', value: '.+' }], reason: '', author: '' },
    }
    store.audiences.set(ENVIRONMENT, { ...audience, mutes: [mute] })
    for (const id of ['goes on', 'is over']) {
      store.saveChange(change('fired', AT, alert(id, { rule: id })))
    }
    planner.wake()
    await planner.idle()
    store.over.add('is over')
    store.saveChange(change('resolved', AT, alert('is over', { rule: 'is over' })))
    planner.wake()
    clock.advance(30 * MINUTE - 1)
    await planner.idle()
    assert.deepEqual(told(), [])
    clock.advance(1)
    await planner.idle()
    assert.deepEqual(told(), ['goes on'])
  })

  it('tells what has waited for its cause long enough, by itself, and nothing else waits for that', async () => {
    const store = new MemoryStore()
    const clock = new FakeClock(AT)
    const planner = withStore(store, clock)
    store.saveChange(change('fired', AT, alert('held')), AT + MINUTE)
    store.saveChange(change('fired', AT, alert('b', { rule: 'Other' })))
    planner.wake()
    await planner.idle()
    const told = () => [...store.deliveries.values()].flatMap(({ alerts }) => alerts)
    assert.deepEqual(told(), ['b'])
    clock.advance(MINUTE - 1)
    await planner.idle()
    assert.deepEqual(told(), ['b'])
    clock.advance(1)
    await planner.idle()
    assert.deepEqual(told(), ['b', 'held'])
  })

  it('tells a digest that fell due while no process ran', async () => {
    const store = new MemoryStore()
    const clock = new FakeClock(AT)
    const first = withStore(store, clock)
    store.saveChange(change('fired', AT, alert('a')))
    store.saveChange(change('fired', AT, alert('b')))
    first.wake()
    await first.idle()
    await first.stop()
    clock.moveTo(AT + 60 * MINUTE)
    const second = withStore(store, clock)
    second.wake()
    await second.idle()
    const told = [...store.deliveries.values()].map(({ message }) => message.subject)
    assert.deepEqual(told, ['fired a', 'fired b'])
  })
})
