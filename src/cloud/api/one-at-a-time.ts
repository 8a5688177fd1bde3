export type InTurn = <T>(task: () => Promise<T>) => Promise<T>

/** Runs tasks one after another, so that what one checks before it writes still holds when it writes. */
export function oneAtATime(): InTurn {
  let last: Promise<unknown> = Promise.resolve()
  return (task) => {
    const run = last.then(task)
    last = run.catch(() => {})
    return run
  }
}
