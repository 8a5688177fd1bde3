/**
 * Long work in slices: between two of them the event loop goes once round, and in one round at most one
 * slice runs of all that wait. So what arrives is never more than a slice away from being heard.
 */
const SLICE_MS = 8

const waiting: (() => void)[] = []

/** Resolves when it is the caller's turn to work for a slice. */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    waiting.push(resolve)
    if (waiting.length === 1) setImmediate(next)
  })
}

function next(): void {
  const resolve = waiting.shift()
  // Before the work goes on: what that asks for then comes after those who wait.
  if (waiting.length > 0) setImmediate(next)
  resolve?.()
}

/** One long work's slices. */
export class Slices {
  #since = performance.now()

  /** Whether the slice is over: `await rest()` before going on. */
  get areOver(): boolean {
    return performance.now() - this.#since > SLICE_MS
  }

  async rest(): Promise<void> {
    await turn()
    this.#since = performance.now()
  }
}
