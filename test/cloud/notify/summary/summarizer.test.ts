/** Summaries by the clock, over the embedded store, across restarts. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Subscription } from '../../../../src/cloud/notify/summary/subscription.ts'
import { Summarizer } from '../../../../src/cloud/notify/summary/summarizer.ts'
import type { Store } from '../../../../src/cloud/store/store.ts'
import type { Labels } from '../../../../src/model/labels.ts'
import { silentLog } from '../../../../src/support/log.ts'
import { FakeClock } from '../../../support/fake-clock.ts'
import { dataFolder, openIn } from '../../store/data-folder.ts'
import { alert } from '../support/nouns.ts'

const HOUR_MS = 3_600_000
/** 2026-11-20 10:00 in Shanghai. */
const START = Date.UTC(2026, 10, 20, 2)
/** 09:02 of the next day: two minutes after the end of the period. */
const DUE = Date.UTC(2026, 10, 21, 1, 2)

interface World {
  readonly store: Store
  readonly environment: string
  readonly clock: FakeClock
  subscribe(more?: Partial<Subscription>): Promise<void>
  fired(id: string, at: number, labels?: Labels): Promise<void>
  mails(): Promise<string[]>
  /** The next process on the same store. */
  restart(change?: {
    readonly savesFail?: number
    /** In place of saving the first, or just after it: it is heard of no more. */
    readonly dies?: 'before' | 'after'
  }): Promise<Summarizer>
  moveTo(at: number): Promise<void>
  /** Beside the one that runs. */
  another(): Summarizer
}

/** A world whose clock stands at `START`, with one contact. */
async function world(test: { after(task: () => void): void }, run: (of: World) => Promise<void>) {
  const store = await openIn(dataFolder(test))
  const clock = new FakeClock(START)
  const made = await store.environments.createEnvironment(
    { name: '生产', framework: 'TARSFramework' },
    START,
  )
  const environment = made.id
  const local = { environment, language: 'zh', timeZone: 'Asia/Shanghai' } as const
  await store.contacts.saveContact({
    ...local,
    id: 'zhang',
    name: '张三',
    email: 'zhang@example.com',
  })
  let running: Summarizer | undefined
  let death = Promise.withResolvers<void>()
  try {
    await run({
      ...{ store, environment, clock },
      subscribe: (more = {}) =>
        store.summaries.saveSubscription(
          {
            ...{
              id: 's',
              environment,
              every: 'day',
              weekday: 1,
              at: '09:00',
              timeZone: 'Asia/Shanghai',
            },
            ...{ contacts: ['zhang'], groups: [], evenIfQuiet: true, ...more },
          },
          clock.now(),
        ),
      async fired(id, at, labels = { callee: 'Shop.PayServer' }) {
        const one = alert(id, { environment, activeAt: at, firedAt: at, labels })
        const progress = { environment, group: 'g', evaluatedAt: at }
        await store.alerts.saveEvaluation({ progress, alerts: [one], dropped: [], changes: [] })
      },
      mails: async () =>
        (await store.reads.deliveries({ environment, limit: 100 }))
          .map(({ to, message }) => `${to} ${message.subject}`)
          .toSorted(),
      async restart({ savesFail = 0, dies } = {}) {
        await Promise.race([running?.stop(), death.promise])
        const own = Promise.withResolvers<void>()
        death = own
        let failures = savesFail
        running = new Summarizer({
          ...{
            people: store.plans,
            acts: store.reminders,
            clock,
            log: silentLog,
            onPlanned: () => {},
          },
          store: {
            subscriptions: () => store.summaries.subscriptions(),
            firedIn: (...of) => store.summaries.firedIn(...of),
            firing: (...of) => store.summaries.firing(...of),
            failedIn: (...of) => store.summaries.failedIn(...of),
            silentSince: (...of) => store.summaries.silentSince(...of),
            async saveMade(...made) {
              if (failures-- > 0) throw new Error('the disk is full')
              if (dies !== 'before') await store.summaries.saveMade(...made)
              if (!dies) return
              own.resolve()
              await new Promise(() => {})
            },
          },
        })
        running.wake()
        await running.idle()
        return running
      },
      another() {
        const other = new Summarizer({
          ...{
            store: store.summaries,
            people: store.plans,
            acts: store.reminders,
            clock,
            log: silentLog,
          },
          onPlanned: () => {},
        })
        other.wake()
        return other
      },
      async moveTo(at) {
        clock.moveTo(at)
        await Promise.race([running?.idle(), death.promise])
      },
    })
  } finally {
    await running?.stop()
    await store.close()
  }
}

const SUBJECT = (count: number, day: number, open = count) =>
  `zhang@example.com 【生产】告警日报 2026-11-${day} 09:00：${count} 条告警${open > 0 ? `，${open} 条未恢复` : ''}`

describe('a daily summary', () => {
  it('goes out once for each day, and not for the day before it was wanted', async (t) => {
    await world(t, async ({ subscribe, fired, restart, moveTo, mails }) => {
      await fired('old', START - 2 * HOUR_MS)
      await subscribe()
      await restart()
      assert.deepEqual(await mails(), [])
      await fired('a', START + HOUR_MS)
      await moveTo(DUE - 1)
      assert.deepEqual(await mails(), [])
      await moveTo(DUE)
      assert.deepEqual(await mails(), [SUBJECT(1, 21, 2)])
      await moveTo(DUE + HOUR_MS)
      await restart()
      await restart()
      assert.deepEqual(await mails(), [SUBJECT(1, 21, 2)])
      await moveTo(DUE + 24 * HOUR_MS)
      assert.deepEqual(await mails(), [SUBJECT(0, 22, 2), SUBJECT(1, 21, 2)].toSorted())
    })
  })

  const late: [string, number, string[]][] = [
    [
      'missed while the cloud was down, is sent when it is up',
      6 * HOUR_MS - 120_000,
      [SUBJECT(0, 21)],
    ],
    ['is left out when that is more than 6 h later', 6 * HOUR_MS + 60_000, []],
  ]
  for (const [name, lateMs, expected] of late) {
    it(name, async (t) => {
      await world(t, async ({ subscribe, restart, moveTo, mails }) => {
        await subscribe()
        await moveTo(DUE + lateMs)
        await restart()
        assert.deepEqual(await mails(), expected)
        await restart()
        assert.deepEqual(await mails(), expected)
      })
    })
  }

  it('two that make it at the same time make one', async (t) => {
    await world(t, async ({ subscribe, another, restart, moveTo, mails }) => {
      await subscribe()
      await restart()
      const other = another()
      await moveTo(DUE)
      await other.idle()
      await other.stop()
      assert.deepEqual(await mails(), [SUBJECT(0, 21)])
    })
  })

  it('that cannot be saved is tried again, and is one', async (t) => {
    await world(t, async ({ subscribe, restart, moveTo, mails }) => {
      await subscribe()
      await restart({ savesFail: 2 })
      await moveTo(DUE)
      assert.deepEqual(await mails(), [])
      await moveTo(DUE + 60_000)
      await moveTo(DUE + 120_000)
      assert.deepEqual(await mails(), [SUBJECT(0, 21)])
    })
  })

  const edits: [string, Partial<Subscription>, string[]][] = [
    ['of whom it tells', { evenIfQuiet: true, contacts: ['zhang', 'gone'] }, [SUBJECT(0, 21)]],
    ['when it ends', { at: '09:01' }, []],
  ]
  for (const [what, more, expected] of edits) {
    it(`changed just before it goes out in ${what}`, async (t) => {
      await world(t, async ({ subscribe, restart, moveTo, mails }) => {
        await subscribe()
        const running = await restart()
        await moveTo(DUE - 60_000 + 1)
        await subscribe(more)
        running.wake()
        await running.idle()
        await moveTo(DUE + 120_000)
        assert.deepEqual(await mails(), expected)
      })
    })
  }

  for (const died of ['before', 'after'] as const) {
    it(`whose process dies ${died} it is saved goes out once`, async (t) => {
      await world(t, async ({ store, environment, subscribe, restart, moveTo, mails }) => {
        await subscribe()
        await restart({ dies: died })
        await moveTo(DUE)
        const saved = died === 'after' ? [SUBJECT(0, 21)] : []
        assert.deepEqual(await mails(), saved)
        await restart()
        await moveTo(DUE + 2 * HOUR_MS)
        assert.deepEqual(await mails(), [SUBJECT(0, 21)])
        const [lane, ...more] = await store.outbox.lanes()
        assert.deepEqual([lane?.lane, more], [`mail ${environment}`, []], 'and waits to be sent')
      })
    })
  }

  it('of a quiet day goes out only where it is wanted', async (t) => {
    await world(t, async ({ subscribe, fired, restart, moveTo, mails }) => {
      await subscribe({ evenIfQuiet: false })
      await restart()
      await moveTo(DUE)
      assert.deepEqual(await mails(), [])
      await fired('a', DUE + HOUR_MS)
      await moveTo(DUE + 24 * HOUR_MS)
      assert.deepEqual(await mails(), [SUBJECT(1, 22)])
    })
  })

  it('does not count drills', async (t) => {
    await world(t, async ({ subscribe, fired, restart, moveTo, mails }) => {
      await subscribe()
      await fired('drill', START + HOUR_MS, { watchdog: 'drill' })
      await fired('failed', START + HOUR_MS, { watchdog: 'drill-failed' })
      await restart()
      await moveTo(DUE)
      assert.deepEqual(await mails(), [SUBJECT(1, 21)])
    })
  })

  it('is for contacts and those of groups, each once, whose address may be used', async (t) => {
    await world(t, async ({ store, environment, subscribe, restart, moveTo, mails }) => {
      const local = { environment, language: 'zh', timeZone: 'Asia/Shanghai' } as const
      const dead = { disabled: { at: START, why: '550 user unknown' } }
      await store.contacts.saveContact({
        ...local,
        id: 'li',
        name: '李四',
        email: 'li@example.com',
      })
      await store.contacts.saveContact({
        ...local,
        id: 'wu',
        name: '吴',
        email: 'wu@example.com',
        address: dead,
      })
      const contacts = ['li', 'zhang', 'wu', 'gone']
      await store.policies.saveGroup({ id: 'g', environment, name: 'g', contacts })
      await subscribe({ contacts: ['zhang'], groups: ['g', 'none'] })
      await restart()
      await moveTo(DUE)
      assert.deepEqual(
        (await mails()).map((mail) => mail.split(' ')[0]),
        ['li@example.com', 'zhang@example.com'],
      )
    })
  })

  it("tells nothing of another environment's alarms", async (t) => {
    await world(t, async ({ store, subscribe, restart, moveTo, mails }) => {
      const other = await store.environments.createEnvironment(
        { name: 'b', framework: 'TARSFramework' },
        START,
      )
      const theirs = alert('b1', { environment: other.id, activeAt: START, firedAt: START })
      const progress = { environment: other.id, group: 'g', evaluatedAt: START }
      await store.alerts.saveEvaluation({ progress, alerts: [theirs], dropped: [], changes: [] })
      await subscribe()
      await restart()
      await moveTo(DUE)
      assert.deepEqual(await mails(), [SUBJECT(0, 21)])
    })
  })
})

it('a weekly summary goes out on its day', async (t) => {
  await world(t, async ({ subscribe, restart, moveTo, mails }) => {
    await subscribe({ every: 'week', weekday: 1 })
    await restart()
    await moveTo(Date.UTC(2026, 10, 23, 1, 1))
    assert.deepEqual(await mails(), [])
    await moveTo(Date.UTC(2026, 10, 23, 1, 2))
    assert.deepEqual(await mails(), [
      'zhang@example.com 【生产】告警周报 2026-11-23 09:00：0 条告警',
    ])
  })
})
