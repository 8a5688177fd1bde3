/**
 * Appends and acknowledges until it is killed; says so, a line each:
 * `a 7` batch 7 is durable, `p 7` it is about to be acknowledged, `k 7` it is.
 */
import { writeSync } from 'node:fs'
import { batch, openSpool } from '../spool/spool-rig.ts'

const [folder = '', first = '1'] = process.argv.slice(2)
const spool = await openSpool(folder, {
  limits: { maxBytes: 2 ** 30, maxAgeMs: 1e12, maxMemoryBytes: 1e9 },
})

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

for (let seq = Number(first); ; seq += 3) {
  await Promise.all(
    [seq, seq + 1, seq + 2].map(async (each) => {
      await spool.append(batch(each, (each * 37) % 5_000))
      say(`a ${each}`)
    }),
  )
  for (let n = 0; n < seq % 5; n++) {
    const next = spool.peek()
    if (!next) break
    say(`p ${next.record.entry.id.seq}`)
    spool.ack(next)
    say(`k ${next.record.entry.id.seq}`)
  }
}
