import { z } from 'zod'
import { secretIn } from '../secrets.ts'

export const wecomSettings = z.strictObject({
  /** Robots of one group: they take turns, since each may speak 20 times a minute. */
  robots: z
    .array(z.strictObject({ key: secretIn(/[?&]key=([^&\s]+)/) }))
    .min(1)
    .max(10),
  /** Who is mentioned; not when an alarm is over. */
  at_user_ids: z.array(z.string().trim().min(1).max(64)).max(50).default([]),
  /** With one of these, or all, messages are plain text: markdown can mention neither. */
  at_mobiles: z
    .array(z.string().regex(/^\+?[\d-]{5,20}$/, 'expected a mobile number'))
    .max(50)
    .default([]),
  at_all: z.boolean().default(false),
})

export type WecomSettings = z.infer<typeof wecomSettings>
