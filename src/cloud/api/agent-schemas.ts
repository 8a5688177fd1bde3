/** What the API answers of agents and of who reports. */
import { z } from 'zod'
import { FEED_STATES, FEEDS } from '../../model/polled.ts'
import { agentView, unixMs } from './schemas.ts'

/** An agent as its page shows it. */
export const agentDetail = agentView.extend({
  /** Absent before its first heartbeat. */
  told: z
    .object({
      toldAtMs: unixMs,
      polls: z.boolean(),
      feeds: z.array(
        z.object({
          feed: z.enum(FEEDS),
          state: z.enum(FEED_STATES),
          why: z.string(),
          /** Newest instant it has handed on data for. */
          reachedMs: unixMs.optional(),
          records: z.number(),
        }),
      ),
      lagMs: z.number(),
      queuedBytes: z.number(),
      queuedBatches: z.number(),
      dropped: z.number(),
      folded: z.number(),
      /** Of one core. */
      cpuShare: z.number(),
      rssBytes: z.number(),
      skewMs: z.number().optional(),
      trouble: z.string(),
      batchVersion: z.number(),
    })
    .optional(),
  /** While it runs the polling feeds. */
  lease: z.object({ term: z.number(), expiresAtMs: unixMs }).optional(),
})

export const reportersQuery = z.strictObject({
  /** Part of a module or an address, in whatever case. */
  text: z.string().max(200, 'at most 200 characters').optional(),
})

export const reporterView = z.object({
  kind: z.enum(['client', 'server', 'property']),
  module: z.string(),
  ip: z.string(),
  feed: z.enum(['subscribe', 'polled']),
  /** Since when that feed counts. */
  sinceMs: unixMs,
  heardAtMs: unixMs,
})
