import type { Spooled, SpoolLane } from '../spool/spool.ts'

/** Where batches come from. */
export interface BatchSource {
  peek(lane: SpoolLane): Spooled | undefined
  ack(spooled: Spooled): void
  /** Calls `listener`, the only one, when there may be more to peek. */
  onChange(listener: () => void): void
}
