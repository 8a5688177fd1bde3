/** How a batch travels: both sides share these. */
import { z } from 'zod'

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

/** Any other answer. */
export const batchRefusal = z.object({
  error: z.object({ reason: z.string(), message: z.string() }),
})

export type BatchRefusal = z.infer<typeof batchRefusal>
