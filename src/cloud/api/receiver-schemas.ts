/** How receivers are taken and shown. */
import { z } from 'zod'
import { RECEIVER_KINDS } from '../notify/ports.ts'
import { environmentParams, line, timeZone, unixMs } from './schemas.ts'

export const receiverParams = environmentParams.extend({ receiver: z.string().max(100) })

export const receiverBody = z.strictObject({
  /** It can never be changed. */
  kind: z.enum(RECEIVER_KINDS, RECEIVER_KINDS.join(', ')),
  name: line(64),
  language: z.enum(['zh', 'en'], 'zh or en').default('zh'),
  timeZone: timeZone.default('Asia/Shanghai'),
  /** As its kind takes them: `src/cloud/notify/channels/README.md`. A mask in place of a secret keeps it. */
  settings: z.record(z.string(), z.unknown()),
})

export const receiverView = receiverBody.extend({
  id: z.string(),
  /** Its peer said that nothing will arrive there; saving it again tries anew. */
  disabled: z.object({ atMs: unixMs, why: z.string() }).optional(),
})

export const testView = z.object({
  taken: z.boolean(),
  /** Lines; what is secret is cut out. */
  dialogue: z.array(z.string()),
})
