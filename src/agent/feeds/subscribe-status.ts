/** How the feed of what servers report is. Pure. */
import type { FeedStatus } from '../../model/polled.ts'
import type { UnixMs } from '../../model/time.ts'

export interface SubscribeCounts {
  statPackets: number
  propertyPackets: number
  notifyPackets: number
  /** Records that could not be read: impossible counts, values that are no numbers. */
  badRecords: number
  /** Notifies that could not be made durable. */
  lostNotifies: number
  /** Packets that an agent has passed on already: refused. */
  loops: number
  /** When anything arrived last; 0 never. */
  heardAt: UnixMs
}

export function noCounts(): SubscribeCounts {
  return {
    ...{ statPackets: 0, propertyPackets: 0, notifyPackets: 0 },
    ...{ badRecords: 0, lostNotifies: 0, loops: 0, heardAt: 0 },
  }
}

export function statusOf(counts: Readonly<SubscribeCounts>, now: UnixMs): FeedStatus {
  const { heardAt, lostNotifies, statPackets, propertyPackets, notifyPackets } = counts
  const records = statPackets + propertyPackets + notifyPackets
  const common = { feed: 'subscribe', reachedMs: heardAt, records } as const
  const why = whyNot(heardAt, now)
  if (why !== '') return { ...common, state: 'off', why }
  if (lostNotifies === 0) return { ...common, state: 'ok', why: '' }
  return { ...common, state: 'behind', why: `${lostNotifies} notifies were lost` }
}

/** Longer than any report interval. */
const SILENT_MS = 180_000

function whyNot(heardAt: UnixMs, now: UnixMs): string {
  if (heardAt === 0) return 'no server reports here: the templates name other objects'
  if (now - heardAt <= SILENT_MS) return ''
  return `no server has reported here for ${Math.floor((now - heardAt) / 60_000)} min`
}
