/** A folder and processes for one measurement: all gone when it is over, also by Ctrl-C. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { StopList } from '../../../src/support/stop-list.ts'

export interface Stage {
  readonly parent: string
  readonly stop: StopList
}

/** How to stop each, once: parts go last first, whoever asks. */
const underWay = new Set<() => Promise<unknown>>()
let interrupted = false

/** Runs `work`, and then undoes what it has pushed on the stop list; the folder goes last. */
export async function onStage<T>(work: (stage: Stage) => Promise<T>): Promise<T> {
  const stop = new StopList()
  const parent = mkdtempSync(join(tmpdir(), 'tars-alarm-bench-series-'))
  stop.push('folder', () => rmSync(parent, { recursive: true, force: true }))
  let stopping: Promise<unknown> | undefined
  const end = () => {
    stopping ??= stop.stop()
    return stopping
  }
  underWay.add(end)
  try {
    return await work({ parent, stop })
  } finally {
    await end()
    underWay.delete(end)
    // What is being stopped makes the work fail: that is no news.
    if (interrupted) await new Promise(() => {})
  }
}

/** From now on Ctrl-C stops what runs first. Returns how it was before. */
export function stopOnSignal(): () => void {
  const stop = async () => {
    interrupted = true
    await Promise.all([...underWay].map((end) => end()))
    process.exit(130)
  }
  const signals = ['SIGINT', 'SIGTERM'] as const
  for (const signal of signals) process.once(signal, stop)
  return () => {
    for (const signal of signals) process.off(signal, stop)
  }
}
