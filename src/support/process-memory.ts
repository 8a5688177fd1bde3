/** What V8 takes from the machine beyond what is in use, kept small, and what it does for it. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Cancel, Clock } from './clock.ts'

const MB = 2 ** 20
const LOOK_EVERY_MS = 30_000
/** Code and the engine itself are about 75 MB. */
const MAX_SPARE_BYTES = 200 * MB
/** What one collection could not give back, the next will not either. */
const GROWN_BYTES = 50 * MB

/** As of `process.memoryUsage()`. */
export interface MemoryUsage {
  readonly rss: number
  readonly heapUsed: number
  readonly external: number
}

/**
 * From now on V8 gives new objects no more room than they have: otherwise it doubles that room under load and
 * keeps it, up to some 50 MB of a process that needs 5. Costs more, and shorter, collections.
 */
export function keepYoungHeapSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1')
}

/**
 * From now on one thread at a time collects new objects of an isolate. There are few megabytes of them: several
 * threads cost more CPU in waiting for each other than they save (measured for a stat record: a tenth).
 */
export function collectYoungAlone(): void {
  setFlagsFromString('--no-parallel-scavenge')
}

/**
 * Gives memory back that a flood has left: V8 collects when it needs room, so a process that is calm afterwards
 * would keep some 300 MB. A collection takes about 0.1 s. For tests: what is used, and how it is collected.
 */
export function giveBackSpareMemory(
  clock: Clock,
  usage: () => MemoryUsage = process.memoryUsage,
  collect: () => void = collector(),
): Cancel {
  let leftBytes = 0
  let cancel: Cancel = () => {}
  const look = () => {
    if (isWorthIt(usage(), leftBytes)) {
      collect()
      leftBytes = usage().rss
    }
    cancel = clock.after(LOOK_EVERY_MS, look)
  }
  cancel = clock.after(LOOK_EVERY_MS, look)
  return () => cancel()
}

/** V8 looks every 8 s at each thread whose heap has grown. Longer: it would collect again what comes meanwhile. */
const REDUCES_FOR_MS = 10_000

/**
 * Memory that a burst of work has left, given back in all threads of the process. By itself V8 never finds that a
 * thread that has work every minute has less of it than before; while it is told that size counts, it collects
 * what has grown, once and in steps of some milliseconds. `setFlag`: for tests.
 */
export class MemoryReducer {
  readonly #clock: Clock
  readonly #setFlag: (flag: string) => void
  #cancel: Cancel = () => {}

  constructor(clock: Clock, setFlag: (flag: string) => void = setFlagsFromString) {
    this.#clock = clock
    this.#setFlag = setFlag
    setFlag('--memory-reducer-gc-count=1')
    // A thread before this one may have ended meanwhile.
    setFlag('--no-optimize-for-size')
  }

  /** Begins within some seconds. */
  reduce(): void {
    this.#cancel()
    this.#setFlag('--optimize-for-size')
    this.#cancel = this.#clock.after(REDUCES_FOR_MS, () => this.#setFlag('--no-optimize-for-size'))
  }
}

function isWorthIt({ rss, heapUsed, external }: MemoryUsage, leftBytes: number): boolean {
  return rss - heapUsed - external > MAX_SPARE_BYTES && rss > leftBytes + GROWN_BYTES
}

/** `gc`, without a flag on the command line. */
function collector(): () => void {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  setFlagsFromString('--no-expose-gc')
  return collect
}
