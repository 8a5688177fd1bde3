/**
 * Who works next in a thread that many ask: long work is done in slices, and between two of them the event loop
 * goes once round, so that what arrives is never more than a slice away from being heard.
 */

import { Turns } from '../../../support/turns.ts'

export interface TurnOptions {
  /** Comes before all that is not. */
  readonly isRule?: boolean
  /** Who is aborted has a turn soon, to find out. */
  readonly signal?: AbortSignal | undefined
}

const SLICE_MS = 8
/** Who has worked for less is short, and comes before those who have worked longer. */
const SHORT_MS = 50
/** Who has worked for longer is heavy; so many of them go on at a time, the others hold what they have. */
const HEAVY_MS = 200
const HEAVY_AT_ONCE = 3
/** Every so often who has waited longest: nobody waits for ever. */
const FAIR_EVERY = 4

export class TurnQueue {
  readonly #resting: Task[] = []
  #started = 0
  #heavy = 0
  #given = 0
  #isArmed = false

  /** Begins when it is its turn; rejects as `work` does. */
  async run<Result>(
    { isRule = false, signal }: TurnOptions,
    work: (turns: Turns) => Promise<Result>,
  ): Promise<Result> {
    const task = new Task({ isRule, signal, number: this.#started++ }, (one) => this.#rest(one))
    const arm = () => this.#arm()
    signal?.addEventListener('abort', arm)
    try {
      await task.next()
      return await work(task)
    } finally {
      signal?.removeEventListener('abort', arm)
      if (task.hasPlace) this.#heavy--
      this.#arm()
    }
  }

  #rest(task: Task): void {
    this.#resting.push(task)
    this.#arm()
  }

  #arm(): void {
    if (this.#isArmed || this.#resting.length === 0) return
    this.#isArmed = true
    setImmediate(() => this.#next())
  }

  /** At most one slice for each round of the event loop. */
  #next(): void {
    this.#isArmed = false
    const able = this.#resting.filter(
      (one) => !one.isHeavy || one.hasPlace || this.#heavy < HEAVY_AT_ONCE,
    )
    // When there is none all wait for a place among the heavy: whoever leaves it wakes them.
    const task = ++this.#given % FAIR_EVERY === 0 ? able[0] : soonest(able)
    if (!task) return
    this.#resting.splice(this.#resting.indexOf(task), 1)
    if (task.isHeavy && !task.hasPlace) {
      task.hasPlace = true
      this.#heavy++
    }
    // Before the work goes on: what that asks for then comes after what has arrived.
    this.#arm()
    task.goOn()
  }
}

interface Nature {
  readonly isRule: boolean
  readonly signal: AbortSignal | undefined
  /** In order of coming. */
  readonly number: number
}

class Task extends Turns {
  readonly number: number
  /** Among the heavy. */
  hasPlace = false
  readonly #nature: Nature
  readonly #waits: (task: Task) => void
  #sinceMs = performance.now()
  #usedMs = 0
  #goOn = () => {}

  constructor(nature: Nature, waits: (task: Task) => void) {
    super()
    this.number = nature.number
    this.#nature = nature
    this.#waits = waits
  }

  override get isOver(): boolean {
    return performance.now() - this.#sinceMs > SLICE_MS
  }

  get isHeavy(): boolean {
    const { isRule, signal } = this.#nature
    return !isRule && !signal?.aborted && this.#usedMs > HEAVY_MS
  }

  /** The lower the sooner: who has worked four times as long comes after. */
  get rank(): number {
    if (this.#nature.signal?.aborted) return -1
    if (this.#nature.isRule) return 0
    return this.#usedMs < SHORT_MS ? 1 : 2 + Math.floor(Math.log2(this.#usedMs / SHORT_MS) / 2)
  }

  /** It has just been given its turn, or others have worked meanwhile. */
  override isBeginOver(): boolean {
    return this.isOver
  }

  override next(): Promise<void> {
    // More than some slices is waiting: for the disk, or for others that work meanwhile.
    this.#usedMs += Math.min(performance.now() - this.#sinceMs, 4 * SLICE_MS)
    return new Promise((resolve) => {
      this.#goOn = resolve
      this.#waits(this)
    })
  }

  goOn(): void {
    this.#sinceMs = performance.now()
    this.#goOn()
  }
}

function soonest(tasks: readonly Task[]): Task | undefined {
  return tasks.reduce<Task | undefined>((first, task) => {
    if (!first || task.rank < first.rank) return task
    return task.rank === first.rank && task.number < first.number ? task : first
  }, undefined)
}
