import { z } from 'zod'
import { secretIn, secretText } from '../secrets.ts'

export const feishuSettings = z.strictObject({
  /** `lark` outside China. */
  region: z.enum(['feishu', 'lark']).default('feishu'),
  /** Robots of one group: they take turns. */
  robots: z
    .array(
      z.strictObject({
        hook: secretIn(/\/hook\/([^/?\s]+)/),
        /** 签名校验. */
        secret: secretText(200).optional(),
      }),
    )
    .min(1)
    .max(10),
  /** 自定义关键词: put into messages that have it not. */
  keyword: z.string().trim().max(50).default(''),
  /** open_id (ou_…) or user_id of those who are mentioned; not when an alarm is over. */
  at_user_ids: z
    .array(z.string().regex(/^[\w-]{1,64}$/, 'expected an open_id or user_id'))
    .max(50)
    .default([]),
  at_all: z.boolean().default(false),
})

export type FeishuSettings = z.infer<typeof feishuSettings>
