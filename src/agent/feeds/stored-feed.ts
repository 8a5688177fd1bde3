/** What the feeds of stored records have in common, wherever these are stored. */
import type { NotifyEvent } from '../../model/event.ts'
import type { Clock } from '../../support/clock.ts'
import { Failure, messageOf } from '../../support/failure.ts'
import type { Log } from '../../support/log.ts'
import type { PolledIntake } from './polling-feed.ts'
import { BucketReader, type BucketSource } from './stored-buckets.ts'
import type { PartPlan } from './stored-parts.ts'
import type { RowsKind } from './stored-rows.ts'
import type { Titles } from './titles.ts'

export interface StoredFeedOptions {
  readonly clock: Clock
  readonly log: Log
  readonly intake: PolledIntake
  /** Whether call statistics or properties are read here, not by the query feed. */
  readonly reads: (kind: 'stat' | 'property') => boolean
  /** Those of the subscribe feed: a title is the same whoever reads it. */
  readonly titles: Titles
  /** Number of the next reading: another feed of this agent may read the same in turn. */
  readonly nextRead: () => number
}

export function bucketPart(
  rows: RowsKind,
  source: BucketSource,
  { intake, reads, nextRead }: StoredFeedOptions,
): PartPlan {
  const span = intake.span.bind(intake)
  const progress = new BucketReader({ source, rows, span, nextRead })
  return {
    name: rows.kind,
    isWanted: () => reads(rows.kind),
    progress,
    round: (term) => progress.round(term),
  }
}

/** Events under way to the spool at one time. */
const TOGETHER = 100

export interface EventIntake {
  readonly titles: Titles
  /** Resolves when it is durable. */
  readonly event: (event: NotifyEvent) => Promise<void>
}

/** Hands on in order, some at a time. What was told to `done` is durable, also when the rest is rejected. */
export async function handOn<Notify extends { readonly event: NotifyEvent }>(
  notifies: readonly Notify[],
  { titles, event }: EventIntake,
  done: (notify: Notify) => void,
): Promise<void> {
  for (let from = 0; from < notifies.length; from += TOGETHER) {
    const some = notifies.slice(from, from + TOGETHER)
    await Promise.all(
      some.map(({ event: each }) =>
        event({ ...each, title: titles.admit(each.module, each.title, each.at) }),
      ),
    )
    for (const notify of some) done(notify)
  }
}

/** For the operator: trouble that is not about reading. */
export function unkeptOf(error: unknown): string {
  const what = error instanceof Failure ? 'what was read could not be kept' : 'a fault of the agent'
  return `${what}: ${messageOf(error)}`
}
