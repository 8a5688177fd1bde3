/** How templates of messages are taken and shown. */
import { z } from 'zod'
import { MAX_PART_CHARS, TEMPLATE_KINDS } from '../notify/templates/template.ts'
import { environmentParams, unixMs } from './schemas.ts'

const kind = z.enum(TEMPLATE_KINDS, TEMPLATE_KINDS.join(', '))
const language = z.enum(['zh', 'en'], 'zh or en')

export const templateParams = environmentParams.extend({ kind, language })
export const templatesQuery = z.strictObject({ language: language.default('zh') })

const expected = `at most ${MAX_PART_CHARS} characters`
const parts = z.record(z.string().max(50), z.string(expected).max(MAX_PART_CHARS, expected))

/** Liquid, by the name of the part; a blank one is as by default. */
export const templateBody = z.strictObject({ parts })

export const previewBody = templateBody.extend({
  /** Id of an alarm of the environment; absent: a sample. */
  alarm: z.string().max(100).optional(),
  /** Whether the message tells that it is over. */
  over: z.boolean().default(false),
})

export const templateView = templateBody.extend({
  kind,
  language,
  /** Messages that went out as by default because it failed. */
  failed: z.object({ atMs: unixMs, why: z.string(), count: z.number() }).optional(),
})

export const kindView = z.object({
  kind,
  /** Texts to begin with, by the name of the part. */
  starter: z.record(z.string(), z.string()),
})

export const variableView = z.object({
  name: z.string(),
  type: z.enum(['text', 'number', 'boolean', 'list', 'labels']),
  about: z.string(),
  /** JSON where it is no text. */
  example: z.string(),
})

export const previewView = z.object({
  subject: z.string(),
  text: z.string(),
  /** Of a mail; '' elsewhere. */
  html: z.string(),
  /** Parts that cannot be used, and are shown as by default. */
  faults: z.array(z.object({ part: z.string(), why: z.string() })),
})
