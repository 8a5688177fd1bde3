/** Drills when they are due, each to its end, also across restarts. */
import type { UnixMs } from '../../model/time.ts'
import type { Clock } from '../../support/clock.ts'
import { messageOf } from '../../support/failure.ts'
import type { Log } from '../../support/log.ts'
import { Rounds } from '../../support/rounds.ts'
import { Calendar } from '../calendar/calendar.ts'
import type { NewDelivery } from '../notify/ports.ts'
import { type Drill, failed, isOver, observed } from './drill.ts'
import { dueMonth, type KeptPlan, nextDue } from './drill-plan.ts'
import { faultBatch } from './fault.ts'
import type { CalendarSource, DrillStore, FaultIntake, PeopleSource } from './ports.ts'
import { reportMails } from './report.ts'

export interface DrillsOptions {
  readonly store: DrillStore
  readonly series: FaultIntake
  readonly calendars: CalendarSource
  readonly people: PeopleSource
  readonly clock: Clock
  readonly log: Log
  /** A drill ends so long after it began, at the latest. */
  readonly limitMs: number
  /** How people reach the console, without a slash at the end. */
  readonly publicUrl?: string
  /** Mails were saved. */
  readonly onPlanned: () => void
}

/** While one is under way. */
const TICK_MS = 1000
/** Looked at so often at least: clocks are set, calendars change. */
const LOOK_MS = 3_600_000
const RETRY_MS = 60_000

export class Drills {
  readonly #options: DrillsOptions
  /** Under way, by environment. */
  readonly #drills = new Map<string, Drill>()
  readonly #rounds: Rounds
  readonly #failing = new Set<string>()

  constructor(options: DrillsOptions) {
    this.#options = options
    this.#rounds = new Rounds(options.clock, () => this.#round())
  }

  /** Takes up what an earlier process left; before rules are evaluated. */
  async load(): Promise<void> {
    for (const drill of await this.#options.store.underWay()) {
      this.#drills.set(drill.environment, { ...drill, takenUp: true })
    }
  }

  /** Rules of drills need not be evaluated elsewhere. */
  isUnderWay(environment: string): boolean {
    return this.#drills.has(environment)
  }

  /** At the start, and when plans were changed. */
  wake(): void {
    this.#rounds.wake()
  }

  /** Begins one now; undefined: another is under way. @param id unique in the environment. */
  async begin(environment: string, id: string, month?: string): Promise<Drill | undefined> {
    const planned = month === undefined ? {} : { month }
    const drill: Drill = { id, environment, ...planned, begunAt: this.#now(), channels: [] }
    if (this.#rounds.isStopped || !(await this.#options.store.begin(drill))) return undefined
    this.#drills.set(environment, drill)
    this.wake()
    return drill
  }

  /** The environment is gone. */
  forget(environment: string): void {
    this.#drills.delete(environment)
    this.#failing.delete(environment)
  }

  /** Resolves when what is due has been done or put off. */
  idle(): Promise<void> {
    return this.#rounds.idle()
  }

  stop(): Promise<void> {
    return this.#rounds.stop()
  }

  async #round(): Promise<void> {
    let waitMs = RETRY_MS
    const nextAt = await this.#tried('', () => this.#beginDue())
    if (nextAt !== undefined) waitMs = nextAt - this.#now()
    for (const drill of [...this.#drills.values()]) {
      if (this.#rounds.isStopped) return
      const isDone = await this.#tried(drill.environment, () => this.#follow(drill))
      waitMs = Math.min(waitMs, isDone ? TICK_MS : RETRY_MS)
    }
    this.#rounds.wakeAfter(Math.max(0, waitMs))
  }

  /** What fails in one environment keeps no other waiting; told once, the tries that follow fail alike. */
  async #tried<T>(environment: string, task: () => Promise<T>): Promise<T | undefined> {
    try {
      const done = await task()
      this.#failing.delete(environment)
      return done
    } catch (error) {
      const fields = { environment, error: messageOf(error) }
      if (!this.#failing.has(environment)) {
        this.#options.log.error(fields, 'drill failed, trying again')
      }
      this.#failing.add(environment)
      return undefined
    }
  }

  /** When to look again. */
  async #beginDue(): Promise<UnixMs> {
    let nextAt = this.#now() + LOOK_MS
    for (const plan of await this.#options.store.plans()) {
      const calendar = await this.#calendarOf(plan)
      const month = dueMonth(plan, calendar, this.#now())
      if (month !== undefined) await this.begin(plan.environment, month, month)
      nextAt = Math.min(nextAt, nextDue(plan, calendar, this.#now()) ?? nextAt)
    }
    return nextAt
  }

  async #calendarOf({ environment }: KeptPlan): Promise<Calendar> {
    return new Calendar(await this.#options.calendars.calendar(environment))
  }

  async #follow(drill: Drill): Promise<true> {
    const { store, limitMs, onPlanned } = this.#options
    const now = this.#now()
    const next =
      drill.storedAt === undefined
        ? await this.#store(drill)
        : observed(drill, await store.happened(drill), now, limitMs)
    const mails = next.end ? await this.#mails(next) : []
    await store.save(next, mails)
    // The environment may have been removed meanwhile.
    if (this.#drills.get(drill.environment) !== drill) return true
    if (next.end) this.#drills.delete(drill.environment)
    else this.#drills.set(drill.environment, next)
    if (mails.length > 0) onPlanned()
    return true
  }

  /** Hands the fault to the series; what they refuse is tried again until the drill ends. */
  async #store(drill: Drill): Promise<Drill> {
    const { series, limitMs } = this.#options
    const faultAt = this.#now()
    try {
      await series.append(drill.environment, faultBatch(drill, faultAt), faultAt)
      return { ...drill, faultAt, storedAt: this.#now() }
    } catch (error) {
      return isOver(drill, faultAt, limitMs)
        ? failed(drill, 'stored', [messageOf(error)], faultAt)
        : drill
    }
  }

  async #mails(drill: Drill): Promise<NewDelivery[]> {
    const { store, people, publicUrl } = this.#options
    const plans = await store.plans()
    const plan = plans.find(({ environment }) => environment === drill.environment)
    const audience = await people.audience(drill.environment)
    return reportMails({
      ...{ drill, audience, contacts: plan?.contacts ?? [] },
      ...(publicUrl !== undefined && { publicUrl }),
    })
  }

  /** Whole milliseconds: a clock that runs faster shows fractions. */
  #now(): UnixMs {
    return Math.floor(this.#options.clock.now())
  }
}
