/**
 * Long work in slices: where one is over, the event loop goes round before the next. All work of a thread
 * shares them, so what arrives meanwhile is never more than a slice away from being heard.
 */

/** Work that yields where it can let others go on. */
export type Work<Result> = Generator<void, Result, void>

/** Work that is done. */
// biome-ignore lint/correctness/useYield: there is nothing to let others go on for
export function* done<Result>(result: Result): Work<Result> {
  return result
}

const SLICE_MS = 8
const BEGUN_AT_ONCE = 8

export class Turns {
  readonly #sliceMs: number
  readonly #waiting: (() => void)[] = []
  #sinceMs = performance.now()
  #begun = 0

  constructor(sliceMs = SLICE_MS) {
    this.#sliceMs = sliceMs
  }

  /** Whether the slice is over: time to `await next()`. */
  get isOver(): boolean {
    return performance.now() - this.#sinceMs >= this.#sliceMs
  }

  /** As `isOver`, for work that is about to begin: most is short, so the time is asked for now and then. */
  isBeginOver(): boolean {
    return ++this.#begun % BEGUN_AT_ONCE === 0 && this.isOver
  }

  /** Resolves when it is the caller's turn: one of all that wait in each round of the event loop. */
  next(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve)
      if (this.#waiting.length === 1) setImmediate(() => this.#give())
    })
  }

  #give(): void {
    const resolve = this.#waiting.shift()
    // Before the work goes on: what that asks for then comes after those who wait.
    if (this.#waiting.length > 0) setImmediate(() => this.#give())
    this.#sinceMs = performance.now()
    resolve?.()
  }
}

/** Those of this thread. */
export const threadTurns = new Turns()

/** Does the work, a turn for each part of it; at once and without a promise where it is short. */
export function inTurns<Result>(work: Work<Result>, turns: Turns): Result | Promise<Result> {
  if (turns.isBeginOver()) return goOn(work, turns)
  const part = work.next()
  return part.done ? part.value : goOn(work, turns)
}

async function goOn<Result>(work: Work<Result>, turns: Turns): Promise<Result> {
  for (;;) {
    await turns.next()
    const part = work.next()
    if (part.done) return part.value
  }
}
