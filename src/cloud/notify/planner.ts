import { backoffMs } from '../../support/backoff.ts'
import type { Clock } from '../../support/clock.ts'
import { messageOf } from '../../support/failure.ts'
import { Rounds } from '../../support/rounds.ts'
import type { AlertChange } from '../alerts/alert.ts'
import { type Known, kindsOf } from './batch.ts'
import { audiencesOf, inhibitorsOf, knownOf, overInGroups } from './known.ts'
import type { Convergence } from './ports.ts'
import { type DueReminders, type ReminderStore, UNDONE } from './reminders/reminder.ts'
import { Reminding } from './reminders/reminding.ts'
import { isRouteId } from './routing/route-policy.ts'
import { digestTaskOf, reminderTaskOf, type Task, taskOf } from './task.ts'
import { type Failed, TaskPlans, type TaskPlansOptions } from './task-plans.ts'

/** Changes, and digests, that are decided and saved together. */
const BATCH = 500
const RETRY = { baseMs: 1_000, maxMs: 60_000 }

const NOTHING_KNOWN = { convergences: [], told: [], over: new Set<string>() }

export interface PlannerOptions extends TaskPlansOptions {
  /** Without it nobody acts on alerts, and nothing escalates. */
  readonly reminders?: ReminderStore
  readonly clock: Clock
  /** Hears of news before it is rendered; must not reject. */
  readonly prepare?: (news: readonly AlertChange[]) => Promise<void>
}

/**
 * Turns saved changes into saved deliveries, in their order, and digests and reminders by the clock. A change stays pending
 * until its plan is saved, so a crash at any point only plans it again.
 */
export class Planner {
  readonly #options: PlannerOptions
  readonly #tasks: TaskPlans
  readonly #reminding: Reminding
  readonly #rounds: Rounds
  #failures = 0

  constructor(options: PlannerOptions) {
    this.#options = options
    this.#rounds = new Rounds(options.clock, () => this.#round())
    this.#tasks = new TaskPlans({ ...options, onRenewed: () => this.wake() })
    this.#reminding = new Reminding(options.reminders)
  }

  /** News that could not be planned. */
  get setAside(): number {
    return this.#tasks.setAside
  }

  /** The last try to plan failed, at least for one environment. */
  get isFailing(): boolean {
    return this.#failures > 0
  }

  /** There may be something to plan. Calls during a run make one more run. */
  wake(): void {
    this.#rounds.wake()
  }

  /** Resolves when what was asked for so far has been planned or put off. */
  idle(): Promise<void> {
    return this.#rounds.idle()
  }

  stop(): Promise<void> {
    return this.#rounds.stop()
  }

  async #round(): Promise<void> {
    const failed: Failed = new Map()
    try {
      do {
        await this.#planChanges(failed)
        await this.#planDigests(failed)
        await this.#planReminders(failed)
      } while (this.#rounds.takeAsked())
      await this.#wakeInTime()
    } catch (error) {
      failed.set('', error)
    }
    const [error] = failed.values()
    if (failed.size > 0) return this.#putOff(error)
    if (this.#failures > 0) this.#options.log.info('planning works again')
    this.#failures = 0
  }

  #putOff(error: unknown): void {
    const { log } = this.#options
    // Logged once: the tries that follow fail alike.
    if (this.#failures++ === 0)
      log.error({ error: messageOf(error) }, 'planning failed, trying again')
    this.#rounds.putOff(backoffMs(Math.min(this.#failures, 20), RETRY))
  }

  async #planChanges(failed: Failed): Promise<void> {
    const { store } = this.#options
    while (!this.#rounds.isStopped) {
      const pending = await store.pendingChanges(BATCH, this.#now(), [...failed.keys()])
      if (pending.length === 0) return
      const audiences = await this.#audiences(
        pending.map(({ change }) => change.alert.environment),
        failed,
      )
      const known = await knownOf(pending, audiences, store)
      const news = pending.map(({ change }) => change)
      const handled = await this.#handled(news, known.convergences)
      await this.#options.prepare?.(news)
      await this.#plan(
        pending.map((one) => taskOf(one, this.#now())),
        { ...known, handled },
        failed,
      )
      if (pending.length < BATCH) return
    }
  }

  async #planDigests(failed: Failed): Promise<void> {
    const { store } = this.#options
    while (!this.#rounds.isStopped) {
      const due = await store.dueConvergences(this.#now(), BATCH, [...failed.keys()])
      if (due.length === 0) return
      const audiences = await this.#audiences(
        due.map(({ kind }) => kind.environment),
        failed,
      )
      const handled = await this.#handled([], due)
      const news = due.flatMap(routeNews)
      if (news.length > 0) await this.#options.prepare?.(news)
      await this.#plan(
        due.map((one) => digestTaskOf(one, this.#now())),
        {
          ...{ ...NOTHING_KNOWN, audiences, handled },
          over: await overInGroups(due, store),
          inhibitors: await inhibitorsOf(audiences, store),
        },
        failed,
      )
      if (due.length < BATCH) return
    }
  }

  async #planReminders(failed: Failed): Promise<void> {
    while (!this.#rounds.isStopped) {
      const due = await this.#reminding.due(this.#now(), BATCH, [...failed.keys()])
      if (due.length === 0) return
      const audiences = await this.#audiences(
        due.map(({ environment }) => environment),
        failed,
      )
      const groups = await this.#reminding.grouped(due)
      const news = groups.flatMap(({ changes }) => changes)
      const kinds = kindsOf(
        news.map((change) => ({ id: 0, change })),
        audiences,
      )
      const convergences = await this.#options.store.convergences(kinds)
      const handled = await this.#handled(news, convergences)
      await this.#options.prepare?.(groups.flatMap(({ changes }) => changes.at(-1) ?? []))
      await this.#plan(
        groups.map((one) => reminderTaskOf(one, this.#now())),
        {
          ...{ ...NOTHING_KNOWN, audiences, convergences, handled },
          ...(await this.#knownOfUndone(groups, audiences)),
        },
        failed,
      )
      if (due.length < BATCH) return
    }
  }

  /** What was taken back is decided as news is. */
  async #knownOfUndone(groups: readonly DueReminders[], audiences: Known['audiences']) {
    const { store } = this.#options
    const undone = groups.filter(({ policy }) => policy === UNDONE)
    if (undone.length === 0) return {}
    const alerts = undone.flatMap(({ changes }) => changes.map(({ alert }) => alert.id))
    return {
      told: await store.toldOf(alerts),
      inhibitors: await inhibitorsOf(audiences, store),
    }
  }

  #handled(news: readonly AlertChange[], convergences: readonly Convergence[]) {
    const all = [...news, ...convergences.flatMap(membersOf)]
    return this.#reminding.handled(all.map(({ alert }) => alert.id))
  }

  #audiences(environments: readonly string[], failed: Failed) {
    const { store } = this.#options
    return audiencesOf(environments, store, (environment, error) => failed.set(environment, error))
  }

  #plan(tasks: readonly Task[], known: Known, failed: Failed): Promise<void> {
    return this.#tasks.plan(tasks, known, { at: this.#now(), failed })
  }

  /** Whole milliseconds: a clock that runs faster shows fractions. */
  #now(): number {
    return Math.floor(this.#options.clock.now())
  }

  /** For the next digest and reminder, and for what has waited long enough. */
  async #wakeInTime(): Promise<void> {
    const { store, clock } = this.#options
    const digestDue = (await store.firstDigestDue()) ?? Infinity
    const holdEnd = (await store.firstHoldEnd()) ?? Infinity
    const at = Math.min(digestDue, holdEnd, await this.#reminding.firstDue())
    if (at !== Infinity) this.#rounds.wakeAfter(Math.max(0, at - clock.now()))
  }
}

/** What a route is about to tell; a digest has no picture. */
function routeNews({ kind, held, firing = [] }: Convergence): AlertChange[] {
  const newest = held.at(-1) ?? firing.at(-1)
  return isRouteId(kind.policy) && newest ? [newest] : []
}

function membersOf({ held, firing = [] }: Convergence): AlertChange[] {
  return [...held, ...firing]
}
