/** Tasks decided and saved together; what cannot be is tried again, and then set aside. */
import type { UnixMs } from '../../model/time.ts'
import { Failure, messageOf } from '../../support/failure.ts'
import type { Log } from '../../support/log.ts'
import { Batch, type Known } from './batch.ts'
import type { Notice } from './notice.ts'
import type { Message, Plan, PlanStore } from './ports.ts'
import type { Task } from './task.ts'

/** News that fails as often while others can be planned is set aside. */
const MAX_TRIES = 3

/** What went wrong in this run, by environment; '' is the store. */
export type Failed = Map<string, unknown>

export interface TaskPlansOptions {
  readonly store: PlanStore
  readonly log: Log
  readonly render: (notice: Notice) => Message
  /** Of one kind one message within this time. */
  readonly windowMs: number
  /** Deliveries were saved. */
  readonly onPlanned: () => void
  /** There is news that is to be planned anew. */
  readonly onRenewed?: () => void
}

interface Turn {
  readonly at: UnixMs
  readonly failed: Failed
}

export class TaskPlans {
  readonly #options: TaskPlansOptions
  /** Tries of what could not be planned, by name. */
  readonly #tries = new Map<string, number>()
  #setAside = 0

  constructor(options: TaskPlansOptions) {
    this.#options = options
  }

  /** News that could not be planned. */
  get setAside(): number {
    return this.#setAside
  }

  /** Changes of an environment stay in order, so one that fails ends its turn; others go on. */
  async plan(tasks: readonly Task[], known: Known, { at, failed }: Turn): Promise<void> {
    const { windowMs, render } = this.#options
    const batch = new Batch(known, { at, windowMs, render })
    const planned: { task: Task; plan: Plan }[] = []
    for (const task of tasks) {
      if (failed.has(task.environment)) continue
      try {
        planned.push({ task, plan: task.plan(batch) })
      } catch (error) {
        const plan = this.#failedToPlan(task, error, failed)
        if (plan) planned.push({ task, plan })
      }
    }
    if (planned.length === 0) return
    try {
      await this.#save(planned.map(({ plan }) => plan))
      for (const { task } of planned) this.#tries.delete(task.name)
    } catch (error) {
      if (isOfStore(error)) throw error
      // One of them cannot be saved: which shows when each is saved by itself.
      for (const each of planned) await this.#saveAlone(each, failed)
    }
  }

  async #saveAlone({ task, plan }: { task: Task; plan: Plan }, failed: Failed): Promise<void> {
    if (failed.has(task.environment)) return
    try {
      await this.#save([plan])
      this.#tries.delete(task.name)
    } catch (error) {
      if (isOfStore(error)) throw error
      const aside = this.#failedToPlan(task, error, failed)
      if (aside) await this.#save([aside])
    }
  }

  async #save(plans: readonly Plan[]): Promise<void> {
    const { store, onPlanned, onRenewed } = this.#options
    await store.savePlans(plans)
    if (plans.some(({ renewed = [] }) => renewed.length > 0)) onRenewed?.()
    if (plans.some(({ deliveries }) => deliveries.length > 0)) onPlanned()
  }

  /** Tried again, with its environment waiting, until it has failed too often: then it is set aside. */
  #failedToPlan(task: Task, error: unknown, failed: Failed): Plan | undefined {
    const tries = (this.#tries.get(task.name) ?? 0) + 1
    if (tries < MAX_TRIES) {
      this.#tries.set(task.name, tries)
      failed.set(task.environment, error)
      return undefined
    }
    this.#tries.delete(task.name)
    this.#setAside++
    const { environment, name } = task
    const why = messageOf(error)
    this.#options.log.error(
      { environment, news: name, error: why },
      'news set aside: cannot be planned',
    )
    return task.aside(why)
  }
}

/** A fault of the store that passes, not of what was to be saved. */
function isOfStore(error: unknown): boolean {
  return error instanceof Failure && error.retryable
}
