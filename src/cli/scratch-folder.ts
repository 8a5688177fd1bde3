/** A folder for what a command copies. */
import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** An empty folder while `work` goes on; removed at its end, also when a signal ends the process. */
export async function withScratchFolder<Result>(
  prefix: string,
  work: (folder: string) => Promise<Result>,
): Promise<Result> {
  let folder = ''
  const remove = () => {
    if (folder !== '') rmSync(folder, { recursive: true, force: true })
  }
  const onSignal = (signal: NodeJS.Signals) => {
    try {
      remove()
    } finally {
      // As if nobody had listened: who waits for the process sees that a signal ended it.
      for (const each of SIGNALS) process.off(each, onSignal)
      process.kill(process.pid, signal)
    }
  }
  for (const signal of SIGNALS) process.on(signal, onSignal)
  try {
    folder = await mkdtemp(join(tmpdir(), prefix))
    return await work(folder)
  } finally {
    for (const signal of SIGNALS) process.off(signal, onSignal)
    remove()
  }
}
