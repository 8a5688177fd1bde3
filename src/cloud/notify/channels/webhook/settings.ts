import { z } from 'zod'
import { secret } from '../secrets.ts'

/** What the channel or HTTP itself sets. */
const OURS =
  /^(host|content-.*|transfer-encoding|connection|keep-alive|upgrade|expect|te|trailer|x-tars-alarm-.*)$/i

const name = z
  .string()
  .regex(/^[\w!#$%&'*+.^`|~-]{1,64}$/, 'expected the name of a header')
  .refine((text) => !OURS.test(text), { error: 'is set by the channel itself' })
const value = secret(
  z
    .string()
    .max(1_000)
    .regex(/^[\x20-\x7e]*$/, 'expected printable ASCII'),
)

function isHttp(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, username } = new URL(text)
  return /^https?:$/.test(protocol) && username === ''
}

export const webhookSettings = z.strictObject({
  /** https; http only where the operator allows private addresses. A secret: many hold their token in the path. */
  url: secret(
    z
      .string()
      .max(2_000)
      .refine(isHttp, { error: 'expected https://host/… without a user name in it' }),
  ),
  /** Signs what is sent: see the README beside this file. */
  signing_secret: secret(z.string().min(16, 'expected 16 characters or more').max(200)).optional(),
  /** Such as `authorization`. */
  headers: z
    .record(name, value)
    .default({})
    .refine((headers) => Object.keys(headers).length <= 10, { error: 'expected 10 at the most' }),
})

export type WebhookSettings = z.infer<typeof webhookSettings>
