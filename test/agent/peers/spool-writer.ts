/**
 * Appends and acknowledges in both lanes until it is killed; says so, a line each:
 * `a 7` batch 7 is durable, `p 7` it is about to be acknowledged, `k 7` it is.
 */
import { writeSync } from 'node:fs'
import type { SpoolRecord } from '../../../src/agent/spool/record.ts'
import type { SpoolLane } from '../../../src/agent/spool/spool.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { batch, openSpool } from '../spool/spool-rig.ts'

const [folder = '', first = '1'] = process.argv.slice(2)
const NOW = 1e12
const spool = await openSpool(folder, {
  clock: new FakeClock(NOW),
  limits: { maxBytes: 2 ** 30, maxAgeMs: 1e12, maxMemoryBytes: 1e9 },
})

/** Every second one is too old for the fresh lane. */
function made(seq: number): SpoolRecord {
  const { entry, bytes } = batch(seq, (seq * 37) % 5_000)
  return { entry: { ...entry, madeAt: seq % 2 === 0 ? NOW : NOW - 600_000 }, bytes }
}

function say(line: string): void {
  for (;;) {
    try {
      writeSync(1, `${line}\n`)
      return
    } catch (error) {
      // The pipe is full: its reader is slow.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
    }
  }
}

function take(lane: SpoolLane, count: number): void {
  for (let n = 0; n < count; n++) {
    const next = spool.peek(lane)
    if (!next) return
    say(`p ${next.record.entry.id.seq}`)
    spool.ack(next)
    say(`k ${next.record.entry.id.seq}`)
  }
}

for (let seq = Number(first); ; seq += 3) {
  await Promise.all(
    [seq, seq + 1, seq + 2].map(async (each) => {
      await spool.append(made(each))
      say(`a ${each}`)
    }),
  )
  take('fresh', seq % 5)
  take('backlog', seq % 7)
}
