import { z } from 'zod'
import { secretIn, secretText } from '../secrets.ts'

const MOBILE = z.string().regex(/^\+?[\d-]{5,20}$/, 'expected a mobile number')
const USER_ID = z.string().trim().min(1).max(64)

export const dingtalkSettings = z.strictObject({
  /** Robots of one group: they take turns, since each may speak 20 times a minute. */
  robots: z
    .array(
      z.strictObject({
        access_token: secretIn(/[?&]access_token=([^&\s]+)/),
        /** 加签: begins with SEC. */
        secret: secretText(200).optional(),
      }),
    )
    .min(1)
    .max(10),
  /** 自定义关键词: put into messages that have it not. */
  keyword: z.string().trim().max(50).default(''),
  /** Who is mentioned; not when an alarm is over. */
  at_mobiles: z.array(MOBILE).max(50).default([]),
  at_user_ids: z.array(USER_ID).max(50).default([]),
  at_all: z.boolean().default(false),
})

export type DingtalkSettings = z.infer<typeof dingtalkSettings>
