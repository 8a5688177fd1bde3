/** What it costs to take in minute after minute, and to hold it: CPU, memory, disk. */
import { setTimeout as passed } from 'node:timers/promises'
import { median } from '../../bench-checks.ts'
import { type Model, VALUES } from './data.ts'
import type { Slot } from './schedule.ts'
import type { Target } from './target.ts'
import { cpuSecondsOf, diskBytes, residentBytes, settled } from './usage.ts'

const SETTLES_WITHIN_MS = 20_000
/**
 * Memory is looked at so long after the last minute, whoever is measured: in life there is a minute until the next,
 * and what a burst has left is given back in it, by V8 and by Go alike.
 */
const RESTS_MS = 30_000
/**
 * After so many minutes of data everyone may do what is due: in life there are ten minutes for it, here there
 * would be a second.
 */
const PAUSE_EVERY = 10

export interface IngestFigures {
  readonly records: number
  readonly minutes: number
  /** CPU of a record (15 samples) without the first minute; with all that follows from it, if later. */
  readonly cpuMicros: number
  readonly cpuMicrosOfFirstMinute: number
  /** Memory above idle, of a record, half a minute after the last minute of data. */
  readonly rssBytes: number
  readonly rssMb: number
  readonly idleMb: number
  readonly diskBytesOfSample: number
  readonly packedBytesOfSample: number
  /** Of a minute, from sending it to the last answer; the sender's share of it is in it. */
  readonly minuteMs: { readonly median: number; readonly slowest: number }
}

export async function measureIngest(
  target: Target,
  model: Model,
  minutes: readonly Slot[],
): Promise<IngestFigures> {
  const { pid, folder } = target
  await settled([pid], SETTLES_WITHIN_MS)
  const idle = residentBytes(pid)
  const cpu = [cpuSecondsOf(pid)]
  const times: number[] = []
  for (const [at, { number, endMs }] of minutes.entries()) {
    const minute = model.minute(number, endMs)
    const from = performance.now()
    await target.push(minute)
    times.push(performance.now() - from)
    if (at % PAUSE_EVERY === 0) await settled([pid], SETTLES_WITHIN_MS)
    if (at === 0) cpu.push(cpuSecondsOf(pid))
  }
  await settled([pid], SETTLES_WITHIN_MS)
  await passed(RESTS_MS)
  cpu.push(cpuSecondsOf(pid))
  const resident = residentBytes(pid)
  const disk = diskBytes(folder)
  await target.pack?.()
  await settled([pid], SETTLES_WITHIN_MS)
  const records = model.records.length
  const steady = records * (minutes.length - 1)
  const micros = (from: number, to: number) => 1e6 * ((cpu[to] ?? 0) - (cpu[from] ?? 0))
  const samples = records * VALUES * minutes.length
  return {
    ...{ records, minutes: minutes.length },
    cpuMicros: micros(1, 2) / steady,
    cpuMicrosOfFirstMinute: micros(0, 1) / records,
    rssBytes: (resident - idle) / records,
    rssMb: resident / 2 ** 20,
    idleMb: idle / 2 ** 20,
    minuteMs: { median: median(times), slowest: Math.max(...times) },
    diskBytesOfSample: disk / samples,
    packedBytesOfSample: diskBytes(folder) / samples,
  }
}
