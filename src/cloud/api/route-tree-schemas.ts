/** How trees of routes are taken and shown. */
import { z } from 'zod'
import { MAX_CHARS } from '../notify/routing/parse-route-tree.ts'
import { answerOf, environmentParams, unixMs } from './schemas.ts'

/** Chinese text has three bytes a character, and JSON escapes line breaks. */
export const MAX_BODY_BYTES = 4 * MAX_CHARS

const text = z.string('a text').max(MAX_CHARS, `${MAX_CHARS} characters at the most`)

export const treeBody = z.strictObject({
  /** YAML; blank: there shall be no routes. */
  text,
  /** The version that was changed; 0 for the first. */
  version: z.int('a version').min(0),
})

export const importBody = z.strictObject({
  /** An `alertmanager.yml`. */
  text,
})

export const testBody = z.strictObject({
  /** Of the alarm; `service` and `app` are known from its other labels. */
  labels: z.record(z.string().max(200), z.string('a text').max(1_000)),
  /** A tree that is not saved yet; absent: the one that counts. */
  text: text.optional(),
})

export const versionParams = environmentParams.extend({ version: z.coerce.number().int().min(1) })

const place = { line: z.number(), column: z.number() }
const names = z.array(z.string())

const grouping = {
  groupBy: z.union([z.literal('all'), names]),
  ...{ groupWaitMs: z.number(), groupIntervalMs: z.number(), repeatIntervalMs: z.number() },
}

const routeView = z.object({
  /** Matchers from the root. */
  path: z.string(),
  depth: z.number(),
  matchers: z.string(),
  receiver: z.string(),
  /** Names of whom the receiver stands for. */
  told: names,
  ...grouping,
  continue: z.boolean(),
  ...{ muteTimeIntervals: names, activeTimeIntervals: names },
})

const versionView = z.object({ version: z.number(), author: z.string(), savedAtMs: unixMs })

export const treeAnswer = answerOf({
  /** Of the tree that counts, whole; '' when there is none. */
  text: z.string(),
  /** 0 before the first. */
  version: z.number(),
  /** Each before those below it. */
  routes: z.array(routeView),
  inhibitRules: names,
  /** Newest first. */
  versions: z.array(versionView),
})

export const versionAnswer = answerOf({ text: z.string() })

export const importAnswer = answerOf({
  /** What Alertmanager would not take, either: then there is no report. */
  faults: z.array(z.object({ ...place, message: z.string() })),
  report: z
    .object({
      /** To be saved as the tree, once the additions are there. */
      text: z.string(),
      /** Not taken over; `reason` is of a closed set: the console has a text for each. */
      left: z.array(z.object({ ...place, what: z.string(), reason: z.string() })),
      contacts: z.array(z.object({ name: z.string(), email: z.string() })),
      webhooks: z.array(z.object({ name: z.string(), url: z.string() })),
    })
    .nullable(),
})

export const testAnswer = answerOf({
  routes: z.array(
    z.object({
      ...{ path: z.string(), receiver: z.string(), told: names },
      /** The labels of its group. */
      group: z.array(z.object({ name: z.string(), value: z.string() })),
      ...grouping,
      /** Its time intervals hold it until then. */
      heldUntilMs: unixMs.optional(),
    }),
  ),
})
