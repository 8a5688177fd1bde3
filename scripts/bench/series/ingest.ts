/** What it costs to take in minute after minute, and to hold it: CPU, memory, disk. */
import type { Model } from './data.ts'
import { VALUES } from './data.ts'
import type { Slot } from './schedule.ts'
import type { Target } from './target.ts'
import { cpuSecondsOf, diskBytes, residentBytes, settled } from './usage.ts'

const SETTLES_WITHIN_MS = 20_000

export interface IngestFigures {
  readonly records: number
  readonly minutes: number
  /** CPU of a record (15 samples) without the first minute, what is done behind the push included. */
  readonly cpuMicros: number
  readonly cpuMicrosOfPush: number
  readonly cpuMicrosOfFirstMinute: number
  /** Memory above idle, of a record. */
  readonly rssBytes: number
  readonly rssMb: number
  readonly idleMb: number
  readonly diskBytesOfSample: number
  readonly packedBytesOfSample: number
  readonly seconds: number
  readonly slowestMinuteMs: number
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
  const from = performance.now()
  let slowestMinuteMs = 0
  for (const { number, endMs } of minutes) {
    const minute = model.minute(number, endMs)
    const sentAt = performance.now()
    await target.push(minute)
    slowestMinuteMs = Math.max(slowestMinuteMs, performance.now() - sentAt)
    if (cpu.length === 1) cpu.push(cpuSecondsOf(pid))
  }
  const seconds = (performance.now() - from) / 1_000
  cpu.push(cpuSecondsOf(pid))
  await settled([pid], SETTLES_WITHIN_MS)
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
    ...{ records, minutes: minutes.length, seconds, slowestMinuteMs },
    cpuMicros: micros(1, 3) / steady,
    cpuMicrosOfPush: micros(1, 2) / steady,
    cpuMicrosOfFirstMinute: micros(0, 1) / records,
    rssBytes: (resident - idle) / records,
    rssMb: resident / 2 ** 20,
    idleMb: idle / 2 ** 20,
    diskBytesOfSample: disk / samples,
    packedBytesOfSample: diskBytes(folder) / samples,
  }
}
