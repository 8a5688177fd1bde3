/** How long the main thread of the cloud is held at a stretch, by what the probe in it sees. */
import { median } from '../../bench-checks.ts'
import type { Started } from '../../demo/processes.ts'
import { RECORDS_OF_AGENT } from './batches.ts'
import { startCloud } from './cloud.ts'
import { modelOf } from './data.ts'
import type { Held, ThreadMemory } from './probe.ts'
import { load } from './queries.ts'
import { slots } from './schedule.ts'
import type { Stage } from './stage.ts'
import { settled } from './usage.ts'

/** Pushed one behind the other. */
const WINDOWS = 10
const SETTLES_WITHIN_MS = 20_000
const HEAVY_ROUNDS = 3
/** Every bucket of every record, over all there is. */
const HEAVY =
  'histogram_quantile(0.99, sum by (callee, interface, le) (sum_over_time(tars_duration_ms_bucket[2h])))'

/** Each the longest stretches of one kind of work, and of doing nothing: what the machine itself adds. */
export interface LoopFigures {
  readonly idle: Held
  readonly ingest: Held
  readonly background: Held
  readonly heavyQuery: Held
  readonly heavyQueryMs: number
}

/** `minutes`: how much there is in the end; enough that memory is written out and blocks are merged. */
export async function measureLoop(
  stage: Stage,
  lastMs: number,
  minutes: number,
): Promise<LoopFigures> {
  const model = modelOf(RECORDS_OF_AGENT)
  const target = await startCloud(model, stage)
  const { process, pid } = target
  const quiet = () => settled([pid], SETTLES_WITHIN_MS)
  await quiet()
  const idle = await heldBy(process, quiet)
  const all = slots(lastMs, minutes)
  const ingest = await heldBy(process, () => load(target, model, all.slice(0, WINDOWS)))
  const background = await heldBy(process, async () => {
    for (let at = WINDOWS; at < all.length; at += WINDOWS) {
      await load(target, model, all.slice(at, at + WINDOWS))
      await quiet()
    }
  })
  const times: number[] = []
  const heavyQuery = await heldBy(process, async () => {
    for (let round = 0; round < HEAVY_ROUNDS; round++) {
      times.push((await target.query(HEAVY, lastMs)).ms)
    }
  })
  return { idle, ingest, background, heavyQuery, heavyQueryMs: median(times) }
}

async function heldBy({ child }: Started, work: () => Promise<void>): Promise<Held> {
  child.send({ probe: 'watch' })
  await work()
  const { held } = (await ask(child, 'held')) as { held: Held }
  return held
}

/** What V8 holds for each thread of the cloud. */
export async function memoryOf({ child }: Started): Promise<readonly ThreadMemory[]> {
  const { memory } = (await ask(child, 'memory')) as { memory: readonly ThreadMemory[] }
  return memory
}

function ask(child: Started['child'], probe: 'held' | 'memory'): Promise<unknown> {
  return new Promise((resolve) => {
    child.once('message', resolve)
    child.send({ probe })
  })
}
