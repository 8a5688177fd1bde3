/** Rule files that people upload. */
import { z } from 'zod'
import { fileName, MAX_FILES, MAX_TEXT } from '../rules/uploaded/uploaded-file.ts'
import { answerOf, environmentParams, unixMs } from './schemas.ts'

/** Of one request: as much as the files of an environment may be, twice escaped. */
export const MAX_BODY_BYTES = 2 * MAX_FILES * MAX_TEXT

const tooLong = `at most ${MAX_TEXT / 1024} KiB`
const text = z
  .string()
  .max(MAX_TEXT, tooLong)
  .regex(/^[^\p{Cs}\0]*$/u, 'text in UTF-8')

export const uploadBody = z.strictObject({
  /** All are valid, or nothing changes. Each takes the place of the one of its name. */
  files: z
    .array(z.strictObject({ name: fileName, text }))
    .min(1, 'a file')
    .max(MAX_FILES, `at most ${MAX_FILES} files`)
    .refine((files) => new Set(files.map(({ name }) => name)).size === files.length, {
      message: 'each name once',
    }),
})

export const fileParams = environmentParams.extend({ file: z.string().max(64) })

const fault = z.object({ line: z.number(), column: z.number(), message: z.string() })

const fileView = z.object({
  name: z.string(),
  groups: z.number(),
  alertingRules: z.number(),
  recordingRules: z.number(),
  author: z.string(),
  savedAtMs: unixMs,
  /** It was sound once and is no more: it is not evaluated. */
  faults: fault.array(),
})

export const filesAnswer = answerOf({ files: fileView.array() })

export const fileAnswer = answerOf({ text: z.string() })

export const uploadAnswer = answerOf({
  report: z.object({
    /** Of all files of the environment. */
    groups: z.number(),
    rules: z.number(),
    /** As `alerts.yaml;api`: file and group. */
    added: z.string().array().readonly(),
    changed: z.string().array().readonly(),
    removed: z.string().array().readonly(),
    /** What is allowed, but hardly meant. */
    warnings: fault.extend({ file: z.string() }).array(),
  }),
})
