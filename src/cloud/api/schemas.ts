/** What the API takes and answers: checks requests, types handlers, makes the OpenAPI document. */
import { z } from 'zod'
import { phoneOf } from '../notify/phone.ts'

export const unixMs = z.number().meta({ description: 'ms since the Unix epoch' })

/** Visible text of one line: it ends up in the headers of mails. */
export function line(maxLength: number) {
  const expected = `1 to ${maxLength} characters on one line`
  return z
    .string(expected)
    .trim()
    .min(1, expected)
    .max(maxLength, expected)
    .regex(/^\P{Cc}*$/u, expected)
}

const framework = z.enum(
  ['TARSFramework', 'K8SFramework'],
  'TARSFramework or K8SFramework; it can never be changed',
)
export const timeZone = z
  .string('a time zone such as Asia/Shanghai')
  .max(64)
  .refine(isTimeZone, 'a time zone such as Asia/Shanghai')
const alertState = z.enum(['pending', 'firing', 'resolved'], 'pending, firing or resolved')

/** Every answer tells the cloud's time: ages on a page are counted by it. */
export function answerOf<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.object({ ...shape, serverTimeMs: unixMs })
}

export const errorAnswer = answerOf({
  error: z.object({
    reason: z.string(),
    message: z.string(),
    fields: z.array(z.object({ field: z.string(), expected: z.string() })).optional(),
  }),
})

export const loginBody = z.strictObject({
  name: z.string('a user name').min(1, 'a user name').max(64, 'at most 64 characters'),
  password: z.string('a password').min(1, 'a password').max(200, 'at most 200 characters'),
})

export const userView = z.object({ id: z.string(), name: z.string() })

const id = z.string().max(100)
export const environmentParams = z.strictObject({ id })
export const contactParams = z.strictObject({ id, contact: id })
export const policyParams = z.strictObject({ id, policy: id })
export const groupParams = z.strictObject({ id, group: id })
export const agentParams = z.strictObject({ id, agent: id })
export const tokenParams = z.strictObject({ id, token: id })
export const ruleParams = z.strictObject({ id, rule: id })
export const alarmParams = z.strictObject({ id, alarm: id })

/** `language`: of what it begins with, such as the name of its first notification. */
export const environmentBody = z.strictObject({
  name: line(64),
  framework,
  language: z.enum(['zh', 'en'], 'zh or en').optional(),
})

/** Null: as long as the cloud does by default. */
function days(min: number, max: number) {
  const expected = `a whole number of days from ${min} to ${max}, or null for the cloud's default`
  return z.int(expected).min(min, expected).max(max, expected).nullable()
}

/** Raw rows past their time give way to hours, which are kept as long at least. */
export const retentionBody = z.strictObject({ rawDays: days(2, 400), hourlyDays: days(2, 3660) })

/** A removal names what it removes. */
export const removalQuery = z.strictObject({
  name: z.string('the name of the environment, as confirmation').max(100),
})

/** What is wrong with an agent: the worst of it. */
const agentTrouble = z.enum(['silent', 'trouble', 'lag', 'feeds', 'feed', 'skew'])

/** An agent as its icon shows it. */
export const agentView = z.object({
  agent: z.string(),
  host: z.string(),
  version: z.string(),
  address: z.string(),
  startedAtMs: unixMs,
  seenAtMs: unixMs,
  windowEndMs: unixMs.optional(),
  /** `behind`: it is heard, but what it hands on is late or not all there is. */
  state: z.enum(['ok', 'behind', 'silent']),
  /** Absent when all is well. */
  trouble: agentTrouble.optional(),
})

/** What counts, and what would without a setting. */
const daysView = z.object({ days: z.number(), isDefault: z.boolean(), defaultDays: z.number() })

export const environmentView = z.object({
  id: z.string(),
  name: z.string(),
  framework,
  envKey: z.string(),
  createdAtMs: unixMs,
  expiresAtMs: unixMs,
  retention: z.object({ raw: daysView, hourly: daysView }),
  agents: z.array(agentView),
})

export const usageView = z.object({
  /** In memory: each carries all metrics of one caller and callee, or one series of a single value. */
  records: z.number(),
  /** On disk. */
  bytes: z.number(),
})

const MAIL = z.email()
const aMail = 'a mail address such as name@example.com'
const aPhone = 'a mobile number such as 13800000000, or one with its country code: +85291234567'

/** By which robots mention somebody; `all` would be everybody. */
function userId(pattern: RegExp, expected: string) {
  const text = z.string(expected).trim().max(64, 'at most 64 characters')
  return text
    .refine((id) => id === '' || (pattern.test(id) && !/^@?all$/i.test(id)), expected)
    .optional()
    .meta({ description: `${expected}; robots mention it` })
}

/** '' is as if it were not there. */
export const contactBody = z
  .strictObject({
    name: line(64),
    email: z
      .string(aMail)
      .max(254, aMail)
      .refine((text) => text === '' || MAIL.safeParse(text).success, aMail)
      .default('')
      .meta({ description: `${aMail}; needed unless there is a phone or a user id` }),
    language: z.enum(['zh', 'en'], 'zh or en').default('zh'),
    timeZone: timeZone.default('Asia/Shanghai'),
    phone: z
      .string(aPhone)
      .trim()
      .max(40, aPhone)
      .refine((text) => text === '' || phoneOf(text) !== undefined, aPhone)
      .optional()
      .meta({ description: `${aPhone}; SMS and calls go there, DingTalk and WeCom mention it` }),
    dingtalk: userId(/^[\w.@-]+$/, 'a userid of DingTalk such as manager123, no name'),
    wecom: userId(/^[A-Za-z0-9][\w.@-]*$/, 'a userid (账号) of WeCom such as ZhangSan, no name'),
    feishu: userId(/^[\w-]+$/, 'an open_id (ou_…) or user_id of Feishu, no name'),
  })
  .refine(
    ({ email, phone, dingtalk, wecom, feishu }) => email || phone || dingtalk || wecom || feishu,
    {
      path: ['email'],
      error: `${aMail}, or else a phone number or a user id`,
    },
  )

export const contactView = z.object({
  id: z.string(),
  name: z.string(),
  /** '' where there is none. */
  email: z.string(),
  language: z.enum(['zh', 'en']),
  timeZone: z.string(),
  /** 11 digits of a mobile of mainland China, else with `+` and the country code. */
  phone: z.string().optional(),
  dingtalk: z.string().optional(),
  wecom: z.string().optional(),
  feishu: z.string().optional(),
  /** The owner of the address was asked to confirm it, and did not yet: no mail goes there. */
  unverifiedSinceMs: unixMs.optional(),
  /** Mail servers say that the address is not there: no mail goes there. */
  disabled: z.object({ atMs: unixMs, why: z.string() }).optional(),
})

/** `read`: the Prometheus API; `write`: remote write. */
const tokenScope = z.enum(['read', 'write'])

export const tokenBody = z.strictObject({
  name: line(64),
  scopes: z.array(tokenScope).min(1).max(2).default(['read']),
})

export const tokenView = z.object({
  id: z.string(),
  name: z.string(),
  scopes: z.array(tokenScope),
  createdAtMs: unixMs,
  /** To about a minute; absent before the first time. */
  usedAtMs: unixMs.optional(),
})

const wholeNumber = (min: number, max: number) =>
  z.coerce
    .number(`a whole number from ${min} to ${max}`)
    .int(`a whole number from ${min} to ${max}`)
    .min(min, `a whole number from ${min} to ${max}`)
    .max(max, `a whole number from ${min} to ${max}`)

const wordsOf = (text: string) => text.split(/\s+/).filter((word) => word !== '')

export const alarmsQuery = z.strictObject({
  /** One, or several by repeating the parameter. */
  state: z
    .union([alertState.transform((state) => [state]), z.array(alertState).max(3)], {
      error: 'pending, firing or resolved',
    })
    .optional(),
  /** `true`: only those that fire and nobody looks after. */
  unacknowledged: z
    .enum(['true', 'false'], 'true or false')
    .transform((text) => text === 'true')
    .default(false),
  /** `only` alarms of drills, or all `without` them. */
  drills: z.enum(['only', 'without'], 'only or without').optional(),
  level: z.enum(['ERROR', 'WARN', 'INFO'], 'ERROR, WARN or INFO').optional(),
  /** Words that are all part of a label's value, the rule or the title; among the newest 20,000 alarms. */
  search: z
    .string('words')
    .max(100, 'at most 100 characters')
    .transform(wordsOf)
    .refine((words) => words.length <= 5, 'at most 5 words')
    .optional(),
  before: wholeNumber(0, Number.MAX_SAFE_INTEGER).optional(),
  limit: wholeNumber(1, 200).default(50),
})

const deliveryState = z.enum(['waiting', 'sending', 'sent', 'failed'])

/** How an alarm is handled now. */
export const handlingView = z.object({
  state: z.enum(['acknowledged', 'snoozed', 'closed']),
  by: z.string(),
  atMs: unixMs,
  untilMs: unixMs.optional(),
})

export const alarmView = z.object({
  id: z.string(),
  rule: z.string(),
  /** `App.Server`, or '' when the labels name none. */
  service: z.string(),
  level: z.enum(['ERROR', 'WARN', 'INFO']),
  state: alertState,
  labels: z.record(z.string(), z.string()),
  annotations: z.record(z.string(), z.string()),
  /** Null when it is no finite number. */
  value: z.number().nullable(),
  activeAtMs: unixMs,
  firedAtMs: unixMs.optional(),
  clearedAtMs: unixMs.optional(),
  resolvedAtMs: unixMs.optional(),
  told: z.array(z.object({ name: z.string(), to: z.string(), state: deliveryState })),
  /** What somebody did about it; absent: nobody looks after it. */
  handling: handlingView.optional(),
})

/** Lines of text; numbers in them are instants, unix ms. */
const storyLines = z.array(z.array(z.union([z.string(), unixMs])))

/** What is known of why an alarm is there. */
export const storyView = z.object({
  zh: storyLines,
  en: storyLines,
  /** The alarm that tells of the same cause. */
  into: z
    .object({
      alert: z.string(),
      service: z.string(),
      /** What it is called. */
      title: z.string(),
      titleEn: z.string(),
    })
    .optional(),
})

export const eventView = z.object({
  atMs: unixMs,
  module: z.string(),
  level: z.string(),
  kind: z.string(),
  node: z.string(),
  text: z.string(),
})

export const deliveryView = z.object({
  id: z.string(),
  /** Name of the contact; '' when it was removed since. */
  name: z.string(),
  /** Address of the contact, or phone where it was told by phone; id of the receiver. */
  to: z.string(),
  channel: z.enum(['mail', 'dingtalk', 'wecom', 'feishu', 'webhook', 'aliyun-sms', 'aliyun-voice']),
  subject: z.string(),
  state: deliveryState,
  attempts: z.number(),
  /** When the batch behind it arrived; of a digest, when its window ended. */
  receivedAtMs: unixMs,
  plannedAtMs: unixMs,
  /** While it waits: when it is tried next. */
  dueAtMs: unixMs.optional(),
  sentAtMs: unixMs.optional(),
  answer: z.string().optional(),
  maybeRepeated: z.boolean(),
})

function isTimeZone(name: string): boolean {
  // Offsets such as +08:00 know no summer time: only names are taken.
  if (!/^[A-Za-z]/.test(name)) return false
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: name }))
  } catch {
    return false
  }
}
