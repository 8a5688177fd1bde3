import { z } from 'zod'
import { secretText } from '../secrets.ts'

/** What a template's variable may hold. */
export const VALUES = ['service', 'title', 'level', 'time', 'environment', 'count'] as const

const phone = z.string().regex(/^\+?\d{5,20}$/, 'expected a number such as 13800000000')

const account = {
  access_key_id: secretText(128),
  access_key_secret: secretText(128),
  template_code: z.string().regex(/^[\w-]{1,64}$/, 'expected a code such as SMS_71390007'),
  /** Variables of the template, and what each says. */
  variables: z
    .record(z.string().regex(/^\w{1,32}$/), z.enum(VALUES))
    .default({ service: 'service', title: 'title', level: 'level', time: 'time' }),
}

export const aliyunSmsSettings = z.strictObject({
  ...account,
  /** 签名, as approved. */
  sign_name: z.string().trim().min(1).max(64),
  /** Besides those of the contacts it tells. */
  phones: z.array(phone).max(100).default([]),
})

export const aliyunVoiceSettings = z.strictObject({
  ...account,
  /** One: each call is an answer of its own. Besides those of the contacts it tells. */
  phone: phone.optional(),
  /** 被叫显号 of a template in dedicated mode; absent in public mode. */
  show_number: phone.optional(),
  play_times: z.int().min(1).max(3).default(2),
})

export type AliyunSmsSettings = z.infer<typeof aliyunSmsSettings>
export type AliyunVoiceSettings = z.infer<typeof aliyunVoiceSettings>
