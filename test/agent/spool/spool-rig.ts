import type { SpoolRecord } from '../../../src/agent/spool/record.ts'
import { Spool, type SpoolOptions } from '../../../src/agent/spool/spool.ts'
import { silentLog } from '../../../src/support/log.ts'
import { FakeClock } from '../../support/fake-clock.ts'

export const LIMITS = { maxBytes: 2 ** 20, maxAgeMs: 86_400_000, maxMemoryBytes: 2 ** 20 }

export function openSpool(folder: string, options: Partial<SpoolOptions> = {}): Promise<Spool> {
  const clock = new FakeClock()
  return Spool.open({ folder, limits: LIMITS, clock, log: silentLog, ...options })
}

/** Batch number `seq`, with a window of 10 s that ends at `seq × 10 s`, and `bytes` of content. */
export function batch(seq: number, bytes = 100): SpoolRecord {
  const id = { agent: 'a'.repeat(32), epoch: 'e'.repeat(16), seq } as const
  const toMs = seq * 10_000
  return {
    entry: { id, madeAt: toMs, events: 0, span: { fromMs: toMs - 10_000, toMs } },
    bytes: Buffer.alloc(bytes, seq),
  }
}

/** Numbers of all batches, oldest first; the spool is empty afterwards. */
export function drain(spool: Spool): number[] {
  const seqs: number[] = []
  for (let next = spool.peek(); next; next = spool.peek()) {
    seqs.push(next.record.entry.id.seq)
    spool.ack(next)
  }
  return seqs
}
