/** Drills by the clock, over the embedded store, across crashes. */
import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import type { Drill } from '../../../src/cloud/drill/drill.ts'
import { DEFAULT_PLAN, type DrillPlan } from '../../../src/cloud/drill/drill-plan.ts'
import { Drills } from '../../../src/cloud/drill/drills.ts'
import type { DrillStore } from '../../../src/cloud/drill/ports.ts'
import type { Store } from '../../../src/cloud/store/store.ts'
import { DRILL_SERVICE } from '../../../src/model/drill.ts'
import { silentLog } from '../../../src/support/log.ts'
import { decodeBatch } from '../../../src/wire/index.ts'
import { claim, delivery, saveDeliveries } from '../../contract/store/samples.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { alert } from '../notify/support/nouns.ts'
import { dataFolder, openIn } from '../store/data-folder.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const LIMIT_MS = 10 * MINUTE_MS
/** 2026-11-01 12:00 in Shanghai, a Sunday. */
const START = Date.UTC(2026, 10, 1, 4)
/** The first workday at 10:00. */
const DUE = Date.UTC(2026, 10, 2, 2)

/** The process dies: what it was about to do is not done, or is done and nobody knows. */
class Killed extends Error {}

/** What the process dies at, once. */
type Death = 'before the fault is stored' | 'before that is noted' | 'before the end is saved'

class World {
  readonly clock = new FakeClock(START)
  readonly store: Store
  /** Titles of events, each batch once. */
  readonly faults: string[] = []
  readonly #batches = new Set<string>()
  refusing = new Set<string>()
  #drills: Drills | undefined
  #death: Death | undefined

  constructor(store: Store) {
    this.store = store
  }

  async environment(name: string, plan: Partial<DrillPlan> = {}): Promise<string> {
    const made = { name, framework: 'TARSFramework' } as const
    const { id } = await this.store.environments.createEnvironment(made, START)
    const local = { environment: id, language: 'en', timeZone: 'Asia/Shanghai' } as const
    const email = `${name}@example.com`
    await this.store.contacts.saveContact({ ...local, id: 'wang', name: 'Wang', email })
    const whole = { ...DEFAULT_PLAN, enabled: true, contacts: ['wang'], ...plan }
    await this.store.drills.savePlan(id, whole, START)
    return id
  }

  /** The process before is dead; the next begins. */
  async start(death?: Death): Promise<Drills> {
    await this.#drills?.stop()
    this.#death = death
    const { clock, store } = this
    const drills = new Drills({
      ...{ store: this.#mortal(store.drills), calendars: store.calendars, people: store.plans },
      ...{ clock, log: silentLog, limitMs: LIMIT_MS, publicUrl: 'https://alarm.example.com' },
      series: { append: (environment, bytes) => this.#append(environment, bytes) },
      onPlanned: () => {},
    })
    this.#drills = drills
    await drills.load()
    drills.wake()
    await drills.idle()
    return drills
  }

  async moveTo(at: number): Promise<void> {
    this.clock.moveTo(at)
    await this.#drills?.idle()
  }

  async drill(environment: string): Promise<Drill | undefined> {
    return (await this.store.drills.drills(environment))[0]
  }

  async outcome(environment: string): Promise<string> {
    const { end, takenUp } = (await this.drill(environment)) ?? {}
    const text = end?.outcome === 'failed' ? `failed: ${end.step}` : end?.outcome
    return (text ?? 'under way') + (takenUp ? ', taken up' : '')
  }

  /** What rules, alerts and notify make of the fault. */
  async goThrough(environment: string, at: number): Promise<void> {
    const { id = '' } = (await this.drill(environment)) ?? {}
    const labels = { alertname: 'Drill', title: `drill ${id}` }
    const one = alert(`a-${environment}`, { environment, rule: 'Drill', labels, activeAt: at })
    const over = { ...one, firedAt: at, state: 'resolved', resolvedAt: at + 1 } as const
    const progress = { environment, group: 'drill', evaluatedAt: at }
    await this.store.alerts.saveEvaluation({ progress, alerts: [over], dropped: [], changes: [] })
    for (const plannedAt of [at, at + 1]) {
      const known = { alerts: [over.id], plannedAt, contact: 'wang' }
      const message = delivery(environment, { id: `m-${environment}-${plannedAt}`, ...known })
      await saveDeliveries(this.store, [message])
      await claim(this.store, plannedAt, 1000, 9)
      const outcome = { state: 'sent', at: plannedAt + 1, answer: '250' } as const
      await this.store.outbox.finish([{ id: message.id, outcome }])
    }
  }

  async reports(environment: string): Promise<string[]> {
    const all = await this.store.reads.deliveries({ environment, limit: 99 })
    return all.flatMap(({ policy, message }) => (policy === '' ? message.subject : []))
  }

  async stop(): Promise<void> {
    await this.#drills?.stop()
    await this.store.close()
  }

  async #append(environment: string, bytes: Buffer): Promise<void> {
    this.#dieAt('before the fault is stored')
    if (this.refusing.has(environment)) throw new Error('no space left on device')
    const { id, events, windows } = decodeBatch(bytes)
    assert.equal(windows.length, 0, 'no data of calls, no progress')
    const key = JSON.stringify([environment, id])
    if (!this.#batches.has(key)) {
      const titles = events.map(({ module, level, title }) => `${module} ${level} ${title}`)
      this.faults.push(...titles)
    }
    this.#batches.add(key)
  }

  #mortal(store: DrillStore): DrillStore {
    return {
      plans: () => store.plans(),
      underWay: () => store.underWay(),
      begin: (drill) => store.begin(drill),
      happened: (drill) => store.happened(drill),
      save: async (drill, mails) => {
        if (drill.storedAt !== undefined) this.#dieAt('before that is noted')
        if (drill.end) this.#dieAt('before the end is saved')
        await store.save(drill, mails)
      },
    }
  }

  #dieAt(death: Death): void {
    if (this.#death === death) throw new Killed(death)
  }
}

const withWorld = (run: (world: World) => Promise<void>) => async (test: TestContext) => {
  const world = new World(await openIn(dataFolder(test)))
  try {
    await run(world)
  } finally {
    await world.stop()
  }
}

describe('drills by the clock', () => {
  it(
    'one goes through when it is due, is reported, and is the only one of its month',
    withWorld(async (world) => {
      const environment = await world.environment('ours')
      await world.start()
      await world.moveTo(DUE - 1)
      assert.equal(await world.drill(environment), undefined)
      await world.moveTo(DUE)
      assert.deepEqual(world.faults, [`${DRILL_SERVICE} normal drill 2026-11`])
      await world.goThrough(environment, DUE + 7000)
      await world.moveTo(DUE + 9000)
      assert.equal(await world.outcome(environment), 'passed')
      assert.deepEqual(await world.reports(environment), [
        '【ours】Report of the drill：passed, delivered in 7.0 s',
      ])
      for (const hours of [1, 2, 30]) {
        await world.start()
        await world.moveTo(DUE + hours * HOUR_MS)
      }
      assert.equal(world.faults.length, 1)
    }),
  )

  it(
    'a cloud that was down begins it late, by a day at the most',
    withWorld(async (world) => {
      const environment = await world.environment('ours')
      world.clock.moveTo(DUE + 24 * HOUR_MS + 1)
      await world.start()
      assert.equal(await world.drill(environment), undefined)
      await world.moveTo(Date.UTC(2026, 11, 1, 1))
      await world.start()
      world.clock.moveTo(Date.UTC(2026, 11, 1, 20))
      await world.start()
      assert.equal((await world.drill(environment))?.month, '2026-12')
    }),
  )

  const deaths: Death[] = [
    'before the fault is stored',
    'before that is noted',
    'before the end is saved',
  ]
  for (const death of deaths) {
    it(
      `one whose process died ${death} is taken up, and does all once`,
      withWorld(async (world) => {
        const environment = await world.environment('ours')
        await world.start(death)
        await world.moveTo(DUE)
        if (death === 'before the end is saved') {
          await world.goThrough(environment, DUE + 100)
          await world.moveTo(DUE + 1000)
        }
        assert.equal(await world.outcome(environment), 'under way')
        world.clock.advance(30_000)
        await world.start()
        if (death !== 'before the end is saved') {
          await world.goThrough(environment, DUE + 31_000)
          await world.moveTo(DUE + 33_000)
        }
        assert.equal(await world.outcome(environment), 'passed, taken up')
        assert.equal(world.faults.length, 1)
        assert.equal((await world.reports(environment)).length, 1)
        await world.start()
        assert.equal((await world.store.drills.drills(environment)).length, 1)
      }),
    )
  }

  it(
    'one whose cloud came back too late is declared failed, and not begun again',
    withWorld(async (world) => {
      const environment = await world.environment('ours')
      await world.start()
      await world.moveTo(DUE)
      const drills = await world.start()
      assert.ok(drills.isUnderWay(environment))
      world.clock.moveTo(DUE + LIMIT_MS)
      await world.start()
      assert.equal(await world.outcome(environment), 'failed: fired, taken up')
      assert.deepEqual(await world.reports(environment), [
        '【ours】Report of the drill：failed: the alarm did not fire',
      ])
      assert.equal(world.faults.length, 1)
    }),
  )

  it(
    'a fault that the series refuse fails its drill alone, and says why',
    withWorld(async (world) => {
      const [full, well] = [await world.environment('full'), await world.environment('well')]
      world.refusing.add(full)
      await world.start()
      await world.moveTo(DUE)
      await world.goThrough(well, DUE + 100)
      await world.moveTo(DUE + 1000)
      assert.equal(await world.outcome(well), 'passed')
      await world.moveTo(DUE + LIMIT_MS)
      const { end } = (await world.drill(full)) ?? {}
      const why = ['no space left on device']
      assert.deepEqual(end, { at: DUE + LIMIT_MS, outcome: 'failed', step: 'stored', why })
    }),
  )

  it(
    'one that somebody asks for keeps others off while it is under way, and the one of the month comes after it',
    withWorld(async (world) => {
      const environment = await world.environment('ours')
      const other = await world.environment('theirs', { enabled: false })
      const drills = await world.start()
      await world.moveTo(DUE - MINUTE_MS)
      assert.equal((await drills.begin(environment, 'asked'))?.id, 'asked')
      assert.equal(await drills.begin(environment, 'again'), undefined)
      await world.moveTo(DUE + MINUTE_MS)
      assert.deepEqual(world.faults, [`${DRILL_SERVICE} normal drill asked`])
      await world.moveTo(DUE - MINUTE_MS + LIMIT_MS)
      assert.equal(await world.outcome(environment), 'failed: fired')
      await world.moveTo(DUE - MINUTE_MS + LIMIT_MS + 1000)
      assert.deepEqual(world.faults.slice(1), [`${DRILL_SERVICE} normal drill 2026-11`])
      assert.equal(await world.drill(other), undefined)
    }),
  )

  it(
    'one whose environment is removed meanwhile is forgotten',
    withWorld(async (world) => {
      const environment = await world.environment('ours')
      const drills = await world.start()
      await world.moveTo(DUE)
      await world.store.environments.removeEnvironment(environment)
      drills.forget(environment)
      await world.moveTo(DUE + LIMIT_MS)
      assert.equal(drills.isUnderWay(environment), false)
      assert.deepEqual(await world.store.drills.underWay(), [])
    }),
  )
})
