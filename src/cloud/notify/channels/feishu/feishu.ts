/** Feishu's and Lark's custom bots: a card, signed in its body, within 20 KB, 5 a second and 100 a minute. */
import { createHmac } from 'node:crypto'
import { z } from 'zod'
import type { Channel, ChannelDeps } from '../channel.ts'
import { signOf } from '../markdown.ts'
import { mentionsOf, type RobotAnswer, type Saying } from '../robot.ts'
import { Robots } from '../robots.ts'
import { feishuMeaning } from './errors.ts'
import type { FeishuSettings } from './settings.ts'

const ORIGINS = { feishu: 'https://open.feishu.cn', lark: 'https://open.larksuite.com' }
/** Feishu's own are 5 and 100; what else speaks through the robot wants some. */
const LIMITS = [
  { count: 4, perMs: 1_000 },
  { count: 90, perMs: 60_000 },
]
/** Throttling is also of the whole of Feishu, at full and half hours. */
const COOL_DOWN_MS = 30_000
/** 20 KB are its own. */
const MAX_BODY_BYTES = 20_000
/** Colours of the card's head, by the first sign of the subject. */
const COLOURS: Readonly<Record<string, string>> = {
  '🔴': 'red',
  '🟠': 'orange',
  '🔵': 'blue',
  '🟢': 'green',
}

const Answer = z.object({ code: z.number(), msg: z.string().catch('') })
/** What it answered formerly, and still does beside the other where it took the message. */
const FormerAnswer = z
  .object({ StatusCode: z.number(), StatusMessage: z.string().catch('') })
  .transform(({ StatusCode, StatusMessage }) => ({ code: StatusCode, msg: StatusMessage }))

type Robot = FeishuSettings['robots'][number]

export function openFeishu(settings: FeishuSettings, deps: ChannelDeps): Channel {
  const { robots, keyword, region } = settings
  return new Robots<Robot>(
    {
      kind: 'feishu',
      name: region === 'lark' ? 'Lark' : 'Feishu',
      robots,
      limits: LIMITS,
      coolDownMs: COOL_DOWN_MS,
      maxBodyBytes: MAX_BODY_BYTES,
      secrets: robots.flatMap(({ hook, secret }) =>
        secret === undefined ? [hook] : [hook, secret],
      ),
      keyword,
      requestOf: (robot, saying, now) => ({
        url: `${deps.origin ?? ORIGINS[region]}/open-apis/bot/v2/hook/${encodeURIComponent(robot.hook)}`,
        contentType: 'application/json',
        body: JSON.stringify({ ...signatureOf(robot, now), ...cardOf(settings, saying) }),
      }),
      answerOf,
      meaningOf: feishuMeaning,
    },
    deps,
  )
}

/** `timestamp` in seconds; it is the key together with the secret, and nothing is signed. */
export function feishuSign(timestamp: number, secret: string): string {
  return createHmac('sha256', `${timestamp}\n${secret}`).update('').digest('base64')
}

function signatureOf({ secret }: Robot, now: number) {
  if (secret === undefined) return {}
  const timestamp = Math.floor(now / 1000)
  return { timestamp: String(timestamp), sign: feishuSign(timestamp, secret) }
}

function cardOf(settings: FeishuSettings, saying: Saying) {
  const { subject, text } = saying
  const { userIds, all } = mentionsOf(settings, saying)
  const ids = [...userIds, ...(all ? ['all'] : [])]
  const mentions = ids.map((id) => `<at id=${id}></at>`).join(' ')
  const content = mentions ? `${text}\n${mentions}` : text
  const colour = COLOURS[signOf(subject) ?? ''] ?? 'red'
  return {
    msg_type: 'interactive',
    card: {
      config: { wide_screen_mode: true },
      header: { template: colour, title: { tag: 'plain_text', content: subject } },
      elements: [{ tag: 'markdown', content }],
    },
  }
}

function answerOf(json: unknown): RobotAnswer | undefined {
  const { data } = Answer.or(FormerAnswer).safeParse(json)
  return data && { code: data.code, said: data.msg }
}
