/** How a batch travels: both sides share these. */
import { z } from 'zod'
import { FEED_STATES, FEEDS } from '../model/polled.ts'

export const BATCH_PATH = '/api/v1/batches'

/** `Content-Type` of a batch. */
export const BATCH_MEDIA_TYPE = 'application/vnd.tars-alarm.batch.v1'

/** Answer 200: it is durable. */
export const batchAnswer = z.object({
  /** False: the cloud had it already. */
  applied: z.boolean(),
  /** The cloud's clock, to measure skew. */
  serverTimeMs: z.number(),
})

export type BatchAnswer = z.infer<typeof batchAnswer>

/** An agent says how it is; the answer gives it, or not, the lease to poll. JSON both ways. */
export const HEARTBEAT_PATH = '/api/v1/heartbeat'

const count = z.number().int().min(0)
const line = z.string().max(500)

export const heartbeat = z.object({
  agent: z.string().regex(/^[0-9a-f]{32}$/),
  epoch: z.string().regex(/^[0-9a-f]{16}$/),
  host: z.string().max(253),
  version: z.string().max(64),
  startedAt: count,
  /** By the agent's clock, corrected. */
  sentAt: count,
  /** It can run the polling feeds. */
  polls: z.boolean(),
  feeds: z
    .array(
      z.object({
        feed: z.enum(FEEDS),
        state: z.enum(FEED_STATES),
        /** Why it is behind or off; '' when ok. */
        why: line,
        /** Newest instant it has handed on data for; 0 none. */
        reachedMs: count,
        /** Since the start. */
        records: count,
      }),
    )
    .max(8),
  /** Age of the oldest batch that waits to be sent; 0 none. */
  lagMs: count,
  queuedBytes: count,
  queuedBatches: count,
  /** Rows, events and batches given up since the start. */
  dropped: count,
  /** Rows of which detail was folded since the start: there were too many keys. */
  folded: count,
  /** Share of one core since the heartbeat before. */
  cpu: z.number().min(0).max(1000),
  rssBytes: count,
  /** Agent's clock minus the cloud's, before correction; null when not known. */
  skewMs: z.number().nullable(),
  /** Why batches wait; '' when all is well. */
  trouble: line,
  /** Of the batches it sends. */
  batchVersion: z.number().int().min(1).max(255),
})

export type Heartbeat = z.infer<typeof heartbeat>

export const heartbeatAnswer = z.object({
  serverTimeMs: z.number(),
  framework: z.enum(['TARSFramework', 'K8SFramework']),
  /** This agent runs the polling feeds, for so long from when it asked. */
  lease: z.object({ term: z.number().int().min(1), ttlMs: z.number().int().min(1) }).nullable(),
  /** Formats of batches the cloud takes. */
  batchVersions: z.array(z.number().int()),
})

export type HeartbeatAnswer = z.infer<typeof heartbeatAnswer>

/** Any other answer. */
export const batchRefusal = z.object({
  error: z.object({ reason: z.string(), message: z.string() }),
})

export type BatchRefusal = z.infer<typeof batchRefusal>
