/**
 * The store of series and PromQL, side by side with Debian's prometheus and victoria-metrics where these are
 * on PATH: the same samples to each on this machine in this run, ours as batches of agents to the real cloud,
 * theirs by remote write. CPU is that of the whole process, all its threads, by /proc. `--quick` takes
 * minutes instead of hours of data: its memory and disk are not those of the goals. Parts: rules, ingest, loop.
 */
import { loadavg } from 'node:os'
import type { Bench } from '../bench-checks.ts'
import { checksOf } from './series/checks.ts'
import { isOnPath, PEERS } from './series/peers.ts'
import { type Extent, type Figures, measure, PARTS, type Part } from './series/run.ts'
import { lastMinuteMs } from './series/schedule.ts'
import { stopOnSignal } from './series/stage.ts'

/** Two hours are hot, and some minutes more, so that what is flushed every ten minutes is merged once. */
const WHOLE: Extent = { hotMinutes: 125, remoteWriteMinutes: 31, loopMinutes: 131, rounds: 7 }
const QUICK: Extent = { hotMinutes: 21, remoteWriteMinutes: 6, loopMinutes: 31, rounds: 5 }

export const bench: Bench = async (note, { quick, parts }) => {
  const wanted = parts.length > 0 ? parts.map(partOf) : PARTS
  const unhook = stopOnSignal()
  const from = performance.now()
  const [loadBefore] = loadavg()
  try {
    const figures: Figures = await measure({
      parts: wanted,
      peers: PEERS.filter(isOnPath),
      lastMs: lastMinuteMs(Date.now()),
      extent: quick ? QUICK : WHOLE,
      note: (text) => note(`${Math.round((performance.now() - from) / 1_000)} s: ${text}`),
    })
    const seconds = (performance.now() - from) / 1_000
    // Times of the clock, and what caches cost, are worth little where the machine did something else, too.
    const raw = { seconds, quick, load_before: loadBefore, ...figures }
    return { checks: checksOf(figures), raw }
  } finally {
    unhook()
  }
}

function partOf(name: string): Part {
  const part = PARTS.find((each) => each === name)
  if (!part) throw new Error(`there is no part '${name}'; known: ${PARTS.join(', ')}`)
  return part
}
