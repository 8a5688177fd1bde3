/**
 * Loaded into the cloud before anything else (`--import`), to look at it from within: how long its main
 * thread was held, and what memory V8 holds for each thread. It costs a timer of 1 ms while it watches.
 *
 * A stretch is the time from one run of a timer of 1 ms to the next: while JavaScript or a system call holds
 * the loop the timer cannot run. It may also be late because the machine runs something else: the time in
 * which the thread could have run and had no core, by the kernel's account, is no part of it.
 */
import { openSync, readSync } from 'node:fs'
import { BroadcastChannel, isMainThread, threadId } from 'node:worker_threads'

const ASK_MS = 500

interface Stretch {
  readonly ms: number
  /** Of it on a core: the rest is waiting for a disk or for another thread, as of the garbage collector. */
  readonly cpuMs: number
  /** How long it had no core, beside. */
  readonly waitedMs: number
}

export interface ThreadMemory {
  readonly thread: number
  readonly heapUsed: number
  readonly heapTotal: number
  readonly external: number
  readonly arrayBuffers: number
}

export interface Held {
  /** The longest, longest first. */
  readonly stretches: readonly Stretch[]
}

const KEPT = 5
let stretches: Stretch[] = []
let timer: NodeJS.Timeout | undefined

function watch(): void {
  const schedule = openSync('/proc/thread-self/schedstat', 'r')
  const text = Buffer.alloc(100)
  /** Milliseconds so far: of the clock, on a core, in want of a core. */
  const times = () => {
    const length = readSync(schedule, text, 0, text.length, 0)
    const [ran = 0, waited = 0] = text.toString('latin1', 0, length).split(' ').map(Number)
    return { at: performance.now(), cpuMs: ran / 1e6, waitedMs: waited / 1e6 }
  }
  let last = times()
  stretches = []
  timer = setInterval(() => {
    const now = times()
    const waitedMs = now.waitedMs - last.waitedMs
    const ms = now.at - last.at - waitedMs
    if (stretches.length < KEPT || ms > (stretches.at(-1)?.ms ?? 0)) {
      const stretch = { ms, waitedMs, cpuMs: now.cpuMs - last.cpuMs }
      stretches = [...stretches, stretch].sort((a, b) => b.ms - a.ms).slice(0, KEPT)
    }
    last = now
  }, 1)
  timer.unref()
}

function stopWatching(): Held {
  clearInterval(timer)
  return { stretches }
}

function memoryOfThread(): ThreadMemory {
  const { heapUsed, heapTotal, external, arrayBuffers } = process.memoryUsage()
  return { thread: threadId, heapUsed, heapTotal, external, arrayBuffers }
}

/** Asks every thread; those that do not answer soon are left out. */
function memoryOfAll(answer: (memory: ThreadMemory[]) => void): void {
  const found = [memoryOfThread()]
  const channel = new BroadcastChannel('bench-memory')
  channel.onmessage = (event) => {
    const { data } = event as { data: { memory?: ThreadMemory } }
    if (data.memory) found.push(data.memory)
  }
  channel.postMessage({ asked: true })
  setTimeout(() => {
    channel.close()
    answer(found)
  }, ASK_MS)
}

function answerAsWorker(): void {
  const channel = new BroadcastChannel('bench-memory')
  channel.onmessage = (event) => {
    const { data } = event as { data: { asked?: boolean } }
    if (data.asked) channel.postMessage({ memory: memoryOfThread() })
  }
  channel.unref()
}

if (isMainThread) {
  process.on('message', ({ probe }: { probe?: 'watch' | 'held' | 'memory' }) => {
    if (probe === 'watch') watch()
    if (probe === 'held') process.send?.({ held: stopWatching() })
    if (probe === 'memory') memoryOfAll((memory) => process.send?.({ memory }))
  })
} else answerAsWorker()
